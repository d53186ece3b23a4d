package workspace_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/workspace"
)

// refused fails the test unless err is a fault of this code that says the words.
func refused(t *testing.T, err error, code fault.Code, words string) {
	t.Helper()
	if !fault.Is(err, code) || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v, want %s: …%s…", err, code, words)
	}
}

func changeRole(w *modelstest.World, by, whom string, from, to access.Role) error {
	return w.Try(w.Grant(w.Acme, by, access.ManagePeople), func(tx *db.Tx) error {
		_, err := workspace.ChangeRole(tx, w.Acme.People[whom].PersonID, from, to)
		return err
	})
}

func remove(w *modelstest.World, by, whom string) error {
	return w.Try(w.Grant(w.Acme, by, access.ManagePeople), func(tx *db.Tx) error {
		_, err := workspace.RemoveMember(tx, w.Acme.People[whom].PersonID)
		return err
	})
}

func members(w *modelstest.World) map[string]access.Role {
	out := map[string]access.Role{}
	w.As(access.ForSystem(w.Acme.ID, "test"), func(tx *db.Tx) error {
		all, err := workspace.ListMembers(tx)
		for _, m := range all {
			out[strings.ToLower(strings.Fields(m.Name)[0])] = m.Role
		}
		return err
	})
	return out
}

func TestTheLastOwnerStays(t *testing.T) {
	w := modelstest.New(t)
	refused(t, changeRole(w, "ada", "ada", access.Owner, access.Admin), fault.Conflict, "last Owner")
	refused(t, remove(w, "ada", "ada"), fault.Conflict, "last Owner")
	if err := changeRole(w, "ada", "max", access.Admin, access.Owner); err != nil {
		t.Fatal(err)
	}
	if err := changeRole(w, "ada", "ada", access.Owner, access.Auditor); err != nil {
		t.Errorf("one of two Owners may step down: %v", err)
	}
}

