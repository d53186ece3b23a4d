package condition

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/catalog"
)

// Form is a condition as the editor shows it: rows joined by all or any, some of them
// groups of rows. What it has no controls for is kept as it is and shown as a sentence.
type Form struct {
	Join string // all or any
	Rows []Row
}

// Row is a comparison, a group (Join and Rows) or a kept part (Kept).
type Row struct {
	Field    string
	Each     string
	Op       string // an Op, or "not " and an Op
	Value    string // several values stand on lines
	Currency string
	Join     string
	Rows     []Row
	Kept     string // JSON of a part that the editor cannot change
}

// FormOf shows a condition. Form.Condition gives the same condition back.
func FormOf(c Condition) Form {
	f := Form{Join: "all"}
	switch {
	case c.Always():
		return f
	case c.Any != nil:
		f.Join = "any"
	case c.All == nil:
		f.Rows = []Row{rowOf(c, true)}
		return f
	}
	for _, kid := range c.kids() {
		f.Rows = append(f.Rows, rowOf(kid, true))
	}
	return f
}

func rowOf(c Condition, groups bool) Row {
	if kids := slices.Concat(c.All, c.Any); groups && len(kids) > 0 {
		r := Row{Join: "all"}
		if c.Any != nil {
			r.Join = "any"
		}
		for _, kid := range kids {
			r.Rows = append(r.Rows, rowOf(kid, false))
		}
		return r
	}
	not := ""
	leaf := c
	if c.Not != nil && negatable[c.Not.Op] && c.Not.Each == "" {
		not, leaf = "not ", *c.Not
	}
	value, ok := typed(leaf.Value)
	if leaf.Field == "" || !ok {
		return keep(c)
	}
	return Row{Field: leaf.Field, Each: string(leaf.Each), Op: not + string(leaf.Op), Value: value, Currency: leaf.Value.Currency}
}

// negatable are the operators that have no opposite among the others.
var negatable = map[Op]bool{Contains: true, StartsWith: true, EndsWith: true, Under: true, Matches: true}

func keep(c Condition) Row {
	data, err := json.Marshal(c)
	if err != nil {
		panic("approval: a condition that was read can be written: " + err.Error())
	}
	return Row{Kept: string(data)}
}

// typed is a value as somebody would type it; false for one that a text area would change.
func typed(o Operand) (string, bool) {
	if o.List == nil {
		return o.Text, o.Text == strings.TrimSpace(o.Text) && !strings.ContainsAny(o.Text, "\r\n")
	}
	var lines []string
	for _, entry := range o.List {
		text, ok := typed(entry)
		if !ok || text == "" || strings.Contains(text, ",") {
			return "", false
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n"), len(lines) > 0
}

// Condition reads the form for the actions that the rule is about. Row and part numbers
// stay, so that Body.Validate names the rows as the form does.
func (f Form) Condition(types []*catalog.ActionType) (Condition, error) {
	var problems fault.Collect
	kids := conditionsOf(f.Rows, types, "conditions.", &problems)
	if err := problems.OrNil(); err != nil {
		return Condition{}, err
	}
	switch {
	case len(kids) == 0:
		return Condition{}, nil
	case f.Join == "any":
		return Condition{Any: kids}, nil
	}
	return Condition{All: kids}, nil
}

func conditionsOf(rows []Row, types []*catalog.ActionType, name string, problems *fault.Collect) []Condition {
	var out []Condition
	for i, r := range rows {
		at := name + strconv.Itoa(i)
		switch {
		case r.Kept != "":
			c, err := Parse([]byte(r.Kept))
			if err != nil || c.Always() {
				problems.Add(at, "This part cannot be read any more. Remove it and write it anew.")
			}
			out = append(out, c)
		case r.Rows != nil || r.Join != "":
			group := Condition{All: conditionsOf(r.Rows, types, at+".rows.", problems)}
			if r.Join == "any" {
				group = Condition{Any: group.All}
			}
			if len(r.Rows) == 0 {
				problems.Add(at, "This group is empty. Add a condition or remove the group.")
			}
			out = append(out, group)
		case r.Field == "":
			problems.Add(at+".field", "Choose what this condition looks at, or remove it.")
			out = append(out, Condition{})
		default:
			out = append(out, r.condition(types))
		}
	}
	return out
}

func (r Row) condition(types []*catalog.ActionType) Condition {
	op, not := strings.CutPrefix(r.Op, "not ")
	c := Condition{Field: r.Field, Each: Each(r.Each), Op: Op(op)}
	f, problem := lookup(r.Field, types)
	if problem != "" {
		f = &Field{Type: catalog.String}
	}
	if c.Each == CountOf {
		f = &Field{Type: catalog.Int}
	}
	c.Value = f.operand(c.Op, r.Value, r.Currency)
	if not {
		inner := c
		return Condition{Not: &inner}
	}
	return c
}

// operand makes of typed text what the field's JSON form would hold.
func (f *Field) operand(op Op, text, currency string) Operand {
	if op == In || op == NotIn {
		o := Operand{List: []Operand{}}
		for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' || r == ',' }) {
			if line = strings.TrimSpace(line); line != "" {
				o.List = append(o.List, f.operand(Is, line, currency))
			}
		}
		return o
	}
	text = strings.TrimSpace(text)
	switch {
	case f.Type == catalog.Money:
		return Operand{Text: strings.ReplaceAll(text, ",", "."), Currency: strings.ToUpper(strings.TrimSpace(currency))}
	case f.Type == catalog.Decimal:
		return Text(strings.ReplaceAll(text, ",", "."))
	case (f.Type == catalog.Int || f.Type == catalog.Bool) && json.Valid([]byte(text)):
		return Bare(text)
	}
	return Text(text)
}

// ParseForm reads what the editor posted. Rows with neither field nor value are left out, the
// rest moves up.
func ParseForm(values url.Values) Form {
	f := Form{Join: joinOf(values.Get("conditions.join")), Rows: parseRows(values, "conditions.", true)}
	return f
}

func joinOf(s string) string {
	if s == "any" {
		return "any"
	}
	return "all"
}

func parseRows(values url.Values, name string, groups bool) []Row {
	var out []Row
	for i := range maxNodes {
		at := name + strconv.Itoa(i) + "."
		r := Row{
			Field: values.Get(at + "field"), Each: values.Get(at + "each"), Op: values.Get(at + "op"),
			Value: strings.Join(values[at+"value"], "\n"), Currency: values.Get(at + "currency"), Kept: values.Get(at + "kept"),
		}
		if groups && values.Get(at+"join") != "" {
			r = Row{Join: joinOf(values.Get(at + "join")), Rows: parseRows(values, at+"rows.", false)}
		}
		if r.Field != "" || r.Kept != "" || len(r.Rows) > 0 || strings.TrimSpace(r.Value) != "" {
			out = append(out, r)
		}
	}
	return out
}
