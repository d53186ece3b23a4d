package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/workspace"
)

func TestAGroupIsMadeChangedAndDeleted(t *testing.T) {
	h := open(t)
	ada := h.signIn(h.Acme, "ada")
	ann, ben := h.Acme.People["ann"].PersonID.String(), h.Acme.People["ben"].PersonID.String()
	p := ada.get("/w/acme/groups/new").shows(200, "New group", "Ann Keller", "Auditor, who never decides")
	p = ada.submit(p, "/groups", url.Values{"name": {"Domain approvers"}, "description": {"Everything that leaves"}, "members": {ann, ben}}).
		shows(200, "Group made", "Two groups can be asked", "Domain approvers", "Everything that leaves")
	ada.submit(ada.get("/w/acme/groups/new"), "/groups", url.Values{"name": {"Domain approvers"}}).shows(422, "There is a group called Domain approvers already")
	path := link(p, "Domain approvers")
	p = ada.get(path).shows(200, "No live rule asks it")
	ada.submit(p, path, url.Values{"members": {ben}}).shows(200, "Group saved")
	p = ada.get(path+"/removal").shows(200, "Delete the group Domain approvers?")
	ada.submit(p, "/removal", nil).shows(200, "The group Domain approvers was deleted", "One group")
	ada.get(path).shows(404)
}

// link is where the page's link with this text leads.
func link(p *page, words string) string {
	for _, piece := range strings.Split(p.Body, "<a ")[1:] {
		if strings.Contains(strings.SplitN(piece, "</a>", 2)[0], ">"+words) {
			_, rest, _ := strings.Cut(piece, `href="`)
			to, _, _ := strings.Cut(rest, `"`)
			return to
		}
	}
	p.t.Fatalf("no link %q on %s", words, p.URL)
	return ""
}

func TestAStaleGroupIsShownBesideWhatWasTyped(t *testing.T) {
	h := open(t)
	ada, max := h.signIn(h.Acme, "ada"), h.signIn(h.Acme, "max")
	path := "/w/acme/groups/" + h.Acme.Billing.ID.String()
	first, second := ada.get(path), max.get(path)
	max.submit(second, path, url.Values{"name": {"Money"}, "members": {h.Acme.People["ann"].PersonID.String()}}).shows(200, "Group saved")
	p := ada.submit(first, path, url.Values{"name": {"Refunds"}}).
		shows(409, "Somebody changed this group meanwhile", "Saved now", "Money", "You typed", "Refunds", "Ann Keller, Ben Wilk")
	_, form, _ := p.form(path)
	if form.Get("name") != "Refunds" || len(form["members"]) != 2 || form.Get("version") != "2" {
		t.Errorf("the form is %v", form)
	}
	ada.submit(p, path, nil).shows(200, "Group saved", "Refunds")
}

func TestARefusedGroupKeepsWhatWasTyped(t *testing.T) {
	h := open(t)
	ada := h.signIn(h.Acme, "ada")
	ann := h.Acme.People["ann"].PersonID.String()
	p := ada.submit(ada.get("/w/acme/groups/new"), "/groups", url.Values{"name": {"a‮b"}, "description": {"why"}, "members": {ann}}).
		shows(422, "Leave out invisible and control characters")
	_, form, _ := p.form("/groups")
	if form.Get("name") != "a‮b" || form.Get("description") != "why" || form.Get("members") != ann {
		t.Errorf("the form has forgotten: %v", form)
	}
	for _, stranger := range []string{h.Globex.People["greta"].PersonID.String(), uuid.NewString(), "nobody"} {
		ada.submit(ada.get("/w/acme/groups/new"), "/groups", url.Values{"name": {"x"}, "members": {stranger}}).shows(422, "Choose people of this workspace")
	}
	ada.submit(ada.get("/w/acme/groups/new"), "/groups", url.Values{"name": {strings.Repeat("x", 1<<20)}}).shows(413)
}

func TestAGroupThatALiveRuleAsksIsNotDeleted(t *testing.T) {
	h := open(t)
	h.publish(rule.Body{Name: "Refunds need Billing", Actions: []string{"billing.refund"}, Effect: rule.RequireApproval, DecideWithin: 240, ExecuteWithin: 60,
		Stages: []rule.Stage{{Mode: rule.AnyOne, Who: []rule.Approver{{Kind: rule.GroupKind, Ref: h.Acme.Billing.ID.String()}},
			Fallback: []rule.Approver{{Kind: rule.PersonKind, Ref: h.Acme.People["pia"].PersonID.String()}}}}})
	ada := h.signIn(h.Acme, "ada")
	path := "/w/acme/groups/" + h.Acme.Billing.ID.String()
	ada.get(path).shows(200, "Asked by “Refunds need Billing”")
	p := ada.get(path+"/removal").shows(200, "Billing approvers cannot be deleted", "Refunds need Billing")
	if _, _, ok := p.form("/removal"); ok {
		t.Error("deleting is offered")
	}
	ada.posts(path+"/removal", url.Values{"version": {"1"}}).shows(409, "cannot be deleted", "Refunds need Billing")
	ada.get(path).shows(200)
	ada.get(h.personPath("pia")+"/removal").shows(200, "Rules that ask them by name", "Refunds need Billing")
}

