package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rule/condition"
)

func TestARefusedRuleSaysWhereAndKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.signIn(h.Acme, "ada")
	empty := ada.get("/w/acme/rules/new")
	one := func(name, value string) url.Values { return url.Values{name: {value}} }
	for name, c := range map[string]struct {
		more url.Values
		at   string
		says string
	}{
		"a name with bidi":         {one("name", "Refunds\u202e over"), "name", "hidden"},
		"a long name":              {one("name", strings.Repeat("x", 101)), "name", "100"},
		"no action":                {one("actions", ""), "actions", "at least one action"},
		"an unknown action":        {one("actions", "billing.gift"), "actions", "matches no action"},
		"half an hour in words":    {one("decide_minutes", "half"), "decide-minutes", "whole number"},
		"a minute":                 {url.Values{"decide_minutes": {"1"}, "decide_minutes.unit": {"minutes"}}, "decide-minutes", "from 5 min to 14 days"},
		"a number of a million":    {one("execute_minutes", "99999999999999999999"), "execute-minutes", "whole number"},
		"a regex bomb":             {url.Values{"conditions.0.field": {"params.client_id"}, "conditions.0.op": {"matches"}, "conditions.0.value": {"((a{1,1000}){1,1000}){1,1000}"}}, "conditions-0-value", "RE2"},
		"a look-ahead":             {url.Values{"conditions.0.field": {"params.client_id"}, "conditions.0.op": {"matches"}, "conditions.0.value": {"(?=a)b"}}, "conditions-0-value", "RE2"},
		"an operator that is none": {one("conditions.0.op", "~"), "conditions-0-op", "cannot be compared"},
		"a field that is none":     {one("conditions.0.field", "params.mood"), "conditions-0-field", "has a parameter"},
		"a value without a field":  {one("conditions.0.field", ""), "conditions-0-field", "Choose what this condition looks at"},
		"a made-up currency":       {one("conditions.0.currency", "XXX"), "conditions-0-currency", "no currency in use"},
		"a tampered part":          {one("conditions.0.kept", `{"any":[{"field":"x","all":[]}]}`), "conditions-0", "cannot be read any more"},
		"nobody asked":             {one("stages.0.who", ""), "stages-0-who", "Say who is asked"},
		"a stranger":               {one("stages.0.who", "person:"+h.Globex.People["greta"].PersonID.String()), "stages-0-who", "of this workspace"},
		"an Auditor":               {one("stages.0.who", "role:auditor"), "stages-0-who", "who can decide"},
		"a mode that is none":      {one("stages.0.mode", "most"), "stages-0-mode", "Choose any"},
		"an effect that is none":   {one("effect", "allow"), "effect", "Choose block"},
		"another's system":         {one("integrations", uuid.NewString()), "integrations", "does not exist"},
		"a proof beyond all":       {one("proof", "9"), "proof", "one of the proofs"},
		"hours of years":           {one("exclude.rule_editor_hours", "9999"), "exclude-rule-editor-hours", "0 to 720"},
		"nobody told":              {url.Values{"effect": {"allow_with_notice"}, "notify": {""}}, "notify", "who is told"},
	} {
		p := ada.submit(empty, "/rules/new", press("save", h.refunds(c.more)))
		p.shows(422, c.says)
		if !strings.Contains(p.Body, `href="#f-`+c.at+`"`) || !strings.Contains(p.Body, `id="f-`+c.at+`"`) {
			t.Errorf("%s: the summary does not lead to %s", name, c.at)
		}
		_, form, _ := p.form("/rules/new")
		for field, values := range c.more {
			if field != "actions" && field != "integrations" && field != "effect" && field != "stages.0.mode" && field != "proof" && field != "conditions.0.op" &&
				!strings.HasSuffix(field, "who") && form.Get(field) != values[0] {
				t.Errorf("%s: %s has become %q", name, field, form.Get(field))
			}
		}
		if form.Get("stages.0.min") != "2" && c.more.Get("stages.0.mode") == "" {
			t.Errorf("%s: the rest is lost: %v", name, form)
		}
	}
	ada.submit(empty, "/rules/new", press("save", h.refunds(one("name", strings.Repeat("x", 1<<20))))).shows(413)
	many := url.Values{}
	for i := range 6 {
		many.Set(fmt.Sprintf("stages.%d.mode", i), "any")
		many.Set(fmt.Sprintf("stages.%d.who", i), "role:admin")
	}
	ada.submit(empty, "/rules/new", press("save", h.refunds(many))).shows(422, "1 to 5 stages")
	ada.get("/w/acme/rules").shows(200, "No rules yet")
}

