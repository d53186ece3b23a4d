package condition_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jexi/portal/models/catalog"
	. "github.com/jexi/portal/models/rule/condition"
)

func TestEveryOperatorComparesByTheFieldsType(t *testing.T) {
	for _, c := range []struct {
		field string
		op    Op
		value Operand
		want  Truth
	}{
		{"params.note", Is, Text("Please REFUND now"), True},
		{"params.note", Is, Text("please refund now"), False},
		{"params.note", IsNot, Text("x"), True},
		{"params.note", Contains, Text("refund"), True},
		{"params.note", StartsWith, Text("PLEASE"), True},
		{"params.note", EndsWith, Text("later"), False},
		{"params.note", In, OneOf("x", "Please REFUND now"), True},
		{"params.note", NotIn, OneOf("x", "y"), True},
		{"params.note", Matches, Text("^Please [A-Z]+ now$"), True},
		{"params.note", Matches, Text("refund"), False},
		{"params.size", More, Bare("41"), True},
		{"params.size", More, Bare("42"), False},
		{"params.size", AtLeast, Bare("42"), True},
		{"params.size", Less, Bare("42"), False},
		{"params.size", AtMost, Bare("42"), True},
		{"params.size", Is, Bare("42"), True},
		{"params.size", IsNot, Bare("42"), False},
		{"params.size", In, numbers("1", "42"), True},
		{"params.size", NotIn, numbers("1", "42"), False},
		{"params.rate", More, Text("1.249999"), True},
		{"params.rate", More, Text("1.25"), False},
		{"params.rate", Is, Text("1.250000"), True},
		{"params.rate", More, Text("-3"), True},
		{"params.amount", More, Cash("50.00", "EUR"), True},
		{"params.amount", More, Cash("184", "EUR"), False},
		{"params.amount", Is, Cash("184.00", "EUR"), True},
		{"params.currency", Is, Text("EUR"), True},
		{"params.final", Is, Bare("true"), True},
		{"params.final", Is, Bare("false"), False},
		{"params.method", Is, Text("card"), True},
		{"params.method", In, OneOf("bank_transfer"), False},
		{"params.domain", Under, Text("example.com"), True},
		{"params.domain", Under, Text("SHOP.Example.com."), True},
		{"params.domain", Under, Text("ample.com"), False},
		{"params.domain", Under, Text("sub.shop.example.com"), False},
		{"params.domain", Is, Text("Shop.EXAMPLE.com"), True},
		{"params.email", Under, Text("example.org"), True},
		{"params.email", Under, Text("ail.example.org"), False},
		{"params.email", EndsWith, Text("@mail.example.org"), True},
		{"params.address", Under, Text("192.0.2.0/24"), True},
		{"params.address", Under, Text("192.0.2.99/24"), True},
		{"params.address", Under, Text("198.51.100.0/24"), False},
		{"params.address", Is, Text("192.0.2.7"), True},
		{"params.until", Less, Text("2026-12-01T11:00:00+00:00"), True},
		{"params.until", AtLeast, Text("2026-12-01T11:00:00+01:00"), True},
		{"target", Under, Text("example.com"), True},
		{"confidence", Less, Text("0.8"), False},
		{"confidence", AtMost, Text("0.8"), True},
		{"workflow", Is, Text("billing-helper"), True},
		{"integration", Is, Text("int-1"), True},
		{"integration.kind", In, OneOf("whmcs", "stripe"), True},
		{"subject.kind", Is, Text("client"), True},
		{"subject.ref", Is, Text("20418"), True},
		{"risk", AtLeast, Text("high"), True},
		{"risk", More, Text("high"), False},
		{"risk", In, OneOf("low", "critical"), False},
		{"reversibility", Is, Text("reversible"), True},
		{"time.hour", AtLeast, Bare("9"), True},
		{"time.hour", Less, Bare("9"), False},
		{"time.weekday", In, OneOf("monday", "tuesday"), True},
		{"time.business", Is, Bare("true"), True},
		{"window.count.target.30d", AtLeast, Bare("2"), True},
		{"window.count.target.720h", More, Bare("2"), False},
		{"window.sum.amount.workspace.24h", More, Cash("283.99", "EUR"), True}, // 100 earlier and 184 now
		{"window.sum.amount.workspace.1d", More, Cash("284.00", "EUR"), False},
		{"window.sum.size.subject.7d", Is, Bare("50"), True},
	} {
		if got := eval(is(c.field, c.op, c.value), full(t)); got != c.want {
			t.Errorf("%s %s %+v is %s, want %s", c.field, c.op, c.value, got, c.want)
		}
	}
}

