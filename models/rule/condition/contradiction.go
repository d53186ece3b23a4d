package condition

import (
	"slices"
	"strings"

	"github.com/jexi/portal/models/catalog"
)

// neverTrue names comparisons that exclude each other in every way the condition could be
// true; nil when it can be true, or when that is too much work to rule out.
func neverTrue(c Condition, types []*catalog.ActionType) []Condition {
	s := search{types: types, budget: 2_000}
	return s.impossible(nil, []goal{s.goal(c, false)})
}

type search struct {
	types  []*catalog.ActionType
	budget int
}

// goal is a part of a condition that must become true, with every "not" moved down to
// the comparisons. One without field and kids can always become true.
type goal struct {
	any  bool // one of kids, else all of them
	kids []goal

	said  Condition
	field *Field
	leaf  leaf
}

var opposite = map[Op]Op{Is: IsNot, IsNot: Is, Less: AtLeast, AtLeast: Less, More: AtMost, AtMost: More, In: NotIn, NotIn: In}

func (s *search) goal(c Condition, not bool) goal {
	if c.Not != nil {
		return s.goal(*c.Not, !not)
	}
	if c.Field == "" {
		g := goal{any: (c.Any != nil) != not}
		for _, k := range c.kids() {
			g.kids = append(g.kids, s.goal(k, not))
		}
		return g
	}
	if not {
		var ok bool
		if c, ok = negated(c); !ok {
			return goal{}
		}
	}
	f, problem := lookup(c.Field, s.types)
	if problem != "" {
		return goal{}
	}
	l, _, problem := compileLeaf(&c, f)
	if problem != "" || c.Each != "" && c.Each != CountOf {
		return goal{}
	}
	return goal{said: c, field: f, leaf: l}
}

// negated is the comparison that is true exactly when c is false, if there is one.
func negated(c Condition) (Condition, bool) {
	op, ok := opposite[c.Op]
	switch c.Each {
	case AnyOf:
		c.Each = NoneOf
		return c, true
	case NoneOf:
		c.Each = AnyOf
		return c, true
	case AllOf:
		return c, false
	}
	c.Op = op
	return c, ok
}

// impossible tries to make all of pending true beside the comparisons already held.
func (s *search) impossible(held, pending []goal) []Condition {
	for len(pending) > 0 {
		if s.budget--; s.budget < 0 {
			return nil
		}
		g := pending[0]
		pending = pending[1:]
		switch {
		case g.any && len(g.kids) > 0:
			var why []Condition
			for _, way := range g.kids {
				if why = s.impossible(held, slices.Concat([]goal{way}, pending)); why == nil {
					return nil
				}
			}
			return why
		case g.field != nil:
			held = append(slices.Clip(held), g)
			if clash := s.clash(held, g); clash != nil {
				return clash
			}
		default:
			pending = slices.Concat(g.kids, pending)
		}
	}
	return nil
}

// clash is the comparisons on the newest one's field, if no value can pass them all.
func (s *search) clash(held []goal, newest goal) []Condition {
	var leaves []leaf
	var said []Condition
	for _, g := range held {
		if g.said.Field != newest.said.Field || g.said.Each != newest.said.Each {
			continue
		}
		leaves, said = append(leaves, g.leaf), append(said, g.said)
		if g.leaf.unit != leaves[0].unit {
			return []Condition{said[0], g.said}
		}
	}
	low, high := bounds(newest.field, newest.said.Each)
	if values := s.values(newest.field, leaves); values != nil {
		if slices.ContainsFunc(values, func(v catalog.Value) bool {
			return passes(v, leaves) && (!leaves[0].numeric || low <= v.Number && v.Number <= high)
		}) {
			return nil
		}
		return said
	}
	if leaves[0].numeric && !interval(low, high, leaves) {
		return said
	}
	return nil
}

func passes(v catalog.Value, leaves []leaf) bool {
	for i := range leaves {
		l := &leaves[i]
		if l.numeric && !l.compare(number(&v)) || !l.numeric && !l.read(v.Text, strings.ToLower(v.Text)) {
			return false
		}
	}
	return true
}

// values is the finite set that the fact must come from, nil if there is none.
func (s *search) values(f *Field, leaves []leaf) []catalog.Value {
	var out []catalog.Value
	switch {
	case f.Name == "risk" || f.Name == "reversibility":
		for _, t := range s.types {
			out = append(out, f.read(nil, t).value)
		}
		return out
	case !leaves[0].list && f.Type == catalog.Enum:
		for i, c := range f.Choices {
			out = append(out, catalog.Value{Text: c.Value, Number: int64(i)})
		}
		return out
	}
	for _, l := range leaves {
		switch l.op {
		case opIs:
			return []catalog.Value{{Text: l.text, Number: l.number}}
		case opIn:
			for i := range l.more.texts {
				out = append(out, catalog.Value{Text: l.more.texts[i], Number: l.more.numbers[i]})
			}
			return out
		}
	}
	return nil
}

// bounds are what a fact's number can be at all.
func bounds(f *Field, each Each) (low, high int64) {
	low, high = -1<<61, 1<<61 // beyond every number a parameter can have
	if f.Type == catalog.Money || f.window.Same != "" || f.top > 0 || each == CountOf {
		low = 0
	}
	if f.top > 0 {
		high = f.top
	}
	return low, high
}

// interval tells whether some number passes all comparisons.
func interval(low, high int64, leaves []leaf) bool {
	for i := range leaves {
		switch l := &leaves[i]; l.op {
		case opMore:
			low = max(low, l.number+1)
		case opAtLeast:
			low = max(low, l.number)
		case opLess:
			high = min(high, l.number-1)
		case opAtMost:
			high = min(high, l.number)
		}
	}
	for ; low <= high && high-low <= maxChoices; low++ {
		if passes(catalog.Value{Number: low}, leaves) {
			return true
		}
	}
	return low <= high
}