// stored are rules of every shape that the editor can show, and of some that it only keeps.
func (h *house) stored(system uuid.UUID) []rule.Body {
	group, hours := rule.Approver{Kind: rule.GroupKind, Ref: h.Acme.Billing.ID.String()}, 48
	admin, owner, ann := rule.Approver{Kind: rule.RoleKind, Ref: "admin"}, rule.Approver{Kind: rule.OwnerKind}, rule.Approver{Kind: rule.PersonKind, Ref: h.Acme.People["ann"].PersonID.String()}
	leaf := func(field string, op condition.Op, v condition.Operand) condition.Condition {
		return condition.Condition{Field: field, Op: op, Value: v}
	}
	amount, hour := leaf("params.amount", condition.More, condition.Cash("50.00", "EUR")), leaf("time.hour", condition.AtLeast, condition.Bare("18"))
	deep := condition.Condition{Any: []condition.Condition{amount, {All: []condition.Condition{hour, {Not: &amount}}}}}
	client := leaf("params.client_id", condition.Contains, condition.Text("20"))
	asks := func(where condition.Condition, stages ...rule.Stage) rule.Body {
		return rule.Body{Name: "Shape", Actions: []string{"billing.refund", "billing.credit"}, Effect: rule.RequireApproval, Where: where, Stages: stages, DecideWithin: 240, ExecuteWithin: 90}
	}
	two := asks(condition.Condition{}, rule.Stage{Mode: rule.AnyOne, Who: []rule.Approver{group, admin, owner, ann}}, rule.Stage{Mode: rule.Everyone, Min: 1, Who: []rule.Approver{admin}, Fallback: []rule.Approver{group}})
	two.SamePerson, two.DenyWithReason, two.Proof, two.CoolingOff, two.Reason = true, true, catalog.StepUp, 15, "First.\nSecond."
	two.Exclude = rule.Exclude{WorkflowAuthor: true, WorkflowEditorDays: 7, RuleEditorHours: &hours, Roles: []access.Role{access.PrivacyOfficer}, People: []string{h.Acme.People["pia"].PersonID.String()}}
	shares := asks(condition.Condition{Any: []condition.Condition{amount, hour}}, rule.Stage{Mode: rule.PerGroup, Name: "Both", Groups: []rule.Share{{Who: group, Min: 2}, {Who: admin, Min: 1}}})
	shares.Integrations, shares.Workflows = []string{system.String()}, []string{"billing desk", "refund-bot"}
	return []rule.Body{two, shares,
		asks(condition.Condition{All: []condition.Condition{amount, deep, {Not: &client}, leaf("time.weekday", condition.In, condition.OneOf("saturday", "sunday")),
			leaf("integration", condition.Is, condition.Text(system.String())), leaf("confidence", condition.Less, condition.Text("0.8")), leaf("time.business", condition.Is, condition.Bare("false")),
			leaf("window.sum.amount.subject.12h", condition.More, condition.Cash("200.00", "USD")), leaf("risk", condition.AtLeast, condition.Text("low"))}}, rule.Stage{Mode: rule.Quorum, Min: 2, Who: []rule.Approver{group}}),
		{Name: "Everything at night", Actions: []string{"*", "bulk.*", "registrar.domain.*"}, Effect: rule.Block, Where: condition.Condition{All: []condition.Condition{hour}}},
		{Name: "Told", Actions: []string{"mail.reply.send"}, Effect: rule.AllowWithNotice, Notify: []rule.Approver{group, ann}},
		{Name: "Many at once", Actions: []string{"bulk.mailbox_restore"}, Effect: rule.Block, Where: condition.Condition{All: []condition.Condition{
			{Field: "params.mailboxes", Each: condition.CountOf, Op: condition.More, Value: condition.Bare("10")},
			{Field: "params.mailboxes", Each: condition.AnyOf, Op: condition.Under, Value: condition.Text("example.com")}}}},
	}
}

func TestSavingWhatTheEditorShowsChangesNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.signIn(h.Acme, "ada")
	for _, body := range h.stored(h.connect("whmcs").ID) {
		path := "/w/acme/rules/" + h.publish(body).String()
		ada.submit(ada.get(path+"/draft"), "/draft", press("save", nil)).shows(200, "Draft saved")
		v := h.versions(path)
		was, now := v[1].Body.V, v[0].Body.V
		slices.Sort(was.Actions)
		slices.Sort(now.Actions)
		if body.Effect != rule.RequireApproval { // the house gives every rule times
			was.DecideWithin, was.ExecuteWithin = 0, 0
		}
		before, _ := json.Marshal(was)
		after, _ := json.Marshal(now)
		if string(before) != string(after) {
			t.Errorf("%s\nwas %s\nnow %s", body.Name, before, after)
		}
		ada.get(path+"/check").shows(200, "They say the same")
		ada.get(path).shows(200)
	}
}

