package workspace_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/workspace"
)

func here(w *modelstest.World, p modelstest.Place) (out workspace.Workspace) {
	w.As(access.ForSystem(p.ID, "test"), func(tx *db.Tx) (err error) { out, err = workspace.Here(tx); return err })
	return out
}

// by makes a change of Acme's settings as this person.
func by(w *modelstest.World, first string, change func(*db.Tx) (workspace.Workspace, error)) error {
	return w.Try(w.Grant(w.Acme, first, access.ManageWorkspace), func(tx *db.Tx) error { _, err := change(tx); return err })
}

func raise(people, version int) func(*db.Tx) (workspace.Workspace, error) {
	return func(tx *db.Tx) (workspace.Workspace, error) {
		return workspace.ChangeSettings(tx, workspace.Settings{Name: "Acme", TimeZone: "UTC", People: people, Version: version})
	}
}

func fewer(people, version int) func(*db.Tx) (workspace.Workspace, error) {
	return lower(workspace.Settings{TimeZone: "UTC", People: people, Version: version})
}

func lower(s workspace.Settings) func(*db.Tx) (workspace.Workspace, error) {
	return func(tx *db.Tx) (workspace.Workspace, error) { return workspace.AskToLower(tx, s, "why") }
}

func agree(version int) func(*db.Tx) (workspace.Workspace, error) {
	return func(tx *db.Tx) (workspace.Workspace, error) { return workspace.AgreeToLower(tx, version) }
}

func TestEveryZoneThatIsOfferedExists(t *testing.T) {
	all := workspace.Zones()
	if len(all) < 300 || !slices.Contains(all, "Europe/Berlin") || !slices.Contains(all, "UTC") {
		t.Fatalf("%d zones", len(all))
	}
	for _, name := range all {
		if _, err := time.LoadLocation(name); err != nil {
			t.Error(err)
		}
	}
}

func TestFewerPeopleAreAskedForByOneAndAgreedToByAnother(t *testing.T) {
	w := modelstest.New(t)
	other := here(w, w.Globex)
	if err := by(w, "ada", raise(2, 1)); err != nil {
		t.Fatal(err)
	}
	refused(t, by(w, "ada", raise(1, 2)), fault.Invalid, "takes a second Owner or Admin")
	refused(t, by(w, "ada", agree(2)), fault.Conflict, "Nobody asks for weaker settings any more.")
	refused(t, by(w, "ada", fewer(1, 1)), fault.Stale, "meanwhile")
	refused(t, by(w, "ada", fewer(2, 2)), fault.Invalid, "as it is today")
	refused(t, by(w, "ada", fewer(3, 2)), fault.Invalid, "from 1 to 2")
	refused(t, by(w, "ada", fewer(0, 2)), fault.Invalid, "from 1 to 2")
	if err := by(w, "ada", fewer(1, 2)); err != nil {
		t.Fatal(err)
	}
	w.Pass(25 * time.Hour) // time alone does not help where there is a second admin
	refused(t, by(w, "ada", agree(3)), fault.Forbidden, "a second Owner or Admin must agree")
	refused(t, w.Try(access.ForSystem(w.Acme.ID, "test"), func(tx *db.Tx) error { _, err := workspace.AgreeToLower(tx, 3); return err }), fault.Forbidden, "second")
	if now := here(w, w.Acme); now.UnmatchedPeople != 2 || now.RulesEdition != 1 {
		t.Errorf("before anybody agrees it is %d people, edition %d", now.UnmatchedPeople, now.RulesEdition)
	}
	if err := by(w, "max", agree(3)); err != nil {
		t.Fatal(err)
	}
	if now := here(w, w.Acme); now.UnmatchedPeople != 1 || now.RulesEdition != 2 || now.Wanted() || now.Version != 4 {
		t.Errorf("afterwards it is %+v", now)
	}
	refused(t, by(w, "max", fewer(1, 4)), fault.Invalid, "as it is today")
	if after := here(w, w.Globex); after != other {
		t.Errorf("another workspace went from %+v to %+v", other, after)
	}
	refused(t, w.DB.In(context.Background(), w.Grant(w.Globex, "greta", access.ManageWorkspace), func(tx *db.Tx) error {
		_, err := workspace.AgreeToLower(tx, 1)
		return err
	}), fault.Conflict, "Nobody asks")
}

