package rule_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	. "github.com/jexi/portal/models/rule"
	. "github.com/jexi/portal/models/rule/condition"
)

func valid(b Body) error { return b.Validate(catalog.Types(), directory()) }

func TestWhatIsWrongWithARuleIsSaidAtItsField(t *testing.T) {
	gone := Approver{Kind: PersonKind, Ref: uuid.Nil.String()}
	for name, c := range map[string]struct {
		change func(b *Body)
		at     string
		says   string
	}{
		"no name":               {func(b *Body) { b.Name = "" }, "name", "Give the rule a name"},
		"a name with bidi":      {func(b *Body) { b.Name = "a\u202eb" }, "name", "hidden character"},
		"a name of 101 letters": {func(b *Body) { b.Name = strings.Repeat("x", 101) }, "name", "At most 100"},
		"no action":             {func(b *Body) { b.Actions = nil }, "actions", "at least one action"},
		"action in capitals":    {func(b *Body) { b.Actions = []string{"Billing.Refund", "billing.refund"} }, "actions", "is no action"},
		"a glob in the middle":  {func(b *Body) { b.Actions = []string{"billing.*.x", "billing.refund"} }, "actions", "is no action"},
		"a glob for nothing":    {func(b *Body) { b.Actions = []string{"teleport.*", "billing.refund"} }, "actions", "matches no action"},
		"integration gone":      {func(b *Body) { b.Integrations = []string{"int-9"} }, "integrations", "does not exist any more"},
		"workflow with newline": {func(b *Body) { b.Workflows = []string{"a\nb"} }, "workflows", "in one line"},
		"no effect":             {func(b *Body) { b.Effect = "" }, "effect", "Choose block"},
		"plain allow":           {func(b *Body) { b.Effect = Allow }, "effect", "Choose block"},
		"condition":             {func(b *Body) { b.Where = over("fifty", "EUR") }, "conditions.0.value", "Write an amount"},
		"contradiction": {func(b *Body) {
			b.Where = Condition{All: []Condition{over("50", "EUR"), {Field: "params.amount", Op: Less, Value: Cash("10", "EUR")}}}
		}, "conditions", "This can never match"},
		"no stage":              {func(b *Body) { b.Stages = nil }, "stages", "1 to 5 stages"},
		"six stages":            {func(b *Body) { b.Stages = slices.Repeat(b.Stages, 6) }, "stages", "1 to 5 stages"},
		"nobody asked":          {func(b *Body) { b.Stages[0].Who = nil }, "stages.0.who", "Say who is asked"},
		"a person who left":     {func(b *Body) { b.Stages[0].Who = append(b.Stages[0].Who, gone) }, "stages.0.who", "who has left"},
		"an auditor's role":     {func(b *Body) { b.Stages[0].Who = append(b.Stages[0].Who, role(access.Auditor)) }, "stages.0.who", "who can decide"},
		"a group that is gone":  {func(b *Body) { b.Stages[0].Fallback = []Approver{group("gone")} }, "stages.0.fallback", "no longer exists"},
		"quorum of none":        {func(b *Body) { b.Stages[0].Min = 0 }, "stages.0.min", "1 to 50"},
		"quorum above the set":  {func(b *Body) { b.Stages[0].Min = 4 }, "stages.0.min", "This needs 4 people, and only 3 people can decide."},
		"quorum above the role": {func(b *Body) { b.Stages[0] = quorum(4, role(access.Approver)) }, "stages.0.min", "only 3 people can decide"},
		"nobody left":           {func(b *Body) { b.Stages[0].Who = []Approver{group("empty")} }, "stages.0.who", "Nobody is left"},
		"everybody excluded":    {func(b *Body) { b.Exclude.Roles = []access.Role{access.Approver} }, "stages.0.who", "Nobody is left"},
		"two of three excluded": {func(b *Body) {
			b.Stages[0].Min, b.Exclude.People = 2, []string{id(ben).String(), id(bea).String()}
		}, "stages.0.min", "only 1 person can decide"},
		"one person, two stages":  {func(b *Body) { b.Stages = []Stage{quorum(1, group("leads")), quorum(1, group("leads"))} }, "stages", "2 different people"},
		"critical with one admin": {func(b *Body) { b.Actions = []string{"dns.zone.delete"}; b.Stages = []Stage{quorum(1, person(alma))} }, "stages", "2 different people"},
		"no such mode":            {func(b *Body) { b.Stages[0].Mode = "most" }, "stages.0.mode", "Choose any"},
		"any with a number":       {func(b *Body) { b.Stages[0].Mode, b.Stages[0].Min = AnyOne, 2 }, "stages.0.min", "choose a quorum"},
		"groups with any":         {func(b *Body) { b.Stages[0].Groups = []Share{{group("billing"), 1}} }, "stages.0.groups", "Only a stage that asks each group"},
		"per group, none":         {func(b *Body) { b.Stages[0] = Stage{Mode: PerGroup} }, "stages.0.groups", "1 to 10 groups"},
		"per group, twice": {func(b *Body) {
			b.Stages[0] = Stage{Mode: PerGroup, Groups: []Share{{group("billing"), 1}, {group("billing"), 1}}}
		}, "stages.0.groups.1.who", "twice"},
		"per group, too many":    {func(b *Body) { b.Stages[0] = Stage{Mode: PerGroup, Groups: []Share{{group("leads"), 2}}} }, "stages.0.groups", "This needs 2 people, and only 1 person"},
		"decide in 4 min":        {func(b *Body) { b.DecideWithin = 4 }, "decide_minutes", "from 5 min to 14 days"},
		"decide in 15 days":      {func(b *Body) { b.DecideWithin = 15 * 24 * 60 }, "decide_minutes", "from 5 min to 14 days"},
		"no time to act":         {func(b *Body) { b.ExecuteWithin = 0 }, "execute_minutes", "from 1 min to 7 days"},
		"cooling off for 73 h":   {func(b *Body) { b.CoolingOff = 73 * 60 }, "cooling_off_minutes", "to 3 days"},
		"a proof beyond all":     {func(b *Body) { b.Proof = 9 }, "proof", "one of the proofs"},
		"excluding nobody known": {func(b *Body) { b.Exclude.People = []string{"x"} }, "exclude.people", "has left"},
		"editor days":            {func(b *Body) { b.Exclude.WorkflowEditorDays = -1 }, "exclude.workflow_editor_days", "0 to 90"},
		"telling when asking":    {func(b *Body) { b.Notify = []Approver{role(access.Owner)} }, "notify", "Only a rule that allows with notice"},
		"blocking with stages":   {func(b *Body) { b.Effect = Block }, "stages", "Remove the stages"},
		"telling nobody":         {func(b *Body) { b.Effect, b.Stages = AllowWithNotice, nil }, "notify", "Say who is told"},
		"freeing what is asked anyway": {func(b *Body) {
			b.Actions, b.Effect, b.Stages, b.Notify = []string{"dns.zone.delete"}, AllowWithNotice, nil, []Approver{role(access.Owner)}
		}, "effect", "no effect"},
	} {
		err := fault.As(valid(asking(c.change)))
		if err == nil || len(err.Fields) != 1 || err.Fields[0].Name != c.at || !strings.Contains(err.Fields[0].Message, c.says) {
			t.Errorf("%s: %+v, want %q at %s", name, err, c.says, c.at)
		}
	}
}

