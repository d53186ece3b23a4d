package handlers_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
)

// press is the button of a form that has several.
func press(do string, fields url.Values) url.Values {
	out := url.Values{"do": {do}}
	for name, values := range fields {
		out[name] = values
	}
	return out
}

// refunds is a rule as somebody fills the empty editor in.
func (h *house) refunds(more url.Values) url.Values {
	out := url.Values{"name": {"Refunds over 50 EUR"}, "actions": {"billing.refund"}, "stages.0.mode": {"quorum"}, "stages.0.min": {"2"},
		"stages.0.who": {"group:" + h.Acme.Billing.ID.String()}, "decide_minutes": {"4"},
		"conditions.0.field": {"params.amount"}, "conditions.0.op": {">"}, "conditions.0.value": {"50.00"}, "conditions.0.currency": {"eur"}}
	for name, values := range more {
		out[name] = values
	}
	return out
}

// written has Ada write and submit a rule over the pages; its path comes back.
func (h *house) written(ada *browser, more url.Values) string {
	h.t.Helper()
	p := ada.submit(ada.get("/w/acme/rules/new"), "/rules/new", press("check", h.refunds(more))).shows(200, "Check the new rule")
	path := strings.TrimSuffix(strings.TrimPrefix(p.URL, h.URL), "/check")
	ada.submit(p, "/check", url.Values{"note": {"First of its kind."}}).shows(200, "Submitted")
	return path
}

func (h *house) versions(path string) (out []rulebook.Version) {
	h.t.Helper()
	h.As(h.Grant(h.Acme, "ada", access.SeeRules), func(tx *db.Tx) (err error) {
		out, err = rulebook.Versions(tx, uuid.MustParse(path[strings.LastIndex(path, "/")+1:]))
		return err
	})
	return out
}

func TestARuleIsWrittenCheckedPublishedAndLivesWithoutJavaScript(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.connect("whmcs")
	ada := h.signIn(h.Acme, "ada")
	p := ada.get("/w/acme/rules/new").shows(200, "New rule", "A rule can never approve by itself when the time runs out", "Close a client’s account")
	p = ada.submit(p, "/rules/new", press("add conditions", url.Values{"name": {"Refunds"}, "actions": {"billing.refund"}})).
		shows(200, "wants to refund a client", "refunds for the same client in 30 days", "Any one of")
	_, form, _ := p.form("/rules/new")
	if form.Get("name") != "Refunds" || form.Get("actions") != "billing.refund" || !form.Has("conditions.0.field") || form.Has("conditions.1.field") {
		t.Fatalf("after adding a condition the form is %v", form)
	}
	p = ada.submit(p, "/rules/new", press("check", h.refunds(url.Values{"conditions.0.value": {"fifty"}, "stages.0.min": {"3"}}))).
		shows(422, "There are 2 problems", "Write an amount such as 50.00", "This needs 3 people, and only 2 people can decide")
	if !strings.Contains(p.Body, `href="#f-conditions-0-value"`) || !strings.Contains(p.Body, `id="f-conditions-0-value"`) || !strings.Contains(p.Body, `id="f-stages-0-min"`) {
		t.Error("the summary does not lead to the fields")
	}
	if _, form, _ = p.form("/rules/new"); form.Get("conditions.0.value") != "fifty" || form.Get("conditions.0.currency") != "eur" || form.Get("stages.0.min") != "3" {
		t.Errorf("what was typed is lost: %v", form)
	}
	p = ada.submit(p, "/rules/new", press("save", url.Values{"conditions.0.value": {"50,00"}, "stages.0.min": {"2"}})).
		shows(200, "Draft saved", "Draft, version 1", "You cannot publish your own edit", "Refund a client over 50.00 EUR: any 2 of Billing approvers, within 4 h")
	path := strings.TrimSuffix(strings.TrimPrefix(p.URL, h.URL), "/draft")
	p = ada.submit(p, "/draft", press("check", nil)).shows(200, "Check the new rule", "Another Owner or Admin then publishes it")
	p = ada.submit(p, "/check", url.Values{"note": {"Twice charged, twice sorry."}}).shows(200, "Submitted", "Waiting for second admin", "Twice charged, twice sorry.")
	if strings.Contains(p.Body, path+"/publication") {
		t.Error("whoever wrote it is offered to publish it")
	}
	p.shows(200, "You made this edit, so somebody else publishes it")

	own := h.signInProved(h.Acme, "ada")
	own.get(path+"/publication").shows(200, "You made this edit")
	own.posts(path+"/publication", url.Values{"edit": {"1"}}).shows(403, "a second Admin or Owner must publish it")
	h.signIn(h.Acme, "max").get(path+"/publication").shows(200, "Show that it is you")
	max := h.signInProved(h.Acme, "max")
	p = max.get(path+"/publication").shows(200, "Publish version 1 of Refunds over 50 EUR?", "Written by Ada Okafor", "Twice charged, twice sorry.")
	max.submit(p, "/publication", nil).shows(200, "It holds from the next request on", "Version 1 is live", "published by Max Lindqvist", "What can come to the same", "Give a client credit", "It goes ahead without a person.")
	if r := h.ask("billing.refund", refund184); r.State != approval.Pending || len(r.Reasons.V) != 1 || r.Reasons.V[0].Name != "Refunds over 50 EUR" {
		t.Errorf("a refund of 184 EUR is %s: %v", r.State, r.Reasons.V)
	}
	ada.get("/w/acme/rules").shows(200, "One rule is live", "Refund a client over 50.00 EUR: any 2 of Billing approvers, within 4 h", "by Max Lindqvist")
}

