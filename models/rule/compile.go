package rule

import (
	"slices"

	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule/condition"
)

// Book is a workspace's live rules made ready to be evaluated. It never changes, so
// any number of goroutines may use it; a change of rules makes a new one.
type Book struct {
	rules    []Rule
	pages    map[string]*page
	defaults Defaults
}

// page is the rules about one action type and the facts they look at.
type page struct {
	*condition.Sheet
	entries []entry
}

type entry struct {
	rule       *Rule
	everywhere bool // in all integrations and workflows
	where      condition.Test
}

// Compile never fails: a comparison that makes no sense for an action type, as when
// the catalog changed under a stored rule, is unknown there and so counts as a match.
func Compile(types []*catalog.ActionType, rules []Rule, defaults Defaults) *Book {
	b := &Book{rules: slices.Clone(rules), pages: make(map[string]*page, len(types)), defaults: defaults}
	slices.SortStableFunc(b.rules, func(x, y Rule) int { return originOf(&x).compare(originOf(&y)) })
	for _, t := range types {
		b.pages[t.Key] = b.write(t.Key, t)
	}
	return b
}

// page finds the rules for an action; for an unknown one they are compiled on the spot.
func (b *Book) page(action string) *page {
	if p, ok := b.pages[action]; ok {
		return p
	}
	return b.write(action, nil)
}

func (b *Book) write(key string, t *catalog.ActionType) *page {
	p := &page{Sheet: condition.NewSheet(t)}
	for i := range b.rules {
		if r := &b.rules[i]; r.Body.Covers(key) {
			everywhere := len(r.Body.Integrations)+len(r.Body.Workflows) == 0
			p.entries = append(p.entries, entry{r, everywhere, p.Compile(&r.Body.Where)})
		}
	}
	return p
}

// Windows lists the figures over earlier requests that the rules for an action look at.
// The caller fetches them into Facts.Windows.
func (b *Book) Windows(action string) []condition.Window { return b.page(action).Sheet.Windows() }

// match is the truth of the whole rule: its integrations, its workflows, its condition.
func (e *entry) match(f *condition.Facts, slots []condition.Slot) condition.Truth {
	if e.everywhere {
		return e.where.Eval(slots)
	}
	t := among(e.rule.Body.Integrations, f.Integration).And(among(e.rule.Body.Workflows, f.Workflow))
	if t == condition.False {
		return t
	}
	return t.And(e.where.Eval(slots))
}

func among(list []string, name string) condition.Truth {
	switch {
	case len(list) == 0 || slices.Contains(list, name):
		return condition.True
	case name == "":
		return condition.Unknown
	}
	return condition.False
}

// counts tells whether a truth makes the rule apply. Unknown holds an action back and
// never frees one.
func (e *entry) counts(t condition.Truth) bool {
	return t == condition.True || t == condition.Unknown && e.rule.Body.Effect != AllowWithNotice
}

// Evaluate decides about one action. It takes no lock and touches nothing outside.
func (b *Book) Evaluate(f *condition.Facts) Decision {
	p := b.page(f.Action)
	var space [8]condition.Slot
	slots := p.Read(f, space[:0])
	var hits []hit
	for i := range p.entries {
		e := &p.entries[i]
		if t := e.match(f, slots); t != condition.False && e.counts(t) {
			hits = append(hits, hit{e, t})
		}
	}
	return b.decide(p, slots, hits)
}

// hit is a rule that applies, and whether it surely does.
type hit struct {
	*entry
	truth condition.Truth
}