func TestAllProblemsAreToldAtOnce(t *testing.T) {
	err := fault.As(valid(asking(func(b *Body) { b.Name, b.DecideWithin, b.Where = "", 1, over("x", "EUR") })))
	if err == nil || len(err.Fields) != 3 || err.Message != "There are 3 problems." {
		t.Errorf("%+v", err)
	}
}

func TestGoodRulesPass(t *testing.T) {
	for name, b := range map[string]Body{
		"any": asking(func(b *Body) { b.Stages[0] = Stage{Mode: AnyOne, Who: []Approver{group("billing")}} }),
		"all": asking(func(b *Body) { b.Stages[0] = Stage{Mode: Everyone, Who: []Approver{group("billing")}} }),
		"per group": asking(func(b *Body) {
			b.Stages[0] = Stage{Mode: PerGroup, Groups: []Share{{group("billing"), 2}, {role(access.Admin), 1}}}
		}),
		"fallback":  asking(func(b *Body) { b.Stages[0].Min, b.Stages[0].Fallback = 4, []Approver{role(access.Owner)} }),
		"the owner": asking(func(b *Body) { b.Stages[0] = quorum(1, Approver{Kind: OwnerKind}) }),
		"block":     asking(func(b *Body) { b.Effect, b.Stages, b.DecideWithin, b.ExecuteWithin = Block, nil, 0, 0 }),
		"everything": asking(func(b *Body) {
			b.Actions = []string{"*"}
			b.Stages = []Stage{quorum(2, role(access.Admin), role(access.Owner))}
		}),
		"bounds": asking(func(b *Body) { b.DecideWithin, b.ExecuteWithin, b.CoolingOff = MaxDecide, MaxExecute, MaxCoolingOff }),
	} {
		if err := valid(b); err != nil {
			t.Errorf("%s: %v", name, fault.As(err).Fields)
		}
	}
}

