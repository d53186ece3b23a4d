package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/mailer/mailbox"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/workspace"
)

// invite makes an open invitation without sending its mail.
func (h *house) invite(email string, role access.Role) (i workspace.Invitation) {
	h.As(h.Grant(h.Acme, "ada", access.ManagePeople), func(tx *db.Tx) (err error) {
		i, err = workspace.Invite(tx, workspace.InvitationDraft{Email: email, Role: role})
		return err
	})
	return i
}

var invitationForm = regexp.MustCompile(`http://\S+/invitations/[a-z2-7]{52}`)

// invitationLink is the link in a mail that invites this address, other than the links known before.
func (h *house) invitationLink(email string, before ...string) (path string) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_, err := h.Mail.Wait(ctx, func(m mailbox.Mail) bool {
		link := invitationForm.FindString(m.Text)
		path = strings.TrimPrefix(link, h.URL)
		return m.To == email && link != "" && strings.Contains(m.HTML, link) && !slices.Contains(before, path)
	})
	if err != nil {
		h.t.Fatalf("no invitation to %s: %v", email, err)
	}
	return path
}

func TestSomebodyNewIsInvitedByMailAndJoins(t *testing.T) {
	h := open(t)
	max := h.signIn(h.Acme, "max")
	max.submit(max.get("/w/acme/people"), "/people/invitations", url.Values{"email": {"Nia@New.example"}, "name": {"Nia"}, "role": {"privacy_officer"}}).
		shows(200, "Invited nia@new.example", "nia@new.example", "Waiting for them", "invited by Max Lindqvist")
	path := h.invitationLink("nia@new.example")
	nia := h.visitor()
	p := nia.get(path).shows(200, "Join Acme Hosting?", "Max Lindqvist invites you", "Privacy officer", "Opening this page has changed nothing")
	nia.submit(p, path, url.Values{"name": {"  "}}).shows(422, "Give a name")
	done := nia.post(p, path, url.Values{"name": {"Nia Obi"}})
	if to := done.Header.Get("Location"); done.Status != 303 || to != "/w/acme" {
		t.Fatalf("accepting answered %d to %s", done.Status, to)
	}
	nia.get("/w/acme/people").shows(200, "Nia Obi (you)", "Seven people")
	nia.get(path).shows(410, "You have accepted this invitation. Sign in with nia@new.example")
	if strings.Contains(max.get("/w/acme/people").Text(), "Waiting for them") {
		t.Error("an accepted invitation is still listed")
	}
}

func TestADoubleClickOnAcceptingSignsInBothTimes(t *testing.T) {
	h := open(t)
	h.invite("nia@new.example", access.Auditor)
	path := h.invitationLink("nia@new.example")
	nia := h.visitor()
	p := nia.get(path)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got := insist(func() *page { return nia.post(p, path, url.Values{"name": {"Nia"}}) }); got.Status != 303 {
				t.Errorf("a click answered %d", got.Status)
			}
		})
	}
	wg.Wait()
	nia.get("/w/acme/people").shows(200, "Nia (you)", "Seven people")
}

func TestOpeningAnInvitationInAnyWayJoinsNobody(t *testing.T) {
	h := open(t)
	h.invite("nia@new.example", access.Owner)
	path := h.invitationLink("nia@new.example")
	robot := h.visitor()
	for _, method := range []string{"GET", "HEAD", "GET"} {
		if p := robot.do(method, path, nil, nil); p.Status != 200 || p.Header.Get("X-Robots-Tag") == "" || p.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s answered %d %v", method, p.Status, p.Header)
		}
	}
	robot.do("POST", path, strings.NewReader("name=x"), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}).shows(403)
	robot.do("POST", path, strings.NewReader("name=x"), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {"cross-site"}}).shows(403)
	h.signIn(h.Acme, "ada").get("/w/acme/people").shows(200, "Six people", "Waiting for them")
}

func TestSomebodyWithAnAccountAcceptsAndSignsInAsAlways(t *testing.T) {
	h := open(t)
	h.invite("greta@globex.example", access.Auditor)
	path := h.invitationLink("greta@globex.example")
	stranger := h.visitor()
	p := stranger.get(path).shows(200, "You have an account already")
	stranger.submit(p, path, nil).shows(200, "Sign in")
	stranger.get("/w/globex/people").shows(200, "Sign in")
	h.signIn(h.Globex, "greta").get("/w/acme/people").shows(200, "Greta Sand (you)")
}

func TestAcceptingForSomebodyElseSignsTheFirstOut(t *testing.T) {
	h := open(t)
	h.invite("nia@new.example", access.Auditor)
	path := h.invitationLink("nia@new.example")
	ben := h.signIn(h.Acme, "ben")
	p := ben.get(path).shows(200, "You are signed in as ben@acme.example", "Accepting signs ben@acme.example out")
	ben.post(p, path, url.Values{"name": {"Nia"}})
	ben.get("/w/acme/people").shows(200, "Nia (you)")
}

func TestAcceptingForSomebodyWithAnAccountEndsTheSessionOfAnother(t *testing.T) {
	h := open(t)
	h.invite("greta@globex.example", access.Auditor)
	path := h.invitationLink("greta@globex.example")
	ben := h.signIn(h.Acme, "ben")
	ben.submit(ben.get(path).shows(200, "You are signed in as ben@acme.example"), path, nil).shows(200, "Sign in")
	ben.get("/workspaces").shows(200, "Sign in")
	greta := h.signIn(h.Globex, "greta")
	greta.get(path).shows(410, "You have accepted this invitation")
	greta.get("/w/acme/people").shows(200, "Greta Sand (you)")
}

