package workspace_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/workspace"
)

// system does something as a job of a place would.
func system(w *modelstest.World, p modelstest.Place, fn func(*db.Tx) error) {
	w.T.Helper()
	w.As(access.ForSystem(p.ID, "test"), fn)
}

// owns gives somebody two passkeys, an authenticator app and two sessions.
func owns(w *modelstest.World, first string) {
	w.T.Helper()
	id := w.Acme.People[first].PersonID
	system(w, w.Acme, func(tx *db.Tx) error {
		err := tx.Gorm().Exec(`insert into passkeys (id, person_id, name, credential, created_at) select decode(md5(?||n),'hex'), ?, 'Key', '{}', ? from generate_series(1, 2) n`,
			first, id, tx.Now()).Error
		if err != nil {
			return err
		}
		if err := tx.Gorm().Exec("update people set sealed_totp = '\\x01' where id = ?", id).Error; err != nil {
			return err
		}
		for range 2 {
			if _, err := identity.StartSession(tx, &id, true, "test", "127.0.0.1"); err != nil {
				return err
			}
		}
		return nil
	})
}

// has counts what somebody can prove themselves with, and their live sessions.
func has(w *modelstest.World, first string) (ways, sessions int) {
	w.T.Helper()
	id := w.Acme.People[first].PersonID
	system(w, w.Acme, func(tx *db.Tx) error {
		return tx.Gorm().Raw(`select (select count(*) from passkeys where person_id = @id) + (select count(sealed_totp) from people where id = @id),
			(select count(*) from sessions where person_id = @id and ended_at is null)`, map[string]any{"id": id}).Row().Scan(&ways, &sessions)
	})
	return ways, sessions
}

func reset(w *modelstest.World, by, whom, reason string) error {
	return w.Try(w.Grant(w.Acme, by, access.ManagePeople), func(tx *db.Tx) error {
		_, err := workspace.ResetMember(tx, w.Acme.People[whom].PersonID, reason)
		return err
	})
}

// resets counts the entries of a place about it.
func resets(w *modelstest.World, p modelstest.Place) (n int) {
	w.T.Helper()
	system(w, p, func(tx *db.Tx) error {
		return tx.Gorm().Raw("select count(*) from audit_leaves where workspace_id = ? and act = 'person.reset'", p.ID).Scan(&n).Error
	})
	return n
}

func joins(w *modelstest.World, p modelstest.Place, email string, role access.Role) {
	w.T.Helper()
	system(w, p, func(tx *db.Tx) error { _, err := workspace.Join(tx, email, "", role); return err })
}

func TestAResetTakesEveryWayEndsEverySessionAndTellsEverybody(t *testing.T) {
	w := modelstest.New(t)
	owns(w, "ann")
	owns(w, "ben")
	refused(t, reset(w, "max", "ann", " "), fault.Invalid, "")
	if err := reset(w, "max", "ann", "Lost the phone"); err != nil {
		t.Fatal(err)
	}
	if ways, sessions := has(w, "ann"); ways != 0 || sessions != 0 {
		t.Errorf("left are %d ways and %d sessions", ways, sessions)
	}
	if ways, sessions := has(w, "ben"); ways != 3 || sessions != 2 {
		t.Errorf("of somebody else left are %d ways and %d sessions", ways, sessions)
	}
	mails := 0
	system(w, w.Acme, func(tx *db.Tx) error {
		return tx.Gorm().Raw("select count(*) from river.river_job where kind = 'credential_mail' and args->>'act' = 'person.reset' and args->>'person' = ?",
			w.Acme.People["ann"].PersonID).Scan(&mails).Error
	})
	if mails != 1 || resets(w, w.Acme) != 1 || resets(w, w.Globex) != 0 {
		t.Errorf("%d mails, %d entries, %d elsewhere", mails, resets(w, w.Acme), resets(w, w.Globex))
	}
	refused(t, reset(w, "ada", "ann", "again"), fault.Conflict, "no passkey and no authenticator app")
}

func TestWhoMayResetWhom(t *testing.T) {
	w := modelstest.New(t)
	joins(w, w.Acme, "olga@acme.example", access.Owner)
	system(w, w.Acme, func(tx *db.Tx) error {
		all, err := workspace.ListMembers(tx)
		for _, m := range all {
			if m.Email == "olga@acme.example" {
				w.Acme.People["olga"] = m
			}
		}
		return err
	})
	for _, first := range []string{"ada", "olga", "max", "ann"} {
		owns(w, first)
	}
	refused(t, reset(w, "ada", "ada", "lost"), fault.Conflict, "Nobody resets their own")
	refused(t, reset(w, "max", "max", "lost"), fault.Conflict, "Nobody resets their own")
	refused(t, reset(w, "max", "ada", "lost"), fault.Forbidden, "Only an Owner")
	err := w.Try(w.Grant(w.Globex, "greta", access.ManagePeople), func(tx *db.Tx) error {
		_, err := workspace.ResetMember(tx, w.Acme.People["ann"].PersonID, "lost")
		return err
	})
	refused(t, err, fault.NotFound, "")
	err = w.Try(access.ForSystem(w.Acme.ID, "test"), func(tx *db.Tx) error {
		_, err := workspace.ResetMember(tx, w.Acme.People["ann"].PersonID, "lost")
		return err
	})
	refused(t, err, fault.Forbidden, "Only a person")
	for _, first := range []string{"ada", "olga", "max", "ann"} {
		if ways, sessions := has(w, first); ways != 3 || sessions != 2 {
			t.Errorf("%s has %d ways and %d sessions", first, ways, sessions)
		}
	}
	for _, step := range [][2]string{{"ada", "olga"}, {"ada", "max"}, {"max", "ann"}} {
		if err := reset(w, step[0], step[1], "lost"); err != nil {
			t.Errorf("%s resets %s: %v", step[0], step[1], err)
		}
	}
}