func TestAChangedRuleIsLaidBesideWhatIsLive(t *testing.T) {
	t.Parallel()
	h := open(t)
	path := "/w/acme/rules/" + h.refundRule().String()
	ada := h.signIn(h.Acme, "ada")
	p := ada.get(path+"/draft").shows(200, "What you save becomes a draft")
	p = ada.submit(p, "/draft", press("check", url.Values{"conditions.0.value": {"500"}, "decide_minutes": {"2"}, "decide_minutes.unit": {"days"}})).
		shows(200, "Check the changes to Refunds over 50 EUR", "Amount is more than 50.00 EUR", "Amount is more than 500.00 EUR", "24 h", "2 days", "Version 1 is live")
	ada.submit(p, "/check", nil).shows(200, "Version 2 waits for a second admin; nothing changes until it is published")
	udo := h.signIn(h.Acme, "udo").get(path+"/check").shows(200, "Amount is more than 500.00 EUR")
	if _, _, ok := udo.form("/check"); ok || strings.Contains(udo.Body, "/publication") {
		t.Error("an Auditor is offered to submit or publish")
	}
	max := h.signInProved(h.Acme, "max")
	max.submit(max.get(path+"/publication"), "/publication", nil).shows(200, "Version 2 is live", "Version 1, superseded", "What it changes in version 1")
}

func TestAStaleDraftIsShownBesideWhatWasTyped(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada, max := h.signIn(h.Acme, "ada"), h.signIn(h.Acme, "max")
	path := "/w/acme/rules/" + h.refundRule().String()
	first, second := ada.get(path+"/draft"), max.get(path+"/draft")
	max.submit(second, "/draft", press("save", url.Values{"name": {"Refunds, by Max"}})).shows(200, "Draft saved")
	p := ada.submit(first, "/draft", press("save", url.Values{"name": {"Refunds, by Ada"}})).
		shows(409, "Somebody changed the draft", "Saved now", "Refunds, by Max", "You typed", "Refunds, by Ada")
	if _, form, _ := p.form("/draft"); form.Get("name") != "Refunds, by Ada" || form.Get("edit") != "3" {
		t.Errorf("the form is %v", form)
	}
	ada.submit(p, "/draft", press("save", nil)).shows(200, "Draft saved", "Refunds, by Ada")

	old := ada.get(path + "/draft")
	ada.submit(ada.get(path+"/draft/removal"), "/removal", nil).shows(200, "Discarded", "Version 1 is live. No change waits.")
	ada.submit(old, "/draft", press("save", url.Values{"name": {"Of a draft that is gone"}})).shows(409, "This rule changed meanwhile: version 2 is discarded")
	max.submit(max.get(path+"/draft"), "/draft", press("save", url.Values{"name": {"Another draft"}})).shows(200, "Draft saved")
	ada.submit(old, "/draft", press("save", url.Values{"name": {"Too late"}})).shows(409, "Somebody changed the draft", "Another draft")
}

