package db_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/workspace"
)

func TestATransactionSeesOneWorkspaceOnly(t *testing.T) {
	w := modelstest.New(t)
	count := func(g access.Grant, table string) (n int64) {
		w.As(g, func(tx *db.Tx) error { return tx.Gorm().Table(table).Count(&n).Error })
		return n
	}
	acme := w.Grant(w.Acme, "ada", access.SeePeople)
	if got := count(acme, "members"); got != 6 {
		t.Errorf("Acme has 6 members, Ada sees %d", got)
	}
	if got := count(access.ForBearer(make([]byte, 32)), "members"); got != 0 {
		t.Errorf("a stranger sees %d members", got)
	}
	if got := count(access.ForBearer(w.Acme.Agent.HashedToken), "api_tokens"); got != 1 {
		t.Errorf("a bearer sees %d tokens, its own is 1", got)
	}
	if got := count(access.ForSweep("test"), "workspaces"); got != 2 {
		t.Errorf("a sweep sees %d of 2 workspaces", got)
	}
	if got := count(access.ForSweep("test"), "members"); got != 0 {
		t.Errorf("a sweep sees %d members", got)
	}
}

func TestNobodyWritesIntoAnotherWorkspace(t *testing.T) {
	w := modelstest.New(t)
	err := w.Try(w.Grant(w.Acme, "ada", access.ManagePeople), func(tx *db.Tx) error {
		return tx.Gorm().Exec("insert into groups (workspace_id, id, name, created_at) values (?, gen_random_uuid(), 'x', now())", w.Globex.ID).Error
	})
	if err == nil {
		t.Fatal("Ada wrote into Globex")
	}
	w.As(w.Grant(w.Acme, "ada", access.ManagePeople), func(tx *db.Tx) error {
		res := tx.Gorm().Exec("update workspaces set name = 'mine' where workspace_id = ?", w.Globex.ID)
		if res.RowsAffected != 0 {
			t.Error("Ada renamed Globex")
		}
		return res.Error
	})
}

func TestFiftyTriesOfOneOperationHappenOnce(t *testing.T) {
	w := modelstest.New(t)
	g := w.Grant(w.Acme, "ada", access.ManagePeople)
	op := db.Operation{ID: "op-1", Hash: sha256.Sum256([]byte("a"))}
	var ran atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			got, _, err := w.DB.Once(context.Background(), g, op, func(tx *db.Tx) ([]byte, error) {
				ran.Add(1)
				_, err := workspace.CreateGroup(tx, workspace.GroupDraft{Name: "Night shift"})
				return []byte("made"), err
			})
			if err != nil || string(got) != "made" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	wg.Wait()
	if ran.Load() != 1 {
		t.Errorf("ran %d times", ran.Load())
	}
	op.Hash = sha256.Sum256([]byte("b"))
	_, _, err := w.DB.Once(context.Background(), g, op, func(*db.Tx) ([]byte, error) { return nil, nil })
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("the id with other content was answered with %v", err)
	}
}

func TestAFaultRollsEverythingBack(t *testing.T) {
	w := modelstest.New(t)
	g := w.Grant(w.Acme, "ada", access.ManagePeople)
	boom := errors.New("boom")
	err := w.Try(g, func(tx *db.Tx) error {
		if _, err := workspace.CreateGroup(tx, workspace.GroupDraft{Name: "Gone"}); err != nil {
			return err
		}
		tx.Enqueue(modelstest.Job{})
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	w.As(g, func(tx *db.Tx) error {
		groups, err := workspace.ListGroups(tx)
		if len(groups) != 1 {
			t.Errorf("there are %d groups", len(groups))
		}
		var jobs int64
		tx.Gorm().Raw("select count(*) from river.river_job").Scan(&jobs)
		if jobs != 0 {
			t.Errorf("%d jobs were left", jobs)
		}
		return err
	})
}

func TestTheGateOpensForNoRoleThatCanStepOverTheWall(t *testing.T) {
	w := modelstest.Empty(t)
	d, err := db.Open(context.Background(), w.OwnerDSN, db.Options{Connections: 1})
	if err == nil {
		d.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "refuses to run as") {
		t.Errorf("the owner's address gives %v", err)
	}
}

func TestStatementsLocksAndIdleTransactionsHaveAnEnd(t *testing.T) {
	w := modelstest.New(t)
	var limits []string
	err := w.Try(w.Grant(w.Acme, "ada", access.SeePeople), func(tx *db.Tx) error {
		return tx.Gorm().Raw("select setting from pg_settings where name in ('idle_in_transaction_session_timeout', 'lock_timeout', 'statement_timeout') order by name").Scan(&limits).Error
	})
	if err != nil || !slices.Equal(limits, []string{"10000", "2000", "5000"}) {
		t.Errorf("the limits of a server are %v, %v", limits, err)
	}
}
