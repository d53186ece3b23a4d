package db_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/pgcut"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/workspace"
)

// A server that is stopped ends its connections, also one on which it has just committed.
func TestACommitAfterWhichTheServerStopsIsNoFailure(t *testing.T) {
	c := lay(t)
	c.Decide(commits(1, pgcut.Ending))
	result, again, err := c.group("Night shift")
	if err != nil || again || c.ran != 1 {
		t.Errorf("got %q, again %v, %v after %d runs; want the first run's result", result, again, err, c.ran)
	}
	c.made("Night shift", result)
}

// exec changes the database as its owner.
func (c *cable) exec(sql string) {
	c.T.Helper()
	conn, err := pgx.Connect(context.Background(), c.OwnerDSN)
	if err != nil {
		c.T.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		c.T.Fatal(err)
	}
}

// describe changes one group's description in a transaction that has others wait.
func describe(tx *db.Tx, id uuid.UUID, as string) error {
	return tx.Gorm().Exec("update groups set description = description || ? where id = ?", as, id).Error
}

func (c *cable) op(name string, fn func(*db.Tx) error) error {
	op := db.Operation{ID: name, Hash: sha256.Sum256([]byte(name))}
	_, _, err := c.gate.Once(context.Background(), c.Grant(c.Acme, "ada", access.ManagePeople), op, func(tx *db.Tx) ([]byte, error) { return nil, fn(tx) })
	return err
}

// twoGroups are Billing and one more.
func (c *cable) twoGroups() [2]uuid.UUID {
	c.T.Helper()
	id, _, err := c.group("Night shift")
	if err != nil {
		c.T.Fatal(err)
	}
	return [2]uuid.UUID{c.Acme.Billing.ID, uuid.MustParse(id)}
}

func TestTwoChangesThatWaitForEachOtherAreBothMadeOnce(t *testing.T) {
	c := lay(t)
	both := c.twoGroups()
	var meet, all sync.WaitGroup
	meet.Add(2)
	runs := [2]int{}
	for n := range 2 {
		all.Go(func() {
			err := c.op(fmt.Sprint("change ", n), func(tx *db.Tx) error {
				runs[n]++
				if err := describe(tx, both[n], "x"); err != nil {
					return err
				}
				if runs[n] == 1 { // each has the one and wants the other
					meet.Done()
					meet.Wait()
				}
				return describe(tx, both[1-n], "x")
			})
			if err != nil {
				t.Errorf("change %d: %v", n, err)
			}
		})
	}
	all.Wait()
	if runs[0]+runs[1] < 3 {
		t.Errorf("they ran %v times: they did not wait for each other", runs)
	}
	if n := c.count("select count(*) from groups where description = 'xx'"); n != 2 {
		t.Errorf("%d of both groups were changed twice, once by each", n)
	}
}

