package rule_test

import (
	"fmt"
	"testing"

	"github.com/jexi/portal/models/catalog"
	. "github.com/jexi/portal/models/rule"
	. "github.com/jexi/portal/models/rule/condition"
)

// rules1000 spreads over the catalog as a large workspace's would: each about one action
// type, with an amount, a confidence or a workflow to compare. None matches benchFacts.
func rules1000() []Rule {
	types := catalog.Types()
	var rules []Rule
	for n := range 1000 {
		key := types[n%len(types)].Key
		c := Condition{Field: "confidence", Op: Less, Value: Text(fmt.Sprintf("0.%02d", n%90+1))}
		if key == "billing.refund" || key == "billing.credit" {
			c = over(fmt.Sprintf("%d.00", 200+n), "EUR")
		}
		rules = append(rules, live(n, Body{
			Name: fmt.Sprintf("Rule %d", n), Actions: []string{key}, Effect: RequireApproval, Stages: []Stage{quorum(1, group("billing"))},
			Where: Condition{All: []Condition{c, {Field: "workflow", Op: IsNot, Value: Text("tests")}}}, DecideWithin: 240, ExecuteWithin: 30,
		}))
	}
	return rules
}

func benchFacts() *Facts {
	f := refund("184.00", "EUR")
	sure := 0.99
	f.Confidence = &sure
	return f
}

func BenchmarkEvaluate1000Rules(b *testing.B) {
	rules := rules1000()
	everywhere := make([]Rule, len(rules))
	for i, r := range rules {
		r.Body.Actions = []string{"*"}
		everywhere[i] = r
	}
	amounts := make([]Rule, len(rules))
	for i, r := range rules {
		r.Body.Actions, r.Body.Where = []string{"billing.*"}, over(fmt.Sprintf("%d.00", 200+i), "EUR")
		amounts[i] = r
	}
	matching := append(rules1000(), live(2000, asking(func(b *Body) { b.Where = over("50", "EUR") })))
	for name, set := range map[string][]Rule{
		"indexed by action": rules, "all of one action": amounts, "none indexed": everywhere, "one matches": matching,
	} {
		book := Compile(catalog.Types(), set, Defaults{})
		facts := benchFacts()
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				book.Evaluate(facts)
			}
		})
	}
}

func BenchmarkExplain1000Rules(b *testing.B) {
	book := Compile(catalog.Types(), rules1000(), Defaults{})
	facts := benchFacts()
	b.ReportAllocs()
	for b.Loop() {
		book.Explain(facts)
	}
}

func BenchmarkCompile1000Rules(b *testing.B) {
	rules := rules1000()
	for b.Loop() {
		Compile(catalog.Types(), rules, Defaults{})
	}
}

func TestRulesThatDoNotMatchCostNoMemory(t *testing.T) {
	book := Compile(catalog.Types(), rules1000(), Defaults{})
	facts := benchFacts()
	if d := book.Evaluate(facts); d.Effect != Allow {
		t.Fatalf("%+v", d)
	}
	if n := testing.AllocsPerRun(100, func() { book.Evaluate(facts) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
