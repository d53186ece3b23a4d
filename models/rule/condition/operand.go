package condition

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jexi/portal/models/catalog"
)

// compileLeaf makes one comparison ready, or says at which part ("op", "value", "each")
// what is wrong and what would be right.
func compileLeaf(c *Condition, f *Field) (l leaf, part, problem string) {
	if part, problem := c.fits(f); problem != "" {
		return l, part, problem
	}
	of := *f
	if c.Each == CountOf {
		of = Field{Label: "number of entries", Type: catalog.Int}
	}
	l = leaf{op: opcodes[c.Op], list: c.Each != "", numeric: numeric(&of), more: &more{each: c.Each}}
	if (c.Op == In || c.Op == NotIn) != (c.Value.List != nil) {
		return l, "value", "Only \"is one of\" and \"is none of\" take a list of values."
	}
	if c.Value.List != nil {
		return l, "value", l.wantList(c.Value.List, &of)
	}
	return l, "value", l.want(c.Value, &of)
}

func (c *Condition) fits(f *Field) (part, problem string) {
	ops := f.Ops()
	switch {
	case f.List && c.Each == "":
		return "each", fmt.Sprintf("%s is a list. Say whether any, all or none of its entries, or their count.", upperFirst(f.Label))
	case !f.List && c.Each != "":
		return "each", fmt.Sprintf("%s is not a list. Leave any, all, none and count out.", upperFirst(f.Label))
	case !slices.Contains([]Each{"", AnyOf, AllOf, NoneOf, CountOf}, c.Each):
		return "each", "Choose any, all, none or count."
	case c.Each == CountOf:
		ops = (&Field{Type: catalog.Int}).Ops()
	}
	if !slices.Contains(ops, c.Op) {
		return "op", fmt.Sprintf("%s cannot be compared with %q. Choose one of %s.", upperFirst(f.Label), c.Op, joinOps(ops))
	}
	return "", ""
}

func numeric(f *Field) bool {
	switch f.Type {
	case catalog.Int, catalog.Decimal, catalog.Money, catalog.Bool, catalog.Time:
		return true
	}
	return f.Ranked
}

func (l *leaf) wantList(list []Operand, f *Field) string {
	switch {
	case len(list) == 0:
		return "The list is empty, so this can never match. Name at least one value."
	case len(list) > maxChoices:
		return "Name at most 200 values."
	}
	for _, o := range list {
		v, problem := constant(o, f)
		if problem != "" {
			return problem
		}
		l.more.numbers = append(l.more.numbers, number(&v))
		l.more.texts = append(l.more.texts, v.Text)
	}
	return ""
}

// want reads the wanted value for operators that take one.
func (l *leaf) want(o Operand, f *Field) string {
	switch {
	case o.IsZero():
		return "Say what to compare with."
	case len([]rune(o.Text)) > maxOperand:
		return "A wanted value can have at most 500 characters."
	case l.op == opMatches:
		return l.wantPattern(o)
	case l.op == opUnder && f.Type == catalog.IP:
		network, err := netip.ParsePrefix(o.Text)
		l.more.network = network.Masked()
		return unless(err == nil, "Write a network such as 192.0.2.0/24.")
	case l.op == opUnder:
		domain, ok := catalog.CanonicalDomain(o.Text)
		l.text = domain
		return unless(ok, "Write a domain such as example.com.")
	case l.op == opContains || l.op == opStartsWith || l.op == opEndsWith:
		l.text = strings.ToLower(o.Text)
		return unless(!o.Bare && o.Currency == "", "Write a text.")
	}
	v, problem := constant(o, f)
	l.number, l.text, l.unit = number(&v), v.Text, unitOf(o.Currency)
	return problem
}

func unless(ok bool, problem string) string {
	if ok {
		return ""
	}
	return problem
}

func (l *leaf) wantPattern(o Operand) string {
	if len([]rune(o.Text)) > maxPattern {
		return "A pattern can have at most 200 characters."
	}
	re, err := regexp.Compile(o.Text)
	l.more.pattern = re
	return unless(err == nil, "This is no regular expression in RE2 syntax. Look-ahead and back-references do not exist there.")
}

// constant reads a wanted value by the rules that parameters are read by.
func constant(o Operand, f *Field) (catalog.Value, string) {
	if f.Type == catalog.Enum {
		rank := rankOf(f.Choices, o.Text)
		v := catalog.Value{Type: f.Type, Text: o.Text, Number: rank}
		return v, unless(rank >= 0 && !o.Bare, "Choose one of "+choiceList(f.Choices)+".")
	}
	if (f.Type == catalog.Money) != (o.Currency != "") {
		return catalog.Value{}, expectation(f)
	}
	t := catalog.ActionType{Params: []catalog.Param{
		{Name: "value", Label: "Value", Type: f.Type, Form: f.form, Required: true, Currency: "currency", MaxLen: maxOperand},
		{Name: "currency", Label: "Currency", Type: catalog.String},
	}}
	params, problems := catalog.ParseParams(&t, wire(o))
	v, ok := params.Get("value")
	if len(problems) > 0 || !ok || o.Currency != "" && !currencyCode.MatchString(o.Currency) {
		return catalog.Value{}, expectation(f)
	}
	if n := number(&v); f.top > 0 && (n < 0 || n > f.top) {
		return v, fmt.Sprintf("%s is between 0 and %s.", upperFirst(f.Label), numberText(f.Type, f.top))
	}
	return v, ""
}

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

func wire(o Operand) []byte {
	object := map[string]any{"value": Operand{Text: o.Text, Bare: o.Bare, List: o.List}}
	if o.Currency != "" {
		object["currency"] = o.Currency
	}
	data, err := json.Marshal(object)
	if err != nil {
		return nil // a bare text that is no JSON: refused like any other bad value
	}
	return data
}

func expectation(f *Field) string {
	switch f.Type {
	case catalog.Money:
		return "Write an amount such as 50.00, not negative, with its currency such as EUR."
	case catalog.Int:
		return "Write a whole number such as 3."
	case catalog.Decimal:
		return "Write a number such as 0.85, with at most 6 decimals."
	case catalog.Bool:
		return "Choose true or false."
	case catalog.Domain:
		return "Write a domain such as example.com."
	case catalog.Email:
		return "Write an e-mail address such as ann@example.com."
	case catalog.IP:
		return "Write an IP address such as 192.0.2.1."
	case catalog.Time:
		return "Write a time with its zone such as 2026-11-23T09:00:00Z."
	}
	return "Write a text without hidden characters or spaces at its ends."
}

func choiceList(list []Choice) string {
	var names []string
	for _, c := range list {
		if len(names) == 8 {
			return strings.Join(names, ", ") + " and others"
		}
		names = append(names, c.Value)
	}
	return strings.Join(names, ", ")
}

func fixedInt(n int64) string { return strconv.FormatInt(n, 10) }

// fixedText writes millionths as "0.85".
func fixedText(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := fmt.Sprintf("%s%d.%06d", sign, n/catalog.Million, n%catalog.Million)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// numberText writes a number of a type as people read it; money has at least two decimals.
func numberText(t catalog.Type, n int64) string {
	if t == catalog.Int {
		return fixedInt(n)
	}
	s := fixedText(n)
	if t == catalog.Money {
		whole, fraction, _ := strings.Cut(s, ".")
		return whole + "." + fraction + strings.Repeat("0", max(0, 2-len(fraction)))
	}
	return s
}
