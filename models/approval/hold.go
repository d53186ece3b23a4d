package approval

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/rule"
)

// PauseIntegration pauses a connection and holds what waits on it: the requests stay, their
// clocks stand still, and nothing of it can be consumed.
func PauseIntegration(tx *db.Tx, id uuid.UUID, reason string) (integration.Connection, error) {
	if err := lockPlace(tx); err != nil {
		return integration.Connection{}, err
	}
	c, err := integration.Pause(tx, id, reason)
	if err != nil {
		return c, err
	}
	waiting, err := waitingOn(tx, id, Pending)
	if err != nil {
		return c, err
	}
	for _, r := range waiting {
		r.State = Held
		r.record(tx, "request.held", map[string]any{"integration": c.Name})
		if err := r.save(tx, map[string]any{"state": Held, "held_at": tx.Now()}); err != nil {
			return c, err
		}
	}
	return c, nil
}

// ResumeIntegration takes a connection up again; every held request goes on with the time it had left.
func (m Room) ResumeIntegration(tx *db.Tx, id uuid.UUID) (integration.Connection, error) {
	if err := lockPlace(tx); err != nil {
		return integration.Connection{}, err
	}
	c, err := integration.Resume(tx, id)
	if err != nil {
		return c, err
	}
	held, err := waitingOn(tx, id, Held)
	if err != nil {
		return c, err
	}
	for _, r := range held {
		if err := m.takeUp(tx, &r); err != nil {
			return c, err
		}
	}
	return c, nil
}

// DisconnectIntegration ends a connection for good. What waits on it can never be done through
// it, so it is withdrawn.
func DisconnectIntegration(tx *db.Tx, id uuid.UUID, typed string) (integration.Connection, error) {
	if err := lockPlace(tx); err != nil {
		return integration.Connection{}, err
	}
	c, err := integration.Disconnect(tx, id, typed)
	if err != nil {
		return c, err
	}
	for _, state := range []State{Pending, Held} {
		waiting, err := waitingOn(tx, id, state)
		if err != nil {
			return c, err
		}
		for _, r := range waiting {
			r.State, r.ClosedReason = Cancelled, c.Name+" was disconnected."
			if err := r.close(tx, tx.Now(), tx.Actor().Name, map[string]any{}); err != nil {
				return c, err
			}
		}
	}
	return c, nil
}

// takeUp gives a held request the time back that it stood still. People may have left meanwhile.
func (m Room) takeUp(tx *db.Tx, r *Request) error {
	stood := tx.Now().Sub(*r.HeldAt)
	set := map[string]any{"held_at": nil}
	r.State, r.HeldAt = Allowed, nil
	if r.ExpiresAt != nil {
		r.State, r.ExpiresAt = Pending, new(r.ExpiresAt.Add(stood))
		set["expires_at"] = r.ExpiresAt
	} else {
		r.ExecuteBy = new(r.ExecuteBy.Add(stood))
		set["execute_by"] = r.ExecuteBy
	}
	set["state"] = r.State
	r.record(tx, "request.resumed", map[string]any{"state": r.State})
	if err := r.save(tx, set); err != nil {
		return err
	}
	var c circle
	if r.State == Pending {
		var err error
		if c, err = gather(tx, r); err != nil {
			return err
		}
		if c.tally.Outcome == rule.Undecidable {
			return r.giveUp(tx, tx.Now(), c)
		}
	}
	return m.start(tx, r, c)
}

func waitingOn(tx *db.Tx, integration uuid.UUID, state State) ([]Request, error) {
	var out []Request
	err := tx.Gorm().Raw("select * from action_requests where workspace_id = ? and integration_id = ? and state = ? order by ref for update",
		tx.Workspace(), integration, state).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("requests of an integration: %w", err)
	}
	return out, nil
}