func TestADoubleClickMakesOneGroup(t *testing.T) {
	h := open(t)
	ada := h.signIn(h.Acme, "ada")
	p := ada.get("/w/acme/groups/new")
	for range 2 {
		ada.submit(p, "/groups", url.Values{"name": {"Domain approvers"}}).shows(200, "Group made", "Two groups")
	}
}

func TestAnEmptyListSaysWhatAGroupIsFor(t *testing.T) {
	h := open(t)
	h.signIn(h.Globex, "greta").get("/w/globex/groups").shows(200, "No groups yet", "There are no groups", "Make a group")
	udo := h.signIn(h.Acme, "udo").get("/w/acme/groups/"+h.Acme.Billing.ID.String()).shows(200, "Ann Keller, Ben Wilk")
	if _, _, ok := udo.form(h.Acme.Billing.ID.String()); ok || access.Auditor.May(access.ManagePeople) {
		t.Error("an Auditor is offered to change a group")
	}
}

// short makes a live rule that two of Billing follow, and leaves one of them there.
func (h *house) short() (group, rule string) {
	h.t.Helper()
	group, rule = "/w/acme/groups/"+h.Acme.Billing.ID.String(), "/w/acme/rules/"+h.refundRule().String()
	h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) error { _, err := workspace.RemoveMember(tx, h.Acme.People["ben"].PersonID); return err })
	return group, rule
}

const isShort = "Billing approvers has 1 person who can decide; "

func TestAGroupWithTooFewPeopleIsNamedWhereverItsRulesAre(t *testing.T) {
	h := open(t)
	ada := h.signIn(h.Acme, "ada")
	if p := ada.get("/w/acme/groups"); strings.Contains(p.Text(), "needs 2") {
		t.Error("a group is short before anybody asks it")
	}
	group, rule := h.short()
	ada.get("/w/acme/groups").shows(200, "Refunds over 50 EUR needs 2")
	ada.get(group).shows(200, "A rule asks for more people than there are", isShort+"Refunds over 50 EUR needs 2, so nobody can decide what it asks.")
	ada.get(rule).shows(200, "It asks for more people than there are", isShort+"Refunds over 50 EUR needs 2")
	ada.get("/w/acme/rules").shows(200, isShort+"it needs 2")
	h.connect("whmcs")
	if r := h.ask("billing.refund", refund184); r.State != approval.Undecidable {
		t.Errorf("what is called undecidable is %s", r.State)
	}
	h.signIn(h.Globex, "greta").get("/w/globex/groups").shows(200, "There are no groups")
}

func TestTakingSomebodyOutOfAGroupThatARuleNeedsTakesASecondClick(t *testing.T) {
	h := open(t)
	h.refundRule()
	ada := h.signIn(h.Acme, "ada")
	path := "/w/acme/groups/" + h.Acme.Billing.ID.String()
	one := url.Values{"members": {h.Acme.People["ann"].PersonID.String()}}
	ada.submit(ada.get(path), path, url.Values{"members": one["members"], "name": {""}}).shows(422, "name")
	p := ada.submit(ada.get(path), path, one).shows(422, "Then "+isShort+"Refunds over 50 EUR needs 2, so nobody can decide what it asks. Send it again")
	if n := len(h.members(ada.get(path), path)); n != 2 {
		t.Errorf("the group has %d people before the second click", n)
	}
	p = ada.submit(p, path, url.Values{"members": nil}).shows(422, "Then Billing approvers has nobody who can decide") // another choice, another warning
	ada.submit(p, path, nil).shows(200, "Group saved", "Nobody can decide")
	ada.submit(ada.get(path), path, url.Values{"description": {"Money"}}).shows(200, "Group saved") // it was short before
}

func TestARoleThatARuleNeedsIsChangedByASecondClick(t *testing.T) {
	h := open(t)
	h.refundRule()
	ada := h.signIn(h.Acme, "ada")
	path := h.personPath("ann")
	p := ada.submit(ada.get(path), path, url.Values{"role": {"auditor"}}).shows(422, "Then "+isShort)
	ada.submit(p, path, nil).shows(200, "Ann Keller is Auditor now")
}

func TestRemovingSomebodySaysUnderWhichRulesNobodyCouldDecide(t *testing.T) {
	h := open(t)
	h.refundRule()
	ada := h.signIn(h.Acme, "ada")
	ada.get(h.personPath("ann")+"/removal").shows(200, "Then nobody can decide under one rule", isShort+"Refunds over 50 EUR needs 2")
	if p := ada.get(h.personPath("pia") + "/removal"); strings.Contains(p.Text(), "nobody can decide") {
		t.Error("a removal that ends nothing is warned of")
	}
}

// members are the people who are ticked on a group's page.
func (h *house) members(p *page, path string) []string {
	h.t.Helper()
	_, form, _ := p.form(path)
	return form["members"]
}
