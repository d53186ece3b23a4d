package rule_test

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	. "github.com/jexi/portal/models/rule"
	. "github.com/jexi/portal/models/rule/condition"
)

var crowd = []Approver{group("billing"), group("leads"), role(access.Admin), role(access.Owner), person(ben), {Kind: OwnerKind}}

func drawSet(t *rapid.T, name string, least int) []Approver {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(crowd), least, 3, func(a Approver) Approver { return a }).Draw(t, name)
}

func drawStage(t *rapid.T) Stage {
	s := Stage{Mode: rapid.SampledFrom([]Mode{AnyOne, Quorum, Everyone, PerGroup}).Draw(t, "mode"), Fallback: drawSet(t, "fallback", 0)}
	if s.Mode == PerGroup {
		for _, who := range drawSet(t, "groups", 1) {
			s.Groups = append(s.Groups, Share{who, rapid.IntRange(1, 3).Draw(t, "share")})
		}
		return s
	}
	s.Who = drawSet(t, "who", 1)
	if s.Mode == Quorum {
		s.Min = rapid.IntRange(1, 4).Draw(t, "min")
	}
	return s
}

func drawBody(t *rapid.T) Body {
	b := asking(func(b *Body) {
		b.Stages = nil
		for range rapid.IntRange(1, 3).Draw(t, "stages") {
			b.Stages = append(b.Stages, drawStage(t))
		}
		b.SamePerson = rapid.Bool().Draw(t, "same person")
		b.DecideWithin = Minutes(rapid.IntRange(5, 8).Draw(t, "decide"))
		b.ExecuteWithin = Minutes(rapid.IntRange(1, 4).Draw(t, "execute"))
		b.CoolingOff = Minutes(rapid.IntRange(0, 2).Draw(t, "cooling"))
		b.Proof = catalog.Proof(rapid.IntRange(0, 4).Draw(t, "proof"))
		b.DenyWithReason = rapid.Bool().Draw(t, "reason")
	})
	return b
}

// planFor is the plan of one rule alone, as the platform asks for it on a low-risk action.
func planFor(n int, b Body) Plan {
	b.Actions = []string{"billing.credit"}
	return *Compile(catalog.Types(), []Rule{live(n, b)}, Defaults{}).Evaluate(act("billing.credit", `{}`)).Plan
}

func TestCombiningKnowsNoOrderAndNoRepetition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := planFor(1, drawBody(t)), planFor(2, drawBody(t)), planFor(3, drawBody(t))
		same := func(law string, x, y Plan) {
			if !reflect.DeepEqual(x, y) {
				t.Fatalf("%s:\n%+v\n%+v", law, x, y)
			}
		}
		same("commutes", Combine(a, b), Combine(b, a))
		same("associates", Combine(Combine(a, b), c), Combine(a, Combine(b, c)))
		same("is idempotent", Combine(a, a), a)
		same("absorbs", Combine(Combine(a, b), a), Combine(a, b))
		same("has an identity", Combine(a, Plan{}), a)
	})
}

// noWeaker tells whether strong asks for all that weak asks for.
func noWeaker(strong, weak Plan) bool {
	var used []int
	for _, w := range weak.Stages {
		i := slices.IndexFunc(strong.Stages, func(s PlanStage) bool {
			return covers(s, w) && !slices.ContainsFunc(used, func(u int) bool { return reflect.DeepEqual(strong.Stages[u], s) })
		})
		if i < 0 {
			return false
		}
		used = append(used, i)
	}
	return strong.DecideWithin.Value <= weak.DecideWithin.Value && strong.ExecuteWithin.Value <= weak.ExecuteWithin.Value &&
		strong.CoolingOff.Value >= weak.CoolingOff.Value && strong.Proof.Value >= weak.Proof.Value &&
		(strong.Distinct.Value || !weak.Distinct.Value) && (strong.DenyWithReason.Value || !weak.DenyWithReason.Value) &&
		len(strong.Exclude) >= len(weak.Exclude)
}

func covers(s, w PlanStage) bool {
	if !slices.Equal(s.Who, w.Who) || len(s.Groups) != len(w.Groups) || s.Min < w.Min || w.Mode == Everyone && s.Mode != Everyone {
		return false
	}
	for i := range s.Groups {
		if s.Groups[i].Who != w.Groups[i].Who || s.Groups[i].Min < w.Groups[i].Min {
			return false
		}
	}
	return !slices.ContainsFunc(s.Fallback, func(a Approver) bool { return !slices.Contains(w.Fallback, a) })
}

func TestTheCombinationIsNeverWeakerThanItsParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := planFor(1, drawBody(t)), planFor(2, drawBody(t))
		both := Combine(a, b)
		if !noWeaker(both, a) || !noWeaker(both, b) {
			t.Fatalf("%+v\nand %+v\nmake %+v", a, b, both)
		}
	})
}

func TestTwoStagesOfOneRuleStayTwo(t *testing.T) {
	twice := asking(func(b *Body) { b.Stages = []Stage{quorum(1, role(access.Admin)), quorum(1, role(access.Admin))} })
	once := asking(func(b *Body) { b.Stages = []Stage{quorum(2, role(access.Admin))} })
	p := Combine(planFor(1, twice), planFor(2, once))
	if len(p.Stages) != 2 || p.Stages[0].Min != 2 || p.Stages[1].Min != 1 {
		t.Errorf("%+v", p.Stages)
	}
}

