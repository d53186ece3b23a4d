package db_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/workspace"
)

var errOnPurpose = errors.New("on purpose")

// Twelve share four connections, and each transaction ends in a way of its own: whoever takes the
// connection next sees their own workspace and nothing that was left on it.
func TestAConnectionCarriesNothingFromOneWorkspaceToTheNext(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	gate, err := db.Open(context.Background(), w.AppDSN, db.Options{Connections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(gate.Close)
	var ends [5]atomic.Int64
	var all sync.WaitGroup
	for n := range 12 {
		all.Go(func() {
			luck := rand.New(rand.NewPCG(uint64(n), 7))
			for range 50 {
				p, first := w.Acme, "ada"
				if luck.IntN(2) == 0 {
					p, first = w.Globex, "greta"
				}
				end := luck.IntN(len(ends))
				ends[end].Add(1)
				one(t, gate, w.Grant(p, first, access.ManagePeople), p, end)
			}
		})
	}
	all.Wait()
	for end := range ends {
		if ends[end].Load() < 60 {
			t.Errorf("only %d transactions ended in way %d", ends[end].Load(), end)
		}
	}
	for range 8 {
		see(t, gate, access.ForBearer(make([]byte, 32)), nil)
	}
}

// one is one transaction that looks, writes, looks again and ends by a commit, an error, a failed
// statement, a visitor who goes away or a panic.
func one(t *testing.T, gate *db.DB, g access.Grant, p modelstest.Place, end int) {
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	defer func() {
		if r := recover(); r != nil && r != errOnPurpose {
			panic(r)
		}
	}()
	err := gate.In(ctx, g, func(tx *db.Tx) error {
		look(t, tx, []uuid.UUID{p.ID})
		if _, err := workspace.CreateGroup(tx, workspace.GroupDraft{Name: uuid.NewString()}); err != nil {
			return err
		}
		look(t, tx, []uuid.UUID{p.ID})
		switch end {
		case 1:
			return errOnPurpose
		case 2:
			return tx.Gorm().Exec("select 1/0").Error
		case 3:
			leave()
			return tx.Gorm().Exec("select 1").Error
		case 4:
			panic(errOnPurpose)
		}
		return nil
	})
	if (err == nil) != (end == 0) {
		t.Errorf("way %d ended with %v", end, err)
	}
}

func see(t *testing.T, gate *db.DB, g access.Grant, want []uuid.UUID) {
	t.Helper()
	if err := gate.In(context.Background(), g, func(tx *db.Tx) error { look(t, tx, want); return nil }); err != nil {
		t.Error(err)
	}
}

// look finds the workspaces of all members and groups that a transaction sees.
func look(t *testing.T, tx *db.Tx, want []uuid.UUID) {
	for _, sql := range []string{"select distinct workspace_id from members", "select distinct workspace_id from groups"} {
		var got []uuid.UUID
		if err := tx.Gorm().Raw(sql).Scan(&got).Error; err != nil {
			t.Error(err)
		} else if len(got) > 1 || len(got) == 1 && !slices.Equal(got, want) || len(got) == 0 && len(want) > 0 && sql[28:35] == "members" {
			t.Errorf("%s gives %v, want %v", sql, got, want)
		}
	}
}