// stand counts what trying may not change.
func (h *house) stand() (n [3]int) {
	h.t.Helper()
	h.As(h.Grant(h.Acme, "ada", access.SeeRules), func(tx *db.Tx) error {
		for i, table := range []string{"action_requests", "messages", "rule_versions"} {
			if err := tx.Gorm().Raw("select count(*) from " + table).Scan(&n[i]).Error; err != nil {
				return err
			}
		}
		return nil
	})
	return n
}

func TestOneTriedByHandSaysWhichClauseWasTrueAndStoresNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.connect("whmcs")
	path := "/w/acme/rules/" + h.refundRule().String()
	h.publish(rule.Body{Name: "No zones", Actions: []string{"dns.zone.delete"}, Effect: rule.Block})
	udo := h.signIn(h.Acme, "udo")
	before := h.stand()
	try := func(p *page, fields url.Values) *page {
		return udo.submit(p, "/rules/try", fields)
	}
	form := udo.get("/w/acme/rules/try?type=billing.refund").shows(200, "Client", "Amount", "Invoice (optional)", "WHMCS")
	fill := url.Values{"params.client_id": {"20418"}, "params.amount": {"184.00"}, "params.currency": {"EUR"}}
	p := try(form, fill).shows(200, "It would wait for two people", "Amount 184.00 EUR is more than 50.00 EUR", "Any 2 of Billing approvers: Ann Keller, Ben Wilk",
		"The code from the mail, and the target typed (the platform)", "24 h (Refunds over 50 EUR)", "It is about other actions: dns.zone.delete.", "Matches", "No match")
	if _, kept, _ := p.form("/rules/try"); kept.Get("params.amount") != "184.00" || kept.Get("params.client_id") != "20418" {
		t.Errorf("what was typed is lost: %v", kept)
	}
	fill.Set("params.amount", "49.00")
	try(p, fill).shows(200, "It would go ahead", "Amount 49.00 EUR is not more than 50.00 EUR", "the platform does not ask about this kind of action by itself")
	fill.Set("params.currency", "USD")
	try(p, fill).shows(200, "It would wait for two people", "Counts as a match")
	fill.Set("params.amount", "sixty")
	if p = try(form, fill).shows(422, "Amount must be an amount"); !strings.Contains(p.Body, `id="f-params-amount"`) {
		t.Error("the problem is not at its field")
	}
	try(form, url.Values{"params.client_id": {"\u202e"}, "confidence": {"sure"}}).shows(422)
	try(form, url.Values{"action.integration_id": {uuid.NewString()}}).shows(422)
	udo.get("/w/acme/rules/try?type=dns.zone.delete").shows(200, "No connected system can do this")
	udo.get("/w/acme/rules/try?type=nonsense&rule=nonsense").shows(200, "Try one by hand")
	udo.get("/w/acme/rules/try?type=billing.refund&rule=" + uuid.NewString()).shows(404)
	if after := h.stand(); after != before {
		t.Errorf("requests, messages and versions were %v and are %v", before, after)
	}

	ada := h.signIn(h.Acme, "ada")
	ada.submit(ada.get(path+"/draft"), "/draft", press("save", url.Values{"conditions.0.value": {"500"}})).shows(200, "Draft saved")
	form = ada.get("/w/acme/rules/try?type=billing.refund&rule="+path[len("/w/acme/rules/"):]).shows(200, "Version 2 of Refunds over 50 EUR, which is a draft, counts as if it were live")
	fill = url.Values{"params.client_id": {"20418"}, "params.amount": {"184.00"}, "params.currency": {"EUR"}}
	ada.submit(form, "/rules/try", fill).shows(200, "It would go ahead", "Amount 184.00 EUR is not more than 500.00 EUR")
	if r := h.ask("billing.refund", refund184); r.State != "pending" {
		t.Errorf("the draft decides: a refund is %s", r.State)
	}
}

func TestTheListWarnsOfWhatNoRuleCovers(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.signIn(h.Acme, "ada")
	if p := ada.get("/w/acme/rules"); strings.Contains(p.Text(), "No rule covers") {
		t.Error("it warns where nothing is connected")
	}
	h.connect("whmcs")
	p := ada.get("/w/acme/rules").shows(200, "that Jexi may carry out here", "Give a client credit")
	at := link(p, "Write a rule")
	_, form, _ := ada.get(at).shows(200, "any 1 of Admins or Owners").form("/rules/new")
	if form.Get("name") == "" || !strings.HasSuffix(at, "action="+form.Get("actions")) {
		t.Errorf("%s fills in %v", at, form)
	}
	h.publish(rule.Body{Name: "All of it", Actions: []string{"*"}, Effect: rule.Block, Where: condition.Condition{Field: "confidence", Op: condition.Less, Value: condition.Text("0.5")}})
	if p := ada.get("/w/acme/rules"); strings.Contains(p.Text(), "No rule covers") {
		t.Error("it warns though a rule covers everything")
	}
}
