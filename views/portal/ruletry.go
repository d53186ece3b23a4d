package portal

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rule/condition"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// RuleTry is one action filled in by hand and, once it was tried, what would come of it.
type RuleTry struct {
	Action  *catalog.ActionType // nil: still to be chosen
	Typed   map[string][]string
	Systems []integration.Brief // that can do it
	Draft   RulePage            // counted as if its draft were live; without versions none is
	Dir     rule.Directory
	Agents  []identity.Token // that can ask today
	Result  *approval.Preview
}

var forForms = strings.NewReplacer(" in quotes", "", ". Send ", ". Type ")

// Typed are the problems of an action, which the API words for programs, in the words of a form.
func Typed(e ui.Errors) ui.Errors {
	out := slices.Clone(e)
	for i := range out {
		out[i].Message = forForms.Replace(out[i].Message)
	}
	return out
}

func (p RuleTry) typed(name string) string {
	if v := p.Typed[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func (p RuleTry) lead() string {
	says := "Nothing is stored and nobody is told."
	if len(p.Draft.Versions) > 0 && p.Draft.open() != nil {
		return versionName(p.Draft.open().N) + " of " + p.Draft.Draft().Name + ", which is a draft, counts as if it were live. " + says
	}
	return "By the rules that are live now. " + says
}

// headline says what would come of it.
func (p RuleTry) headline() string {
	if p.Result == nil {
		return "Try one by hand"
	}
	switch p.Result.State {
	case approval.Allowed:
		if p.Result.Trace.Effect == rule.AllowWithNotice {
			return "It would go ahead, with a notice"
		}
		return "It would go ahead"
	case approval.Pending:
		return "It would wait for " + neededPeople(p.Result.Tally)
	case approval.Held:
		return "It would be held, since the system is paused"
	case approval.Undecidable:
		return "It would be blocked, since nobody could decide it"
	}
	return "It would be blocked"
}

func neededPeople(t rule.Tally) string {
	n := 0
	for _, s := range t.Stages {
		n += s.Need
	}
	if n == 1 {
		return "one person"
	}
	return strings.ToLower(ui.Spelled(n)) + " people"
}

// input is one parameter as a form shows it.
func (p RuleTry) input(a catalog.Param) ui.FieldProps {
	f := ui.FieldProps{Name: "params." + a.Name, Label: a.Label, Value: p.typed("params." + a.Name), Optional: !a.Required}
	switch a.Type {
	case catalog.Money, catalog.Decimal:
		f.Mode = "decimal"
	case catalog.Int:
		f.Mode = "numeric"
	case catalog.List:
		f.Help = "One a line."
	case catalog.Time:
		f.Help = "With its zone, such as 2026-11-23T09:00:00Z."
	}
	if len(a.Values) > mostBoxes {
		f.Help, f.Width, f.Max = "Such as "+example(a)+".", "w-24", 0
	}
	return f
}

func example(a catalog.Param) string {
	for _, v := range []string{"EUR", a.Values[0]} {
		for _, have := range a.Values {
			if v == have {
				return v
			}
		}
	}
	return ""
}

// paramOptions are the values to choose from, nil where one writes.
func paramOptions(a catalog.Param) []ui.Option {
	none := ui.Option{Label: "Choose"}
	if !a.Required {
		none.Label = "Left out"
	}
	switch {
	case a.Type == catalog.Bool:
		return []ui.Option{none, {Value: "true", Label: "yes"}, {Value: "false", Label: "no"}}
	case a.Type == catalog.Enum && len(a.Values) <= mostBoxes:
		out := []ui.Option{none}
		for _, v := range a.Values {
			out = append(out, ui.Option{Value: v, Label: strings.ReplaceAll(v, "_", " ")})
		}
		return out
	}
	return nil
}

func typeOptions() []ui.Option {
	var out []ui.Option
	for _, t := range catalog.Types() {
		out = append(out, ui.Option{Value: t.Key, Label: t.Title})
	}
	return out
}

// coveredOptions are the types that a rule is about, all of them for none.
func coveredOptions(b rule.Body) []ui.Option {
	var out []ui.Option
	for _, t := range b.Resolve(catalog.Types()) {
		out = append(out, ui.Option{Value: t.Key, Label: t.Title})
	}
	if len(out) == 0 {
		return typeOptions()
	}
	return out
}

func (p RuleTry) systemOptions() []ui.Option {
	out := []ui.Option{}
	if len(p.Systems) != 1 {
		out = append(out, ui.Option{Label: "Choose"})
	}
	for _, c := range p.Systems {
		out = append(out, ui.Option{Value: c.ID.String(), Label: c.Name})
	}
	return out
}

// verdict of a rule: an unknown that holds an action back counts as a match.
func verdict(t rule.RuleTrace) ui.State {
	switch {
	case t.Applies && t.Truth == condition.Unknown:
		return ui.State{Word: "Counts as a match", Tone: ui.Warn, Glyph: ui.Triangle}
	case t.Applies:
		return ui.State{Word: "Matches", Tone: ui.Info, Glyph: ui.Done}
	}
	return ui.State{Word: "No match", Tone: ui.Neutral, Glyph: ui.Ring}
}

// ordered puts the rules that matched before the others.
func ordered(all []rule.RuleTrace) []rule.RuleTrace {
	var yes, no []rule.RuleTrace
	for _, t := range all {
		if t.Applies {
			yes = append(yes, t)
		} else {
			no = append(no, t)
		}
	}
	return append(yes, no...)
}

func ruleEffect(e rule.Effect) string {
	switch e {
	case rule.Block:
		return "Blocks"
	case rule.AllowWithNotice:
		return "Lets go, with a notice"
	}
	return "Asks"
}

// because are the reasons that count in the end, the platform's own among them.
func (p RuleTry) because() []rule.Reason { return p.Result.Trace.Reasons }

// wouldAsk are the questions to people, with who could answer each.
func (p RuleTry) wouldAsk() []ui.Pair {
	var out []ui.Pair
	for i, s := range p.Result.Plan.Stages {
		label := "Asked"
		if len(p.Result.Plan.Stages) > 1 {
			label = "Asked, stage " + ordinal(i)
		}
		out = append(out, ui.Pair{Label: label, Value: ui.Upper(s.Sentence(p.Dir)) + p.couldAnswer(i)})
	}
	return out
}

func (p RuleTry) couldAnswer(stage int) string {
	if stage >= len(p.Result.Tally.Stages) {
		return ""
	}
	var names []string
	for _, id := range p.Result.Tally.Stages[stage].Eligible {
		names = append(names, p.Result.Name(id))
	}
	if len(names) == 0 {
		return ". Nobody could answer."
	}
	return ": " + strings.Join(names, ", ")
}

// plan is what else the rules would ask for together.
func (p RuleTry) plan() []ui.Pair {
	plan := p.Result.Plan
	out := p.wouldAsk()
	add := func(label, value string, from []rule.Origin) {
		if value != "" {
			out = append(out, ui.Pair{Label: label, Value: value + fromRules(from)})
		}
	}
	if p.Result.MadeBy != "" {
		out = append(out, ui.Pair{Label: "Left out", Value: madeToken(p.Result.MadeBy)})
	}
	add("Proof", proofWord(plan.Proof.Value), plan.Proof.From)
	add("Time to decide", spoken(plan.DecideWithin.Value > 0, plan.DecideWithin.Value.String()), plan.DecideWithin.From)
	add("Time to carry out", spoken(plan.ExecuteWithin.Value > 0, plan.ExecuteWithin.Value.String()), plan.ExecuteWithin.From)
	add("Time to object", spoken(plan.CoolingOff.Value > 0, plan.CoolingOff.Value.String()), plan.CoolingOff.From)
	add("Declining", spoken(plan.DenyWithReason.Value, "Needs a reason"), plan.DenyWithReason.From)
	return out
}

func fromRules(from []rule.Origin) string {
	var names []string
	for _, o := range from {
		name := o.Name
		if o.Rule == uuid.Nil {
			name = "the platform"
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

func tryCrumbs(s layout.Shell, p RuleTry) []layout.Crumb {
	crumbs := []layout.Crumb{{Label: "Approval rules", Href: s.URL("rules")}}
	if len(p.Draft.Versions) > 0 {
		crumbs = append(crumbs, layout.Crumb{Label: p.Draft.Body().Name, Href: s.URL("rules", p.Draft.ID.String())})
	}
	return append(crumbs, layout.Crumb{Label: "Try one by hand"})
}
