package approval_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/workspace"
)

// decided makes n decisions of somebody from mails, as if they had been made just now.
func (d *desk) decided(first string, n int) {
	d.t.Helper()
	r := d.submit(refund("999.00"))
	d.system(func(tx *db.Tx) error {
		return tx.Gorm().Exec(`insert into votes (workspace_id, id, request_id, person_id, stage, decision, proof, channel, digest, at, by_mailbox)
			select ?, gen_random_uuid(), ?, ?, n, 'deny', 'code', 'mail', 'x', ?, true from generate_series(100, 99 + ?) n`,
			d.Acme.ID, r.ID, d.Acme.People[first].PersonID, tx.Now(), n).Error
	})
}

// linked is a request with a letter to Ann.
func (d *desk) linked(n int) (approval.Request, approval.Writing) {
	d.t.Helper()
	r := d.submit(amount(n))
	return r, d.newest(r.ID, approval.LetterAsked, "ann@acme.example")
}

func TestADayTakesFiftyDecisionsFromOneMailbox(t *testing.T) {
	d := open(t)
	d.decided("ann", approval.MostByMail-1)
	one, last := d.linked(1)
	two, over := d.linked(2)
	if o := d.opened(last.Link); o.SignIn != "" {
		t.Fatalf("before the last one: %s", o.SignIn)
	}
	if _, err := d.byLink(last.Link, last.Code, "20418", rule.Approve); err != nil {
		t.Fatal(err)
	}
	if o := d.opened(over.Link); !contains(o.SignIn, "You decided 50 requests within 24 hours with nothing but your mailbox") || o.Refusal != nil {
		t.Errorf("the page of one more says %q, %v", o.SignIn, o.Refusal)
	}
	_, err := d.byLink(over.Link, over.Code, "20418", rule.Deny)
	refusedAs(t, err, fault.ProofNeeded, "which is the most")
	if to := d.letters(d.Acme.People["ann"].PersonID, approval.LetterManyByMail); !slices.Equal(to, []string{"ada@acme.example"}) {
		t.Errorf("told of it are %v", to)
	}
	if acts := d.acts(d.Acme.People["ann"].PersonID); acts["link.limit_reached"] != 1 {
		t.Errorf("on the trail: %v", acts)
	}
	d.must(d.vote("ann", two.ID, rule.Approve)) // signed in
	ben := d.newest(one.ID, approval.LetterAsked, "ben@acme.example")
	if _, err := d.byLink(ben.Link, ben.Code, "20418", rule.Approve); err != nil {
		t.Errorf("the limit is Ann's, but Ben is told %v", err)
	}
	d.Pass(25 * time.Hour)
	_, next := d.linked(3)
	if _, err := d.byLink(next.Link, next.Code, "20418", rule.Approve); err != nil {
		t.Errorf("a day later: %v", err)
	}
}

func TestOwnersAreToldOfManyDecisionsOnceADay(t *testing.T) {
	d := open(t)
	d.decided("ann", approval.MostByMail-1)
	_, w := d.linked(1)
	if _, err := d.byLink(w.Link, w.Code, "20418", rule.Approve); err != nil {
		t.Fatal(err)
	}
	d.system(func(tx *db.Tx) error { // one of them is a day old
		return tx.Gorm().Exec("update votes set at = at - interval '2 days' where stage = 100").Error
	})
	_, w = d.linked(2)
	if _, err := d.byLink(w.Link, w.Code, "20418", rule.Approve); err != nil {
		t.Fatal(err)
	}
	if to := d.letters(d.Acme.People["ann"].PersonID, approval.LetterManyByMail); len(to) != 1 {
		t.Errorf("told of it are %v", to)
	}
}

func TestTwentyLinksAtOnceGetNoFurtherThanTheLimit(t *testing.T) {
	d := open(t)
	d.decided("ann", approval.MostByMail-5)
	var letters []approval.Writing
	for i := range 20 {
		_, w := d.linked(i)
		letters = append(letters, w)
	}
	var fns []func() error
	for _, w := range letters {
		fns = append(fns, patient(func() error { _, err := d.byLink(w.Link, w.Code, "20418", rule.Approve); return err }))
	}
	counted := 0
	for _, err := range atOnce(fns...) {
		if err == nil {
			counted++
		} else {
			refusedAs(t, err, fault.ProofNeeded, "which is the most")
		}
	}
	n := d.number("select count(*) from votes where person_id = ? and channel = 'mail'", d.Acme.People["ann"].PersonID)
	if counted != 5 || n != approval.MostByMail || len(d.letters(d.Acme.People["ann"].PersonID, approval.LetterManyByMail)) != 1 {
		t.Errorf("%d counted, %d are stored, told: %v", counted, n, d.letters(d.Acme.People["ann"].PersonID, approval.LetterManyByMail))
	}
}

func TestAWorkspaceDecidesSignedInOnly(t *testing.T) {
	d := open(t)
	before, w := d.linked(1)
	d.As(d.Grant(d.Acme, "ada", access.ManageWorkspace), func(tx *db.Tx) error {
		at, err := workspace.Here(tx)
		if err == nil {
			_, err = workspace.ChangeSettings(tx, workspace.Settings{Name: at.Name, TimeZone: at.TimeZone, People: 1, SignedInOnly: true, Version: at.Version})
		}
		return err
	})
	_, err := d.byLink(w.Link, w.Code, "20418", rule.Approve) // with a code that was sent before
	refusedAs(t, err, fault.ProofNeeded, "In this workspace people decide signed in")
	_, next := d.linked(2)
	if next.Code != "" || next.Link == "" {
		t.Errorf("a letter has the code %q", next.Code)
	}
	if o := d.opened(next.Link); !contains(o.SignIn, "not from e-mails") {
		t.Errorf("its page says %q", o.SignIn)
	}
	_, err = d.vote("ann", before.ID, rule.Approve)
	refusedAs(t, err, fault.ProofNeeded, "with a passkey or an authenticator code")
	d.must(d.vote("ann", before.ID, rule.Deny)) // declining needs less
	d.must(d.proved("ann", d.submit(amount(3)).ID, rule.Approve))
}

// Whoever signed in by a mailed link has shown nothing but the mailbox; a passkey in the session is more.
func TestASessionCountsByWhatItShowed(t *testing.T) {
	d := open(t)
	d.must(d.vote("ann", d.submit(amount(1)).ID, rule.Approve))
	d.must(d.proved("ann", d.submit(amount(2)).ID, rule.Approve))
	a := d.Grant(d.Acme, "ann", access.DecideRequest).Actor()
	a.ProofAt = time.Now().Add(-time.Hour) // signed in with a passkey an hour ago
	g, err := access.Check(a, access.DecideRequest)
	if err != nil {
		t.Fatal(err)
	}
	r := d.submit(amount(3))
	d.As(g, func(tx *db.Tx) error {
		_, err := d.room.Decide(tx, approval.Ballot{Request: r.ID, Choice: rule.Approve}, false)
		return err
	})
	if n := d.number("select count(*) from votes where by_mailbox"); n != 1 {
		t.Errorf("%d of three votes rest on the mailbox alone, want 1", n)
	}
	d.As(d.Grant(d.Acme, "ann", access.SeeOwnRequests), func(tx *db.Tx) error {
		p, err := approval.Show(tx, d.submit(amount(4)).ID)
		if p.NeedsProof {
			t.Error("the page asks for a passkey before the limit")
		}
		return err
	})
}
