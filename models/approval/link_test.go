package approval_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/rule"
)

// letter writes the newest letter to this address about a request, as the outgoing door would.
func (d *desk) letter(id uuid.UUID, to string) (w approval.Writing) {
	d.t.Helper()
	d.system(func(tx *db.Tx) error {
		all, err := delivery.About(tx, id)
		for _, m := range all {
			if m.Email == to && err == nil {
				w, _, err = d.room.Write(tx, m.ID)
			}
		}
		return err
	})
	return w
}

// newest is a letter of this kind, written anew with a link of its own.
func (d *desk) newest(id uuid.UUID, kind, to string) (w approval.Writing) {
	d.t.Helper()
	d.system(func(tx *db.Tx) error {
		all, err := delivery.About(tx, id)
		for _, m := range all {
			if m.Email == to && m.Kind == kind && err == nil {
				w, _, err = d.room.Write(tx, m.ID)
			}
		}
		return err
	})
	if w.Link == "" {
		d.t.Fatalf("%s has no letter %s with a link", to, kind)
	}
	return w
}

// holder lets whoever holds a link in, as the door does.
func (d *desk) holder(link string) (g access.Grant, err error) {
	var a access.Actor
	hash := token.Hash(link)
	err = d.Try(access.ForBearer(hash), func(tx *db.Tx) (err error) { a, err = approval.LinkActor(tx, hash); return err })
	if err == nil {
		g, err = access.Check(a, access.DecideByLink)
	}
	return g, err
}

// byLink sends a confirmed approval from a link's page. A wrong code comes back as the error.
func (d *desk) byLink(link, code, target string, choice rule.VoteChoice) (v approval.LinkVerdict, err error) {
	g, err := d.holder(link)
	if err != nil {
		return v, err
	}
	err = d.Try(g, func(tx *db.Tx) (err error) {
		v, err = d.room.DecideByLink(tx, approval.LinkBallot{Token: link, Code: code, Target: target, Choice: choice, Reason: "because", Confirm: true})
		return err
	})
	if err == nil && v.Wrong != nil {
		err = v.Wrong
	}
	return v, err
}

func (d *desk) opened(link string) (o approval.Opened) {
	d.t.Helper()
	g, err := d.holder(link)
	if err != nil {
		d.t.Fatal(err)
	}
	d.As(g, func(tx *db.Tx) (err error) { o, err = approval.OpenLink(tx, link); return err })
	return o
}

func TestTwoPeopleDecideByTheirLinks(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	ann, ben := d.letter(r.ID, "ann@acme.example"), d.letter(r.ID, "ben@acme.example")
	_, err := d.byLink(ann.Link, ann.Code, "20419", rule.Approve)
	refusedAs(t, err, fault.Invalid, "Type the name of what this is about")
	v, err := d.byLink(ann.Link, ann.Code, "20418", rule.Approve)
	if err != nil || !v.Voted {
		t.Fatalf("%+v %v", v, err)
	}
	_, err = d.byLink(ann.Link, ann.Code, "20418", rule.Approve)
	refusedAs(t, err, fault.Gone, "You decided this.")
	if _, err := d.byLink(ben.Link, ben.Code, "20418", rule.Approve); err != nil {
		t.Fatal(err)
	}
	d.is(r.ID, approval.Approved)
	_, err = d.byLink(ben.Link, ben.Code, "20418", rule.Deny)
	refusedAs(t, err, fault.Conflict, "Already approved by Ann Keller and Ben Wilk")
}

func TestALinkThatWasSentAgainLeavesTheOlderOneGoodUntilThePersonDecides(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	one, two := d.letter(r.ID, "ann@acme.example"), d.letter(r.ID, "ann@acme.example")
	if _, err := d.byLink(one.Link, two.Code, "20418", rule.Approve); fault.As(err) == nil {
		t.Error("the code of one letter opened the link of another")
	}
	if _, err := d.byLink(two.Link, two.Code, "20418", rule.Approve); err != nil {
		t.Fatal(err)
	}
	_, err := d.byLink(one.Link, one.Code, "20418", rule.Approve)
	refusedAs(t, err, fault.Gone, "You decided this.")
	if n := d.number("select count(*) from votes where request_id = ?", r.ID); n != 1 {
		t.Errorf("%d votes", n)
	}
}

