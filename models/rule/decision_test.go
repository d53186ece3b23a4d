package rule_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	. "github.com/jexi/portal/models/rule"
	. "github.com/jexi/portal/models/rule/condition"
)

func TestWhereNoRuleMatchesThePlatformDecidesByRisk(t *testing.T) {
	b := book()
	for _, a := range catalog.Types() {
		d := b.Evaluate(&Facts{Action: a.Key})
		must := a.Risk >= catalog.High || a.Reversibility == catalog.Irreversible || len(a.Regulated) > 0 || a.Floor.Ask
		switch {
		case !must && (d.Effect != Allow || d.Plan != nil):
			t.Errorf("%s: %s", a.Key, d.Effect)
		case must && d.Effect != RequireApproval:
			t.Errorf("%s of risk %d is let through", a.Key, a.Risk)
		case must && (len(d.Plan.Stages) != 1 || len(d.Reasons) != 1 || d.Plan.Proof.Value < a.Floor.Proof):
			t.Errorf("%s: %+v", a.Key, d.Plan)
		}
	}
}

func TestAWorkspaceCanRaiseTheDefaultAndNotLowerIt(t *testing.T) {
	credit := act("billing.credit", `{"client_id":"1","amount":"5.00","currency":"EUR"}`)
	if d := bookWith(Defaults{AskFrom: catalog.Low, People: 2}).Evaluate(credit); d.Effect != RequireApproval || d.Plan.Stages[0].Min != 2 {
		t.Errorf("asking from low: %+v", d)
	}
	transfer := act("registrar.domain.transfer_out", `{"domain":"example.com"}`)
	if d := bookWith(Defaults{AskFrom: catalog.Critical + 1}).Evaluate(transfer); d.Effect != RequireApproval {
		t.Errorf("asking from beyond critical: %s", d.Effect)
	}
	risky := &catalog.ActionType{Key: "test.risky", Risk: catalog.High, Reversibility: catalog.Reversible} // no floor of its own
	if d := Compile([]*catalog.ActionType{risky}, nil, Defaults{AskFrom: catalog.Critical}).Evaluate(&Facts{Action: risky.Key}); d.Effect != RequireApproval || d.Reasons[0].Text != "No rule covers this, and its risk is high." {
		t.Errorf("asking from critical: %+v", d)
	}
	d := bookWith(Defaults{People: -1, Proof: catalog.NoProof, Who: []Approver{group("leads")}}).Evaluate(transfer)
	if d.Plan.Stages[0].Min != 1 || d.Plan.Proof.Value != catalog.StepUp || d.Plan.Stages[0].Who[0] != group("leads") {
		t.Errorf("less than nothing: %+v", d.Plan)
	}
}

func TestAnUnknownActionIsAskedAboutWhateverTheRulesSay(t *testing.T) {
	for name, b := range map[string]*Book{
		"no rules":       book(),
		"rules on other": book(asking()),
		"a notice rule":  book(Body{Actions: []string{"*"}, Effect: AllowWithNotice, Notify: []Approver{role(access.Owner)}}),
	} {
		d := b.Evaluate(act("teleport.client", `{}`))
		if d.Effect != RequireApproval || d.Plan.Proof.Value != catalog.StepUp || len(d.Plan.Stages) != 1 {
			t.Errorf("%s: %+v", name, d)
		}
	}
	small := Body{Actions: []string{"teleport.*"}, Effect: Block, Where: over("500", "EUR")}
	if d := book(small).Evaluate(act("teleport.client", `{}`)); d.Effect != Block {
		t.Errorf("a rule whose amount nobody can know: %s", d.Effect)
	}
}

