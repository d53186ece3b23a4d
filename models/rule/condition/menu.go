package condition

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jexi/portal/models/catalog"
)

// FormFields lists what a rule about these actions can look at, for the editor's menus:
// their parameters, the request, local time, and figures over earlier requests.
func FormFields(types []*catalog.ActionType, names Names) []Field {
	var out []Field
	for _, name := range paramNames(types) {
		if f, problem := paramField(name, types); problem == "" {
			out = append(out, *f)
		}
	}
	for _, fixed := range fixedFields {
		f, _ := lookup(fixed.Name, types)
		switch f.Name {
		case "integration":
			f.Choices = named(names)
		case "integration.kind":
			f.Choices = kindChoices(types)
		}
		out = append(out, *f)
	}
	for _, name := range windowNames(types) {
		if f, problem := windowField(name, types); problem == "" {
			out = append(out, *f)
		}
	}
	return out
}

// Operators are the options of the comparison's select.
func (f *Field) Operators() []Choice {
	var out []Choice
	for _, op := range f.Ops() {
		out = append(out, Choice{string(op), opWords(f, op).yes})
		if negatable[op] && !f.List {
			out = append(out, Choice{"not " + string(op), opWords(f, op).no})
		}
	}
	return out
}

// EachChoices are the options of the select that a list has before its comparison.
func EachChoices() []Choice {
	return choices(string(AnyOf), "any entry", string(AllOf), "every entry", string(NoneOf), "no entry", string(CountOf), "the number of entries")
}

func paramNames(types []*catalog.ActionType) []string {
	var out []string
	for _, t := range types {
		for _, p := range t.Params {
			if !slices.Contains(out, p.Name) {
				out = append(out, p.Name)
			}
		}
	}
	return out
}

func windowNames(types []*catalog.ActionType) []string {
	measures := []string{"count"}
	for _, name := range paramNames(types) {
		if _, problem := windowField("window.sum."+name+".target.24h", types); problem == "" {
			measures = append(measures, "sum."+name)
		}
	}
	var out []string
	for _, m := range measures {
		for _, same := range []Same{SameTarget, SameSubject, SameWorkspace} {
			for _, hours := range []int{24, 7 * 24, 30 * 24} {
				out = append(out, "window."+m+"."+string(same)+"."+spanName(hours))
			}
		}
	}
	return out
}

func spanName(hours int) string {
	if hours > 24 {
		return strconv.Itoa(hours/24) + "d"
	}
	return strconv.Itoa(hours) + "h"
}

func named(names Names) []Choice {
	var out []Choice
	for _, id := range slices.Sorted(maps.Keys(names)) {
		out = append(out, Choice{id, names[id]})
	}
	slices.SortStableFunc(out, func(a, b Choice) int { return strings.Compare(a.Label, b.Label) })
	return out
}

func kindChoices(types []*catalog.ActionType) []Choice {
	var kinds []string
	for _, t := range types {
		kinds = append(kinds, t.Kinds...)
	}
	slices.Sort(kinds)
	var out []Choice
	for _, k := range slices.Compact(kinds) {
		label := k
		if kind, ok := catalog.FindKind(k); ok {
			label = kind.Name
		}
		out = append(out, Choice{k, label})
	}
	return out
}
