package workspace_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/workspace"
)

func public() access.Grant {
	g, _ := access.Check(access.Actor{}, access.Public)
	return g
}

func hashOf(plain string) []byte { return token.Hash(plain) }

func group(w *modelstest.World, d workspace.GroupDraft) (g workspace.Group, err error) {
	err = w.Try(w.Grant(w.Acme, "max", access.ManagePeople), func(tx *db.Tx) error {
		g, err = workspace.CreateGroup(tx, d)
		return err
	})
	return g, err
}

func update(w *modelstest.World, id uuid.UUID, d workspace.GroupDraft) error {
	return w.Try(w.Grant(w.Acme, "max", access.ManagePeople), func(tx *db.Tx) error {
		_, err := workspace.UpdateGroup(tx, id, d)
		return err
	})
}

func TestAStaleGroupIsNotOverwritten(t *testing.T) {
	w := modelstest.New(t)
	id, ben := w.Acme.Billing.ID, w.Acme.People["ben"].PersonID
	if err := update(w, id, workspace.GroupDraft{Name: "Billing", Members: []uuid.UUID{ben}, Version: 1}); err != nil {
		t.Fatal(err)
	}
	refused(t, update(w, id, workspace.GroupDraft{Name: "Mine", Version: 1}), fault.Stale, "meanwhile")
	w.As(w.Grant(w.Acme, "max", access.SeePeople), func(tx *db.Tx) error {
		g, err := workspace.FindGroup(tx, id)
		if g.Name != "Billing" || len(g.Members) != 1 || g.Version != 2 {
			t.Errorf("the group is %+v", g)
		}
		return err
	})
}

func TestOfManyEditsOfOneVersionOneWins(t *testing.T) {
	w := modelstest.New(t)
	errs := make(chan error, 8)
	for range 8 {
		go func() {
			errs <- update(w, w.Acme.Billing.ID, workspace.GroupDraft{Name: "Billing", Version: 1})
		}()
	}
	won := 0
	for range 8 {
		if err := <-errs; err == nil {
			won++
		} else {
			refused(t, err, fault.Stale, "meanwhile")
		}
	}
	if won != 1 {
		t.Errorf("%d edits of version 1 were saved", won)
	}
}

func TestOnlyPeopleOfTheWorkspaceGetIntoAGroup(t *testing.T) {
	w := modelstest.New(t)
	if err := remove(w, "ada", "ann"); err != nil {
		t.Fatal(err)
	}
	for who, id := range map[string]uuid.UUID{"somebody of Globex": w.Globex.People["greta"].PersonID,
		"a former member": w.Acme.People["ann"].PersonID, "nobody": uuid.New(), "nil": uuid.Nil} {
		_, err := group(w, workspace.GroupDraft{Name: "Domains", Members: []uuid.UUID{id}})
		if !fault.Is(err, fault.Invalid) || fault.As(err).Fields[0].Name != "members" {
			t.Errorf("%s: %v", who, err)
		}
	}
	ben := w.Acme.People["ben"].PersonID
	g, err := group(w, workspace.GroupDraft{Name: "Domains", Members: []uuid.UUID{ben, ben}})
	if err != nil || len(g.Members) != 1 {
		t.Errorf("twice the same person: %v, %v", g.Members, err)
	}
}

func TestNamesThatHideSomethingAreRefused(t *testing.T) {
	w := modelstest.New(t)
	for what, name := range map[string]string{"nothing": "  ", "a right-to-left override": "pay‮llib", "a control character": "a\x00b",
		"a zero-width space": "Bil​ling", "bad UTF-8": "a\xffb", "81 characters": strings.Repeat("ä", 81), "a mebibyte": strings.Repeat("x", 1<<20)} {
		if _, err := group(w, workspace.GroupDraft{Name: name}); !fault.Is(err, fault.Invalid) || fault.As(err).Fields[0].Name != "name" {
			t.Errorf("a group called by %s: %v", what, err)
		}
		err := w.Try(access.ForSystem(w.Acme.ID, "test"), func(tx *db.Tx) error {
			_, err := workspace.Join(tx, "x@acme.example", name+"‮", access.Auditor)
			return err
		})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("a member called by %s: %v", what, err)
		}
	}
	if _, err := group(w, workspace.GroupDraft{Name: "ok", Description: strings.Repeat("y", 1<<20)}); fault.As(err) == nil || fault.As(err).Fields[0].Name != "description" {
		t.Errorf("a mebibyte of description: %v", err)
	}
	g, err := group(w, workspace.GroupDraft{Name: "  Domain   approvers  "})
	if err != nil || g.Name != "Domain approvers" {
		t.Errorf("got %q, %v", g.Name, err)
	}
	_, err = group(w, workspace.GroupDraft{Name: "Domain approvers"})
	refused(t, err, fault.Invalid, "already")
}

func TestAGroupThatARuleAsksStays(t *testing.T) {
	w := modelstest.New(t)
	del := func(version int, inUse ...string) error {
		return w.Try(w.Grant(w.Acme, "max", access.ManagePeople), func(tx *db.Tx) error {
			_, err := workspace.DeleteGroup(tx, w.Acme.Billing.ID, version, inUse)
			return err
		})
	}
	refused(t, del(1, "Refunds over 50 EUR", "Credits"), fault.Conflict, "Refunds over 50 EUR, Credits")
	refused(t, del(7), fault.Stale, "meanwhile")
	if err := del(1); err != nil {
		t.Fatal(err)
	}
	refused(t, del(1), fault.NotFound, "nothing here")
}

func TestGroupsOfAnotherWorkspaceAreNotThere(t *testing.T) {
	w := modelstest.New(t)
	w.As(w.Grant(w.Globex, "greta", access.ManagePeople), func(tx *db.Tx) error {
		_, err := workspace.FindGroup(tx, w.Acme.Billing.ID)
		refused(t, err, fault.NotFound, "nothing here")
		_, err = workspace.UpdateGroup(tx, w.Acme.Billing.ID, workspace.GroupDraft{Name: "x", Version: 1})
		refused(t, err, fault.NotFound, "nothing here")
		_, err = workspace.DeleteGroup(tx, w.Acme.Billing.ID, 1, nil)
		refused(t, err, fault.NotFound, "nothing here")
		all, err := workspace.ListGroups(tx)
		if len(all) != 0 {
			t.Errorf("Globex sees %d groups", len(all))
		}
		return err
	})
}
