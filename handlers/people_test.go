package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
)

var ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// foreign fails the test unless a path with another workspace's id answers 404 with the same bytes
// as with an id of nothing; operation ids, which every form has anew, apart.
func (b *browser) foreign(method, path, id string) {
	b.h.t.Helper()
	ask := func(id string) *page {
		body := strings.NewReader(url.Values{"csrf": {b.csrf()}, "version": {"1"}, "name": {"x"}, "role": {"auditor"}}.Encode())
		return b.do(method, strings.Replace(path, "{id}", id, 1), body, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	}
	theirs, nothing := ask(id), ask(uuid.NewString())
	if theirs.Status != 404 || nothing.Status != 404 {
		b.h.t.Errorf("%s %s: %d for another workspace's, %d for nothing, want 404", method, path, theirs.Status, nothing.Status)
	}
	if theirs.still(ids.ReplaceAllString(theirs.Body, "")) != nothing.still(ids.ReplaceAllString(nothing.Body, "")) {
		b.h.t.Errorf("%s %s: another workspace's object can be told from nothing", method, path)
	}
	if odd := ask(strings.ToUpper(uuid.NewString())); odd.Status != 404 {
		b.h.t.Errorf("%s %s with an id in capitals: %d", method, path, odd.Status)
	}
}

// csrf is the token that this browser's forms carry.
func (b *browser) csrf() string {
	b.h.t.Helper()
	_, form, ok := b.get("/workspaces").form("/signout")
	if !ok {
		b.h.t.Fatal("no form to take the token from")
	}
	return form.Get("csrf")
}

// posts sends a form that no page offered, as somebody who writes requests by hand.
func (b *browser) posts(path string, form url.Values) *page {
	b.h.t.Helper()
	form.Set("csrf", b.csrf())
	return b.do("POST", path, strings.NewReader(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

func (h *house) personPath(first string) string {
	return "/w/acme/people/" + h.Acme.People[first].PersonID.String()
}

func TestPeopleAreListedWithRolesAndGroups(t *testing.T) {
	h := open(t)
	p := h.signIn(h.Acme, "ada").get("/w/acme/people")
	p.shows(200, "Six people can open Acme Hosting", "1 Owner, 1 Admin, 1 Privacy officer, 2 Approvers, 1 Auditor", "Ada Okafor (you)",
		"ann@acme.example", "Billing approvers", "Mail only", "One Owner only", "Send the invitation")
	if strings.Contains(p.Text(), "Greta") {
		t.Error("Globex's Greta is listed")
	}
	h.signIn(h.Acme, "udo").get("/w/acme/people").shows(200, "Six people")
	if _, _, ok := h.signIn(h.Acme, "udo").get("/w/acme/people").form("/invitations"); ok {
		t.Error("an Auditor is offered to invite")
	}
}

func TestARoleWithoutTheRightIsToldWhoHasIt(t *testing.T) {
	h := open(t)
	ann, udo := h.signIn(h.Acme, "ann"), h.signIn(h.Acme, "udo")
	for _, path := range []string{"/people", "/people/roles", "/groups", "/people/" + h.Acme.People["max"].PersonID.String(), "/groups/" + h.Acme.Billing.ID.String()} {
		ann.get("/w/acme"+path).shows(403, "Your role cannot do this", "Owner, Admin, Privacy officer or Auditor can", "You are signed in as Approver", "Go to the overview")
		udo.get("/w/acme" + path).shows(200)
	}
	for _, path := range []string{"/people/" + h.Acme.People["max"].PersonID.String() + "/removal", "/groups/new", "/groups/" + h.Acme.Billing.ID.String() + "/removal",
		"/people/invitations/" + uuid.NewString() + "/removal", "/tokens", "/tokens/new", "/tokens/" + h.Acme.Agent.ID.String() + "/removal"} {
		udo.get("/w/acme"+path).shows(403, "Owner or Admin can")
	}
	for _, path := range []string{"/people/invitations", "/people/" + h.Acme.People["max"].PersonID.String(), "/groups", "/groups/" + h.Acme.Billing.ID.String(), "/tokens"} {
		udo.posts("/w/acme"+path, url.Values{}).shows(403, "Owner or Admin can")
	}
}

func TestThePagesThatReadNothingStillSayWhatWaits(t *testing.T) {
	h := open(t)
	h.connect("stripe")
	h.refundRule()
	ada := h.signInProved(h.Acme, "ada")
	want := ada.get("/w/acme/integrations").counts()
	if want == "" {
		t.Fatal("the menu counts nothing")
	}
	for _, path := range []string{"/people/roles", "/integrations/new", "/tokens/new"} {
		if got := ada.get("/w/acme" + path).counts(); got != want {
			t.Errorf("%s counts %q, the list of integrations %q", path, got, want)
		}
	}
}

var count = regexp.MustCompile(`<span class="n[^>]*>\d+`)

// counts are the numbers of a page's menu as they stand in it.
func (p *page) counts() string { return strings.Join(count.FindAllString(p.Body, -1), " ") }

func TestAnotherWorkspacesObjectsAreNotThere(t *testing.T) {
	h := open(t)
	greta := h.signInProved(h.Globex, "greta")
	inv := h.invite("nia@new.example", access.Auditor)
	for _, path := range []string{"/people/{id}", "/people/{id}/removal"} {
		greta.foreign("GET", "/w/globex"+path, h.Acme.People["ann"].PersonID.String())
		greta.foreign("POST", "/w/globex"+path, h.Acme.People["ann"].PersonID.String())
	}
	for _, path := range []string{"/groups/{id}", "/groups/{id}/removal"} {
		greta.foreign("GET", "/w/globex"+path, h.Acme.Billing.ID.String())
		greta.foreign("POST", "/w/globex"+path, h.Acme.Billing.ID.String())
	}
	greta.foreign("GET", "/w/globex/people/invitations/{id}/removal", inv.ID.String())
	greta.foreign("POST", "/w/globex/people/invitations/{id}/removal", inv.ID.String())
	greta.foreign("POST", "/w/globex/people/invitations/{id}/sending", inv.ID.String())
	greta.foreign("GET", "/w/globex/tokens/{id}/removal", h.Acme.Agent.ID.String())
	greta.foreign("POST", "/w/globex/tokens/{id}/removal", h.Acme.Agent.ID.String())
	for _, path := range []string{"/w/acme/people", "/w/acme/groups", "/w/acme/tokens", "/w/nowhere/people"} {
		greta.get(path).shows(404, "Nothing here")
	}
}

func TestARoleIsChangedAndCountsAtTheNextClick(t *testing.T) {
	h := open(t)
	ada, ann := h.signIn(h.Acme, "ada"), h.signIn(h.Acme, "ann")
	ann.get("/w/acme/people").shows(403)
	p := ada.get(h.personPath("ann")).shows(200, "Ann Keller", "Change the role", "Billing approvers")
	ada.submit(p, h.personPath("ann"), url.Values{"role": {"auditor"}}).shows(200, "Ann Keller is Auditor now", "It counts from their next click")
	ann.get("/w/acme/people").shows(200)
	ada.submit(p, h.personPath("ann"), url.Values{"role": {"admin"}, "operation": {uuid.NewString()}}).
		shows(409, "Somebody changed this meanwhile: Ann Keller is Auditor now")
	p = ada.get(h.personPath("ann"))
	ada.submit(p, h.personPath("ann"), url.Values{"role": {"king"}}).shows(422, "Choose a role from the list")
}

func TestAnAdminIsNotOfferedOwners(t *testing.T) {
	h := open(t)
	max := h.signIn(h.Acme, "max")
	p := max.get(h.personPath("ada")).shows(200, "Only an Owner can change or remove an Owner")
	if _, _, ok := p.form(h.personPath("ada")); ok {
		t.Error("an Admin is offered to change an Owner")
	}
	p = max.get(h.personPath("ann")).shows(200, "Change the role")
	if strings.Contains(p.Body, `value="owner"`) {
		t.Error("an Admin is offered to make an Owner")
	}
	max.submit(p, h.personPath("ann"), url.Values{"role": {"owner"}}).shows(403, "Only an Owner can make")
	max.get(h.personPath("ada")+"/removal").shows(200, "Ada Okafor is the last Owner")
}

func TestTheLastOwnerCannotGo(t *testing.T) {
	h := open(t)
	h.publish(rule.Body{Name: "Ada sees transfers", Actions: []string{"registrar.domain.transfer_out"}, Effect: rule.RequireApproval, DecideWithin: 240, ExecuteWithin: 60,
		Stages: []rule.Stage{{Mode: rule.AnyOne, Who: []rule.Approver{{Kind: rule.PersonKind, Ref: h.Acme.People["ada"].PersonID.String()}}}}})
	ada := h.signIn(h.Acme, "ada")
	p := ada.get(h.personPath("ada")+"/removal").shows(200, "Ada Okafor is the last Owner", "Make somebody else an Owner first", "Rules that ask them by nameAda sees transfers")
	if _, _, ok := p.form("/removal"); ok {
		t.Error("the last Owner is offered to leave")
	}
	ada.posts(h.personPath("ada")+"/removal", url.Values{}).shows(409, "Ada Okafor is the last Owner")
	p = ada.get(h.personPath("ada"))
	ada.submit(p, h.personPath("ada"), url.Values{"role": {"auditor"}}).shows(409, "is the last Owner")
}

func TestARemovedPersonIsOutAtOnce(t *testing.T) {
	h := open(t)
	ada, ben := h.signIn(h.Acme, "ada"), h.signIn(h.Acme, "ben")
	ben.get("/w/acme/security").shows(200)
	p := ada.get(h.personPath("ben")+"/removal").shows(200, "Remove Ben Wilk from Acme Hosting?", "Billing approvers, where 1 person stays", "All, with their name")
	ada.submit(p, "/removal", nil).shows(200, "Ben Wilk was removed", "Five people")
	ben.get("/w/acme/security").shows(404, "Nothing here")
	ben.get("/workspaces").shows(200)
	ada.submit(p, "/removal", nil).shows(200, "Ben Wilk was removed")
	ada.get(h.personPath("ben")).shows(404)
}

func TestWhoLeavesGoesToTheirWorkspaces(t *testing.T) {
	h := open(t)
	max := h.signIn(h.Acme, "max")
	p := max.get(h.personPath("max")+"/removal").shows(200, "Leave Acme Hosting?")
	max.submit(p, "/removal", nil).shows(200, "You have left")
	max.get("/w/acme/people").shows(404)
}

func TestTheRolesPageSaysWhatThePolicySays(t *testing.T) {
	h := open(t)
	p := h.signIn(h.Acme, "udo").get("/w/acme/people/roles").shows(200, "What each role may do", "Sees those addressed to them, decides when named",
		"Sees all, never decides", "Sees and pauses them", "Changes everybody but Owners", "Makes and revokes", "You are signed in as Auditor")
	may := 0
	for _, r := range access.Roles {
		if r.May(access.ManageTokens) {
			may++
		}
	}
	if got := strings.Count(p.Text(), "Makes and revokes"); got != may {
		t.Errorf("%d roles are said to make tokens, the policy has %d", got, may)
	}
}

func TestLastSeenIsThisWorkspacesOwn(t *testing.T) {
	h := open(t)
	ada := h.signIn(h.Acme, "ada")
	p := ada.get(h.personPath("ann")).shows(200, "Not yet")
	h.signIn(h.Acme, "ann").get("/w/acme/security").shows(200)
	if p = ada.get(h.personPath("ann")); strings.Contains(p.Text(), "Not yet") {
		t.Error("Ann was here and is not seen")
	}
}

func TestHowSomebodySignsInIsSeen(t *testing.T) {
	h := open(t)
	h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) error {
		return tx.Gorm().Exec("insert into passkeys (id, person_id, name, credential, created_at) values ('x', ?, 'Laptop', '{}', ?)",
			h.Acme.People["pia"].PersonID, tx.Now()).Error
	})
	h.signIn(h.Acme, "ada").get(h.personPath("pia")).shows(200, "1 passkey")
}