// A lock that is never given up is waited for three times, then whoever asked is told to come back.
func TestWhoeverWaitsTooLongForALockIsTurnedAwayAfterThreeTries(t *testing.T) {
	c := lay(t)
	ctx := context.Background()
	holder, err := pgx.Connect(ctx, c.OwnerDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close(ctx)
	if _, err := holder.Exec(ctx, "begin; select from groups for update"); err != nil {
		t.Fatal(err)
	}
	runs := 0
	change := func(tx *db.Tx) error {
		runs++
		if err := tx.Gorm().Exec("set local lock_timeout = '50ms'").Error; err != nil {
			return err
		}
		return describe(tx, c.Acme.Billing.ID, "x")
	}
	if err := c.op("change", change); !fault.Is(err, fault.Unavailable) || runs != 3 {
		t.Errorf("got %v after %d runs", err, runs)
	}
	if _, err := holder.Exec(ctx, "rollback"); err != nil {
		t.Fatal(err)
	}
	if err := c.op("change", change); err != nil || c.count("select count(*) from groups where description = 'x'") != 1 {
		t.Errorf("with the lock free: %v", err)
	}
}

// Of the server's refusals only three pass by themselves. The others are not tried again.
func TestOnlyWhatCanPassIsTriedAgain(t *testing.T) {
	c := lay(t)
	for code, want := range map[string]struct {
		runs int
		code fault.Code
	}{
		"40P01": {3, fault.Unavailable}, "40001": {3, fault.Unavailable}, "55P03": {3, fault.Unavailable},
		"57014": {1, fault.Unavailable}, "53100": {1, fault.Unavailable}, "53200": {1, fault.Unavailable},
		"23505": {1, ""}, "P0001": {1, ""}, "XX000": {1, ""},
	} {
		runs, times := 0, 9
		refused := func(tx *db.Tx) error {
			if runs++; runs > times {
				return describe(tx, c.Acme.Billing.ID, "x")
			}
			return tx.Gorm().Exec(fmt.Sprintf("do $$ begin raise exception 'refused' using errcode = '%s'; end $$", code)).Error
		}
		err := c.op("always "+code, refused)
		if runs != want.runs || err == nil || want.code != "" && !fault.Is(err, want.code) || want.code == "" && fault.As(err) != nil {
			t.Errorf("%s: %v after %d runs", code, err, runs)
		}
		runs, times = 0, want.runs-1
		if want.runs > 1 {
			if err := c.op("at first "+code, refused); err != nil || runs != want.runs {
				t.Errorf("%s that passes: %v after %d runs", code, err, runs)
			}
		}
	}
	if n := c.count("select count(*) from groups where description = 'xxx'"); n != 1 {
		t.Error("the three that passed did not change the group once each")
	}
}

func TestAStatementThatTakesTooLongIsGivenUp(t *testing.T) {
	c := layFor(t, db.Options{Connections: 1, StatementTimeout: 100 * time.Millisecond})
	gate, runs := c.gate, 0
	sleep := func(tx *db.Tx) error { runs++; return tx.Gorm().Exec("select pg_sleep(60)").Error }
	if err := gate.In(context.Background(), c.Grant(c.Acme, "ada", access.SeePeople), sleep); !fault.Is(err, fault.Unavailable) || runs != 1 {
		t.Errorf("got %v after %d runs", err, runs)
	}
	err := gate.Ask(context.Background(), func(q *db.Questions) { q.Ask(db.One(new(string)), "select pg_sleep(60)::text") })
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("a question: %v", err)
	}
	if err := gate.Ping(context.Background()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAPanicInAChangeUndoesItAndGivesTheConnectionBack(t *testing.T) {
	w := modelstest.New(t)
	gate, err := db.Open(context.Background(), w.AppDSN, db.Options{Connections: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	g := w.Grant(w.Acme, "ada", access.ManagePeople)
	create := func(then func()) (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("%v", r)
			}
		}()
		return gate.In(context.Background(), g, func(tx *db.Tx) error {
			_, err := workspace.CreateGroup(tx, workspace.GroupDraft{Name: "Night shift"})
			then()
			return err
		})
	}
	if err := create(func() { panic("broken") }); err == nil || err.Error() != "broken" {
		t.Fatalf("got %v", err)
	}
	if err := create(func() {}); err != nil { // the name is free, and so are the one connection and its locks
		t.Errorf("afterwards: %v", err)
	}
}

// hasty are a gate's options that make it wait for the database only briefly.
var hasty = db.Options{Connections: 3, StatementTimeout: 500 * time.Millisecond}

// A network that is split loses packets and tells nobody.
func TestALostNetworkIsNoticedAndThePoolHeals(t *testing.T) {
	t.Parallel()
	c := layFor(t, hasty)
	hub := db.NewHub(c.gate)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go hub.Run(ctx)
	if _, _, err := c.group("Day shift"); err != nil {
		t.Fatal(err)
	}
	c.Silence()
	for range 4 {
		if _, _, err := c.group("Night shift"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("without a network: %v", err)
		}
	}
	if err := c.gate.Ping(context.Background()); err == nil {
		t.Error("without a network it says that it is ready")
	}
	c.Speak()
	result, again, err := c.group("Night shift")
	if err != nil || again {
		t.Fatalf("with the network back: again %v, %v", again, err)
	}
	c.made("Night shift", result)

	news, stop := hub.Watch("key")
	defer stop()
	for end := time.Now().Add(time.Minute); ; { // the listener too finds out that it is talking to nobody
		err := c.gate.In(context.Background(), c.Grant(c.Acme, "ada", access.SeePeople), func(tx *db.Tx) error { tx.Notify("key"); return nil })
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-news:
			return
		case <-time.After(100 * time.Millisecond):
		}
		if time.Now().After(end) {
			t.Fatal("nobody is woken any more")
		}
	}
}

func TestACommitThatIsLostInTheNetworkIsFoundOut(t *testing.T) {
	t.Parallel()
	c := layFor(t, hasty)
	if _, _, err := c.group("Day shift"); err != nil {
		t.Fatal(err)
	}
	c.ran = 0
	c.Decide(commits(1, pgcut.Lost))
	result, again, err := c.group("Night shift")
	if err != nil || !again || c.ran != 1 {
		t.Errorf("got again %v, %v after %d runs; want the first run's result", again, err, c.ran)
	}
	c.made("Night shift", result)
}

// River stamps jobs by the app's clock. In this database no stamp is but by its own.
func TestAJobIsDueByTheDatabasesClock(t *testing.T) {
	c := lay(t)
	for _, drift := range []time.Duration{0, time.Hour, -2 * time.Hour} {
		c.Pass(drift)
		var began time.Time
		c.As(c.Grant(c.Acme, "ada", access.ManagePeople), func(tx *db.Tx) error {
			began = tx.Now().Add(-tx.Drift())
			tx.Enqueue(modelstest.Job{})
			tx.EnqueueAt(modelstest.Job{}, tx.Now().Add(time.Hour))
			return nil
		})
		if n := c.count("select count(*) from river.river_job where created_at = $1 and scheduled_at = $1 and state = 'available'", began); n != 1 {
			t.Errorf("%d jobs are stamped and due at %v", n, began)
		}
		if n := c.count("select count(*) from river.river_job where created_at = $1 and scheduled_at = $2 and state = 'scheduled'", began, began.Add(time.Hour)); n != 1 {
			t.Errorf("%d jobs are stamped at %v and due in an hour", n, began)
		}
	}
}

// A migration adds a column while processes of the release before hold statements that read the whole row.
func TestATableThatAMigrationChangedIsReadAnew(t *testing.T) {
	c := lay(t)
	read := func() {
		var all sync.WaitGroup
		for range 4 { // on every connection
			all.Go(func() {
				err := c.gate.In(context.Background(), c.Grant(c.Acme, "ada", access.SeePeople), func(tx *db.Tx) error {
					if _, err := workspace.ListGroups(tx); err != nil {
						return err
					}
					_, err := workspace.ListMembers(tx)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	for n := range 3 {
		read()
		c.exec(fmt.Sprintf("alter table groups add column later%d text; alter table members add column later%d text", n, n))
	}
	read()
}
