package approval

import (
	"maps"
	"slices"
	"strings"

	"github.com/jexi/portal/models/catalog"
)

// Book is a workspace's live rules made ready to be evaluated. It never changes, so
// any number of goroutines may use it; a change of rules makes a new one.
type Book struct {
	rules    []Rule
	pages    map[string]*page
	defaults Defaults
}

// page is what concerns one action type: the facts its rules look at, and the rules.
type page struct {
	action  *catalog.ActionType // nil where the catalog does not know it
	key     string
	fields  []*Field
	folds   []bool // fields that are also read in lower case
	entries []entry
}

type entry struct {
	rule         *Rule
	where        node
	integrations []string
	workflows    []string
	strict       bool // block and require_approval: unknown counts as a match
}

// Compile never fails: a comparison that makes no sense for an action type, as when
// the catalog changed under a stored rule, is unknown there and so counts as a match.
func Compile(types []*catalog.ActionType, rules []Rule, defaults Defaults) *Book {
	b := &Book{rules: slices.Clone(rules), pages: make(map[string]*page, len(types)), defaults: defaults}
	slices.SortStableFunc(b.rules, func(x, y Rule) int { return strings.Compare(x.ID.String(), y.ID.String()) })
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
	p := &page{action: t, key: key}
	for i := range b.rules {
		if b.rules[i].Body.Covers(key) {
			p.entries = append(p.entries, p.entry(&b.rules[i]))
		}
	}
	return p
}

func (p *page) entry(r *Rule) entry {
	return entry{
		rule: r, where: p.compile(&r.Body.Where),
		integrations: r.Body.Integrations, workflows: r.Body.Workflows,
		strict: r.Body.Effect != AllowWithNotice,
	}
}

func (p *page) compile(c *Condition) node {
	n := node{clause: c}
	switch {
	case c.Always():
		return n
	case c.All != nil:
		n.kind = allNode
	case c.Any != nil:
		n.kind = anyNode
	case c.Not != nil:
		n.kind = notNode
	default:
		return p.compileField(c)
	}
	kids := c.kids()
	n.kids = make([]node, len(kids))
	for i := range kids {
		n.kids[i] = p.compile(&kids[i])
	}
	return n
}

func (p *page) compileField(c *Condition) node {
	broken := node{kind: brokenNode, clause: c}
	var types []*catalog.ActionType
	if p.action != nil {
		types = []*catalog.ActionType{p.action}
	}
	f, problem := lookup(c.Field, types)
	if problem != "" {
		return broken
	}
	l, _, problem := compileLeaf(c, f)
	if problem != "" {
		return broken
	}
	if f.window.Sum != "" {
		f.window.Currency = c.Value.Currency
	}
	l.slot = p.slot(f, c.Op == Contains || c.Op == StartsWith || c.Op == EndsWith)
	return node{kind: leafNode, leaf: l, clause: c}
}

// slot gives every field one place, however many rules look at it.
func (p *page) slot(f *Field, fold bool) int {
	i := slices.IndexFunc(p.fields, func(have *Field) bool { return have.Name == f.Name && have.window == f.window })
	if i < 0 {
		i = len(p.fields)
		p.fields = append(p.fields, f)
		p.folds = append(p.folds, false)
	}
	p.folds[i] = p.folds[i] || fold
	return i
}

// Windows lists the figures over earlier requests that the rules for an action look at.
// The caller fetches them into Facts.Windows.
func (b *Book) Windows(action string) []Window {
	seen := map[Window]bool{}
	for _, f := range b.page(action).fields {
		if f.window.Same != "" {
			seen[f.window] = true
		}
	}
	return slices.SortedFunc(maps.Keys(seen), func(x, y Window) int {
		return strings.Compare(x.String(), y.String())
	})
}

// read looks every fact up once. into is reused when it is large enough.
func (p *page) read(f *Facts, into []slot) []slot {
	for i, field := range p.fields {
		s := field.read(f, p.action)
		if p.folds[i] && s.known {
			s.lower = strings.ToLower(s.value.Text)
		}
		into = append(into, s)
	}
	return into
}

// match is the truth of the whole rule: its integrations, its workflows, its condition.
func (e *entry) match(f *Facts, slots []slot) Truth {
	t := among(e.integrations, f.Integration)
	if t == False {
		return t
	}
	if t = t.And(among(e.workflows, f.Workflow)); t == False {
		return t
	}
	return t.And(e.where.eval(slots))
}

func among(list []string, name string) Truth {
	switch {
	case len(list) == 0:
		return True
	case name == "":
		return Unknown
	}
	return truth(slices.Contains(list, name))
}

// counts tells whether a truth makes the rule apply.
func (e *entry) counts(t Truth) bool { return t == True || t == Unknown && e.strict }

// Evaluate decides about one action. It takes no lock and touches nothing outside.
func (b *Book) Evaluate(f *Facts) Decision {
	p := b.page(f.Action)
	var space [16]slot
	slots := p.read(f, space[:0])
	var hits []hit
	for i := range p.entries {
		e := &p.entries[i]
		if t := e.match(f, slots); e.counts(t) {
			hits = append(hits, hit{e, t})
		}
	}
	return b.decide(p, slots, hits)
}

// hit is a rule that applies, and whether it surely does.
type hit struct {
	*entry
	truth Truth
}
