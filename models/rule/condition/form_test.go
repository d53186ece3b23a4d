package condition_test

import (
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/jexi/portal/models/catalog"
	. "github.com/jexi/portal/models/rule/condition"
)

// post is what a browser sends for a form.
func post(f Form) url.Values {
	v := url.Values{"conditions.join": {f.Join}}
	var add func(rows []Row, at string)
	add = func(rows []Row, at string) {
		for i, r := range rows {
			name := at + strconv.Itoa(i) + "."
			for key, value := range map[string]string{"field": r.Field, "each": r.Each, "op": r.Op,
				"value": strings.ReplaceAll(r.Value, "\n", "\r\n"), "currency": r.Currency, "join": r.Join, "kept": r.Kept} {
				if value != "" {
					v.Set(name+key, value)
				}
			}
			add(r.Rows, name+"rows.")
		}
	}
	add(f.Rows, "conditions.")
	return v
}

var leaves = []Condition{
	is("params.amount", More, Cash("50.00", "EUR")),
	is("params.amount", AtMost, Cash("10.50", "USD")),
	is("params.size", Is, Bare("42")),
	is("params.size", NotIn, numbers("1", "2")),
	is("params.rate", Less, Text("1.5")),
	is("params.note", Contains, Text("refund, please")),
	is("params.note", In, OneOf("a", "b c")),
	is("params.final", Is, Bare("true")),
	is("params.domain", Under, Text("example.com")),
	is("params.until", Less, Text("2026-12-01T10:00:00Z")),
	is("params.method", IsNot, Text("card")),
	is("time.hour", AtLeast, Bare("18")),
	is("time.business", Is, Bare("false")),
	is("window.count.target.30d", AtLeast, Bare("1")),
	is("window.sum.amount.subject.24h", More, Cash("100.00", "EUR")),
	each(NoneOf, "params.zones", Under, Text("example.net")),
	each(CountOf, "params.zones", More, Bare("10")),
	is("risk", AtLeast, Text("high")),
	is("confidence", Less, Text("0.9")),
	is("params.note", In, OneOf("one, two", "three")), // the form keeps it as it is
}

func draw(t *rapid.T, depth int) Condition {
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	if depth == 0 || kind < 3 {
		return rapid.SampledFrom(leaves).Draw(t, "leaf")
	}
	if kind == 3 {
		c := draw(t, depth-1)
		return Condition{Not: &c}
	}
	var kids []Condition
	for range rapid.IntRange(1, 4).Draw(t, "kids") {
		kids = append(kids, draw(t, depth-1))
	}
	if kind == 4 {
		return Condition{All: kids}
	}
	return Condition{Any: kids}
}

func TestTheEditorGivesBackTheConditionThatItWasGiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := draw(t, 4)
		if c.All == nil && c.Any == nil {
			c = Condition{All: []Condition{c}}
		}
		back, err := ParseForm(post(FormOf(c))).Condition(types)
		if err != nil || !reflect.DeepEqual(back, c) {
			t.Fatalf("%+v\nbecame %+v (%v)", c, back, err)
		}
	})
}

func TestTheEditorShowsOneLevelOfGroupsAndKeepsTheRest(t *testing.T) {
	deep := Condition{Any: []Condition{leaves[2], {All: []Condition{leaves[3], leaves[4]}}}}
	not := leaves[0]
	f := FormOf(Condition{All: []Condition{
		leaves[0],
		{Any: []Condition{leaves[5], deep}},
		{Not: &Condition{Field: "params.note", Op: Contains, Value: Text("x")}},
		{Not: &not},
		leaves[len(leaves)-1],
	}})
	if f.Join != "all" || len(f.Rows) != 5 {
		t.Fatalf("%+v", f)
	}
	if want := (Row{Field: "params.amount", Op: ">", Value: "50.00", Currency: "EUR"}); !reflect.DeepEqual(f.Rows[0], want) {
		t.Errorf("a comparison: %+v", f.Rows[0])
	}
	group := f.Rows[1]
	if group.Join != "any" || len(group.Rows) != 2 || group.Rows[0].Field != "params.note" || group.Rows[1].Kept == "" {
		t.Errorf("a group with a deeper part: %+v", group)
	}
	if f.Rows[2].Op != "not contains" {
		t.Errorf("a negated text comparison: %+v", f.Rows[2])
	}
	if f.Rows[3].Kept == "" || f.Rows[4].Kept == "" {
		t.Errorf("what the form cannot show: %+v", f.Rows[3:])
	}
}

