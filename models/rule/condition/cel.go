package condition

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/jexi/portal/models/catalog"
)

// CEL writes a condition as Common Expression Language for whoever reads that more easily.
// It is never read back. money, under, in_network and window stand for what CEL has no word for.
func CEL(c Condition, types []*catalog.ActionType) string {
	switch {
	case c.Always():
		return "true"
	case c.All != nil:
		return celJoint(c.All, " && ", types)
	case c.Any != nil:
		return celJoint(c.Any, " || ", types)
	case c.Not != nil:
		return "!(" + CEL(*c.Not, types) + ")"
	}
	f, problem := lookup(c.Field, types)
	if problem != "" {
		f = &Field{Name: c.Field, Type: catalog.String}
	}
	return celClause(c, f)
}

func celJoint(kids []Condition, word string, types []*catalog.ActionType) string {
	var out []string
	for _, k := range kids {
		text := CEL(k, types)
		if len(kids) > 1 && len(k.All)+len(k.Any) > 1 {
			text = "(" + text + ")"
		}
		out = append(out, text)
	}
	return strings.Join(out, word)
}

func celClause(c Condition, f *Field) string {
	name := celName(f)
	switch c.Each {
	case AnyOf:
		return name + ".exists(e, " + celCompare("e", c, f) + ")"
	case AllOf:
		return name + ".all(e, " + celCompare("e", c, f) + ")"
	case NoneOf:
		return "!" + name + ".exists(e, " + celCompare("e", c, f) + ")"
	case CountOf:
		return celCompare("size("+name+")", c, &Field{Type: catalog.Int})
	}
	return celCompare(name, c, f)
}

func celName(f *Field) string {
	w := f.window
	switch {
	case w.Same == "":
		return f.Name
	case w.Sum == "":
		return fmt.Sprintf(`window.count(%q, duration("%dh"))`, w.Same, w.Hours)
	}
	return fmt.Sprintf(`window.sum(%q, %q, duration("%dh"))`, w.Sum, w.Same, w.Hours)
}

func celCompare(name string, c Condition, f *Field) string {
	value := celValue(c.Value, f)
	if f.Ranked && (c.Op == More || c.Op == AtLeast || c.Op == Less || c.Op == AtMost) {
		return name + " in " + celRanks(c, f)
	}
	switch c.Op {
	case Is:
		return name + " == " + value
	case In:
		return name + " in " + value
	case NotIn:
		return "!(" + name + " in " + value + ")"
	case Contains, StartsWith, EndsWith:
		call := map[Op]string{Contains: "contains", StartsWith: "startsWith", EndsWith: "endsWith"}[c.Op]
		return name + ".lowerAscii()." + call + "(" + strconv.Quote(strings.ToLower(c.Value.Text)) + ")"
	case Matches:
		return name + ".matches(" + strconv.Quote(c.Value.Text) + ")"
	case Under:
		call := "under"
		if f.Type == catalog.IP {
			call = "in_network"
		}
		return call + "(" + name + ", " + strconv.Quote(c.Value.Text) + ")"
	}
	return name + " " + string(c.Op) + " " + value
}

// celRanks spells "at least high" out, since CEL would compare the words by letter.
func celRanks(c Condition, f *Field) string {
	l := leaf{op: opcodes[c.Op], number: rankOf(f.Choices, c.Value.Text)}
	var out []string
	for i, choice := range f.Choices {
		if l.compare(int64(i)) {
			out = append(out, strconv.Quote(choice.Value))
		}
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func celValue(o Operand, f *Field) string {
	switch {
	case o.List != nil:
		var out []string
		for _, entry := range o.List {
			out = append(out, celValue(entry, f))
		}
		return "[" + strings.Join(out, ", ") + "]"
	case o.Currency != "":
		return "money(" + strconv.Quote(o.Text) + ", " + strconv.Quote(o.Currency) + ")"
	case o.Bare, f.Type == catalog.Decimal:
		return o.Text
	case f.Type == catalog.Time:
		return "timestamp(" + strconv.Quote(o.Text) + ")"
	}
	return strconv.Quote(o.Text)
}