func TestWhatCannotBeReadIsHeldAndNeverNoMatch(t *testing.T) {
	block := asking(func(b *Body) { b.Effect, b.Where, b.Stages = Block, over("500", "EUR"), nil })
	ask := asking(func(b *Body) { b.Where = over("50", "EUR") })
	notice := asking(func(b *Body) { b.Effect, b.Where, b.Stages = AllowWithNotice, over("50", "EUR"), nil })
	for name, raw := range map[string]string{
		"missing": `{"client_id":"1","currency":"EUR"}`, "null": `{"client_id":"1","amount":null,"currency":"EUR"}`,
		"empty": `{"client_id":"1","amount":"","currency":"EUR"}`, "a number": `{"client_id":"1","amount":60,"currency":"EUR"}`,
		"negative": `{"client_id":"1","amount":"-60.00","currency":"EUR"}`, "1e309": `{"client_id":"1","amount":1e309,"currency":"EUR"}`,
		"NaN": `{"client_id":"1","amount":"NaN","currency":"EUR"}`, "-0": `{"client_id":"1","amount":"-0","currency":"EUR"}`,
		"no currency": `{"client_id":"1","amount":"5.00"}`, "other currency": `{"client_id":"1","amount":"5.00","currency":"USD"}`,
		"twice": `{"client_id":"1","amount":"5.00","amount":"5.00","currency":"EUR"}`, "nothing": ``,
	} {
		f := act("billing.refund", raw)
		for want, b := range map[Effect]*Book{Block: book(block), RequireApproval: book(ask), Allow: book(notice)} {
			if got := b.Evaluate(f).Effect; got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
	d := book(ask).Evaluate(refund("5.00", "USD"))
	if want := "Amount is in USD and the rule compares EUR, so this counts as a match."; d.Reasons[0].Text != want {
		t.Errorf("the reason is %q", d.Reasons[0].Text)
	}
}

func TestTheStrongestEffectWins(t *testing.T) {
	notice := asking(func(b *Body) {
		b.Name, b.Effect, b.Stages, b.Notify = "Tell", AllowWithNotice, nil, []Approver{role(access.Owner)}
	})
	ask := asking(func(b *Body) { b.Where = over("50", "EUR") })
	block := asking(func(b *Body) { b.Name, b.Effect, b.Stages, b.Where = "Never", Block, nil, over("500", "EUR") })
	b := book(notice, ask, block)
	for amount, want := range map[string]Effect{"50.00": AllowWithNotice, "50.01": RequireApproval, "500.00": RequireApproval, "500.01": Block} {
		d := b.Evaluate(refund(amount, "EUR"))
		if d.Effect != want {
			t.Errorf("%s EUR: %s, want %s", amount, d.Effect, want)
		}
		if (d.Plan != nil) != (want == RequireApproval) || len(d.Reasons) != 1 || (len(d.Notify) > 0) != (want == AllowWithNotice) {
			t.Errorf("%s EUR: %+v", amount, d)
		}
	}
}

func TestRequirementsOfSeveralRulesAddUp(t *testing.T) {
	first := asking(func(b *Body) {
		b.Name, b.DecideWithin, b.ExecuteWithin, b.CoolingOff, b.Proof, b.SamePerson = "First", 240, 60, 30, catalog.StepUp, true
		b.Stages = []Stage{quorum(1, group("billing"), role(access.Admin)), quorum(1, role(access.Owner))}
	})
	second := asking(func(b *Body) {
		b.Name, b.DecideWithin, b.ExecuteWithin, b.CoolingOff, b.Proof = "Second", 120, 90, 60, catalog.Code
		b.Stages = []Stage{quorum(2, role(access.Admin), group("billing"))}
		b.Exclude = Exclude{WorkflowAuthor: true, People: []string{id(ben).String()}}
		b.DenyWithReason = true
	})
	d := book(first, second).Evaluate(refund("10.00", "EUR"))
	p := d.Plan
	if p == nil || len(p.Stages) != 2 {
		t.Fatalf("%+v", d)
	}
	if s := p.Stages[0]; s.Min != 2 || len(s.From) != 2 {
		t.Errorf("the stage that both ask for: %+v", s)
	}
	if p.DecideWithin.Value != 120 || p.DecideWithin.From[0].Name != "Second" || p.ExecuteWithin.Value != 60 || p.ExecuteWithin.From[0].Name != "First" {
		t.Errorf("the shortest times: %+v %+v", p.DecideWithin, p.ExecuteWithin)
	}
	if p.CoolingOff.Value != 60 || p.Proof.Value != catalog.StepUp || p.Proof.From[0].Name != "First" || !p.Distinct.Value || !p.DenyWithReason.Value {
		t.Errorf("%+v", p)
	}
	if len(p.Exclude) != 2 || len(p.Reasons) != 2 || p.Reasons[0].Text == "" {
		t.Errorf("exclusions and reasons: %+v", p)
	}
	barred := p.Barred(Involved{WorkflowAuthors: ids(bob)}, people())
	if barred[id(ben)] == "" || barred[id(bob)] == "" || len(barred) != 2 {
		t.Errorf("barred: %v", barred)
	}
}

func TestAPlanIsTheSameAfterItWasStored(t *testing.T) {
	p := book(asking(func(b *Body) { b.Exclude.Roles = []access.Role{access.Owner} })).Evaluate(refund("10.00", "EUR")).Plan
	stored, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back Plan
	if err := json.Unmarshal(stored, &back); err != nil {
		t.Fatal(err)
	}
	again, _ := json.Marshal(back)
	if string(again) != string(stored) || back.Stages[0].Min != 1 || back.Proof.Value != catalog.CodeTarget {
		t.Errorf("%s\nbecame\n%s", stored, again)
	}
}

func TestTheRisksProofAndPeopleLieUnderEveryRule(t *testing.T) {
	weak := func(b *Body) {
		b.Actions, b.Proof, b.SamePerson = []string{"*"}, catalog.NoProof, true
		b.Stages = []Stage{quorum(1, group("billing"))}
	}
	b := book(asking(weak))
	for _, a := range catalog.Types() {
		p := b.Evaluate(&Facts{Action: a.Key}).Plan
		if p == nil {
			t.Errorf("%s is not asked", a.Key)
			continue
		}
		proof, people := Floor(a)
		if p.Proof.Value < proof || p.Stages[len(p.Stages)-1].Min < people || people > 1 && !p.Distinct.Value {
			t.Errorf("%s: %+v, want proof %d and %d people", a.Key, p, proof, people)
		}
		if a.Risk == catalog.Critical && (proof != catalog.StepUpOnly || people < 2) {
			t.Errorf("%s: the floor of a critical action is proof %d, %d people", a.Key, proof, people)
		}
	}
}

func TestANoticeRuleCannotFreeWhatAlwaysNeedsAPerson(t *testing.T) {
	notice := Body{Actions: []string{"*"}, Effect: AllowWithNotice, Notify: []Approver{role(access.Owner)}}
	for _, a := range catalog.Types() {
		want := AllowWithNotice
		if a.Floor.Ask || a.Risk == catalog.Critical {
			want = RequireApproval
		}
		if d := book(notice).Evaluate(&Facts{Action: a.Key}); d.Effect != want {
			t.Errorf("%s: %s, want %s", a.Key, d.Effect, want)
		}
	}
}

func TestARuleAsksOnlyAboutItsIntegrationsAndWorkflows(t *testing.T) {
	b := book(asking(func(b *Body) { b.Integrations, b.Workflows = []string{"int-1"}, []string{"helper", "other"} }))
	for name, c := range map[string]struct {
		change func(f *Facts)
		want   Effect
	}{
		"both":                 {func(*Facts) {}, RequireApproval},
		"another integration":  {func(f *Facts) { f.Integration = "int-2" }, Allow},
		"another workflow":     {func(f *Facts) { f.Workflow = "night-shift" }, Allow},
		"integration unknown":  {func(f *Facts) { f.Integration = "" }, RequireApproval},
		"workflow not given":   {func(f *Facts) { f.Workflow = "" }, RequireApproval},
		"one other, one empty": {func(f *Facts) { f.Workflow, f.Integration = "", "int-2" }, Allow},
	} {
		f := refund("1.00", "EUR")
		c.change(f)
		if got := b.Evaluate(f).Effect; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestAFamilyOfActionsTakesInNewOnes(t *testing.T) {
	everyBilling := asking(func(b *Body) { b.Actions = []string{"billing.*"} })
	added := &catalog.ActionType{Key: "billing.chargeback", Title: "Charge back", Risk: catalog.Low, Reversibility: catalog.Reversible}
	types := append(catalog.Types(), added)
	if d := Compile(types, []Rule{live(1, everyBilling)}, Defaults{}).Evaluate(&Facts{Action: added.Key}); d.Effect != RequireApproval {
		t.Errorf("the new action: %s", d.Effect)
	}
	resolved := everyBilling.Resolve(types)
	if len(resolved) < 4 || resolved[len(resolved)-1] != added {
		t.Errorf("resolved to %d actions", len(resolved))
	}
	if d := book(everyBilling).Evaluate(act("dns.record.change", `{}`)); d.Effect != Allow {
		t.Errorf("an action of another family: %s", d.Effect)
	}
}

func TestWindowsAreNamedBeforeTheyAreFetched(t *testing.T) {
	volume := asking(func(b *Body) {
		b.Actions = []string{"billing.*", "dns.record.delete"}
		b.Where = Condition{Any: []Condition{
			{Field: "window.count.target.24h", Op: AtLeast, Value: Bare("3")},
			{Field: "window.sum.amount.workspace.7d", Op: More, Value: Cash("100.00", "EUR")},
			{Field: "window.sum.amount.workspace.7d", Op: More, Value: Cash("120.00", "USD")},
		}}
	})
	b := book(volume, asking(func(b *Body) { b.Where = volume.Where }))
	sum := func(currency string) Window {
		return Window{Sum: "amount", Same: SameWorkspace, Hours: 168, Currency: currency}
	}
	count := Window{Same: SameTarget, Hours: 24}
	got := b.Windows("billing.refund")
	if len(got) != 3 || got[0] != count || got[1] != sum("EUR") || got[2] != sum("USD") {
		t.Errorf("%v", got)
	}
	if got := b.Windows("dns.record.delete"); len(got) != 1 || got[0] != count {
		t.Errorf("an action without an amount: %v", got)
	}
	if got := b.Windows("mail.reply.send"); len(got) != 0 {
		t.Errorf("an action without rules: %v", got)
	}
}

// Many small deletes of one zone have the effect of deleting the zone.
func TestManySmallActionsAreHeldByTheirVolume(t *testing.T) {
	b := book(asking(func(b *Body) {
		b.Actions = []string{"dns.record.delete"}
		b.Where = Condition{Field: "window.count.target.24h", Op: AtLeast, Value: Bare("5")}
	}))
	f := act("dns.record.delete", `{"zone":"example.com","name":"www","record_type":"A"}`)
	for earlier, want := range map[int64]Effect{0: Allow, 4: Allow, 5: RequireApproval, 500: RequireApproval, -1: RequireApproval} {
		f.Windows = map[Window]int64{{Same: SameTarget, Hours: 24}: earlier}
		if got := b.Evaluate(f).Effect; got != want {
			t.Errorf("%d earlier: %s, want %s", earlier, got, want)
		}
	}
	f.Windows = nil
	if got := b.Evaluate(f).Effect; got != RequireApproval {
		t.Errorf("the count could not be had: %s", got)
	}
}

func TestARuleThatNamesNobodyIsAskedOfAnAdmin(t *testing.T) {
	d := book(asking(func(b *Body) { b.Stages, b.DecideWithin, b.ExecuteWithin = nil, 0, 0 })).Evaluate(refund("1.00", "EUR"))
	if len(d.Plan.Stages) != 1 || d.Plan.DecideWithin.Value == 0 || d.Plan.ExecuteWithin.Value == 0 {
		t.Errorf("%+v", d.Plan)
	}
}

func TestTheTraceTellsOfEveryRule(t *testing.T) {
	b := book(
		asking(func(b *Body) { b.Where = over("50", "EUR") }),
		asking(func(b *Body) { b.Name, b.Where = "Large", over("500", "EUR") }),
		asking(func(b *Body) { b.Name, b.Actions = "Transfers", []string{"registrar.*"} }),
		asking(func(b *Body) { b.Name, b.Workflows = "Night", []string{"night-shift"} }),
		asking(func(b *Body) { b.Name, b.Integrations = "Stripe", []string{"int-2"} }),
		asking(func(b *Body) { b.Name, b.Effect, b.Stages, b.Where = "Tell", AllowWithNotice, nil, over("50", "USD") }),
		asking(func(b *Body) { b.Name = "All" }),
	)
	trace := b.Explain(refund("184.00", "EUR"))
	want := []struct {
		truth   Truth
		applies bool
		text    string
	}{
		{True, true, "Amount 184.00 EUR is more than 50.00 EUR."},
		{False, false, "Amount 184.00 EUR is not more than 500.00 EUR."},
		{False, false, "It is about other actions: registrar.*."},
		{False, false, "It is about other workflows."},
		{False, false, "It is about other integrations."},
		{Unknown, false, "It cannot be known whether this matches, and a rule that only gives notice needs to be sure."},
		{True, true, "It covers every request of this kind."},
	}
	if trace.Effect != RequireApproval || len(trace.Rules) != len(want) {
		t.Fatalf("%+v", trace)
	}
	for i, w := range want {
		r := trace.Rules[i]
		if r.Truth != w.truth || r.Applies != w.applies || r.Text != w.text {
			t.Errorf("%s: %+v", r.Name, r)
		}
	}
	if c := trace.Rules[0].Clauses[0]; c.Actual != "184.00 EUR" || c.Wanted != "50.00 EUR" || c.Truth != True {
		t.Errorf("%+v", c)
	}
	out, err := json.Marshal(trace)
	if err != nil || !strings.Contains(string(out), `"truth":"unknown"`) || !strings.Contains(string(out), `"actual":"184.00 EUR"`) {
		t.Errorf("%s %v", out, err)
	}
}
