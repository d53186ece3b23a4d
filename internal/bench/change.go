package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/workspace"
)

// change compares a small change with its entry in the audit trail and the same change without:
// in one busy workspace, where the trail's head is what all wait for, and over many.
func change(ctx context.Context, w *world, s settings) ([]line, error) {
	var hot, many [connections]group
	for i := range connections {
		var err error
		if hot[i], err = w.group(ctx, w.small.ID, fmt.Sprintf("Shift %d %s", i, uuid.NewString()[:8])); err != nil {
			return nil, err
		}
	}
	for i := range connections {
		id := uuid.New()
		err := w.gate.In(ctx, access.ForSystem(id, "bench"), func(tx *db.Tx) error {
			_, err := workspace.Create(tx, workspace.Draft{Name: "Place", Slug: "place-" + id.String()[:13], OwnerEmail: "ada@bigco.example", OwnerName: "Ada Okafor"})
			return err
		})
		if err != nil {
			return nil, err
		}
		if many[i], err = w.group(ctx, id, "Shift"); err != nil {
			return nil, err
		}
	}
	got, err := w.inTurn(ctx, s, connections, sides{w.edit(&hot, true), w.edit(&hot, false), w.edit(&many, true), w.edit(&many, false)})
	if err != nil {
		return nil, err
	}
	return []line{
		{what: "audited change in one workspace; limit is without the audit", unit: "/s", ours: got[0].second, limit: got[1].second, goal: 0.5},
		{what: "audited change over many workspaces", unit: "/s", ours: got[2].second, limit: got[3].second, goal: 0.7},
	}, nil
}

// group is a row that one caller changes.
type group struct{ workspace, id uuid.UUID }

func (w *world) group(ctx context.Context, place uuid.UUID, name string) (g group, err error) {
	err = w.gate.In(ctx, access.ForSystem(place, "bench"), func(tx *db.Tx) error {
		made, err := workspace.CreateGroup(tx, workspace.GroupDraft{Name: name})
		g = group{place, made.ID}
		return err
	})
	return g, err
}

func (w *world) edit(all *[connections]group, audited bool) func(context.Context, int) error {
	return func(ctx context.Context, caller int) error {
		g := all[caller]
		return w.gate.In(ctx, access.ForSystem(g.workspace, "bench"), func(tx *db.Tx) error {
			if audited {
				audit.Record(tx, audit.Entry{Act: "group.changed", ObjectType: "group", ObjectID: g.id.String(), Object: "Shift",
					Before: map[string]any{"description": "before"}, After: map[string]any{"description": "after"}})
			}
			return tx.Gorm().Exec("update groups set description = ?, version = version + 1 where workspace_id = ? and id = ?", "after", g.workspace, g.id).Error
		})
	}
}
