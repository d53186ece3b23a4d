package condition

import (
	"maps"
	"slices"
	"strings"

	"github.com/jexi/portal/models/catalog"
)

// Sheet is what conditions about one action type look at: every fact stands on it once,
// however many conditions read it. Compile all conditions first; from then on it never
// changes and any number of goroutines may use it.
type Sheet struct {
	action *catalog.ActionType // nil where the catalog does not know it
	fields []*Field
	folds  []bool // fields that are also read in lower case
}

// NewSheet starts a sheet; t is nil for an action type that the catalog does not know.
func NewSheet(t *catalog.ActionType) *Sheet { return &Sheet{action: t} }

// Action is the type that the sheet is about, nil for an unknown one.
func (sh *Sheet) Action() *catalog.ActionType { return sh.action }

// Compile makes a condition ready. It never fails: a comparison that makes no sense for
// the action type, as when the catalog changed under a stored rule, is always unknown.
func (sh *Sheet) Compile(c *Condition) Test {
	n := Test{clause: c}
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
		return sh.compileField(c)
	}
	kids := c.kids()
	n.kids = make([]Test, len(kids))
	for i := range kids {
		n.kids[i] = sh.Compile(&kids[i])
	}
	return n
}

func (sh *Sheet) compileField(c *Condition) Test {
	broken := Test{kind: brokenNode, clause: c}
	f, problem := lookup(c.Field, sh.types())
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
	l.slot = uint16(sh.slot(f, c.Op == Contains || c.Op == StartsWith || c.Op == EndsWith))
	return Test{kind: leafNode, leaf: l, clause: c}
}

func (sh *Sheet) types() []*catalog.ActionType {
	if sh.action == nil {
		return nil
	}
	return []*catalog.ActionType{sh.action}
}

// slot gives every field one place.
func (sh *Sheet) slot(f *Field, fold bool) int {
	i := slices.IndexFunc(sh.fields, func(have *Field) bool { return have.Name == f.Name && have.window == f.window })
	if i < 0 {
		i = len(sh.fields)
		sh.fields = append(sh.fields, f)
		sh.folds = append(sh.folds, false)
	}
	sh.folds[i] = sh.folds[i] || fold
	return i
}

// Windows lists the figures over earlier requests that the conditions look at.
func (sh *Sheet) Windows() []Window {
	seen := map[Window]bool{}
	for _, f := range sh.fields {
		if f.window.Same != "" {
			seen[f.window] = true
		}
	}
	return slices.SortedFunc(maps.Keys(seen), func(x, y Window) int { return strings.Compare(x.String(), y.String()) })
}

// Read looks every fact up once and appends them to into, which saves an allocation where
// it is large enough.
func (sh *Sheet) Read(f *Facts, into []Slot) []Slot {
	for i, field := range sh.fields {
		fact := field.read(f, sh.action)
		if sh.folds[i] && fact.known {
			fact.lower = strings.ToLower(fact.value.Text)
		}
		into = append(into, fact)
	}
	return into
}