func TestWhatIsTypedLooselyIsRead(t *testing.T) {
	f := ParseForm(url.Values{
		"conditions.join":           {"any"},
		"conditions.0.field":        {"params.amount"},
		"conditions.0.op":           {">"},
		"conditions.0.value":        {" 50,00 "},
		"conditions.0.currency":     {" eur "},
		"conditions.1.field":        {""}, // a row that was added and not filled in
		"conditions.1.op":           {"="},
		"conditions.4.join":         {"all"},
		"conditions.4.rows.2.field": {"params.ports"},
		"conditions.4.rows.2.each":  {"any"},
		"conditions.4.rows.2.op":    {"in"},
		"conditions.4.rows.2.value": {"25, 587\r\n\r\n993 "},
		"conditions.5.join":         {"all"}, // a group without rows
		"conditions.6.field":        {"params.method"},
		"conditions.6.op":           {"in"},
		"conditions.6.value":        {"card", "bank_transfer"}, // boxes
	})
	got, err := f.Condition(types)
	want := Condition{Any: []Condition{
		is("params.amount", More, Cash("50.00", "EUR")),
		{All: []Condition{each(AnyOf, "params.ports", In, numbers("25", "587", "993"))}},
		is("params.method", In, OneOf("card", "bank_transfer")),
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v (%v)", got, err)
	}
	if none, err := ParseForm(url.Values{}).Condition(types); err != nil || !none.Always() {
		t.Errorf("an empty form: %+v (%v)", none, err)
	}
}

func TestWhatWasTypedWronglyComesBackAsTyped(t *testing.T) {
	f := ParseForm(post(Form{Join: "all", Rows: []Row{
		{Field: "params.size", Op: "=", Value: "sixty"},
		{Join: "any", Rows: []Row{{Field: "params.amount", Op: ">", Value: "50"}, {Field: "params.size", Op: ">", Value: "[1]"}}},
	}}))
	c, err := f.Condition(types)
	if err != nil {
		t.Fatal(err)
	}
	var at []string
	for _, p := range Check(c, types) {
		at = append(at, p.Name)
	}
	if want := []string{"conditions.0.value", "conditions.1.rows.0.value", "conditions.1.rows.1.value"}; !slices.Equal(at, want) {
		t.Errorf("problems at %v, want %v", at, want)
	}
	if f.Rows[0].Value != "sixty" || FormOf(c).Rows[0].Value != "sixty" {
		t.Errorf("%+v", f)
	}
}

func TestAKeptPartThatWasTamperedWithIsRefused(t *testing.T) {
	for _, kept := range []string{`{`, `{"any":[{"field":"x","all":[]}]}`, `{}`} {
		f := Form{Join: "all", Rows: []Row{{Kept: kept}}}
		if _, err := f.Condition(types); err == nil || !strings.Contains(err.Error(), "cannot be read any more") {
			t.Errorf("%s: %v", kept, err)
		}
	}
}

func TestTheMenuOffersOnlyFieldsThatExist(t *testing.T) {
	refund, _ := catalog.Find("billing.refund")
	fields := FormFields([]*catalog.ActionType{refund}, Names{"b": "WHMCS", "a": "Stripe"})
	byName := map[string]Field{}
	for _, f := range fields {
		byName[f.Name] = f
		if _, ok := FindField(f.Name, []*catalog.ActionType{refund}); !ok || f.Label == "" || f.Group == "" || len(f.Operators()) == 0 {
			t.Errorf("%+v", f)
		}
	}
	if got := byName["params.amount"]; !got.Money() || got.Label != "amount" {
		t.Errorf("amount: %+v", got)
	}
	invoice := byName["params.invoice_id"]
	if got := invoice.Operators(); !slices.Contains(got, Choice{"not contains", "does not contain"}) || !slices.Contains(got, Choice{"!=", "is not"}) {
		t.Errorf("operators of a text: %+v", got)
	}
	if got := byName["window.count.target.30d"].Label; got != "refunds for the same client in 30 days" {
		t.Error(got)
	}
	if got := byName["window.sum.amount.workspace.24h"].Label; got != "total amount in the whole workspace in 24 h, this one included" {
		t.Error(got)
	}
	if got := byName["integration"].Choices; !reflect.DeepEqual(got, []Choice{{"a", "Stripe"}, {"b", "WHMCS"}}) {
		t.Errorf("%+v", got)
	}
	if got := byName["integration.kind"].Choices; !slices.Contains(got, Choice{"whmcs", "WHMCS"}) {
		t.Errorf("%+v", got)
	}
	if len(FormFields(clashing(), nil)) == 0 {
		t.Error("actions that clash in one parameter have other fields")
	}
	if _, ok := FindField("params.clash", clashing()); ok {
		t.Error("a parameter of two types cannot be chosen")
	}
}

func TestNoFactsMakeTrueWhatIsCalledImpossible(t *testing.T) {
	facts := full(t)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]string{"1", "2", "3"})
		op := rapid.SampledFrom([]Op{Is, IsNot, More, Less, AtLeast, AtMost})
		var build func(depth int) Condition
		build = func(depth int) Condition {
			if depth == 0 || rapid.Bool().Draw(t, "leaf") {
				return is("params.size", op.Draw(t, "op"), Bare(size.Draw(t, "size")))
			}
			kids := []Condition{build(depth - 1), build(depth - 1)}
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				return Condition{All: kids}
			case 1:
				return Condition{Any: kids}
			}
			return Condition{Not: &kids[0]}
		}
		c := Condition{All: []Condition{build(3), build(2)}}
		possible := false
		for n := range 6 {
			f := *facts
			p, problems := catalog.ParseParams(everything, []byte(`{"size":`+strconv.Itoa(n)+`}`))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			f.Params = p
			possible = possible || eval(c, &f) == True
		}
		if refused := len(Check(c, types)) > 0; refused == possible {
			t.Fatalf("%+v: possible %v, refused %v", c, possible, refused)
		}
	})
}