func TestADraftThatWasNotSubmittedIsNotPublished(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada, max := h.signIn(h.Acme, "ada"), h.signInProved(h.Acme, "max")
	path := h.written(ada, nil)
	seen := max.get(path + "/publication")
	ada.submit(ada.get(path+"/draft"), "/draft", press("save", url.Values{"conditions.0.value": {"5000.00"}})).shows(200, "Draft saved")
	p := max.get(path+"/publication").shows(200, "Version 1 is a draft; nothing changes until it is published")
	if _, _, ok := p.form("/publication"); ok || strings.Contains(p.Body, path+"/publication") {
		t.Error("publishing a mere draft is offered")
	}
	max.submit(seen, "/publication", url.Values{"edit": {"2"}}).shows(409, "Version 1 is a draft that was not submitted", "Draft, version 1")
	if v := h.versions(path)[0]; v.State != rulebook.Draft {
		t.Errorf("it is %s", v.State)
	}
}

func TestADraftThatWasChangedAfterTheCheckIsNotPublished(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada, max := h.signIn(h.Acme, "ada"), h.signInProved(h.Acme, "max")
	path := h.written(ada, nil)
	seen := max.get(path + "/publication")
	ada.submit(ada.get(path+"/draft"), "/draft", press("check", url.Values{"conditions.0.value": {"5000.00"}}))
	ada.submit(ada.get(path+"/check"), "/check", nil).shows(200, "Submitted")
	max.submit(seen, "/publication", nil).shows(409, "Somebody changed the draft", "5000.00 EUR")
	if v := h.versions(path)[0]; v.State != rulebook.InReview {
		t.Errorf("it is %s", v.State)
	}
	old := ada.get(path + "/draft/removal")
	ada.submit(old, "/removal", nil).shows(200, "Its only draft was discarded")
	max.submit(seen, "/publication", nil).shows(409, "There is no draft any more")
}

func TestWhatNobodyCouldDecideAnyMoreIsNotPublished(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada, max := h.signIn(h.Acme, "ada"), h.signInProved(h.Acme, "max")
	path := h.written(ada, nil)
	seen := max.get(path + "/publication")
	group := "/w/acme/groups/" + h.Acme.Billing.ID.String()
	ada.submit(ada.get(group+"/removal"), "/removal", nil).shows(200, "was deleted")
	p := max.submit(seen, "/publication", nil).shows(422, "a group that no longer exists", "Choose a person, role or group of this workspace who can decide")
	if strings.Contains(p.Body, `href="#f-`) {
		t.Error("a problem leads to a field that is not on the page")
	}
	if v := h.versions(path)[0]; v.State != rulebook.InReview {
		t.Errorf("it is %s", v.State)
	}
}

func TestARuleEndsWhenTwoAgree(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.connect("whmcs")
	path := "/w/acme/rules/" + h.refundRule().String()
	h.signIn(h.Acme, "ada").get(path+"/retirement").shows(200, "Show that it is you")
	ada, max := h.signInProved(h.Acme, "ada"), h.signInProved(h.Acme, "max")
	p := ada.get(path+"/retirement").shows(200, "Retire Refunds over 50 EUR?", "It ends when another Owner or Admin agrees")
	ada.submit(p, "/retirement", url.Values{"note": {"Billing does it."}}).shows(200, "Its retirement waits for a second admin", "Do not retire it")
	ada.posts(path+"/publication", url.Values{"edit": {"3"}}).shows(403)
	if r := h.ask("billing.refund", refund184); r.State != approval.Pending {
		t.Errorf("before the second admin agrees a refund is %s", r.State)
	}
	p = max.get(path+"/publication").shows(200, "Retire Refunds over 50 EUR?", "Billing does it.")
	max.submit(p, "/publication", nil).shows(200, "This rule was retired", "Retired")
	if r := h.ask("billing.refund", `{"client_id":"7","amount":"184.00","currency":"EUR"}`); r.State != approval.Allowed {
		t.Errorf("afterwards a refund is %s", r.State)
	}
	ada.get("/w/acme/rules?show=retired").shows(200, "Refunds over 50 EUR", "Retired 1")
}