func TestAnInvitationIsSentAgainAndTakenBack(t *testing.T) {
	h := open(t)
	ada := h.signIn(h.Acme, "ada")
	h.invite("nia@new.example", access.Auditor)
	first := h.invitationLink("nia@new.example")
	p := ada.get("/w/acme/people")
	ada.submit(p, "/sending", nil).shows(429, "less than a minute ago")
	h.Pass(2 * time.Minute)
	ada.submit(ada.get("/w/acme/people"), "/sending", nil).shows(200, "Sent again to nia@new.example")
	second := h.invitationLink("nia@new.example", first)
	h.visitor().get(first).shows(410, "a newer mail has replaced it")
	h.visitor().get(second).shows(200, "Join Acme Hosting?")
	p = ada.get("/w/acme/people")
	check := regexp.MustCompile(`/w/acme/people/invitations/[0-9a-f-]+/removal`).FindString(p.Body)
	asked := ada.get(check).shows(200, "Take back the invitation of nia@new.example?")
	ada.submit(asked, "/removal", nil).shows(200, "The invitation of nia@new.example was taken back")
	h.visitor().get(second).shows(410, "was taken back. Ask Ada Okafor")
	ada.post(asked, "/removal", url.Values{"operation": {uuid.NewString()}}).shows(409, "taken back already")
}

func TestAnInvitationThatRanOutSaysWhomToAsk(t *testing.T) {
	h := open(t)
	h.invite("nia@new.example", access.Auditor)
	path := h.invitationLink("nia@new.example")
	h.Pass(workspace.InvitationLasts + time.Minute)
	h.visitor().get(path).shows(410, "Ask Ada Okafor to send it again")
	h.signIn(h.Acme, "ada").get("/w/acme/people").shows(200, "Expired")
	h.visitor().get("/invitations/nonsense").shows(410, "This invitation is unknown")
}

func TestAnAddressThatRefusesMailIsSeen(t *testing.T) {
	h := open(t)
	h.Mail.Refuse(func(string) error { return mailbox.Reply{Code: 550, Text: "no such mailbox"} })
	h.invite("nobody@new.example", access.Auditor)
	ada := h.signIn(h.Acme, "ada")
	for range 300 {
		if strings.Contains(ada.get("/w/acme/people").Text(), "Address refused") {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("a bounce is not seen:\n%s", ada.get("/w/acme/people").Text())
}

func TestARefusedInvitationKeepsWhatWasTyped(t *testing.T) {
	h := open(t)
	max := h.signIn(h.Acme, "max")
	p := max.submit(max.get("/w/acme/people"), "/people/invitations", url.Values{"email": {"nobody"}, "name": {"Nia Obi"}, "role": {"admin"}}).
		shows(422, "There is a problem", "Write an e-mail address")
	_, form, _ := p.form("/people/invitations")
	if form.Get("email") != "nobody" || form.Get("name") != "Nia Obi" || form.Get("role") != "admin" {
		t.Errorf("the form has forgotten: %v", form)
	}
	if !strings.Contains(p.Body, "<title>Error: ") {
		t.Error("the title does not tell of the error")
	}
	max.submit(max.get("/w/acme/people"), "/people/invitations", url.Values{"email": {"ann@acme.example"}, "role": {"admin"}}).shows(422, "is a member already")
	max.submit(max.get("/w/acme/people"), "/people/invitations", url.Values{"email": {"x@y.example"}, "role": {"owner"}}).shows(403, "Only an Owner can invite an Owner")
	max.submit(max.get("/w/acme/people"), "/people/invitations", url.Values{"email": {strings.Repeat("x", 1<<20)}}).shows(413)
}

func TestADoubleClickInvitesOnce(t *testing.T) {
	h := open(t)
	max := h.signIn(h.Acme, "max")
	p := max.get("/w/acme/people")
	in := url.Values{"email": {"nia@new.example"}, "role": {"auditor"}}
	max.submit(p, "/people/invitations", in).shows(200, "Invited nia@new.example")
	max.submit(p, "/people/invitations", in).shows(200, "Invited nia@new.example")
	h.invitationLink("nia@new.example")
	var n int64
	h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) error { return tx.Gorm().Table("messages").Count(&n).Error })
	if n != 1 {
		t.Errorf("%d mails for one invitation", n)
	}
}

// Whoever invites learns nothing of other workspaces: an address with an account is answered and listed
// as one without.
func TestAnInvitationTellsNothingOfAnAccount(t *testing.T) {
	h := build(t)
	h.serve() // and no worker, which would send the one mail before its page is read and the other after
	ada := h.signIn(h.Acme, "ada")
	var told [2][]string
	for i, email := range []string{"greta@globex.example", "nadia@globex.example"} {
		p := ada.post(ada.get("/w/acme/people"), "/people/invitations", url.Values{"email": {email}, "role": {"auditor"}})
		list := ada.follow(p)
		path := regexp.MustCompile(`/w/acme/people/invitations/[0-9a-f-]{36}/removal`).FindString(list.Body)
		check := ada.get(path)
		for _, p := range []*page{p, list, check} {
			alike := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|name="csrf" value="[^"]*"`).ReplaceAllString(strings.ReplaceAll(p.Body, email, "ADDRESS"), "ID")
			told[i] = append(told[i], p.still(fmt.Sprint(p.Status, p.Header.Get("Location"), len(p.Body), alike)))
		}
		ada.submit(check, "/removal", nil)
	}
	for i := range told[0] {
		if told[0][i] != told[1][i] {
			t.Errorf("it tells of an account:\n%s\n%s", told[0][i], told[1][i])
		}
	}
}