func TestEntriesOfAListCountAsTheRuleSays(t *testing.T) {
	for _, c := range []struct {
		each  Each
		field string
		op    Op
		value Operand
		want  Truth
	}{
		{AnyOf, "params.zones", Under, Text("example.net"), True},
		{AnyOf, "params.zones", Under, Text("example.org"), False},
		{AllOf, "params.zones", Under, Text("example.net"), False},
		{AllOf, "params.zones", Contains, Text("EXAMPLE"), True},
		{NoneOf, "params.zones", Under, Text("example.org"), True},
		{NoneOf, "params.zones", Is, Text("a.example.com"), False},
		{CountOf, "params.zones", More, Bare("1"), True},
		{CountOf, "params.zones", More, Bare("2"), False},
		{AnyOf, "params.ports", Less, Bare("100"), True},
		{AllOf, "params.ports", In, numbers("25", "587", "993"), True},
	} {
		if got := eval(each(c.each, c.field, c.op, c.value), full(t)); got != c.want {
			t.Errorf("%s of %s %s %+v is %s, want %s", c.each, c.field, c.op, c.value, got, c.want)
		}
	}
}

func TestWhatCannotBeKnownIsUnknown(t *testing.T) {
	nan := math.NaN()
	cases := map[string]struct {
		c      Condition
		change func(*Facts)
	}{
		"parameter not given":           {is("params.amount", More, Cash("50", "EUR")), func(f *Facts) { f.Params = params(t, `{}`) }},
		"currency not given":            {is("params.amount", More, Cash("50", "EUR")), func(f *Facts) { f.Params = params(t, `{"amount":"60.00"}`) }},
		"another currency":              {is("params.amount", More, Cash("50", "USD")), nil},
		"another currency, below":       {is("params.amount", Less, Cash("50", "USD")), nil},
		"another currency, is not":      {is("params.amount", IsNot, Cash("50", "USD")), nil},
		"a money without currency":      {is("params.amount", More, Text("50")), nil},
		"a number against a text":       {is("params.size", More, Text("41")), nil},
		"a field that does not exist":   {is("params.nothing", Is, Text("x")), nil},
		"a pattern that does not parse": {is("params.note", Matches, Text("(")), nil},
		"an operator that does not fit": {is("params.note", More, Text("x")), nil},
		"a list without each":           {is("params.zones", Is, Text("a.example.com")), nil},
		"each without a list":           {each(AnyOf, "params.note", Is, Text("x")), nil},
		"list not given":                {each(NoneOf, "params.zones", Is, Text("a.example.com")), func(f *Facts) { f.Params = params(t, `{}`) }},
		"target not given":              {is("target", Is, Text("shop.example.com")), func(f *Facts) { f.Target = "" }},
		"confidence not given":          {is("confidence", Less, Text("0.5")), func(f *Facts) { f.Confidence = nil }},
		"confidence is no number":       {is("confidence", Less, Text("0.5")), func(f *Facts) { f.Confidence = &nan }},
		"workflow not given":            {is("workflow", IsNot, Text("x")), func(f *Facts) { f.Workflow = "" }},
		"subject not given":             {is("subject.ref", IsNot, Text("x")), func(f *Facts) { f.Subject = Subject{} }},
		"no calendar":                   {is("time.hour", Less, Bare("9")), func(f *Facts) { f.Calendar = nil }},
		"no time":                       {is("time.business", Is, Bare("true")), func(f *Facts) { f.At = time.Time{} }},
		"window not fetched":            {is("window.count.target.24h", Less, Bare("2")), nil},
		"windows out of reach":          {is("window.count.target.30d", Less, Bare("5")), func(f *Facts) { f.Windows = nil }},
		"sum in another currency":       {is("window.sum.amount.subject.1h", Less, Cash("9999", "USD")), nil},
		"sum beyond all numbers":        {is("window.sum.amount.subject.2h", Less, Cash("9999", "EUR")), nil},
		"sum without own amount":        {is("window.sum.amount.workspace.24h", Less, Cash("9999", "EUR")), func(f *Facts) { f.Params = params(t, `{}`) }},
	}
	for name, c := range cases {
		f := full(t)
		if c.change != nil {
			c.change(f)
		}
		if got := eval(c.c, f); got != Unknown {
			t.Errorf("%s: %s", name, got)
		}
		not := c.c
		if got := eval(Condition{Not: &not}, f); got != Unknown {
			t.Errorf("not %s: %s", name, got)
		}
	}
}