func TestWhereThereIsOneAdminAChangeWaitsADay(t *testing.T) {
	t.Parallel()
	h := open(t)
	greta := h.signInProved(h.Globex, "greta")
	p := greta.get("/w/globex/rules").shows(200, "No rules yet", "Money out", "A domain leaves", "Something is deleted")
	p = greta.get(link(p, "Start a draft")).shows(200, "New rule", "any 1 of Admins or Owners")
	p = greta.submit(p, "/rules/new", press("check", nil)).shows(200, "Check the new rule Money out", "published by itself a day after you submit it")
	p = greta.submit(p, "/check", nil).shows(200, "Submitted", "waits for tomorrow", "By itself, tomorrow", "unless somebody discards it")
	id := uuid.MustParse(p.URL[strings.LastIndex(p.URL, "/")+1:])
	due := rulebook.Publish{Workspace: h.Globex.ID, Rule: id, N: 1, Edit: 1}
	system := access.ForSystem(h.Globex.ID, "test")
	if err := h.Try(system, func(tx *db.Tx) error { _, err := rulebook.PublishDue(tx, due); return err }); err == nil {
		t.Error("it is published before the day is over")
	}
	h.Pass(25 * time.Hour)
	h.As(system, func(tx *db.Tx) error { _, err := rulebook.PublishDue(tx, due); return err })
	greta = h.signIn(h.Globex, "greta")
	greta.get("/w/globex/rules/"+id.String()).shows(200, "Version 1 is live", "published by itself after a day, since there was no second admin")
}

func TestAButtonThatAddsOrRemovesSavesNothingAndKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.signIn(h.Acme, "ada")
	path := "/w/acme/rules/" + h.refundRule().String()
	p := ada.get(path + "/draft")
	for _, step := range []struct{ do, has, not string }{
		{"add conditions", "conditions.1.field", "conditions.2.field"}, {"add group", "conditions.1.rows.0.field", ""}, {"add stages", "stages.1.mode", "stages.2.mode"},
		{"add stages.1.groups", "stages.1.groups.1.who", ""}, {"add notify", "notify", ""}, {"remove conditions.1", "conditions.0.field", "conditions.1.field"},
		{"remove stages.0", "stages.0.mode", "stages.1.mode"}, {"look", "stages.0.mode", ""}, {"", "stages.0.mode", ""}, {"remove conditions.0", "conditions.join", "conditions.0.field"},
		{"dance", "name", ""},
	} {
		p = ada.submit(p, "/draft", press(step.do, url.Values{"name": {"Half typed"}, "decide_minutes": {"soon"}, "workflows": {"refund-bot"}})).shows(200, "As a sentence")
		_, form, _ := p.form("/draft")
		if !form.Has(step.has) || step.not != "" && form.Has(step.not) || form.Get("name") != "Half typed" || form.Get("decide_minutes") != "soon" || form.Get("workflows") != "refund-bot" {
			t.Fatalf("after %q the form is %v", step.do, form)
		}
		if strings.Contains(p.Text(), "There is a problem") {
			t.Errorf("%q checks the form", step.do)
		}
	}
	if n := len(h.versions(path)); n != 1 {
		t.Errorf("there are %d versions", n)
	}
	before := len(ids.FindAllString(ada.get("/w/acme/rules").Body, -1))
	ada.submit(ada.get("/w/acme/rules/new"), "/rules/new", press("add stages", h.refunds(nil))).shows(200, "Stage 2")
	if after := len(ids.FindAllString(ada.get("/w/acme/rules").Body, -1)); after != before {
		t.Error("a button that adds a stage made a rule")
	}
}

func TestADoubleClickMakesOneRule(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.signIn(h.Acme, "ada")
	p := ada.get("/w/acme/rules/new")
	for range 2 {
		ada.submit(p, "/rules/new", press("save", h.refunds(nil))).shows(200, "Draft saved")
	}
	if n := strings.Count(ada.get("/w/acme/rules").Body, "rule-says"); n != 1 {
		t.Errorf("there are %d rules", n)
	}
}