func TestAResetNeedsToManageThePersonInEveryWorkspaceOfTheirs(t *testing.T) {
	w := modelstest.New(t)
	owns(w, "ann")
	joins(w, w.Globex, "ann@acme.example", access.Approver)
	refused(t, reset(w, "ada", "ann", "lost"), fault.Conflict, "also guard a workspace")
	for role, words := range map[access.Role]string{access.Auditor: "also guard", access.Admin: ""} {
		joins(w, w.Globex, "max@acme.example", role)
		err := reset(w, "max", "ann", "lost")
		if words != "" {
			refused(t, err, fault.Conflict, words)
			system(w, w.Globex, func(tx *db.Tx) error { _, err := workspace.RemoveMember(tx, w.Acme.People["max"].PersonID); return err })
		} else if err != nil {
			t.Errorf("who manages both: %v", err)
		} else {
			owns(w, "ann")
			system(w, w.Globex, func(tx *db.Tx) error { _, err := workspace.RemoveMember(tx, w.Acme.People["max"].PersonID); return err })
		}
	}
	if resets(w, w.Acme) != 1 || resets(w, w.Globex) != 1 {
		t.Errorf("%d entries and %d elsewhere", resets(w, w.Acme), resets(w, w.Globex))
	}
	refused(t, reset(w, "max", "ann", "lost"), fault.Conflict, "also guard") // who manages it no more

	joins(w, w.Globex, "max@acme.example", access.Admin)
	system(w, w.Globex, func(tx *db.Tx) error {
		_, err := workspace.ChangeRole(tx, w.Acme.People["ann"].PersonID, access.Approver, access.Owner)
		return err
	})
	refused(t, reset(w, "max", "ann", "lost"), fault.Conflict, "also guard") // an Owner there

	system(w, w.Globex, func(tx *db.Tx) error { _, err := workspace.RemoveMember(tx, w.Acme.People["ann"].PersonID); return err })
	if err := reset(w, "ada", "ann", "lost"); err != nil { // who left is guarded here alone
		t.Error(err)
	}
}

func TestOfTwoResetsAtOnceOneCounts(t *testing.T) {
	w := modelstest.New(t)
	owns(w, "ann")
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { errs[i] = reset(w, []string{"ada", "max"}[i%2], "ann", "lost") })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
	}
	if won != 1 || resets(w, w.Acme) != 1 {
		t.Errorf("%d counted, %d are recorded", won, resets(w, w.Acme))
	}
}

func TestThePageThatAsksSaysWhyItCannotBe(t *testing.T) {
	w := modelstest.New(t)
	owns(w, "ann")
	for whom, words := range map[string]string{"ann": "", "ben": "no passkey", "max": "their own", "ada": "Only an Owner"} {
		var r workspace.Reset
		w.As(w.Grant(w.Acme, "max", access.ManagePeople), func(tx *db.Tx) (err error) {
			r, err = workspace.Resetting(tx, w.Acme.People[whom].PersonID)
			return err
		})
		if (r.Refusal == nil) != (words == "") || r.Refusal != nil && !strings.Contains(r.Refusal.Message, words) {
			t.Errorf("%s: %v", whom, r.Refusal)
		}
	}
	refused(t, w.Try(w.Grant(w.Acme, "max", access.ManagePeople), func(tx *db.Tx) error { _, err := workspace.Resetting(tx, uuid.New()); return err }), fault.NotFound, "")
}

func TestFacingSomebodyShowsTheirMembershipsAndNoMore(t *testing.T) {
	w := modelstest.New(t)
	joins(w, w.Globex, "ann@acme.example", access.Approver)
	var seen []string
	w.As(w.Grant(w.Acme, "max", access.ManagePeople), func(tx *db.Tx) error {
		look := func() error {
			var n, requests int
			err := tx.Gorm().Raw("select (select count(*) from members where workspace_id <> app_ws()), (select count(*) from groups where workspace_id <> app_ws())").Row().Scan(&n, &requests)
			seen = append(seen, strings.Repeat("m", n)+strings.Repeat("g", requests))
			return err
		}
		if err := tx.Facing(w.Acme.People["ann"].PersonID, look); err != nil {
			return err
		}
		return look()
	})
	if !slices.Equal(seen, []string{"m", ""}) {
		t.Errorf("seen elsewhere: %q", seen)
	}
}
