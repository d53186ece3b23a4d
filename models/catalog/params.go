package catalog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// ParseParams reads an action's parameters strictly: what it accepts is typed, in canonical
// form and complete, and parsing Canonical again gives the same. With any problem the
// Params are empty. Problems come in the type's order, structural ones alone.
func ParseParams(t *ActionType, raw []byte) (Params, []Problem) {
	object, wrong := readObject(raw)
	if wrong != nil {
		return Params{}, []Problem{*wrong}
	}
	given := make(map[string]node, len(object.fields))
	for _, f := range object.fields {
		given[f.name] = f.node
	}
	params, problems := readDeclared(t, given)
	for _, f := range object.fields {
		if _, declared := t.Param(f.name); !declared {
			problems = append(problems, *problem(Unknown, "%s has no parameter with this name. Leave it out.", t.Key).under(f.name))
		}
	}
	if len(problems) > 0 {
		return Params{}, problems
	}
	params.canonical = params.encode()
	return params, nil
}

func readDeclared(t *ActionType, given map[string]node) (Params, []Problem) {
	var params Params
	var problems []Problem
	for _, p := range t.Params {
		n, ok := given[p.Name]
		if !ok {
			if p.Required {
				problems = append(problems, *problem(Missing, "%s is missing. Send %s.", p.Label, expected(p)).under(p.Name))
			}
			continue
		}
		digits := minorDigits(given[p.Currency].text)
		v, wrong := readValue(p, n, digits)
		if wrong != nil {
			problems = append(problems, *wrong.under(p.Name))
			continue
		}
		params.names = append(params.names, p.Name)
		params.values = append(params.values, v)
	}
	return params, problems
}

func readValue(p Param, n node, digits int) (Value, *Problem) {
	if p.Type == List {
		return readEntries(p, n)
	}
	if n.kind == 'n' || n.kind == '"' && n.text == "" {
		return Value{}, absent(p)
	}
	v := Value{Type: p.Type}
	switch {
	case p.Type == Int && n.kind == '0':
		v.Number, v.Text = n.int, strconv.FormatInt(n.int, 10)
	case p.Type == Bool && (n.kind == 't' || n.kind == 'f'):
		v.Bool, v.Text = n.kind == 't', strconv.FormatBool(n.kind == 't')
	case p.Type != Int && p.Type != Bool && n.kind == '"':
		return readText(p, n.text, digits)
	default:
		return Value{}, mistyped(p)
	}
	return v, nil
}

// absent: null and "" stand for nothing, and nothing is said by leaving a parameter out.
func absent(p Param) *Problem {
	if p.Required {
		return problem(Missing, "%s is empty. Send %s.", p.Label, expected(p))
	}
	return problem(Mistyped, "%s is empty. Send %s, or leave it out.", p.Label, expected(p))
}

func readEntries(p Param, n node) (Value, *Problem) {
	if n.kind != '[' {
		return Value{}, mistyped(p)
	}
	if len(n.list) == 0 {
		return Value{}, absent(p)
	}
	item := p
	item.Type = p.Item
	list := make([]Value, len(n.list))
	for i, entry := range n.list {
		v, wrong := readValue(item, entry, 0)
		if wrong != nil {
			return Value{}, wrong.under("[" + strconv.Itoa(i) + "]")
		}
		list[i] = v
	}
	return Value{Type: List, List: list}, nil
}

func (p Params) encode() []byte {
	order := make([]int, len(p.names))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(p.names[a], p.names[b]) })
	out := []byte{'{'}
	for n, i := range order {
		if n > 0 {
			out = append(out, ',')
		}
		out = appendText(out, p.names[i])
		out = append(out, ':')
		out = p.values[i].append(out)
	}
	return append(out, '}')
}

func (v Value) append(out []byte) []byte {
	switch v.Type {
	case Int, Bool:
		return append(out, v.Text...)
	case List:
		out = append(out, '[')
		for i, entry := range v.List {
			if i > 0 {
				out = append(out, ',')
			}
			out = entry.append(out)
		}
		return append(out, ']')
	}
	return appendText(out, v.Text)
}

// appendText panics on invalid UTF-8: every text here came through a strict reader,
// and two different invalid texts must never share a digest.
func appendText(out []byte, s string) []byte {
	out, err := jsontext.AppendQuote(out, s)
	if err != nil {
		panic("catalog: text that is not UTF-8 must be refused before it is encoded")
	}
	return out
}
