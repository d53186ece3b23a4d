package catalog

import (
	"slices"
	"strconv"
	"strings"
)

// ParseLoose reads the parameters of an action type that the catalog does not know, under
// the same structural rules as ParseParams. The result has a canonical form and facts,
// and no values: nothing can be concluded from what nobody declared.
func ParseLoose(raw []byte) (Params, []Problem) {
	object, wrong := readObject(raw)
	if wrong == nil {
		var out []byte
		if out, wrong = appendNode(nil, object); wrong == nil {
			return Params{canonical: out}, nil
		}
	}
	return Params{}, []Problem{*wrong}
}

func appendNode(out []byte, n node) ([]byte, *Problem) {
	switch n.kind {
	case '"':
		text, wrong := CleanProse(n.text, maxText)
		if wrong != nil {
			wrong.Message = "The text " + wrong.Message
			return nil, wrong
		}
		return appendText(out, text), nil
	case '0':
		return strconv.AppendInt(out, n.int, 10), nil
	case '[':
		return appendList(append(out, '['), n.list)
	case '{':
		return appendFields(append(out, '{'), n.fields)
	case 't':
		return append(out, "true"...), nil
	case 'f':
		return append(out, "false"...), nil
	}
	return append(out, "null"...), nil
}

func appendList(out []byte, list []node) ([]byte, *Problem) {
	var wrong *Problem
	for i, entry := range list {
		if i > 0 {
			out = append(out, ',')
		}
		if out, wrong = appendNode(out, entry); wrong != nil {
			return nil, wrong.under("[" + strconv.Itoa(i) + "]")
		}
	}
	return append(out, ']'), nil
}

func appendFields(out []byte, fields []field) ([]byte, *Problem) {
	slices.SortFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	var wrong *Problem
	for i, f := range fields {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendText(out, f.name), ':')
		if out, wrong = appendNode(out, f.node); wrong != nil {
			return nil, wrong.under(f.name)
		}
	}
	return append(out, '}'), nil
}

// LooseFacts lists what an unknown action was asked with: the names as they came, and
// everything that is no text as JSON.
func LooseFacts(p Params) []Fact {
	object, wrong := readObject(p.Canonical())
	if wrong != nil {
		return nil
	}
	var facts []Fact
	for _, f := range object.fields {
		text, _ := appendNode(nil, f.node)
		value := string(text)
		if f.node.kind == '"' {
			value = f.node.text
		}
		facts = append(facts, Fact{Name: f.name, Label: f.name, Value: Visible(value), Prose: strings.ContainsRune(value, '\n')})
	}
	return facts
}