func TestARaiseEndsTheWishForFewer(t *testing.T) {
	w := modelstest.New(t)
	w.As(access.ForSystem(w.Acme.ID, "test"), func(tx *db.Tx) error {
		_, err := workspace.Join(tx, "mia@acme.example", "Mia", access.Admin)
		return err
	})
	for _, step := range []error{by(w, "ada", raise(2, 1)), by(w, "ada", fewer(1, 2)), by(w, "max", raise(3, 3))} {
		if step != nil {
			t.Fatal(step)
		}
	}
	refused(t, by(w, "max", agree(4)), fault.Conflict, "Nobody asks for weaker settings any more.")
}

func TestDecisionsFromEMailsAndFewerPeopleAreOneWish(t *testing.T) {
	w := modelstest.New(t)
	strict := workspace.Settings{Name: "Acme", TimeZone: "UTC", People: 2, SignedInOnly: true, Version: 1}
	save := func(s workspace.Settings) func(*db.Tx) (workspace.Workspace, error) {
		return func(tx *db.Tx) (workspace.Workspace, error) { return workspace.ChangeSettings(tx, s) }
	}
	refused(t, by(w, "ada", lower(workspace.Settings{TimeZone: "UTC", People: 1, SignedInOnly: true, Version: 1})), fault.Invalid, "Signed in only is stricter")
	if err := by(w, "ada", save(strict)); err != nil {
		t.Fatal(err)
	}
	refused(t, by(w, "ada", save(workspace.Settings{Name: "Acme", TimeZone: "UTC", People: 2, Version: 2})), fault.Invalid, "takes a second Owner or Admin")
	refused(t, by(w, "ada", lower(workspace.Settings{TimeZone: "UTC", People: 2, SignedInOnly: true, Version: 2})), fault.Invalid, "as it is today")
	if err := by(w, "ada", lower(workspace.Settings{TimeZone: "UTC", People: 1, Version: 2})); err != nil {
		t.Fatal(err)
	}
	renamed := strict
	renamed.Name, renamed.Version = "Acme Group", 3
	if err := by(w, "ada", save(renamed)); err != nil {
		t.Fatal(err)
	}
	if now := here(w, w.Acme); !now.WantedMail || now.WantedPeople == nil || !now.SignedInOnly {
		t.Fatalf("another name ends the wish: %+v", now)
	}
	if err := by(w, "max", agree(4)); err != nil {
		t.Fatal(err)
	}
	if now := here(w, w.Acme); now.SignedInOnly || now.UnmatchedPeople != 1 || now.Name != "Acme Group" || now.Wanted() || now.WantedMail {
		t.Errorf("afterwards it is %+v", now)
	}
	edition := here(w, w.Acme).RulesEdition
	for _, step := range []error{by(w, "ada", raise(2, 5)), by(w, "ada", fewer(1, 6)), by(w, "max", save(workspace.Settings{Name: "Acme", TimeZone: "UTC", People: 2, SignedInOnly: true, Version: 7}))} {
		if step != nil {
			t.Fatal(step)
		}
	}
	refused(t, by(w, "max", agree(8)), fault.Conflict, "Nobody asks for weaker settings any more.")
	if now := here(w, w.Acme); now.RulesEdition != edition+1 {
		t.Errorf("how people decide changes what rules ask for: edition %d after %d", now.RulesEdition, edition)
	}
}

func TestOfManyWhoAgreeAtOnceOneLowersIt(t *testing.T) {
	w := modelstest.New(t)
	for _, step := range []error{by(w, "ada", raise(2, 1)), by(w, "ada", fewer(1, 2))} {
		if step != nil {
			t.Fatal(step)
		}
	}
	errs := make(chan error, 8)
	for range 8 {
		go func() { errs <- by(w, "max", agree(3)) }()
	}
	won := 0
	for range 8 {
		if err := <-errs; err == nil {
			won++
		} else if !fault.Is(err, fault.Stale) {
			t.Errorf("a loser is told %v", err)
		}
	}
	if now := here(w, w.Acme); won != 1 || now.RulesEdition != 2 {
		t.Errorf("%d lowered it, edition %d", won, now.RulesEdition)
	}
}
