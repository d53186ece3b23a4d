package integration

import (
	"strings"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
)

// Disconnect ends a connection for good and destroys its sealed key. typed must be its name.
// The row stays on record; the name is free again. A second time is told who did it.
func Disconnect(tx *db.Tx, id uuid.UUID, typed string) (Connection, error) {
	c, err := lock(tx, id)
	if err != nil {
		return c, err
	}
	if err := c.live(); err != nil {
		return c, err
	}
	if strings.Join(strings.Fields(norm.NFC.String(typed)), " ") != c.Name {
		return c, fault.At("name", "Type the name as it stands here: %s", c.Name)
	}
	after, err := c.save(tx, "disconnected it", map[string]any{"state": Disconnected, "sealed_credential": nil, "credential_hint": "",
		"disconnected_by": person(tx), "disconnected_at": tx.Now(), "pause_reason": "", "paused_by": nil, "paused_at": nil})
	if err != nil {
		return c, err
	}
	audit.Record(tx, audit.Entry{Act: "integration.disconnected", ObjectType: "integration", ObjectID: id.String(), Object: c.Name,
		Before: map[string]any{"state": c.State, "scopes": c.Scopes, "key": "…" + c.CredentialHint},
		Detail: map[string]any{"key": "destroyed"}})
	return after, nil
}