func TestAnUnknownActionTypeLeavesItsParametersUnknown(t *testing.T) {
	sheet := NewSheet(nil)
	c := is("params.amount", More, Cash("50", "EUR"))
	test := sheet.Compile(&c)
	if got := test.Eval(sheet.Read(full(t), nil)); got != Unknown {
		t.Error(got)
	}
	if got := sheet.Because(&test, Unknown, nil); !strings.Contains(got, "This kind of action is not known") {
		t.Error(got)
	}
}

func TestAnAmountInAnyOfTwoCurrenciesCanBeWritten(t *testing.T) {
	c := Condition{Any: []Condition{
		{All: []Condition{is("params.currency", Is, Text("EUR")), is("params.amount", More, Cash("50", "EUR"))}},
		{All: []Condition{is("params.currency", Is, Text("USD")), is("params.amount", More, Cash("60", "USD"))}},
	}}
	for raw, want := range map[string]Truth{
		`{"amount":"40.00","currency":"USD"}`: False,
		`{"amount":"70.00","currency":"USD"}`: True,
		`{"amount":"55.00","currency":"EUR"}`: True,
		`{"amount":"55.00"}`:                  Unknown,
		`{"amount":"70.00","currency":"CHF"}`: False,
	} {
		f := full(t)
		f.Params = params(t, raw)
		if got := eval(c, f); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}

func TestLocalTimeFollowsTheClockChange(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	calendar := OfficeHours(berlin)
	calendar.Holidays = []string{"2026-12-25"}
	at := func(y int, m time.Month, d, h, min int) time.Time { return time.Date(y, m, d, h, min, 0, 0, time.UTC) }
	for _, c := range []struct {
		at       time.Time
		hour     string
		day      string
		business bool
	}{
		{at(2026, 3, 27, 8, 0), "9", "friday", true},   // winter: UTC+1
		{at(2026, 3, 27, 7, 59), "8", "friday", false}, // a minute before
		{at(2026, 3, 30, 7, 0), "9", "monday", true},   // summer: UTC+2, after the 23-hour Sunday
		{at(2026, 3, 29, 0, 59), "1", "sunday", false}, // last minute before the hour that is skipped
		{at(2026, 3, 29, 1, 0), "3", "sunday", false},  // there is no 2 o'clock
		{at(2026, 10, 25, 0, 30), "2", "sunday", false},
		{at(2026, 10, 25, 1, 30), "2", "sunday", false}, // 2 o'clock a second time
		{at(2026, 10, 25, 2, 30), "3", "sunday", false},
		{at(2026, 10, 26, 8, 0), "9", "monday", true},
		{at(2026, 10, 26, 15, 59), "16", "monday", true},
		{at(2026, 10, 26, 16, 0), "17", "monday", false}, // the closing minute is not in
		{at(2026, 12, 25, 10, 0), "11", "friday", false}, // a day off
		{at(2026, 12, 25, 23, 30), "0", "saturday", false},
	} {
		f := full(t)
		f.At, f.Calendar = c.at, calendar
		business := Bare(map[bool]string{true: "true", false: "false"}[c.business])
		all := Condition{All: []Condition{
			is("time.hour", Is, Bare(c.hour)), is("time.weekday", Is, Text(c.day)), is("time.business", Is, business),
		}}
		if got := eval(all, f); got != True {
			t.Errorf("%s is not hour %s, %s, business %v in Berlin", c.at, c.hour, c.day, c.business)
		}
	}
}

func TestTheTargetOfAListIsAllItsEntries(t *testing.T) {
	bulk := &catalog.ActionType{Key: "bulk.x", Target: []string{"zones"}, Params: everything.Params}
	if got := TargetOf(bulk, params(t, allParams)); got != "a.example.com,b.example.net" {
		t.Error(got)
	}
	if got := TargetOf(bulk, params(t, `{}`)); got != "" {
		t.Error(got)
	}
}

func truths(t *rapid.T, name string) Truth {
	return rapid.SampledFrom([]Truth{False, Unknown, True}).Draw(t, name)
}

func TestThreeValuedLogicKeepsKleenesLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := truths(t, "a"), truths(t, "b"), truths(t, "c")
		laws := map[string]bool{
			"and commutes":       a.And(b) == b.And(a),
			"or commutes":        a.Or(b) == b.Or(a),
			"and associates":     a.And(b).And(c) == a.And(b.And(c)),
			"or associates":      a.Or(b).Or(c) == a.Or(b.Or(c)),
			"and distributes":    a.And(b.Or(c)) == a.And(b).Or(a.And(c)),
			"or distributes":     a.Or(b.And(c)) == a.Or(b).And(a.Or(c)),
			"de Morgan and":      a.And(b).Not() == a.Not().Or(b.Not()),
			"de Morgan or":       a.Or(b).Not() == a.Not().And(b.Not()),
			"not not":            a.Not().Not() == a,
			"false decides and":  a.And(False) == False,
			"true decides or":    a.Or(True) == True,
			"unknown stays":      Unknown.Not() == Unknown && Unknown.And(True) == Unknown && Unknown.Or(False) == Unknown,
			"excluded middle no": a.Or(a.Not()) != False,
		}
		for law, holds := range laws {
			if !holds {
				t.Fatalf("%s: %s %s %s", law, a, b, c)
			}
		}
	})
}

