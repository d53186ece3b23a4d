package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rule/condition"
)

const ruleCount = 1000

// rules compares deciding about one request by 1,000 rules with OPA on the same rules, both
// compiled before: each about one kind of action, with a number to compare and a workflow to
// leave out. None of them matches, so all that could be are looked at.
func rules(ctx context.Context, _ *world, s settings) ([]line, error) {
	book := rule.Compile(catalog.Types(), thousand(), rule.Defaults{})
	facts, err := oneRefund()
	if err != nil {
		return nil, err
	}
	if d := book.Evaluate(facts); d.Effect != rule.Allow {
		return nil, fmt.Errorf("a rule matched: %v", d.Reasons)
	}
	query, err := rego.New(rego.Query("data.portal.ask"), rego.Module("portal.rego", asRego())).PrepareForEval(ctx)
	if err != nil {
		return nil, err
	}
	input := rego.EvalInput(map[string]any{"action": "billing.refund", "confidence": 0.99, "workflow": "billing-desk",
		"params": map[string]any{"amount": 184.0, "currency": "EUR"}})
	theirs := func() error {
		out, err := query.Eval(ctx, input)
		if err == nil && (len(out) != 1 || len(out[0].Expressions[0].Value.([]any)) != 0) {
			err = fmt.Errorf("a rule of OPA's matched: %v", out)
		}
		return err
	}
	var ours, limit []float64
	for range s.rounds {
		a, err := each(s.each/5, func() error { book.Evaluate(facts); return nil })
		if err != nil {
			return nil, err
		}
		b, err := each(s.each/5, theirs)
		if err != nil {
			return nil, err
		}
		ours, limit = append(ours, a), append(limit, b)
	}
	return []line{{what: "decisions by 1,000 rules, limit is OPA", unit: "/s", ours: median(ours), limit: median(limit), goal: 100}}, nil
}

// each is how often a second work can be done by one.
func each(long time.Duration, work func() error) (float64, error) {
	start, n := time.Now(), 0
	for time.Since(start) < long {
		for range 10 {
			if err := work(); err != nil {
				return 0, err
			}
		}
		n += 10
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

func thousand() (out []rule.Rule) {
	types := catalog.Types()
	for n := range ruleCount {
		c := condition.Condition{Field: "confidence", Op: condition.Less, Value: condition.Text(fmt.Sprintf("0.%02d", n%90+1))}
		if money(types[n%len(types)].Key) {
			c = condition.Condition{Field: "params.amount", Op: condition.More, Value: condition.Cash(fmt.Sprintf("%d.00", 200+n), "EUR")}
		}
		notTests := condition.Condition{Field: "workflow", Op: condition.IsNot, Value: condition.Text("tests")}
		out = append(out, rule.Rule{ID: uuid.New(), Version: 1, Body: rule.Body{Name: fmt.Sprintf("Rule %d", n), Actions: []string{types[n%len(types)].Key},
			Effect: rule.RequireApproval, Where: condition.Condition{All: []condition.Condition{c, notTests}}, DecideWithin: 240, ExecuteWithin: 30,
			Stages: []rule.Stage{{Mode: rule.Quorum, Min: 1, Who: []rule.Approver{{Kind: rule.RoleKind, Ref: "admin"}}}}}})
	}
	return out
}

func money(action string) bool { return action == "billing.refund" || action == "billing.credit" }

// asRego writes the same rules as OPA has them. Its compiler has an index over the action too.
func asRego() string {
	types := catalog.Types()
	var b strings.Builder
	b.WriteString("package portal\n\n")
	for n := range ruleCount {
		key := types[n%len(types)].Key
		compare := fmt.Sprintf("input.confidence < 0.%02d", n%90+1)
		if money(key) {
			compare = fmt.Sprintf("input.params.currency == \"EUR\"\n\tinput.params.amount > %d", 200+n)
		}
		fmt.Fprintf(&b, "ask contains \"rule %d\" if {\n\tinput.action == %q\n\t%s\n\tinput.workflow != \"tests\"\n}\n\n", n, key, compare)
	}
	return b.String()
}

func oneRefund() (*condition.Facts, error) {
	t, ok := catalog.Find("billing.refund")
	if !ok {
		return nil, fmt.Errorf("no billing.refund")
	}
	p, problems := catalog.ParseParams(t, params("184.00", "1"))
	if len(problems) > 0 {
		return nil, catalog.Refusal(problems)
	}
	sure := 0.99
	return &condition.Facts{Action: t.Key, Params: p, Target: condition.TargetOf(t, p), Confidence: &sure, Workflow: "billing-desk", At: time.Now(),
		Calendar: condition.OfficeHours(time.UTC)}, nil
}
