package portal

import (
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule/condition"
	"github.com/jexi/portal/views/ui"
)

// conditionRow is one comparison as its controls show it.
type conditionRow struct {
	condition.Row
	At    string // "conditions.2": what its controls are named by
	Label string // "Condition 3"
	Word  string // "and"
	Field *condition.Field
	Begin bool // it was added just now
	e     ui.Errors
}

func (p RuleEditor) row(r condition.Row, at string, i int, join, label string, e ui.Errors) conditionRow {
	out := conditionRow{Row: r, At: at + strconv.Itoa(i), Label: label + " " + strconv.Itoa(i+1), e: e}
	out.Word = map[bool]string{true: "when", false: map[string]string{"any": "or"}[join]}[i == 0]
	if out.Word == "" {
		out.Word = "and"
	}
	out.Begin = r.Field == "" && r.Kept == "" && p.Added != "" && strings.HasPrefix(out.At, p.Added)
	if f, ok := p.menu(r.Field); ok {
		out.Field = f
	}
	return out
}

// menu finds a field with the choices that only this workspace has.
func (p RuleEditor) menu(name string) (*condition.Field, bool) {
	for _, f := range p.fields() {
		if f.Name == name {
			return &f, true
		}
	}
	return condition.FindField(name, p.types())
}

func (p RuleEditor) fields() []condition.Field {
	return condition.FormFields(p.types(), p.Dir.Integrations)
}

// fieldGroup is a heading of the menu of fields.
type fieldGroup struct {
	Label   string
	Options []ui.Option
}

// menuFor is what a row can look at; a field that no menu lists stands first, as it is.
func (p RuleEditor) menuFor(r conditionRow) []fieldGroup {
	var out []fieldGroup
	listed := r.Row.Field == ""
	for _, f := range p.fields() {
		if n := len(out); n == 0 || out[n-1].Label != f.Group {
			out = append(out, fieldGroup{Label: f.Group})
		}
		g := &out[len(out)-1]
		g.Options = append(g.Options, ui.Option{Value: f.Name, Label: f.Label})
		listed = listed || f.Name == r.Row.Field
	}
	if listed {
		return out
	}
	label := r.Row.Field
	if r.Field != nil {
		label = r.Field.Label
	}
	return append([]fieldGroup{{"Chosen before", []ui.Option{{Value: r.Row.Field, Label: label}}}}, out...)
}

// compared is what the comparison is about: an entry of a list, or how many there are.
func (r conditionRow) compared() *condition.Field {
	switch {
	case r.Field == nil:
		return nil
	case r.Each == string(condition.CountOf):
		return &condition.Field{Type: catalog.Int}
	}
	return r.Field
}

// comparisons are the operators that fit; before a field is chosen, those that fit most.
func (r conditionRow) comparisons() []ui.Option {
	f := r.compared()
	if f == nil {
		f = &condition.Field{}
		var out []ui.Option
		for _, op := range []condition.Op{condition.Is, condition.IsNot, condition.More, condition.AtLeast, condition.Less, condition.AtMost, condition.In, condition.Contains} {
			out = append(out, ui.Option{Value: string(op), Label: op.Label(f)})
		}
		return out
	}
	return options(f.Operators())
}

func options(list []condition.Choice) []ui.Option {
	var out []ui.Option
	for _, c := range list {
		out = append(out, ui.Option{Value: c.Value, Label: c.Label})
	}
	return out
}

// op is the comparison that is shown: the chosen one, or the first that fits.
func (r conditionRow) op() string {
	fits := r.comparisons()
	if slices.ContainsFunc(fits, func(o ui.Option) bool { return o.Value == r.Op }) {
		return r.Op
	}
	return fits[0].Value
}

func (r conditionRow) several() bool {
	return r.op() == string(condition.In) || r.op() == string(condition.NotIn)
}

// choices are the values to choose from, nil where one writes.
func (r conditionRow) choices() []ui.Option {
	f := r.compared()
	switch op := condition.Op(r.op()); {
	case f == nil:
		return nil
	case f.Type == catalog.Bool:
		return []ui.Option{{Value: "true", Label: "yes"}, {Value: "false", Label: "no"}}
	case op == condition.Is || op == condition.IsNot || f.Ranked || r.several():
		return options(f.Choices)
	}
	return nil
}

// mostBoxes is how many choices stand as boxes; more are written, one a line.
const mostBoxes = 12

func (r conditionRow) boxes() bool {
	return r.several() && len(r.choices()) > 0 && len(r.choices()) <= mostBoxes
}

func (r conditionRow) picked(value string) bool {
	return slices.Contains(strings.Fields(strings.ReplaceAll(r.Value, ",", " ")), value)
}

// offers is choices with what was typed, should it be none of them.
func (r conditionRow) offers() []ui.Option {
	list := r.choices()
	if slices.ContainsFunc(list, func(o ui.Option) bool { return o.Value == r.Value }) {
		return list
	}
	label := r.Value
	if label == "" {
		label = "Choose"
	}
	return append([]ui.Option{{Value: r.Value, Label: label}}, list...)
}

func (r conditionRow) money() bool { f := r.compared(); return f != nil && f.Money() }

// currency of a new amount is the one that most are in here.
func (r conditionRow) currency() string {
	if r.Currency == "" {
		return "EUR"
	}
	return r.Currency
}

func (r conditionRow) mode() string {
	f := r.compared()
	switch {
	case f == nil || r.several():
		return ""
	case f.Type == catalog.Int:
		return "numeric"
	case f.Type == catalog.Money || f.Type == catalog.Decimal:
		return "decimal"
	}
	return ""
}

// hint says how a value is written that one would not guess.
func (r conditionRow) hint() string {
	f := r.compared()
	switch {
	case r.several() && !r.boxes():
		return "One a line."
	case f == nil:
		return ""
	case r.Op == string(condition.Matches) || r.Op == "not "+string(condition.Matches):
		return "A regular expression in RE2 syntax; it may match anywhere."
	case f.Type == catalog.Time:
		return "With its zone, such as 2026-11-23T09:00:00Z."
	case r.op() == string(condition.Under) && f.Type == catalog.IP:
		return "Such as 192.0.2.0/24."
	case f.Name == "confidence":
		return "From 0 to 1."
	}
	return ""
}

// problems are those of the row's own controls.
func (r conditionRow) problems() []string {
	var out []string
	for _, part := range []string{"", ".field", ".each", ".op", ".value", ".currency"} {
		if text := r.e.At(r.At + part); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// control gives a row's control its name, id and state.
func (r conditionRow) control(part, label string) templ.Attributes {
	name := r.At + "." + part
	out := templ.Attributes{"name": name, "id": ui.FieldID(name), "class": "inp", "aria-label": r.Label + ", " + label}
	if r.e.At(name) != "" {
		out["aria-invalid"] = "true"
	}
	if len(r.problems()) > 0 {
		out["aria-describedby"] = ui.FieldID(r.At) + "-err"
	}
	return out
}

// kept is a part that the editor has no controls for, in words.
func (p RuleEditor) kept(r condition.Row) string {
	c, err := condition.Parse([]byte(r.Kept))
	if err != nil {
		return "A part that cannot be read any more"
	}
	return condition.Sentence(c, p.types(), p.Dir.Integrations)
}