func TestAMergedStageFallsBackOnlyToWhomBothAllow(t *testing.T) {
	with := func(fallback ...Approver) Body {
		return asking(func(b *Body) { b.Stages[0].Fallback = fallback })
	}
	p := Combine(planFor(1, with(role(access.Owner), role(access.Admin))), planFor(2, with(role(access.Admin))))
	if len(p.Stages) != 1 || !slices.Equal(p.Stages[0].Fallback, []Approver{role(access.Admin)}) {
		t.Errorf("%+v", p.Stages)
	}
}

// A request that leaves something out must never fare better than one that says it.
func TestLeavingSomethingOutNeverHelps(t *testing.T) {
	fields := []Condition{
		over("50", "EUR"), {Field: "params.amount", Op: AtMost, Value: Cash("100", "EUR")},
		{Field: "params.invoice_id", Op: Is, Value: Text("INV-1")}, {Field: "params.client_id", Op: StartsWith, Value: Text("2")},
		{Field: "confidence", Op: Less, Value: Text("0.5")}, {Field: "workflow", Op: Is, Value: Text("helper")},
		{Field: "window.count.target.24h", Op: AtLeast, Value: Bare("2")}, {Field: "time.hour", Op: Less, Value: Bare("9")},
	}
	rapid.Check(t, func(t *rapid.T) {
		var draw func(depth int) Condition
		draw = func(depth int) Condition {
			kind := rapid.IntRange(0, 3).Draw(t, "kind")
			if depth == 0 || kind == 0 {
				return rapid.SampledFrom(fields).Draw(t, "field")
			}
			kids := []Condition{draw(depth - 1), draw(depth - 1)}
			switch kind {
			case 1:
				return Condition{All: kids}
			case 2:
				return Condition{Any: kids}
			}
			return Condition{Not: &kids[0]}
		}
		b := asking(func(b *Body) {
			b.Effect = rapid.SampledFrom([]Effect{RequireApproval, Block}).Draw(t, "effect")
			b.Where = draw(3)
		})
		rules := book(b)
		confidence := rapid.Float64Range(0, 1).Draw(t, "confidence")
		said := refund(rapid.SampledFrom([]string{"10.00", "60.00", "400.00"}).Draw(t, "amount"), "EUR")
		said.Confidence = &confidence
		said.Windows = map[Window]int64{{Same: SameTarget, Hours: 24}: rapid.Int64Range(0, 4).Draw(t, "earlier")}
		silent := *said
		switch rapid.IntRange(0, 5).Draw(t, "left out") {
		case 0:
			silent.Confidence = nil
		case 1:
			silent.Params = catalog.Params{}
		case 2:
			silent.Windows = nil
		case 3:
			silent.Workflow = ""
		case 4:
			silent.Calendar = nil
		case 5:
			silent.Integration, silent.Target = "", ""
		}
		before, after := rules.Evaluate(said).Effect, rules.Evaluate(&silent).Effect
		if before == b.Effect && after != b.Effect {
			t.Fatalf("%s became %s under %+v", before, after, b.Where)
		}
	})
}

func TestARuleThatGotStricterIsNoticed(t *testing.T) {
	with := func(change func(b *Body)) Plan { return planFor(1, asking(change)) }
	before := with(func(b *Body) { b.Stages = twoStages() })
	for name, c := range map[string]struct {
		after    Plan
		stricter bool
	}{
		"the same":             {before, false},
		"fewer people":         {with(func(b *Body) { b.Stages = []Stage{quorum(1, group("billing"))} }), false},
		"another order":        {with(func(b *Body) { b.Stages = []Stage{quorum(1, role(access.Admin)), quorum(2, group("billing"))} }), false},
		"less time to decide":  {with(func(b *Body) { b.Stages, b.DecideWithin = twoStages(), 5 }), false},
		"one may decide both":  {with(func(b *Body) { b.Stages, b.SamePerson = twoStages(), true }), false},
		"more people":          {with(func(b *Body) { b.Stages = []Stage{quorum(3, group("billing"))} }), true},
		"all of them":          {with(func(b *Body) { b.Stages = []Stage{{Mode: Everyone, Who: []Approver{group("billing")}}} }), true},
		"other people":         {with(func(b *Body) { b.Stages = []Stage{quorum(1, group("leads"))} }), true},
		"the same stage twice": {with(func(b *Body) { b.Stages = []Stage{quorum(1, role(access.Admin)), quorum(1, role(access.Admin))} }), true},
		"a stronger proof":     {with(func(b *Body) { b.Stages, b.Proof = twoStages(), catalog.StepUp }), true},
		"a longer veto":        {with(func(b *Body) { b.Stages, b.CoolingOff = twoStages(), 5 }), true},
	} {
		if got := before.LessThan(c.after); got != c.stricter {
			t.Errorf("%s: %v", name, got)
		}
	}
	loose := with(func(b *Body) { b.Stages, b.SamePerson = twoStages(), true })
	if !loose.LessThan(before) {
		t.Error("different people are stricter")
	}
}

func twoStages() []Stage { return []Stage{quorum(2, group("billing")), quorum(1, role(access.Admin))} }