// guess types five wrong codes at the newest letter of a kind.
func (d *desk) guess(r approval.Request, kind string) {
	d.t.Helper()
	w := d.newest(r.ID, kind, "ann@acme.example")
	for i := range 5 {
		code := []byte("AAAAAA")
		if code[i%2] = 'B'; string(code) == w.Code {
			code[5] = 'C'
		}
		_, err := d.byLink(w.Link, string(code), "20418", rule.Approve)
		if i < 4 {
			refusedAs(d.t, err, fault.Invalid, "more tries")
			continue
		}
		refusedAs(d.t, err, fault.Gone, "Five wrong codes ended this link.")
	}
}

func TestAfterFiveWrongCodesANewLinkComesByMailAndNotWithoutEnd(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.guess(r, approval.LetterAsked)
	d.guess(r, approval.LetterAgain)
	w := d.newest(r.ID, approval.LetterAgain, "ann@acme.example")
	if _, err := d.byLink(w.Link, w.Code, "20418", rule.Approve); err != nil {
		t.Errorf("the second new link: %v", err)
	}
	other := d.submit(credit(20))
	if n := len(d.letters(other.ID, approval.LetterAgain)); n != 0 {
		t.Errorf("%d letters about another request", n)
	}

	d = open(t)
	r = d.submit(refund("184.00"))
	for _, kind := range []string{approval.LetterAsked, approval.LetterAgain, approval.LetterAgain} {
		d.guess(r, kind)
	}
	if n := len(d.letters(r.ID, approval.LetterAgain)); n != 2 {
		t.Errorf("%d new links were sent, want 2 at the most", n)
	}
}

func TestFiveWrongCodesEndAllLinksOfOnePersonAndOfNobodyElse(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	one, two := d.letter(r.ID, "ann@acme.example"), d.letter(r.ID, "ann@acme.example")
	ben := d.letter(r.ID, "ben@acme.example")
	wrong := func(code string) string {
		if code[0] == 'A' {
			return "B" + code[1:]
		}
		return "A" + code[1:]
	}
	for i, w := range []approval.Writing{one, two, one, two} {
		_, err := d.byLink(w.Link, wrong(w.Code), "20418", rule.Approve)
		refusedAs(t, err, fault.Invalid, "You have "+string(rune('4'-i))+" more tries.")
	}
	_, err := d.byLink(one.Link, "too short", "20418", rule.Approve) // no guess at all
	refusedAs(t, err, fault.Invalid, "six letters and digits")
	_, err = d.byLink(one.Link, wrong(one.Code), "20418", rule.Approve)
	refusedAs(t, err, fault.Gone, "Five wrong codes")
	for _, w := range []approval.Writing{one, two} {
		_, err := d.byLink(w.Link, w.Code, "20418", rule.Approve)
		refusedAs(t, err, fault.Gone, "Five wrong codes ended this link.")
	}
	if to := d.letters(r.ID, "request.asked_again"); len(to) != 1 || to[0] != "ann@acme.example" {
		t.Errorf("told of it: %v", to)
	}
	if _, err := d.byLink(ben.Link, ben.Code, "20418", rule.Approve); err != nil {
		t.Errorf("Ben's link: %v", err)
	}
	d.must(d.vote("ann", r.ID, rule.Approve)) // signed in she still can
	if acts := d.acts(r.ID); acts["link.wrong_code"] != 5 {
		t.Errorf("the trail holds %v", acts)
	}
}

