package integration

import (
	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
)

// Pause stops a connection at once, whatever was changed meanwhile. A second pause is told who
// paused it and why.
func Pause(tx *db.Tx, id uuid.UUID, reason string) (Connection, error) {
	c, err := lock(tx, id)
	if err != nil {
		return c, err
	}
	if err := c.live(); err != nil {
		return c, err
	}
	if c.State == Paused {
		return c, fault.New(fault.Conflict, "%s paused %s already, on %s: %s", by(c.PausedBy), c.Name, at(*c.PausedAt), c.PauseReason)
	}
	if reason, err = catalog.CleanReason(reason, "Say why, for those who meet the pause later."); err != nil {
		return c, err
	}
	after, err := c.save(tx, "paused it", map[string]any{"state": Paused, "pause_reason": reason, "paused_by": person(tx), "paused_at": tx.Now()})
	if err != nil {
		return c, err
	}
	audit.Record(tx, audit.Entry{Act: "integration.paused", ObjectType: "integration", ObjectID: id.String(), Object: c.Name,
		Detail: map[string]any{"reason": reason}})
	return after, nil
}

// Resume lets a paused connection work again. It refuses one that is not paused.
func Resume(tx *db.Tx, id uuid.UUID) (Connection, error) {
	c, err := lock(tx, id)
	if err != nil {
		return c, err
	}
	if err := c.live(); err != nil {
		return c, err
	}
	if c.State != Paused {
		return c, fault.New(fault.Conflict, "%s is not paused. %s %s last, on %s.", c.Name, by(c.ChangedBy), c.Change, at(c.ChangedAt))
	}
	after, err := c.save(tx, "resumed it", map[string]any{"state": Connected, "pause_reason": "", "paused_by": nil, "paused_at": nil})
	if err != nil {
		return c, err
	}
	audit.Record(tx, audit.Entry{Act: "integration.resumed", ObjectType: "integration", ObjectID: id.String(), Object: c.Name,
		Before: map[string]any{"paused_by": c.PausedBy, "paused_at": c.PausedAt, "reason": c.PauseReason}})
	return after, nil
}
