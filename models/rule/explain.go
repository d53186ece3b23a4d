package rule

import (
	"strings"

	"github.com/jexi/portal/models/rule/condition"
)

// Trace is a decision with all that led to it, for people and for programs.
type Trace struct {
	Decision
	Rules []RuleTrace `json:"rules"`
}

// RuleTrace says what one rule made of the action and why.
type RuleTrace struct {
	Origin
	Effect  Effect             `json:"effect"`
	Truth   condition.Truth    `json:"truth"`
	Applies bool               `json:"applies"` // an unknown truth applies too where it would hold an action back
	Text    string             `json:"text"`
	Clauses []condition.Clause `json:"clauses,omitzero"`
}

// Explain evaluates as Evaluate does and tells of every rule, also of those about other actions.
func (b *Book) Explain(f *condition.Facts) Trace {
	p := b.page(f.Action)
	slots := p.Read(f, nil)
	t := Trace{Decision: b.Evaluate(f), Rules: []RuleTrace{}}
	at := 0
	for i := range b.rules {
		r := &b.rules[i]
		if at < len(p.entries) && p.entries[at].rule == r {
			t.Rules = append(t.Rules, p.entries[at].explain(p, f, slots))
			at++
			continue
		}
		t.Rules = append(t.Rules, RuleTrace{Origin: originOf(r), Effect: r.Body.Effect,
			Text: "It is about other actions: " + strings.Join(r.Body.Actions, ", ") + "."})
	}
	return t
}

func (e *entry) explain(p *page, f *condition.Facts, slots []condition.Slot) RuleTrace {
	t := e.match(f, slots)
	out := RuleTrace{Origin: originOf(e.rule), Effect: e.rule.Body.Effect, Truth: t, Applies: e.counts(t)}
	if !e.where.Always() {
		out.Clauses = []condition.Clause{p.Explain(&e.where, slots)}
	}
	switch {
	case out.Applies:
		out.Text = hit{e, t}.because(p, slots)
	case among(e.rule.Body.Integrations, f.Integration) == condition.False:
		out.Text = "It is about other integrations."
	case among(e.rule.Body.Workflows, f.Workflow) == condition.False:
		out.Text = "It is about other workflows."
	case t == condition.Unknown:
		out.Text = "It cannot be known whether this matches, and a rule that only gives notice needs to be sure."
	default:
		out.Text = p.Because(&e.where, condition.False, slots)
	}
	return out
}

// because says which clauses made a rule apply.
func (h hit) because(p *page, slots []condition.Slot) string {
	if text := p.Because(&h.where, h.truth, slots); text != "" {
		return text
	}
	if h.truth == condition.Unknown { // the condition holds; the connection or workflow is not known
		return "It is not known where this comes from, so this counts as a match."
	}
	return "It covers every request of this kind."
}