// A compiled tree must agree with the logic it stands for, however it is nested.
func TestATreeIsTheLogicOfItsLeaves(t *testing.T) {
	leaves := map[Truth]Condition{
		True: is("params.size", Is, Bare("42")), False: is("params.size", Is, Bare("1")), Unknown: is("params.nothing", Is, Text("x")),
	}
	rapid.Check(t, func(t *rapid.T) {
		var build func(depth int) (Condition, Truth)
		build = func(depth int) (Condition, Truth) {
			kind := rapid.IntRange(0, 3).Draw(t, "kind")
			if depth == 0 || kind == 0 {
				v := truths(t, "leaf")
				return leaves[v], v
			}
			if kind == 1 {
				c, v := build(depth - 1)
				return Condition{Not: &c}, v.Not()
			}
			all := kind == 2
			want := map[bool]Truth{true: True, false: False}[all]
			var kids []Condition
			for range rapid.IntRange(1, 3).Draw(t, "kids") {
				c, v := build(depth - 1)
				kids = append(kids, c)
				if all {
					want = want.And(v)
				} else {
					want = want.Or(v)
				}
			}
			if all {
				return Condition{All: kids}, want
			}
			return Condition{Any: kids}, want
		}
		c, want := build(4)
		p, _ := catalog.ParseParams(everything, []byte(allParams))
		if got := eval(c, &Facts{Action: everything.Key, Params: p}); got != want {
			t.Fatalf("%+v is %s, want %s", c, got, want)
		}
	})
}