// Taking the last person out of a set and leaving its group must be stored as exactly that.
func TestARulesJSONIsExactlyWhatWasSaved(t *testing.T) {
	none := 0
	for _, b := range []Body{
		asking(),
		asking(func(b *Body) { b.Stages[0].Who = []Approver{person(ben)} }),
		asking(func(b *Body) { b.Stages[0].Who = []Approver{group("billing"), person(ben)} }),
		asking(func(b *Body) {
			b.Where = Condition{Any: []Condition{over("50", "EUR"), {Not: &Condition{Field: "params.invoice_id", Op: In, Value: OneOf("a")}}}}
			b.Exclude = Exclude{RuleEditorHours: &none, Roles: []access.Role{access.Owner}}
			b.Stages[0] = Stage{Name: "Leads", Mode: PerGroup, Groups: []Share{{group("leads"), 1}}, Fallback: []Approver{role(access.Owner)}}
			b.SamePerson, b.CoolingOff, b.Proof, b.DenyWithReason, b.Reason = true, 10, catalog.StepUp, true, "Money."
		}),
	} {
		data, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseBody(data)
		if err != nil || !reflect.DeepEqual(b, back) {
			t.Errorf("%s: %v", data, err)
		}
	}
	for _, raw := range []string{``, `[]`, `{"name":"x","name":"y"}`, `{"on_timeout":"allow"}`, `{"where":{"field":"a","op":"=","values":1}}`} {
		if _, err := ParseBody([]byte(raw)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestARuleReadsAsASentence(t *testing.T) {
	again := Condition{Field: "window.count.target.30d", Op: AtLeast, Value: Bare("1")}
	for _, c := range []struct {
		want string
		b    Body
	}{
		{"Refund a client over 50.00 EUR and at least 1 refund for the same client in 30 days: any 2 of Billing approvers, within 4 h",
			asking(func(b *Body) {
				b.Where, b.Stages = Condition{All: []Condition{over("50", "EUR"), again}}, []Stage{quorum(2, group("billing"))}
			})},
		{"Give a client credit or refund a client: Ben, then all of Admins and Owners, within 2 days, with 30 min to object",
			asking(func(b *Body) {
				b.Actions = []string{"billing.refund", "billing.credit"}
				b.Stages = []Stage{quorum(1, person(ben)), {Mode: Everyone, Who: []Approver{role(access.Admin), role(access.Owner)}}}
				b.DecideWithin, b.CoolingOff = 48*60, 30
			})},
		{"Any registrar action through WHMCS main in the workflow night-shift: blocked",
			asking(func(b *Body) {
				b.Actions, b.Integrations, b.Workflows, b.Effect = []string{"registrar.*"}, []string{"int-1"}, []string{"night-shift"}, Block
			})},
		{"Any action when it is outside business hours: allowed, with notice to Owners and Billing approvers",
			asking(func(b *Body) {
				b.Actions, b.Effect, b.Notify = []string{"*"}, AllowWithNotice, []Approver{role(access.Owner), group("billing")}
				b.Where = Condition{Field: "time.business", Op: Is, Value: Bare("false")}
			})},
		{"Refund a client: 2 of Billing approvers and 1 of the integration’s owner, within 1 h 30 min",
			asking(func(b *Body) {
				b.Stages = []Stage{{Mode: PerGroup, Groups: []Share{{group("billing"), 2}, {Approver{Kind: OwnerKind}, 1}}}}
				b.DecideWithin = 90
			})},
		{"Refund a client: any 1 of a group that no longer exists or a person who has left, within 4 h",
			asking(func(b *Body) { b.Stages = []Stage{quorum(1, group("gone"), person(99))} })},
	} {
		if got := c.b.Sentence(catalog.Types(), directory()); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
}
