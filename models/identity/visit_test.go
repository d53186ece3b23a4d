package identity_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/modelstest"
)

func TestQuestionsSeeWhatTheVisitOpenedAndNothingElse(t *testing.T) {
	w := modelstest.New(t)
	ann := w.Acme.People["ann"].PersonID
	public, err := access.Check(access.Actor{}, access.Public)
	if err != nil {
		t.Fatal(err)
	}
	var session string
	w.As(public, func(tx *db.Tx) (err error) {
		session, err = identity.StartSession(tx, &ann, false, "test", "127.0.0.1")
		return err
	})
	for _, c := range []struct {
		name, session, slug string
		known               bool
		members, workspaces int
		role                string
	}{
		{"her own workspace", session, "acme", true, 6, 1, "approver"},
		{"another's workspace", session, "globex", true, 1, 1, ""}, // her own membership of Acme
		{"no workspace", session, "", true, 1, 1, ""},
		{"no session", "nobody", "acme", false, 0, 0, ""},
	} {
		var v identity.Visit
		var members, workspaces int
		var role *string
		err := w.DB.Ask(context.Background(), func(q *db.Questions) {
			identity.AskVisit(q, token.Hash(c.session), c.slug, &v)
			q.Ask(db.One(&members, &workspaces, &role), "select (select count(*) from members), (select count(*) from workspaces), app_role()")
		})
		if err != nil {
			t.Fatal(c.name, err)
		}
		if role == nil {
			role = new(string)
		}
		if v.Known() != c.known || members != c.members || workspaces != c.workspaces || *role != c.role {
			t.Errorf("%s: known %v, %d members, %d workspaces, role %q", c.name, v.Known(), members, workspaces, *role)
		}
	}
}

func TestWhatOneVisitOpenedIsClosedForTheNextQuestions(t *testing.T) {
	w := modelstest.New(t)
	for range 40 { // more than there are connections, so that one is used again
		var open *string
		if err := w.DB.Ask(context.Background(), func(q *db.Questions) {
			q.Ask(db.One(&open), "select app_ws()::text")
			q.Ask(func(rows pgx.Rows) error { rows.Next(); return rows.Err() }, "select set_config('app.workspace', $1, true)", w.Acme.ID.String())
		}); err != nil {
			t.Fatal(err)
		}
		if open != nil {
			t.Fatalf("a workspace was still open: %s", *open)
		}
	}
}
