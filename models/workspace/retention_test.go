package workspace_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/workspace"
)

const day = 24 * time.Hour

// tables tells how many rows every table has, past all walls.
func tables(w *modelstest.World) map[string]int {
	w.T.Helper()
	conn, err := pgx.Connect(context.Background(), w.OwnerDSN)
	if err != nil {
		w.T.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, _ := conn.Query(context.Background(), "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r','p') and not relispartition")
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.T.Fatal(err)
	}
	out := map[string]int{}
	for _, name := range names {
		n := 0
		if err := conn.QueryRow(context.Background(), "select count(*) from "+pgx.Identifier{name}.Sanitize()).Scan(&n); err != nil {
			w.T.Fatal(err)
		}
		out[name] = n
	}
	return out
}

// live makes one of everything that is forgotten some day.
func live(w *modelstest.World) {
	w.T.Helper()
	ann := w.Acme.People["ann"].PersonID
	public, err := access.Check(access.Actor{}, access.Public)
	if err != nil {
		w.T.Fatal(err)
	}
	w.As(public, func(tx *db.Tx) error {
		_, one := identity.StartSession(tx, &ann, false, "kept", "127.0.0.1")
		ended, two := identity.StartSession(tx, &ann, false, "ended", "127.0.0.1")
		_, _, three := identity.StartCeremony(tx, "of nobody", "127.0.0.1")
		_, _, _, four := identity.MakeSignInLink(tx, "ann@acme.example", "")
		return errors.Join(one, two, three, four, identity.EndSession(tx, token.Hash(ended)))
	})
	for _, g := range []access.Grant{public, w.Grant(w.Acme, "ann", access.SeeOverview), w.Grant(w.Globex, "greta", access.SeeOverview)} {
		key := db.Operation{ID: uuid.NewString(), Hash: sha256.Sum256(nil)}
		if _, _, err := w.DB.Once(context.Background(), g, key, func(*db.Tx) ([]byte, error) { return nil, nil }); err != nil {
			w.T.Fatal(err)
		}
	}
}

func sweep(w *modelstest.World) {
	w.T.Helper()
	if err := (&workspace.Sweeps{DB: w.DB}).Work(context.Background(), &river.Job[workspace.Sweep]{}); err != nil {
		w.T.Fatal(err)
	}
}

func TestWhatIsPastItsTimeIsDeletedAndNothingElse(t *testing.T) {
	w := modelstest.New(t)
	live(w)
	for _, step := range []struct {
		after                       time.Duration
		sessions, links, operations int
	}{
		{0, 3, 1, 3},
		{day - time.Minute, 3, 1, 3},
		{2 * time.Minute, 2, 1, 3}, // the challenge that led nowhere
		{15 * time.Minute, 2, 0, 3},
		{29*day - 17*time.Minute, 2, 0, 3}, // 30 days but a minute
		{2 * time.Minute, 2, 0, 0},
		{day - 2*time.Minute, 2, 0, 0},
		{2 * time.Minute, 0, 0, 0},
	} {
		w.Pass(step.after)
		want := tables(w)
		want["sessions"], want["sign_in_links"], want["operations"] = step.sessions, step.links, step.operations
		for range 2 { // the second run changes nothing
			sweep(w)
			if got := tables(w); !maps.Equal(got, want) {
				t.Fatalf("%s later there is %v, want %v", step.after, got, want)
			}
		}
	}
}

func TestWhatIsYoungStaysBesideWhatIsOld(t *testing.T) {
	w := modelstest.New(t)
	live(w)
	w.Pass(40 * day)
	live(w)
	sweep(w)
	got := tables(w)
	if got["sessions"] != 3 || got["sign_in_links"] != 1 || got["operations"] != 3 {
		t.Errorf("there is %v", got)
	}
}

func TestMoreThanFitIntoOneTransactionGoInOneRun(t *testing.T) {
	w := modelstest.New(t)
	w.As(access.ForSystem(w.Acme.ID, "test"), func(tx *db.Tx) error {
		return tx.Gorm().Exec("insert into operations (workspace_id, actor_id, operation, hash, at) select ?, ?, n::text, '', ?::timestamptz from generate_series(1, 2500) n",
			w.Acme.ID, uuid.Nil, tx.Now()).Error
	})
	w.Pass(31 * day)
	sweep(w)
	if got := tables(w); got["operations"] != 0 {
		t.Errorf("%d operations are left", got["operations"])
	}
}

func TestAKeyIsKnownForThirtyDays(t *testing.T) {
	w := modelstest.New(t)
	g, key, ran := w.Grant(w.Acme, "ann", access.SeeOverview), db.Operation{ID: "the same"}, 0
	try := func() (again bool) {
		_, again, err := w.DB.Once(context.Background(), g, key, func(*db.Tx) ([]byte, error) { ran++; return nil, nil })
		if err != nil {
			t.Fatal(err)
		}
		return again
	}
	try()
	w.Pass(8 * day)
	sweep(w)
	if !try() || ran != 1 {
		t.Errorf("eight days later it ran %d times", ran)
	}
	w.Pass(22*day + time.Minute)
	sweep(w)
	if try() || ran != 2 {
		t.Errorf("thirty days later it ran %d times", ran)
	}
}
