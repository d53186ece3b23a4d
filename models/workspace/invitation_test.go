package workspace_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/workspace"
)

func invite(w *modelstest.World, by, email string, role access.Role) workspace.Invitation {
	w.T.Helper()
	i, err := tryInvite(w, by, workspace.InvitationDraft{Email: email, Role: role})
	if err != nil {
		w.T.Fatal(err)
	}
	return i
}

func tryInvite(w *modelstest.World, by string, d workspace.InvitationDraft) (i workspace.Invitation, err error) {
	err = w.Try(w.Grant(w.Acme, by, access.ManagePeople), func(tx *db.Tx) error {
		i, err = workspace.Invite(tx, d)
		return err
	})
	return i, err
}

// link is the token that a mail of this invitation would carry.
func link(w *modelstest.World, i workspace.Invitation) (plain string) {
	w.T.Helper()
	w.As(access.ForSystem(i.WorkspaceID, "mail"), func(tx *db.Tx) error {
		_, p, ok, err := workspace.SendableInvitation(tx, i.ID)
		if !ok {
			w.T.Fatal("the invitation cannot be sent")
		}
		plain = p
		return err
	})
	return plain
}

// holding is the grant of whoever opens this link.
func holding(w *modelstest.World, plain string) (g access.Grant, err error) {
	hash := token.Hash(plain)
	err = w.Try(access.ForBearer(hash), func(tx *db.Tx) error {
		a, err := workspace.InvitedActor(tx, hash)
		if err != nil {
			return err
		}
		g, err = access.Check(a, access.AcceptInvitation)
		return err
	})
	return g, err
}

func accept(w *modelstest.World, plain, name string) (out workspace.Accepted, err error) {
	g, err := holding(w, plain)
	if err != nil {
		return out, err
	}
	err = w.Try(g, func(tx *db.Tx) error {
		out, err = workspace.Accept(tx, name)
		return err
	})
	return out, err
}

func TestAnInvitedPersonBecomesAMemberOnce(t *testing.T) {
	w := modelstest.New(t)
	plain := link(w, invite(w, "max", "Nia@New.Example", access.PrivacyOfficer))
	got, err := accept(w, plain, "Nia Obi")
	if err != nil || !got.New || got.Slug != "acme" || got.Person.Name != "Nia Obi" || got.Person.Email != "nia@new.example" {
		t.Fatalf("got %+v, %v", got, err)
	}
	if members(w)["nia"] != access.PrivacyOfficer {
		t.Errorf("the members are %v", members(w))
	}
	_, err = accept(w, plain, "Nia Obi")
	refused(t, err, fault.Gone, "You have accepted")
}

func TestOfManyWhoAcceptAtOnceOneJoins(t *testing.T) {
	w := modelstest.New(t)
	for round := range 5 {
		i := invite(w, "max", fmt.Sprintf("nia%d@new.example", round), access.Auditor)
		errs := together(w, i, func(tx *db.Tx) error {
			_, err := workspace.Accept(tx, "Nia")
			return err
		}, 12)
		if won := without(t, errs, "accepted"); won != 1 {
			t.Errorf("%d accepted one invitation", won)
		}
	}
}

func TestAnInvitationIsAcceptedOrTakenBackNotBoth(t *testing.T) {
	w := modelstest.New(t)
	for round := range 8 {
		i := invite(w, "max", fmt.Sprintf("nia%d@new.example", round), access.Auditor)
		var revoked error
		var wg sync.WaitGroup
		wg.Go(func() {
			revoked = w.Try(w.Grant(w.Acme, "max", access.ManagePeople), func(tx *db.Tx) error {
				_, err := workspace.RevokeInvitation(tx, i.ID)
				return err
			})
		})
		accepted := together(w, i, func(tx *db.Tx) error {
			_, err := workspace.Accept(tx, "Nia")
			return err
		}, 1)[0]
		wg.Wait()
		if (revoked == nil) == (accepted == nil) {
			t.Errorf("round %d: taking back %v, accepting %v", round, revoked, accepted)
		}
	}
}