func TestRolesReadAndWriteRulesAsTheTableSays(t *testing.T) {
	t.Parallel()
	h := open(t)
	path := "/w/acme/rules/" + h.refundRule().String()
	h.signIn(h.Acme, "ada").submit(h.signIn(h.Acme, "ada").get(path+"/draft"), "/draft", press("save", url.Values{"name": {"A draft"}}))
	reading := []string{"/w/acme/rules", "/w/acme/rules/try", "/w/acme/rules/try?type=billing.refund", path, path + "/check"}
	writing := []string{"/w/acme/rules/new", path + "/draft", path + "/draft/removal", path + "/publication", path + "/retirement"}
	for _, first := range []string{"pia", "udo"} {
		b := h.signIn(h.Acme, first)
		for _, at := range reading {
			b.get(at).shows(200)
		}
		for _, at := range writing {
			b.get(at).shows(403, "Owner or Admin can")
			b.posts(at, url.Values{"do": {"save"}}).shows(403, "Owner or Admin can")
		}
		b.posts(path+"/check", url.Values{}).shows(403)
		shown := b.get(path).Body + b.get("/w/acme/rules").Body
		if strings.Contains(shown, "/rules/new") || strings.Contains(shown, path+"/draft") || strings.Contains(shown, "/retirement") {
			t.Errorf("%s is offered to write", first)
		}
	}
	ann := h.signIn(h.Acme, "ann")
	for _, at := range append(reading, writing...) {
		ann.get(at).shows(403)
	}
}

func TestAnotherWorkspacesRulesAreNotThere(t *testing.T) {
	t.Parallel()
	h := open(t)
	id := h.refundRule().String()
	greta := h.signInProved(h.Globex, "greta")
	for _, path := range []string{"", "/draft", "/draft/removal", "/check", "/publication", "/retirement"} {
		greta.foreign("GET", "/w/globex/rules/{id}"+path, id)
	}
	for _, path := range []string{"/draft/removal", "/check", "/publication", "/retirement"} {
		greta.foreign("POST", "/w/globex/rules/{id}"+path, id)
	}
	form := url.Values{"do": {"save"}, "edit": {"1"}, "name": {"Mine now"}, "actions": {"*"}, "effect": {"block"}}
	theirs, nothing := greta.posts("/w/globex/rules/"+id+"/draft", form), greta.posts("/w/globex/rules/"+uuid.NewString()+"/draft", form)
	if theirs.Status != 404 || theirs.still(ids.ReplaceAllString(theirs.Body, "")) != nothing.still(ids.ReplaceAllString(nothing.Body, "")) {
		t.Errorf("saving Acme's rule: %d", theirs.Status)
	}
	greta.get("/w/globex/rules/try?type=billing.refund&rule=" + id).shows(404)
	greta.get("/w/acme/rules/" + id).shows(404)
	if p := greta.get("/w/globex/rules").shows(200, "No rules yet"); strings.Contains(p.Text(), "Refunds over 50") {
		t.Error("Acme's rule is listed")
	}
	greta.submit(greta.get("/w/globex/rules/new"), "/rules/new", press("save", h.refunds(nil))).shows(422, "Choose a person, role or group of this workspace")
}

var resolved = regexp.MustCompile(`today \d+ kinds: `)

func TestAFamilyIsShownResolved(t *testing.T) {
	t.Parallel()
	h := open(t)
	id := h.publish(rule.Body{Name: "Domains", Actions: []string{"registrar.*"}, Effect: rule.Block})
	p := h.signIn(h.Acme, "udo").get("/w/acme/rules/"+id.String()).shows(200, "Transfer a domain to another registrar", "action.startsWith", "Block it")
	if !resolved.MatchString(p.Text()) {
		t.Errorf("it is not said how many kinds registrar.* is today: %s", p.Text())
	}
	ada := h.signIn(h.Acme, "ada")
	_, form, _ := ada.get("/w/acme/rules/" + id.String() + "/draft").form("/draft")
	if !slices.Equal(form["actions"], []string{"registrar.*"}) {
		t.Errorf("the editor ticks %v", form["actions"])
	}
}