func TestTwoOwnersWhoRemoveEachOtherAtOnceLeaveOne(t *testing.T) {
	w := modelstest.New(t)
	for round := range 20 {
		if err := changeRole(w, "ada", "max", members(w)["max"], access.Owner); err != nil {
			t.Fatal(err)
		}
		w.Acme.People["max"] = owner(w.Acme.People["max"])
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, pair := range [][2]string{{"ada", "max"}, {"max", "ada"}} {
			wg.Go(func() { errs[i] = remove(w, pair[0], pair[1]) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("round %d: one removes, the other is told; got %v and %v", round, errs[0], errs[1])
		}
		left := map[access.Role]int{}
		for _, r := range members(w) {
			left[r]++
		}
		if left[access.Owner] != 1 {
			t.Fatalf("round %d: %d Owners left", round, left[access.Owner])
		}
		for _, first := range []string{"ada", "max"} {
			join(w, first, access.Owner)
		}
	}
}

func owner(m workspace.Member) workspace.Member {
	m.Role = access.Owner
	return m
}

func join(w *modelstest.World, first string, role access.Role) {
	w.As(access.ForSystem(w.Acme.ID, "test"), func(tx *db.Tx) error {
		_, err := workspace.Join(tx, first+"@acme.example", "", role)
		return err
	})
}

func TestAnAdminCannotTouchOwners(t *testing.T) {
	w := modelstest.New(t)
	const say = "Only an Owner"
	refused(t, changeRole(w, "max", "ada", access.Owner, access.Auditor), fault.Forbidden, say)
	refused(t, remove(w, "max", "ada"), fault.Forbidden, say)
	refused(t, changeRole(w, "max", "ann", access.Approver, access.Owner), fault.Forbidden, say)
	refused(t, changeRole(w, "max", "max", access.Admin, access.Owner), fault.Forbidden, say)
	if err := changeRole(w, "max", "ann", access.Approver, access.Auditor); err != nil {
		t.Errorf("an Admin changes everybody else: %v", err)
	}
}

func TestAStaleOrUnknownRoleIsRefused(t *testing.T) {
	w := modelstest.New(t)
	refused(t, changeRole(w, "ada", "ann", access.Auditor, access.Admin), fault.Stale, "Ann Keller is Approver now")
	refused(t, changeRole(w, "ada", "ann", access.Approver, "root"), fault.Invalid, "from the list")
	refused(t, changeRole(w, "ada", "ann", access.Approver, ""), fault.Invalid, "from the list")
}

func TestSomebodyOfAnotherWorkspaceIsNobodyHere(t *testing.T) {
	w := modelstest.New(t)
	greta := w.Globex.People["greta"].PersonID
	w.As(w.Grant(w.Acme, "ada", access.ManagePeople), func(tx *db.Tx) error {
		_, err := workspace.ChangeRole(tx, greta, access.Owner, access.Auditor)
		refused(t, err, fault.NotFound, "nothing here")
		_, err = workspace.RemoveMember(tx, greta)
		refused(t, err, fault.NotFound, "nothing here")
		_, err = workspace.Departing(tx, greta)
		refused(t, err, fault.NotFound, "nothing here")
		return nil
	})
}

func TestRemovalTakesGroupsAndOpenInvitationsAlong(t *testing.T) {
	w := modelstest.New(t)
	inv := invite(w, "max", "new@acme.example", access.Auditor)
	kept := invite(w, "ada", "other@acme.example", access.Auditor)
	if err := remove(w, "ada", "max"); err != nil {
		t.Fatal(err)
	}
	if err := remove(w, "ada", "ann"); err != nil {
		t.Fatal(err)
	}
	w.As(w.Grant(w.Acme, "ada", access.SeePeople), func(tx *db.Tx) error {
		g, err := workspace.FindGroup(tx, w.Acme.Billing.ID)
		if g.Has(w.Acme.People["ann"].PersonID) || !g.Has(w.Acme.People["ben"].PersonID) || g.Version != 2 {
			t.Errorf("the group is %+v", g)
		}
		gone, _ := workspace.FindInvitation(tx, inv.ID)
		stays, _ := workspace.FindInvitation(tx, kept.ID)
		if gone.RevokedAt == nil || stays.RevokedAt != nil {
			t.Errorf("revoked: Max's %v, Ada's %v", gone.RevokedAt, stays.RevokedAt)
		}
		return err
	})
}

func TestWhoMayNotInviteAnyMoreLosesTheirOpenInvitations(t *testing.T) {
	w := modelstest.New(t)
	if err := changeRole(w, "ada", "max", access.Admin, access.Owner); err != nil {
		t.Fatal(err)
	}
	w.Acme.People["max"] = owner(w.Acme.People["max"])
	asOwner, asAdmin := invite(w, "max", "o@acme.example", access.Owner), invite(w, "max", "a@acme.example", access.Admin)
	open := func() (out []string) {
		w.As(w.Grant(w.Acme, "ada", access.SeePeople), func(tx *db.Tx) error {
			all, err := workspace.ListInvitations(tx)
			for _, i := range all {
				out = append(out, i.Email)
			}
			return err
		})
		return out
	}
	for _, step := range []struct {
		from, to access.Role
		left     int
	}{{access.Owner, access.Admin, 1}, {access.Admin, access.Auditor, 0}} {
		if err := changeRole(w, "ada", "max", step.from, step.to); err != nil {
			t.Fatal(err)
		}
		if got := open(); len(got) != step.left {
			t.Errorf("as %s Max's open invitations are %v (%s and %s before)", step.to, got, asOwner.Email, asAdmin.Email)
		}
	}
}

func TestAFormerMemberComesBackWithTheNewRole(t *testing.T) {
	w := modelstest.New(t)
	ann := w.Acme.People["ann"].PersonID
	if err := remove(w, "ada", "ann"); err != nil {
		t.Fatal(err)
	}
	if _, there := members(w)["ann"]; there {
		t.Fatal("Ann is still listed")
	}
	join(w, "ann", access.Auditor)
	w.As(w.Grant(w.Acme, "ada", access.SeePeople), func(tx *db.Tx) error {
		m, err := workspace.FindMember(tx, ann)
		g, _ := workspace.FindGroup(tx, w.Acme.Billing.ID)
		if m.Role != access.Auditor || g.Has(ann) {
			t.Errorf("Ann is %s, in the group: %v", m.Role, g.Has(ann))
		}
		return err
	})
	join(w, "ann", access.Owner)
	if got := members(w)["ann"]; got != access.Auditor {
		t.Errorf("joining again made a member %s", got)
	}
}

func TestDepartingTellsWhatStopsAndWhatStays(t *testing.T) {
	w := modelstest.New(t)
	invite(w, "max", "new@acme.example", access.Auditor)
	w.As(w.Grant(w.Acme, "max", access.ManageTokens), func(tx *db.Tx) error {
		_, _, err := identity.CreateToken(tx, identity.TokenDraft{Name: "sync", Scopes: []string{"actions:read"}, Days: 30})
		return err
	})
	w.As(w.Grant(w.Acme, "ada", access.ManagePeople), func(tx *db.Tx) error {
		max, err := workspace.Departing(tx, w.Acme.People["max"].PersonID)
		if len(max.Groups) != 0 || len(max.Invitations) != 1 || len(max.Tokens) != 1 || max.Last {
			t.Errorf("Max: %+v", max)
		}
		ann, _ := workspace.Departing(tx, w.Acme.People["ann"].PersonID)
		if len(ann.Groups) != 1 || len(ann.Tokens) != 0 {
			t.Errorf("Ann: %+v", ann)
		}
		ada, _ := workspace.Departing(tx, w.Acme.People["ada"].PersonID)
		if !ada.Last {
			t.Error("Ada is the last Owner")
		}
		return err
	})
}

func TestLastSeenTellsOfThisWorkspaceOnly(t *testing.T) {
	w := modelstest.New(t)
	ann := w.Acme.People["ann"].PersonID
	w.As(access.ForSystem(w.Globex.ID, "test"), func(tx *db.Tx) error {
		_, err := workspace.Join(tx, "ann@acme.example", "", access.Auditor)
		return err
	})
	var hash []byte
	w.As(public(), func(tx *db.Tx) error {
		plain, err := identity.StartSession(tx, &ann, false, "", "")
		hash = hashOf(plain)
		return err
	})
	w.Pass(5 * time.Minute)
	w.As(access.ForBearer(hash), func(tx *db.Tx) error {
		if _, ok, err := identity.Enter(tx, hash, "globex"); !ok {
			t.Fatal("Ann may enter Globex", err)
		}
		return identity.Seen(tx, hash)
	})
	w.As(w.Grant(w.Acme, "ada", access.SeePeople), func(tx *db.Tx) error {
		m, err := workspace.FindMember(tx, ann)
		if m.SeenAt != nil {
			t.Errorf("Acme learned that Ann was at Globex: %v", m.SeenAt)
		}
		return err
	})
	w.As(w.Grant(w.Globex, "greta", access.SeePeople), func(tx *db.Tx) error {
		m, err := workspace.FindMember(tx, ann)
		if m.SeenAt == nil {
			t.Error("Globex has not seen Ann")
		}
		return err
	})
}

func TestANewWorkspaceIsRefusedWithEveryProblemAtOnce(t *testing.T) {
	w := modelstest.Empty(t)
	create := func(d workspace.Draft) error {
		return w.Try(access.ForSystem(uuid.New(), "test"), func(tx *db.Tx) error {
			_, err := workspace.Create(tx, d)
			return err
		})
	}
	err := create(workspace.Draft{Name: "‮evil", Slug: "A B", TimeZone: "Local", Region: "<b>", OwnerEmail: "nobody"})
	if f := fault.As(err); f == nil || len(f.Fields) != 5 {
		t.Errorf("want five problems, got %v", err)
	}
	good := workspace.Draft{Name: "Northmoor Hosting", OwnerEmail: "p@northmoor.example", OwnerName: "Priya Raman", Region: "EU"}
	if err := create(good); err != nil {
		t.Fatal(err)
	}
	refused(t, create(good), fault.Invalid, "northmoor-hosting already")
	w.As(access.ForSweep("test"), func(tx *db.Tx) error {
		_, err := workspace.Named(tx, "nowhere")
		refused(t, err, fault.NotFound, "nowhere")
		_, err = workspace.Named(tx, "northmoor-hosting")
		return err
	})
}
