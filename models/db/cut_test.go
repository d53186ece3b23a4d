package db_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/pgcut"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/workspace"
)

// cable is the tests' world behind a connection that can be cut, and how often work was begun on it.
type cable struct {
	*modelstest.World
	*pgcut.Proxy
	gate *db.DB
	ran  int
}

func lay(t *testing.T) *cable { return layFor(t, db.Options{Connections: 4}) }

func layFor(t *testing.T, o db.Options) *cable {
	c := &cable{World: modelstest.New(t)}
	t.Cleanup(func() { c.gate.Close() }) // after the proxy's end: until then a lost connection holds it up
	c.Proxy = pgcut.New(t, c.AppDSN)
	var err error
	if c.gate, err = db.Open(context.Background(), c.DSN(), o); err != nil {
		t.Fatal(err)
	}
	return c
}

// group makes one group and one job, as one operation.
func (c *cable) group(name string) (result string, again bool, err error) {
	op := db.Operation{ID: name, Hash: sha256.Sum256([]byte(name))}
	out, again, err := c.gate.Once(context.Background(), c.Grant(c.Acme, "ada", access.ManagePeople), op, func(tx *db.Tx) ([]byte, error) {
		c.ran++
		g, err := workspace.CreateGroup(tx, workspace.GroupDraft{Name: name})
		tx.Enqueue(modelstest.Job{})
		return []byte(g.ID.String()), err
	})
	return string(out), again, err
}

// made fails the test unless the group, its job and its entry are there exactly once.
func (c *cable) made(name, result string) {
	c.T.Helper()
	for what, sql := range map[string]string{
		"groups":  "select count(*) from groups where name = $1 and id::text = $2",
		"entries": "select count(*) from audit_leaves where act = 'group.created' and object_id = $2 and $1 <> ''",
		"results": "select count(*) from operations where operation = $1 and convert_from(result, 'UTF8') = $2",
	} {
		if n := c.count(sql, name, result); n != 1 {
			c.T.Errorf("%s: %d %s, want 1", name, n, what)
		}
	}
	if groups, jobs := c.count("select count(*) - 1 from groups"), c.count("select count(*) from river.river_job"); groups != jobs {
		c.T.Errorf("%s: %d groups were made and %d jobs", name, groups, jobs)
	}
}

func (c *cable) count(sql string, args ...any) (n int) {
	c.T.Helper()
	conn, err := pgx.Connect(context.Background(), c.OwnerDSN)
	if err != nil {
		c.T.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		c.T.Fatal(err)
	}
	return n
}

// commits has the next n commits meet this fate.
func commits(n int, fate pgcut.Fate) func(string) pgcut.Fate {
	return func(sql string) pgcut.Fate {
		if n == 0 || !strings.HasSuffix(sql, "commit") {
			return pgcut.Pass
		}
		n--
		return fate
	}
}

func TestACommitWhoseAnswerIsLostIsFoundOutAndNotRepeated(t *testing.T) {
	c := lay(t)
	c.Decide(commits(1, pgcut.After))
	result, again, err := c.group("Night shift")
	if err != nil || !again || c.ran != 1 {
		t.Errorf("got %q, again %v, %v after %d runs; want the stored result after one", result, again, err, c.ran)
	}
	c.made("Night shift", result)
}

// Who loses the connection while it commits also asks the server to stop: it may or may not have committed.
func TestACommitThatIsCutShortIsFoundOutOrMadeAnew(t *testing.T) {
	c := lay(t)
	c.Decide(commits(1, pgcut.Meanwhile))
	result, again, err := c.group("Night shift")
	if err != nil || again != (c.ran == 1) {
		t.Errorf("got %q, again %v, %v after %d runs", result, again, err, c.ran)
	}
	c.made("Night shift", result)
}

func TestACommitThatNeverArrivedIsMadeAnew(t *testing.T) {
	c := lay(t)
	c.Decide(commits(1, pgcut.Before))
	result, again, err := c.group("Night shift")
	if err != nil || again || c.ran != 2 {
		t.Errorf("got %q, again %v, %v after %d runs; want a result of the second", result, again, err, c.ran)
	}
	c.made("Night shift", result)
}

func TestACommitThatCannotBeFoundOutSaysSoAndALaterTryLearnsTheTruth(t *testing.T) {
	c := lay(t)
	c.Decide(commits(9, pgcut.After))
	_, _, err := c.group("Night shift")
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "will not happen twice") {
		t.Fatalf("got %v", err)
	}
	c.Decide(nil)
	result, again, err := c.group("Night shift")
	if err != nil || !again || c.ran != 1 {
		t.Errorf("got %q, again %v, %v after %d runs; want the stored result after one", result, again, err, c.ran)
	}
	c.made("Night shift", result)
}

func TestAChangeWithoutAnOperationSaysThatItsCommitIsUnknown(t *testing.T) {
	c := lay(t)
	c.Decide(commits(1, pgcut.After))
	err := c.gate.In(context.Background(), c.Grant(c.Acme, "ada", access.ManagePeople), func(tx *db.Tx) error {
		c.ran++
		_, err := workspace.CreateGroup(tx, workspace.GroupDraft{Name: "Night shift"})
		return err
	})
	if !errors.Is(err, db.ErrUnknown) || c.ran != 1 {
		t.Errorf("got %v after %d runs", err, c.ran)
	}
}

// Wherever the connection breaks, the same operation comes to the same end.
func TestACutAtAnyMessageLosesNothingAndRepeatsNothing(t *testing.T) {
	c := lay(t)
	for _, fate := range []pgcut.Fate{pgcut.Before, pgcut.After, pgcut.Meanwhile} {
		for n, reached := 0, true; reached; n++ {
			trip := 0
			reached = false
			c.Decide(func(string) pgcut.Fate {
				if trip++; trip != n+1 {
					return pgcut.Pass
				}
				reached = true
				return fate
			})
			name := fmt.Sprintf("Group %d %s", n, uuid.NewString())
			result, _, err := c.group(name)
			if err != nil {
				t.Fatalf("cut %d, fate %d: %v", n, fate, err)
			}
			c.made(name, result)
		}
	}
}

func TestAReadOutlivesARestartOfTheDatabase(t *testing.T) {
	c := lay(t)
	read := func() error {
		return c.gate.In(context.Background(), c.Grant(c.Acme, "ada", access.SeePeople), func(tx *db.Tx) error {
			_, err := workspace.ListGroups(tx)
			return err
		})
	}
	for range 4 {
		if err := read(); err != nil {
			t.Fatal(err)
		}
	}
	c.Down()
	if err := read(); !fault.Is(err, fault.Unavailable) {
		t.Errorf("without a database: %v", err)
	}
	c.Up()
	if err := read(); err != nil {
		t.Errorf("with the database back: %v", err)
	}
}
