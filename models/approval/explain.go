package approval

import (
	"fmt"
	"strings"

	"github.com/jexi/portal/models/catalog"
)

// Trace is a decision with all that led to it, for people and for programs.
type Trace struct {
	Decision
	Rules []RuleTrace `json:"rules"`
}

// RuleTrace says what one rule made of the action and why.
type RuleTrace struct {
	Origin
	Effect  Effect   `json:"effect"`
	Truth   Truth    `json:"truth"`
	Applies bool     `json:"applies"` // an unknown truth applies too where it would hold an action back
	Text    string   `json:"text"`
	Clauses []Clause `json:"clauses,omitzero"`
}

// Clause is one part of a condition: a comparison, or a joint of others.
type Clause struct {
	Join   string   `json:"join,omitzero"` // all, any or not
	Kids   []Clause `json:"clauses,omitzero"`
	Field  string   `json:"field,omitzero"`
	Actual string   `json:"actual,omitzero"`
	Wanted string   `json:"wanted,omitzero"`
	Text   string   `json:"text"` // "amount 184.00 EUR is more than 50.00 EUR"
	Truth  Truth    `json:"truth"`
}

// Explain evaluates as Evaluate does and tells of every rule, also of those about other actions.
func (b *Book) Explain(f *Facts) Trace {
	p := b.page(f.Action)
	slots := p.read(f, nil)
	t := Trace{Decision: b.Evaluate(f)}
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

func (e *entry) explain(p *page, f *Facts, slots []slot) RuleTrace {
	t := e.match(f, slots)
	out := RuleTrace{Origin: originOf(e.rule), Effect: e.rule.Body.Effect, Truth: t, Applies: e.counts(t)}
	if e.where.kind != alwaysNode {
		out.Clauses = []Clause{p.clause(&e.where, slots)}
	}
	switch {
	case out.Applies:
		out.Text = hit{e, t}.because(p, slots)
	case among(e.integrations, f.Integration) == False:
		out.Text = "It is about other integrations."
	case among(e.workflows, f.Workflow) == False:
		out.Text = "It is about other workflows."
	case t == Unknown:
		out.Text = sentenceOf(p.blame(&e.where, Unknown, slots), " and ") + " A rule that only gives notice needs to be sure."
	default:
		out.Text = "No match: " + lowerFirst(sentenceOf(p.blame(&e.where, False, slots), " and "))
	}
	return out
}

// because says which clauses made a rule apply.
func (h hit) because(p *page, slots []slot) string {
	if h.where.kind == alwaysNode && h.truth == True {
		return "It covers every request of this kind."
	}
	texts := p.blame(&h.where, h.truth, slots)
	if len(texts) == 0 { // the condition holds; the connection or workflow is not known
		texts = []string{"it is not known where this comes from, so this counts as a match"}
	}
	return sentenceOf(texts, " and ")
}

// blame collects the comparisons that gave a node this truth.
func (p *page) blame(n *node, want Truth, slots []slot) []string {
	if n.eval(slots) != want {
		return nil
	}
	switch n.kind {
	case leafNode, brokenNode:
		return []string{p.finding(n, slots)}
	case notNode:
		want = want.Not()
	}
	var out []string
	for i := range n.kids {
		out = append(out, p.blame(&n.kids[i], want, slots)...)
	}
	return out
}

func (p *page) clause(n *node, slots []slot) Clause {
	c := Clause{Truth: n.eval(slots)}
	switch n.kind {
	case leafNode, brokenNode:
		return p.comparison(n, slots)
	case allNode:
		c.Join = "all"
	case anyNode:
		c.Join = "any"
	case notNode:
		c.Join = "not"
	}
	for i := range n.kids {
		c.Kids = append(c.Kids, p.clause(&n.kids[i], slots))
	}
	c.Text = Sentence(*n.clause, p.types(), Directory{})
	return c
}

func (p *page) types() []*catalog.ActionType {
	if p.action == nil {
		return nil
	}
	return []*catalog.ActionType{p.action}
}

// comparison tells the actual value beside the wanted one.
func (p *page) comparison(n *node, slots []slot) Clause {
	c := Clause{Field: n.clause.Field, Truth: n.eval(slots)}
	if n.kind == leafNode {
		f, s := p.fields[n.leaf.slot], &slots[n.leaf.slot]
		c.Actual, c.Wanted = f.actual(s), wantedText(n.clause.Value, f)
	}
	c.Text = p.finding(n, slots)
	if c.Truth == False {
		c.Text = p.state(n, slots, true)
	}
	return c
}

// finding is what a comparison came to, as a statement that is true.
func (p *page) finding(n *node, slots []slot) string {
	if n.kind == brokenNode {
		return p.broken(n.clause)
	}
	f, s := p.fields[n.leaf.slot], &slots[n.leaf.slot]
	switch {
	case !s.known:
		return f.unknownText()
	case s.unit != n.leaf.unit:
		return fmt.Sprintf("%s is in %s and the rule compares %s, so this counts as a match", f.Label, s.unit, n.leaf.unit)
	}
	return p.state(n, slots, n.leaf.test(s) == True)
}

func (p *page) state(n *node, slots []slot, holds bool) string {
	f, s := p.fields[n.leaf.slot], &slots[n.leaf.slot]
	subject := strings.TrimSpace(f.Label + " " + f.actual(s))
	if n.leaf.each == CountOf {
		subject = fmt.Sprintf("%s, %d,", f.Label, len(s.value.List))
	}
	return statement(subject, opWords(f, n.leaf.op), n.leaf.each, wantedText(n.clause.Value, f), holds)
}

func (f *Field) unknownText() string {
	if f.window.Same != "" {
		return f.Label + " could not be counted, so this counts as a match"
	}
	return f.Label + " was not given, so this counts as a match"
}

func (p *page) broken(c *Condition) string {
	if p.action == nil {
		return "this kind of action is not known, so this counts as a match"
	}
	if name, ok := strings.CutPrefix(c.Field, "params."); ok {
		if _, declared := p.action.Param(name); !declared {
			return strings.ReplaceAll(name, "_", " ") + " is no part of this action, so this counts as a match"
		}
	}
	return c.Field + " cannot be compared here, so this counts as a match"
}

const shownText = 80 // characters of an actual value in an explanation

// actual writes a value for an explanation. A personal one stays out: reasons travel
// further than the request.
func (f *Field) actual(s *slot) string {
	if !s.known || f.personal {
		return ""
	}
	v := &s.value
	if v.Type == catalog.List {
		return entriesText(v.List)
	}
	for _, c := range f.Choices {
		if c.Value == v.Text {
			return lowerFirst(c.Label)
		}
	}
	text := v.Text
	if r := []rune(text); len(r) > shownText {
		text = string(r[:shownText]) + "…"
	}
	if v.Type == catalog.String {
		text = "“" + text + "”"
	}
	return strings.TrimSpace(text + " " + s.unit)
}

func entriesText(list []catalog.Value) string {
	var texts []string
	for _, entry := range list[:min(5, len(list))] {
		texts = append(texts, entry.Text)
	}
	if more := len(list) - len(texts); more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return "(" + strings.Join(texts, ", ") + ")"
}

func sentenceOf(texts []string, join string) string {
	if len(texts) == 0 {
		return ""
	}
	return upperFirst(strings.Join(texts, join)) + "."
}
