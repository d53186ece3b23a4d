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
	return s.impossible(nil, []Condition{pushNot(c, false)})
}

type search struct {
	types  []*catalog.ActionType
	budget int
}

// impossible tries to make all of pending true beside what already must hold.
func (s *search) impossible(held, pending []Condition) []Condition {
	for len(pending) > 0 {
		if s.budget--; s.budget < 0 {
			return nil
		}
		c := pending[0]
		pending = pending[1:]
		switch {
		case c.All != nil:
			pending = slices.Concat(c.All, pending)
		case c.Any != nil:
			var why []Condition
			for _, alternative := range c.Any {
				why = s.impossible(held, slices.Concat([]Condition{alternative}, pending))
				if why == nil {
					return nil
				}
			}
			return why
		case c.Field != "":
			held = append(slices.Clip(held), c)
			if clash := s.clash(held); clash != nil {
				return clash
			}
		}
	}
	return nil
}

var opposite = map[Op]Op{Is: IsNot, IsNot: Is, Less: AtLeast, AtLeast: Less, More: AtMost, AtMost: More, In: NotIn, NotIn: In}

// pushNot moves every "not" down to the comparisons. One that has no opposite is taken
// for possible.
func pushNot(c Condition, not bool) Condition {
	switch {
	case c.Not != nil:
		return pushNot(*c.Not, !not)
	case c.All != nil || c.Any != nil:
		kids := make([]Condition, len(c.kids()))
		for i, k := range c.kids() {
			kids[i] = pushNot(k, not)
		}
		if (c.All != nil) != not {
			return Condition{All: kids}
		}
		return Condition{Any: kids}
	case !not:
		return c
	}
	op, ok := opposite[c.Op]
	switch {
	case c.Each == AnyOf:
		c.Each = NoneOf
	case c.Each == NoneOf:
		c.Each = AnyOf
	case c.Each == AllOf || !ok:
		return Condition{}
	default:
		c.Op = op
	}
	return c
}

// clash is the comparisons on the newest one's field, if no value can pass them all.
func (s *search) clash(held []Condition) []Condition {
	last := held[len(held)-1]
	f, problem := lookup(last.Field, s.types)
	if problem != "" || last.Each != "" && last.Each != CountOf {
		return nil
	}
	var leaves []leaf
	var same []Condition
	for _, c := range held {
		if c.Field != last.Field || c.Each != last.Each {
			continue
		}
		l, _, problem := compileLeaf(&c, f)
		if problem != "" {
			return nil
		}
		if len(leaves) > 0 && l.unit != leaves[0].unit {
			return []Condition{same[0], c}
		}
		leaves, same = append(leaves, l), append(same, c)
	}
	if values := s.values(f, leaves); values != nil {
		if slices.ContainsFunc(values, func(v catalog.Value) bool { return passes(v, leaves) }) {
			return nil
		}
		return same
	}
	if leaves[0].numeric && !s.interval(f, leaves) {
		return same
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
	case leaves[0].each == "" && f.Type == catalog.Enum:
		for i, c := range f.Choices {
			out = append(out, catalog.Value{Text: c.Value, Number: int64(i)})
		}
		return out
	}
	for _, l := range leaves {
		switch l.op {
		case Is:
			return []catalog.Value{{Text: l.text, Number: l.number}}
		case In:
			for i := range l.texts {
				out = append(out, catalog.Value{Text: l.texts[i], Number: l.numbers[i]})
			}
			return out
		}
	}
	return nil
}

// interval tells whether some number passes all comparisons.
func (s *search) interval(f *Field, leaves []leaf) bool {
	low, high := int64(-1)<<61, int64(1)<<61 // beyond every number a fact can have
	if f.Type == catalog.Money || f.window.Same != "" || f.top > 0 || leaves[0].each == CountOf {
		low = 0
	}
	if f.top > 0 {
		high = f.top
	}
	for i := range leaves {
		switch l := &leaves[i]; l.op {
		case More:
			low = max(low, l.number+1)
		case AtLeast:
			low = max(low, l.number)
		case Less:
			high = min(high, l.number-1)
		case AtMost:
			high = min(high, l.number)
		}
	}
	for ; low <= high && high-low < maxChoices+1; low++ {
		if passes(catalog.Value{Number: low}, leaves) {
			return true
		}
	}
	return low <= high
}
