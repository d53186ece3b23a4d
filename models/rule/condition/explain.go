package condition

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jexi/portal/models/catalog"
)

// Clause is one part of a condition as it came out: a comparison, or a joint of others.
type Clause struct {
	Join   string   `json:"join,omitzero"` // all, any or not
	Kids   []Clause `json:"clauses,omitzero"`
	Field  string   `json:"field,omitzero"`
	Actual string   `json:"actual,omitzero"`
	Wanted string   `json:"wanted,omitzero"`
	Text   string   `json:"text"` // "amount 184.00 EUR is more than 50.00 EUR"
	Truth  Truth    `json:"truth"`
}

// Because tells in one sentence which comparisons gave a test this truth, "" if it has
// another or no comparison did.
func (sh *Sheet) Because(n *Test, want Truth, slots []Slot) string {
	return sentenceOf(sh.blame(n, want, slots), " and ")
}

// Explain tells of every part of a test.
func (sh *Sheet) Explain(n *Test, slots []Slot) Clause {
	c := Clause{Truth: n.Eval(slots)}
	switch n.kind {
	case leafNode, brokenNode:
		return sh.comparison(n, slots)
	case allNode:
		c.Join = "all"
	case anyNode:
		c.Join = "any"
	case notNode:
		c.Join = "not"
	}
	for i := range n.kids {
		c.Kids = append(c.Kids, sh.Explain(&n.kids[i], slots))
	}
	c.Text = Sentence(*n.clause, sh.types(), nil)
	return c
}

// comparison tells the actual value beside the wanted one.
func (sh *Sheet) comparison(n *Test, slots []Slot) Clause {
	c := Clause{Field: n.clause.Field, Truth: n.Eval(slots)}
	if n.kind == leafNode {
		f, s := sh.fields[n.leaf.slot], &slots[n.leaf.slot]
		c.Actual, c.Wanted = f.actual(s), n.wanted(f)
	}
	c.Text = sh.finding(n, slots)
	if c.Truth == False {
		c.Text = sh.state(n, slots, true)
	}
	return c
}

// finding is what a comparison came to, as a statement that is true.
func (sh *Sheet) finding(n *Test, slots []Slot) string {
	if n.kind == brokenNode {
		return sh.broken(n.clause)
	}
	f, s := sh.fields[n.leaf.slot], &slots[n.leaf.slot]
	switch {
	case !s.known:
		return f.unknownText()
	case s.unit != n.leaf.unit:
		return fmt.Sprintf("%s is in %s and the rule compares %s, so this counts as a match", f.Label, s.unit, n.leaf.unit)
	}
	return sh.state(n, slots, n.leaf.test(s) == True)
}

func (sh *Sheet) state(n *Test, slots []Slot, holds bool) string {
	f, s := sh.fields[n.leaf.slot], &slots[n.leaf.slot]
	subject := strings.TrimSpace(f.Label + " " + f.actual(s))
	switch {
	case f.Name == "time.business":
		return businessWords((n.leaf.number == 1) == holds)
	case f.Type == catalog.Bool && !f.List:
		subject = f.Label
	case n.clause.Each == CountOf:
		subject = fmt.Sprintf("%s, %d,", f.Label, len(s.value.List))
	}
	return statement(subject, opWords(f, n.clause.Op), n.clause.Each, n.wanted(f), holds)
}

func (n *Test) wanted(f *Field) string {
	if n.leaf.unit != (unit{}) {
		return n.leaf.text + " " + n.leaf.unit.String()
	}
	return wantedText(n.clause.Value, f)
}

func (f *Field) unknownText() string {
	if f.window.Same != "" {
		return f.Label + " could not be counted, so this counts as a match"
	}
	return f.Label + " was not given, so this counts as a match"
}

func (sh *Sheet) broken(c *Condition) string {
	if sh.action == nil {
		return "this kind of action is not known, so this counts as a match"
	}
	if name, ok := strings.CutPrefix(c.Field, "params."); ok {
		if _, declared := sh.action.Param(name); !declared {
			return strings.ReplaceAll(name, "_", " ") + " is no part of this action, so this counts as a match"
		}
	}
	return c.Field + " cannot be compared here, so this counts as a match"
}

const shownText = 80 // characters of an actual value in an explanation

// actual writes a value for an explanation. A personal one stays out: reasons travel
// further than the request.
func (f *Field) actual(s *Slot) string {
	if !s.known || f.personal {
		return ""
	}
	v := &s.value
	if v.Type == catalog.List {
		return entriesText(v.List)
	}
	for _, c := range f.Choices {
		if c.Value == v.Text {
			return c.Label
		}
	}
	text := v.Text
	if text == "" && numeric(f) {
		text = numberText(f.Type, s.number)
	}
	if r := []rune(text); len(r) > shownText {
		text = string(r[:shownText]) + "…"
	}
	if v.Type == catalog.String {
		text = "“" + text + "”"
	}
	return strings.TrimSpace(text + " " + s.unit.String())
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
	return upperFirst(strings.Join(slices.Compact(texts), join)) + "."
}

// blame collects the comparisons that gave a node this truth.
func (sh *Sheet) blame(n *Test, want Truth, slots []Slot) []string {
	if n.Eval(slots) != want {
		return nil
	}
	switch n.kind {
	case leafNode, brokenNode:
		return []string{sh.finding(n, slots)}
	case notNode:
		want = want.Not()
	}
	var out []string
	for i := range n.kids {
		out = append(out, sh.blame(&n.kids[i], want, slots)...)
	}
	return out
}
