package condition

import (
	"strings"

	"github.com/jexi/portal/models/catalog"
)

// Names are the names of a workspace's integrations, by id.
type Names map[string]string

// Sentence says a condition in words, without capital and full stop.
func Sentence(c Condition, types []*catalog.ActionType, names Names) string {
	switch {
	case c.Always():
		return "always"
	case c.All != nil:
		return joint(c.All, " and ", types, names)
	case c.Any != nil:
		return joint(c.Any, " or ", types, names)
	case c.Not != nil && c.Not.Field == "":
		return "not (" + Sentence(*c.Not, types, names) + ")"
	case c.Not != nil:
		return clauseWords(*c.Not, types, names, false)
	}
	return clauseWords(c, types, names, true)
}

func joint(kids []Condition, word string, types []*catalog.ActionType, names Names) string {
	var out []string
	for _, k := range kids {
		text := Sentence(k, types, names)
		if len(kids) > 1 && len(k.All)+len(k.Any) > 1 {
			text = "(" + text + ")"
		}
		out = append(out, text)
	}
	return strings.Join(out, word)
}

func clauseWords(c Condition, types []*catalog.ActionType, names Names, holds bool) string {
	f, problem := lookup(c.Field, types)
	if problem != "" {
		f = &Field{Name: c.Field, Type: catalog.String, Label: strings.TrimPrefix(c.Field, "params.")}
	}
	if f.Name == "time.business" {
		return businessWords((c.Value.Text == "true") == holds)
	}
	if text := countWords(c, f, types); text != "" && holds {
		return text
	}
	wanted := wantedText(c.Value, f)
	if f.Name == "integration" {
		wanted = names.list(c.Value)
	}
	return statement(f.Label, opWords(f, c.Op), c.Each, wanted, holds)
}

func businessWords(open bool) string {
	if open {
		return "it is in business hours"
	}
	return "it is outside business hours"
}

// countWords says "at least 1 refund in 30 days" for a window that counts.
func countWords(c Condition, f *Field, types []*catalog.ActionType) string {
	how := map[Op]string{More: "more than", AtLeast: "at least", Less: "fewer than", AtMost: "at most", Is: "exactly"}[c.Op]
	if how == "" || f.window.Same == "" || f.window.Sum != "" {
		return ""
	}
	what := noun(types)
	if c.Value.Text != "1" {
		what += "s"
	}
	return how + " " + c.Value.Text + " " + what + scope(f.window, types) + " in " + span(f.window.Hours)
}

func (n Names) list(o Operand) string {
	ids := []string{o.Text}
	if o.List != nil {
		ids = nil
		for _, entry := range o.List {
			ids = append(ids, entry.Text)
		}
	}
	return n.Or(ids)
}

// Or names integrations: "WHMCS or Stripe".
func (n Names) Or(ids []string) string {
	var out []string
	for _, id := range ids {
		name, ok := n[id]
		if !ok {
			name = "an integration that no longer exists"
		}
		out = append(out, name)
	}
	return OrList(out)
}

// After says a condition so that it follows an action's title: " over 50.00 EUR and …",
// " when …", or nothing.
func After(c Condition, types []*catalog.ActionType, names Names) string {
	if c.Always() {
		return ""
	}
	first, rest := c, []Condition(nil)
	if len(c.All) > 0 {
		first, rest = c.All[0], c.All[1:]
	}
	f, problem := lookup(first.Field, types)
	how := map[Op]string{More: "over", AtLeast: "of at least", Less: "under", AtMost: "of at most"}[first.Op]
	if problem != "" || !f.Money() || f.param == "" || how == "" {
		return " when " + Sentence(c, types, names)
	}
	out := " " + how + " " + wantedText(first.Value, f)
	if len(rest) > 0 {
		out += " and " + joint(rest, " and ", types, names)
	}
	return out
}