func TestWrongCodesAtOnceAreAllCounted(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	w := d.letter(r.ID, "ann@acme.example")
	guess := "AAAAAA"
	if w.Code == guess {
		guess = "BBBBBB"
	}
	var fns []func() error
	for range 12 {
		fns = append(fns, func() error { _, err := d.byLink(w.Link, guess, "20418", rule.Approve); return err })
	}
	for _, err := range atOnce(fns...) {
		if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Gone) {
			t.Errorf("told %v", err)
		}
	}
	if n := d.number("select sum(wrong_codes) from decision_links where request_id = ?", r.ID); n != 5 {
		t.Errorf("%d of 12 guesses were looked at, want 5", n)
	}
}

func TestOpeningALinkChangesNothing(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	w := d.letter(r.ID, "ann@acme.example")
	print := func() (text string) {
		d.system(func(tx *db.Tx) error {
			return tx.Gorm().Raw(`select (select string_agg(t::text, ',' order by id) from decision_links t) || (select string_agg(t::text, ',') from action_requests t)
				|| (select count(*) from votes) || (select count(*) from audit_leaves) || (select string_agg(t::text, ',' order by id) from messages t)`).Row().Scan(&text)
		})
		return text
	}
	before := print()
	for range 10 {
		if o := d.opened(w.Link); o.Refusal != nil || o.Request.ID != r.ID || o.Link.PersonID != d.Acme.People["ann"].PersonID {
			t.Fatalf("opened: %+v", o.Refusal)
		}
	}
	g, _ := d.holder(w.Link)
	d.As(g, func(tx *db.Tx) error { // the first of the two steps decides nothing either
		v, err := d.room.DecideByLink(tx, approval.LinkBallot{Token: w.Link, Code: w.Code, Target: "20418", Choice: rule.Approve})
		if v.Voted {
			t.Error("it was decided without a confirmation")
		}
		return err
	})
	if print() != before {
		t.Error("something was written")
	}
}

func TestALinkOpensItsOwnRequestAndNoOther(t *testing.T) {
	d := open(t)
	mine, other := d.submit(refund("184.00")), d.submit(refund("185.00"))
	ann, ben := d.letter(mine.ID, "ann@acme.example"), d.letter(other.ID, "ben@acme.example")
	g, err := d.holder(ann.Link)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Try(g, func(tx *db.Tx) error { _, err := approval.OpenLink(tx, ben.Link); return err })
	if err == nil {
		t.Error("Ann's link opened Ben's")
	}
	if _, err := d.byLink(ann.Link, ben.Code, "20418", rule.Approve); err == nil {
		t.Error("the code of another request was taken")
	}
	if _, err := d.holder("nobody-knows-this"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown link: %v", err)
	}
	d.is(other.ID, approval.Pending)
}

func TestAnEndedLinkExplainsItselfForNinetyDays(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	w := d.letter(r.ID, "ann@acme.example")
	d.Pass(25 * time.Hour)
	refusedAs(t, d.opened(w.Link).Refusal, fault.Conflict, "expired")
	d.due(r.ID)
	d.Pass(80 * 24 * time.Hour)
	refusedAs(t, d.opened(w.Link).Refusal, fault.Conflict, "expired")
	d.Pass(11 * 24 * time.Hour)
	if _, err := d.holder(w.Link); !fault.Is(err, fault.NotFound) {
		t.Errorf("after 90 days: %v", err)
	}
}

func TestAHighRiskIsNotDecidedByLinkAndACriticalOneHasNone(t *testing.T) {
	d := open(t)
	d.connect("cloudflare")
	r := d.submit(approval.Ask{Type: "fleet.server.reboot", Params: []byte(`{"n":7}`)}) // unknown counts as high
	w := d.letter(r.ID, "max@acme.example")
	if w.Link == "" || w.Code != "" {
		t.Fatalf("a link %t, a code %t", w.Link != "", w.Code != "")
	}
	_, err := d.byLink(w.Link, "AAAAAA", "7", rule.Approve)
	refusedAs(t, err, fault.ProofNeeded, "signed in")
	if w := d.letter(d.submit(zone("example.com")).ID, "max@acme.example"); w.Link != "" || w.Message.Email == "" {
		t.Error("a critical request's letter has a link")
	}
}