// together runs fn n times at once as the holder of an invitation.
func together(w *modelstest.World, i workspace.Invitation, fn func(*db.Tx) error, n int) []error {
	g, err := access.Check(access.Actor{Kind: access.Invited, ID: i.ID, Name: i.Email, Email: i.Email, Workspace: i.WorkspaceID}, access.AcceptInvitation)
	if err != nil {
		w.T.Fatal(err)
	}
	errs := make([]error, n)
	var wg sync.WaitGroup
	for k := range errs {
		wg.Go(func() { errs[k] = w.Try(g, fn) })
	}
	wg.Wait()
	return errs
}

// without counts the tries that went through; the others must be told these words.
func without(t *testing.T, errs []error, words string) (won int) {
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			refused(t, err, fault.Gone, words)
		}
	}
	return won
}

func TestSomebodyWithAnAccountJoinsButIsNotRecognized(t *testing.T) {
	w := modelstest.New(t)
	g, err := holding(w, link(w, invite(w, "max", "greta@globex.example", access.Auditor)))
	if err != nil {
		t.Fatal(err)
	}
	w.As(g, func(tx *db.Tx) error {
		got, err := workspace.Accept(tx, "")
		if got.New || tx.Actor().Kind != access.Invited {
			t.Errorf("the holder of a mail speaks as %s %s", tx.Actor().Kind, tx.Actor().Name)
		}
		return err
	})
	if members(w)["greta"] != access.Auditor {
		t.Error("Greta is no member")
	}
}

func TestAnInvitationThatEndedSaysHow(t *testing.T) {
	w := modelstest.New(t)
	old, taken := invite(w, "max", "a@new.example", access.Auditor), invite(w, "max", "b@new.example", access.Auditor)
	oldLink, takenLink := link(w, old), link(w, taken)
	newer := link(w, old)
	_, err := accept(w, oldLink, "A")
	refused(t, err, fault.Gone, "a newer mail")
	w.As(w.Grant(w.Acme, "max", access.ManagePeople), func(tx *db.Tx) error {
		_, err := workspace.RevokeInvitation(tx, taken.ID)
		return err
	})
	_, err = accept(w, takenLink, "B")
	refused(t, err, fault.Gone, "taken back. Ask Max Lindqvist")
	w.Pass(workspace.InvitationLasts)
	_, err = accept(w, newer, "A")
	refused(t, err, fault.Gone, "Ask Max Lindqvist to send it again")
	_, err = accept(w, "nonsense", "A")
	refused(t, err, fault.Gone, "unknown")
	w.As(w.Grant(w.Acme, "max", access.ManagePeople), func(tx *db.Tx) error {
		if _, err := workspace.RevokeInvitation(tx, taken.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("taken back twice: %v", err)
		}
		_, err := workspace.SendAgain(tx, old.ID)
		return err
	})
	if _, err := accept(w, link(w, old), "A"); err != nil {
		t.Errorf("sent again it works: %v", err)
	}
}

func TestOnlyOwnersInviteOwners(t *testing.T) {
	w := modelstest.New(t)
	_, err := tryInvite(w, "max", workspace.InvitationDraft{Email: "o@new.example", Role: access.Owner})
	refused(t, err, fault.Forbidden, "Only an Owner")
	i := invite(w, "ada", "o@new.example", access.Owner)
	w.Pass(time.Hour)
	w.As(w.Grant(w.Acme, "max", access.ManagePeople), func(tx *db.Tx) error {
		_, err := workspace.SendAgain(tx, i.ID)
		refused(t, err, fault.Forbidden, "Only an Owner")
		_, err = workspace.RevokeInvitation(tx, i.ID)
		refused(t, err, fault.Forbidden, "Only an Owner")
		return nil
	})
}

