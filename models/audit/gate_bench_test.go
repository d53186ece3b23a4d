package audit_test

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
)

// BenchmarkChange is what a form's change takes, eight at once: its operation, a lock, a row; without
// and with its entry, in one workspace and over many. The figure of quality is the ratio of the two.
func BenchmarkChange(b *testing.B) {
	for _, many := range []int{1, 16} {
		d := open(b)
		grants := workplaces(b, d, many)
		for _, audited := range []bool{false, true} {
			b.Run(fmt.Sprintf("workspaces=%d/audited=%v", many, audited), func(b *testing.B) {
				b.SetParallelism(4)
				var next atomic.Int64
				b.RunParallel(func(pb *testing.PB) {
					for me := int(next.Add(1)); pb.Next(); me++ {
						if err := change(d.DB, grants[me%many], me%64, audited); err != nil {
							b.Error(err)
							return
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
			})
		}
	}
}

// workplaces are workspaces with 64 rows each.
func workplaces(b *testing.B, d desk, n int) (out []access.Grant) {
	for range n {
		id := uuid.New()
		g := access.ForSystem(id, "bench")
		d.As(g, func(tx *db.Tx) error {
			if err := tx.Gorm().Exec("insert into workspaces (workspace_id, slug, name, region, time_zone, created_at) values (?, ?, 'x', 'EU', 'UTC', now())", id, "w"+id.String()[:8]).Error; err != nil {
				return err
			}
			for i := range 64 {
				if err := tx.Gorm().Exec("insert into groups (workspace_id, id, name, description, created_at, version) values (?, ?, ?, '', now(), 1)", id, row(id, i), fmt.Sprint(i)).Error; err != nil {
					return err
				}
			}
			return nil
		})
		out = append(out, g)
	}
	return out
}

func row(ws uuid.UUID, i int) uuid.UUID { return uuid.NewSHA1(ws, []byte{byte(i)}) }

func change(gate *db.DB, g access.Grant, i int, audited bool) error {
	_, _, err := gate.Once(context.Background(), g, db.Operation{ID: uuid.NewString()}, func(tx *db.Tx) ([]byte, error) {
		id := row(tx.Workspace(), i)
		if audited {
			audit.Record(tx, audit.Entry{Act: "group.updated", ObjectType: "group", ObjectID: id.String(), Object: "Billing approvers",
				Before: map[string]any{"description": "who decides refunds"}, After: map[string]any{"description": "who decides refunds and credits"}})
		}
		var version int
		if err := tx.Gorm().Raw("select version from groups where workspace_id = ? and id = ? for update", tx.Workspace(), id).Scan(&version).Error; err != nil {
			return nil, err
		}
		return nil, tx.Gorm().Exec("update groups set version = ? where workspace_id = ? and id = ?", version+1, tx.Workspace(), id).Error
	})
	return err
}

// BenchmarkTrail reads a trail of 200,000 entries: a page of it, a search, the check of the chain,
// and what is handed out.
func BenchmarkTrail(b *testing.B) {
	const n = 200_000
	d := open(b)
	for range n / 2000 {
		d.grow("max", 2000)
	}
	if _, err := d.sign(); err != nil {
		b.Fatal(err)
	}
	each := func(name string, fn func(tx *db.Tx) error) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				d.As(d.Grant(d.Acme, "udo", access.ReadAudit), fn)
			}
		})
	}
	list := func(f audit.Filter) func(*db.Tx) error {
		return func(tx *db.Tx) error { _, err := audit.List(tx, f, 50); return err }
	}
	each("newest page", list(audit.Filter{}))
	each("page in the middle", list(audit.Filter{Before: n / 2}))
	each("page of one person", list(audit.Filter{Actor: d.Acme.People["ada"].PersonID}))
	each("search without a hit", list(audit.Filter{Contains: "nowhere to be found"}))
	each("days", func(tx *db.Tx) error { _, err := audit.Days(tx, tx.Now().AddDate(0, 0, -89), 90); return err })
	each("state", func(tx *db.Tx) error { _, err := d.Inspect(tx); return err })
	rate := func(name string, fn func() error) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := fn(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
		})
	}
	rate("check of the chain", func() error {
		in, err := d.Check(d.gate("udo"))
		if err == nil && !in.Unbroken() {
			b.Fatal(in.Problem)
		}
		return err
	})
	rate("bundle", func() error {
		bundle, _, err := d.Bundle(d.gate("udo"), audit.Filter{}, "")
		if err != nil {
			return err
		}
		return audit.WriteBundle(io.Discard, bundle)
	})
	rate("table", func() error {
		return audit.WriteSheet(io.Discard, audit.Read(d.gate("udo"), audit.Filter{}), func(act string) string { return act })
	})
}
