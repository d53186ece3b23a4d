package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/rule"
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
	ada.get(path).shows(200, "Asked by Refunds need Billing")
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
