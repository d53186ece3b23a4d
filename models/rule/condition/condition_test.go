package condition_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/jexi/portal/internal/fault"
	. "github.com/jexi/portal/models/rule/condition"
)

func TestAConditionKeepsItsMeaningInJSON(t *testing.T) {
	for _, raw := range []string{
		`{}`,
		`{"field":"params.amount","op":">","value":{"money":"50.00","currency":"EUR"}}`,
		`{"all":[{"field":"params.size","op":"=","value":5},{"not":{"field":"target","op":"under","value":"example.com"}}]}`,
		`{"any":[{"field":"params.final","op":"=","value":true},{"field":"params.zones","each":"none","op":"in","value":["a.com","b.com"]}]}`,
		`{"field":"params.ports","each":"any","op":"in","value":[25,587]}`,
	} {
		c, err := Parse([]byte(raw))
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		back, err := jsonv2.Marshal(c)
		if err != nil || string(back) != raw {
			t.Errorf("%s became %s (%v)", raw, back, err)
		}
	}
}

func TestAConditionThatIsNotExactlyOneIsRefused(t *testing.T) {
	leaf := `{"field":"target","op":"=","value":"x"}`
	for name, raw := range map[string]string{
		"nothing":             ``,
		"null inside":         `{"all":[null]}`,
		"a list":              `[]`,
		"unknown key":         `{"field":"target","op":"=","value":"x","operator":"="}`,
		"key in other case":   `{"Field":"target","op":"=","value":"x"}`,
		"key twice":           `{"field":"target","field":"risk","op":"=","value":"x"}`,
		"two kinds":           `{"all":[` + leaf + `],"any":[` + leaf + `]}`,
		"empty part":          `{"all":[{}]}`,
		"operator of a tree":  `{"all":[` + leaf + `],"op":"="}`,
		"null value":          `{"field":"target","op":"=","value":null}`,
		"money, no currency":  `{"field":"params.amount","op":">","value":{"money":"5"}}`,
		"money, more":         `{"field":"params.amount","op":">","value":{"money":"5","currency":"EUR","x":1}}`,
		"bad UTF-8":           "{\"field\":\"target\",\"op\":\"=\",\"value\":\"\xff\"}",
		"something after":     leaf + leaf,
		"nine levels":         strings.Repeat(`{"not":`, 8) + leaf + strings.Repeat(`}`, 8),
		"101 parts":           `{"all":[` + strings.Repeat(leaf+",", 99) + leaf + `]}`,
		"a regex bomb's size": `{"field":"params.note","op":"matches","value":"` + strings.Repeat("a", 70_000) + `"}`,
		"10,000 levels":       strings.Repeat(`{"not":`, 9_000) + leaf + strings.Repeat(`}`, 9_000),
	} {
		if _, err := Parse([]byte(raw)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheLargestConditionThatIsAllowed(t *testing.T) {
	leaf := `{"field":"target","op":"=","value":"x"}`
	for name, raw := range map[string]string{
		"eight levels": strings.Repeat(`{"not":`, 7) + leaf + strings.Repeat(`}`, 7),
		"100 parts":    `{"all":[` + strings.Repeat(leaf+",", 98) + leaf + `]}`,
	} {
		if _, err := Parse([]byte(raw)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsWrongIsSaidAtItsPlaceInTheEditor(t *testing.T) {
	good := is("params.size", Is, Bare("5"))
	for name, c := range map[string]struct {
		c    Condition
		at   string
		says string
	}{
		"unknown field":          {is("params.nothing", Is, Text("x")), "conditions.0.field", "None of these actions has a parameter \"nothing\""},
		"no such field":          {is("colour", Is, Text("x")), "conditions.0.field", "There is no field"},
		"operator of a number":   {is("params.note", More, Text("x")), "conditions.0.op", "Choose one of = != in not_in contains"},
		"a word for a number":    {is("params.size", Is, Text("60")), "conditions.0.value", "Write a whole number"},
		"exponent":               {is("params.size", Is, Bare("1e309")), "conditions.0.value", "Write a whole number"},
		"beyond 2^53":            {is("params.size", Is, Bare("9007199254740993")), "conditions.0.value", "Write a whole number"},
		"minus nothing":          {is("params.rate", Is, Text("-0")), "conditions.0.value", "Write a number"},
		"NaN":                    {is("params.rate", Is, Text("NaN")), "conditions.0.value", "Write a number"},
		"negative money":         {is("params.amount", More, Cash("-5", "EUR")), "conditions.0.value", "not negative"},
		"too fine money":         {is("params.amount", More, Cash("5.001", "EUR")), "conditions.0.value", "Write an amount"},
		"money, no currency":     {is("params.amount", More, Text("5")), "conditions.0.value", "with its currency"},
		"no such currency":       {is("params.amount", More, Cash("5", "XQZ")), "conditions.0.currency", "XQZ is no currency"},
		"currency in words":      {is("params.amount", More, Cash("5", "euro")), "conditions.0.value", "its currency such as EUR"},
		"enum":                   {is("params.method", Is, Text("cash")), "conditions.0.value", "Choose one of card, bank_transfer."},
		"hour 24":                {is("time.hour", Is, Bare("24")), "conditions.0.value", "between 0 and 23"},
		"confidence 1.5":         {is("confidence", Less, Text("1.5")), "conditions.0.value", "between 0 and 1"},
		"empty value":            {is("params.note", Is, Text("")), "conditions.0.value", "Say what to compare with"},
		"empty list":             {is("params.note", In, OneOf()), "conditions.0.value", "The list is empty"},
		"value for a list":       {is("params.note", In, Text("x")), "conditions.0.value", "take a list"},
		"list for a value":       {is("params.note", Is, OneOf("x")), "conditions.0.value", "take a list"},
		"201 values":             {is("params.note", In, OneOf(strings.Split(strings.Repeat("x,", 200)+"x", ",")...)), "conditions.0.value", "at most 200"},
		"long value":             {is("params.note", Contains, Text(strings.Repeat("x", 501))), "conditions.0.value", "at most 500"},
		"long pattern":           {is("params.note", Matches, Text(strings.Repeat("x", 201))), "conditions.0.value", "at most 200 characters"},
		"look-ahead":             {is("params.note", Matches, Text("(?=x)")), "conditions.0.value", "RE2"},
		"network":                {is("params.address", Under, Text("192.0.2.7")), "conditions.0.value", "such as 192.0.2.0/24"},
		"domain":                 {is("params.domain", Under, Text("com")), "conditions.0.value", "such as example.com"},
		"list without each":      {is("params.zones", Is, Text("a.com")), "conditions.0.each", "is a list"},
		"each without list":      {each(AnyOf, "params.note", Is, Text("x")), "conditions.0.each", "is not a list"},
		"each that is none":      {each("most", "params.zones", Is, Text("a.com")), "conditions.0.each", "Choose any, all, none or count"},
		"window too long":        {is("window.count.target.91d", More, Bare("1")), "conditions.0.field", "90 days"},
		"window of a text":       {is("window.sum.note.target.1d", More, Bare("1")), "conditions.0.field", "cannot be added up"},
		"window malformed":       {is("window.count.everyone.1d", More, Bare("1")), "conditions.0.field", "window.count.target.30d"},
		"negative count":         {is("window.count.target.1d", Is, Bare("-1")), "conditions", "never match"},
		"second row":             {Condition{All: []Condition{good, is("params.size", Is, Text("x"))}}, "conditions.1.value", "whole number"},
		"row in a group":         {Condition{All: []Condition{good, {Any: []Condition{good, is("params.size", Is, Text("x"))}}}}, "conditions.1.rows.1.value", "whole number"},
		"row behind a not":       {Condition{All: []Condition{good, {Not: &Condition{Field: "colour", Op: Is, Value: Text("x")}}}}, "conditions.1.field", "no field"},
		"empty group":            {Condition{All: []Condition{good, {Any: []Condition{}}}}, "conditions.1", "group is empty"},
		"different in two types": {is("params.clash", Is, Text("x")), "conditions.0.field", "not the same type"},
	} {
		list := types
		if name == "different in two types" {
			list = clashing()
		}
		problems := Check(c.c, list)
		if len(problems) != 1 || problems[0].Name != c.at || !strings.Contains(problems[0].Message, c.says) {
			t.Errorf("%s: %v, want %q at %s", name, problems, c.says, c.at)
		}
	}
	if problems := Check(good, types); len(problems) > 0 {
		t.Errorf("a good condition: %v", problems)
	}
}

func TestAConditionThatCanNeverMatchIsRefused(t *testing.T) {
	all := func(kids ...Condition) Condition { return Condition{All: kids} }
	any := func(kids ...Condition) Condition { return Condition{Any: kids} }
	not := func(c Condition) Condition { return Condition{Not: &c} }
	over, under := is("params.amount", More, Cash("50", "EUR")), is("params.amount", Less, Cash("10", "EUR"))
	for name, c := range map[string]struct {
		c     Condition
		never bool
	}{
		"over 50 and under 10":           {all(over, under), true},
		"over 50 or under 10":            {any(over, under), false},
		"over 50 and at most 50":         {all(over, is("params.amount", AtMost, Cash("50", "EUR"))), true},
		"at least 50 and at most 50":     {all(is("params.amount", AtLeast, Cash("50", "EUR")), is("params.amount", AtMost, Cash("50", "EUR"))), false},
		"two currencies at once":         {all(over, is("params.amount", More, Cash("60", "USD"))), true},
		"two currencies, either":         {any(over, is("params.amount", More, Cash("60", "USD"))), false},
		"nested":                         {all(all(over), any(under, all(under))), true},
		"one way out":                    {all(over, any(under, is("params.size", Is, Bare("1")))), false},
		"not over and over":              {all(not(over), over), true},
		"not (under or over), yet under": {all(not(any(under, over)), under), true},
		"not (under and over)":           {all(not(all(under, over)), over), false},
		"less than nothing":              {is("params.amount", Less, Cash("0", "EUR")), true},
		"two texts":                      {all(is("params.note", Is, Text("a")), is("params.note", Is, Text("b"))), true},
		"a text and its like":            {all(is("params.note", Is, Text("abc")), is("params.note", Contains, Text("B"))), false},
		"a text and not its like":        {all(is("params.note", Is, Text("abc")), is("params.note", StartsWith, Text("x"))), true},
		"in and not in":                  {all(is("params.note", In, OneOf("a", "b")), is("params.note", NotIn, OneOf("a", "b", "c"))), true},
		"in and in, one in both":         {all(is("params.note", In, OneOf("a", "b")), is("params.note", In, OneOf("b", "c"))), false},
		"every choice left out":          {is("params.method", NotIn, OneOf("card", "bank_transfer")), true},
		"a risk that no action has":      {is("risk", Is, Text("low")), true},
		"above the highest risk":         {is("risk", More, Text("critical")), true},
		"after 23 o'clock":               {is("time.hour", More, Bare("23")), true},
		"between 5 and 6 in whole hours": {all(is("time.hour", More, Bare("5")), is("time.hour", Less, Bare("6"))), true},
		"one number, left out":           {all(is("params.size", AtLeast, Bare("5")), is("params.size", AtMost, Bare("5")), is("params.size", IsNot, Bare("5"))), true},
		"true and false":                 {all(is("params.final", Is, Bare("true")), is("params.final", Is, Bare("false"))), true},
		"before and after":               {all(is("params.until", Less, Text("2026-01-01T00:00:00Z")), is("params.until", More, Text("2026-01-02T00:00:00Z"))), true},
		"entries of a list may differ":   {all(each(AnyOf, "params.zones", Is, Text("a.com")), each(AnyOf, "params.zones", Is, Text("b.com"))), false},
		"count below none":               {each(CountOf, "params.zones", Less, Bare("0")), true},
		"no contains and contains":       {all(not(is("params.note", Contains, Text("a"))), is("params.note", Contains, Text("a"))), false}, // not found out
	} {
		problems := Check(c.c, types)
		if never := len(problems) == 1 && strings.HasPrefix(problems[0].Message, "This can never match: "); never != c.never {
			t.Errorf("%s: %v", name, problems)
		}
	}
	problems := Check(all(over, is("params.size", Is, Bare("3")), under), types)
	if want := "This can never match: amount is more than 50.00 EUR and amount is less than 10.00 EUR."; len(problems) != 1 || problems[0].Message != want {
		t.Errorf("%v", problems)
	}
}

func TestAPatternBombEndsInTime(t *testing.T) {
	f := full(t)
	f.Params = params(t, `{"note":"`+strings.Repeat("a", 200)+`"}`)
	if got := eval(is("params.note", Matches, Text("^(a+)+$b|(a*)*c")), f); got != False {
		t.Error(got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"field":"params.amount","op":">","value":{"money":"50.00","currency":"EUR"}}`))
	f.Add([]byte(`{"all":[{"not":{"any":[{"field":"params.zones","each":"count","op":"in","value":[1,2]}]}}]}`))
	f.Add([]byte(`{"all":[]}`))
	f.Add([]byte(`{"field":"window.sum.amount.target.24h","op":"<=","value":1e5}`))
	facts := full(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse(data)
		if err != nil {
			if fault.As(err) == nil {
				t.Fatalf("an error that is no fault: %v", err)
			}
			return
		}
		written, err := json.Marshal(c)
		if err != nil {
			t.Fatalf("%q was read and cannot be written: %v", data, err)
		}
		again, err := Parse(written)
		if err != nil || !reflect.DeepEqual(c, again) {
			t.Fatalf("%q became %q: %v", data, written, err)
		}
		form, err := FormOf(c).Condition(types)
		if err == nil && len(Check(c, types)) == 0 && eval(form, facts) != eval(c, facts) {
			t.Fatalf("%q changed its truth in the editor", data)
		}
		Sentence(c, types, nil)
		CEL(c, types)
	})
}

func TestLocalTimeIsFoundHoweverDeep(t *testing.T) {
	night := Condition{Field: "time.business", Op: Is, Value: Bare("false")}
	amount := Condition{Field: "params.amount", Op: More, Value: Cash("50.00", "EUR")}
	for _, c := range []Condition{night, {All: []Condition{amount, night}}, {Any: []Condition{amount, {Not: &night}}}} {
		if !c.LocalTime() {
			t.Errorf("%+v does not go by local time", c)
		}
	}
	for _, c := range []Condition{{}, amount, {Not: &amount}, {Any: []Condition{amount}}} {
		if c.LocalTime() {
			t.Errorf("%+v goes by local time", c)
		}
	}
}
