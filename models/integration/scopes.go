package integration

import (
	"slices"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
)

// Smallest is the set of scopes that a new connection starts with: reading, nothing else.
func Smallest(k *catalog.Kind) []string {
	var out []string
	for _, s := range k.Scopes {
		if s.Access == catalog.Reads {
			out = append(out, s.Name)
		}
	}
	return out
}

// Allowed are the scopes that Jexi was allowed, in the catalog's order; Withheld the others.
func (c Connection) Allowed() []catalog.Scope  { return c.scopes(true) }
func (c Connection) Withheld() []catalog.Scope { return c.scopes(false) }

func (c Connection) scopes(allowed bool) []catalog.Scope {
	var out []catalog.Scope
	for _, s := range c.System().Scopes {
		if c.has(s.Name) == allowed {
			out = append(out, s)
		}
	}
	return out
}

// Counts tell how many of the allowed scopes read, and how many change something.
func (c Connection) Counts() (read, change int) {
	for _, s := range c.Allowed() {
		if s.Access == catalog.Reads {
			read++
		} else {
			change++
		}
	}
	return read, change
}

// ChangeScopes allows exactly these scopes from now on. version is the one they were chosen from.
// The same scopes again change nothing.
func ChangeScopes(tx *db.Tx, id uuid.UUID, version int, scopes []string) (Connection, error) {
	c, err := lock(tx, id)
	if err != nil {
		return c, err
	}
	if err := c.editable(version); err != nil {
		return c, err
	}
	chosen, err := cleanScopes(c.System(), scopes)
	if err != nil || slices.Equal(chosen, c.Scopes) {
		return c, err
	}
	after, err := c.save(tx, "changed the permissions", map[string]any{"scopes": chosen})
	if err != nil {
		return c, err
	}
	audit.Record(tx, audit.Entry{Act: "integration.scopes_changed", ObjectType: "integration", ObjectID: id.String(), Object: c.Name,
		Before: map[string]any{"scopes": c.Scopes}, After: map[string]any{"scopes": after.Scopes}})
	return after, nil
}

// cleanScopes gives the chosen scopes once each, in the catalog's order.
func cleanScopes(k *catalog.Kind, chosen []string) (db.Texts, error) {
	for _, name := range chosen {
		if _, ok := k.Scope(name); !ok {
			return nil, fault.At("scopes", "%s has no such permission. Choose from the list.", k.Name)
		}
	}
	out := db.Texts{}
	for _, s := range k.Scopes {
		if slices.Contains(chosen, s.Name) {
			out = append(out, s.Name)
		}
	}
	if len(out) == 0 {
		return nil, fault.At("scopes", "Choose at least one thing that Jexi may do.")
	}
	return out, nil
}