func TestNobodyIsInvitedTwiceOrFlooded(t *testing.T) {
	w := modelstest.New(t)
	i := invite(w, "max", "nia@new.example", access.Auditor)
	_, err := tryInvite(w, "ada", workspace.InvitationDraft{Email: " NIA@new.example ", Role: access.Auditor})
	refused(t, err, fault.Invalid, "invited already")
	_, err = tryInvite(w, "ada", workspace.InvitationDraft{Email: "ann@acme.example", Role: access.Auditor})
	refused(t, err, fault.Invalid, "member already")
	w.As(w.Grant(w.Acme, "max", access.ManagePeople), func(tx *db.Tx) error {
		_, err := workspace.SendAgain(tx, i.ID)
		refused(t, err, fault.TooMany, "less than a minute")
		return nil
	})
	w.As(access.ForSystem(w.Acme.ID, "test"), func(tx *db.Tx) error {
		return tx.Gorm().Exec(`insert into invitations (workspace_id, id, email, role, hashed_token, invited_by, created_at, expires_at)
			select ?, gen_random_uuid(), n || '@many.example', 'auditor', sha256(n::text::bytea), gen_random_uuid(), ?, ? from generate_series(1, 199) n`,
			tx.Workspace(), tx.Now(), tx.Now().Add(time.Hour)).Error
	})
	_, err = tryInvite(w, "ada", workspace.InvitationDraft{Email: "one@more.example", Role: access.Auditor})
	refused(t, err, fault.Conflict, "200 invitations are open")
}

func TestAnInvitationNamesEveryProblem(t *testing.T) {
	w := modelstest.New(t)
	_, err := tryInvite(w, "max", workspace.InvitationDraft{Email: "nobody", Name: "a‮b", Role: "root"})
	if f := fault.As(err); f == nil || len(f.Fields) != 3 {
		t.Errorf("want three problems, got %v", err)
	}
	_, err = tryInvite(w, "max", workspace.InvitationDraft{Email: strings.Repeat("x", 1<<20) + "@a.example", Role: access.Auditor})
	refused(t, err, fault.Invalid, "e-mail address")
}

func TestAnInvitationIsNotThereForAnotherWorkspace(t *testing.T) {
	w := modelstest.New(t)
	i := invite(w, "max", "nia@new.example", access.Auditor)
	w.As(w.Grant(w.Globex, "greta", access.ManagePeople), func(tx *db.Tx) error {
		_, err := workspace.RevokeInvitation(tx, i.ID)
		refused(t, err, fault.NotFound, "nothing here")
		_, err = workspace.SendAgain(tx, i.ID)
		refused(t, err, fault.NotFound, "nothing here")
		return nil
	})
}

func TestAnInvitationOpensNothingElse(t *testing.T) {
	w := modelstest.New(t)
	g, err := holding(w, link(w, invite(w, "ada", "nia@new.example", access.Owner)))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []access.Permission{access.SeePeople, access.ManagePeople, access.DecideByLink, access.Self, access.RequestActions} {
		if _, err := access.Check(g.Actor(), p); err == nil {
			t.Errorf("an invitation gives %s", p)
		}
	}
	if _, err := access.Check(access.Actor{Kind: access.Link, Workspace: w.Acme.ID}, access.AcceptInvitation); err == nil {
		t.Error("a decision link accepts invitations")
	}
}

func TestTheMailJobCarriesIdsOnly(t *testing.T) {
	id := uuid.MustParse("00000000-0000-4000-8000-000000000001")
	got, err := json.Marshal(workspace.InvitationMail{Workspace: id, Invitation: id, Message: id})
	const want = `{"workspace":"00000000-0000-4000-8000-000000000001","invitation":"00000000-0000-4000-8000-000000000001","message":"00000000-0000-4000-8000-000000000001"}`
	if string(got) != want || err != nil {
		t.Errorf("the job is %s, releases before read %s (%v)", got, want, err)
	}
}
