package condition_test

import (
	"strings"
	"testing"

	"github.com/jexi/portal/models/catalog"
	. "github.com/jexi/portal/models/rule/condition"
)

func TestAConditionReadsAsASentenceAndAsCEL(t *testing.T) {
	not := func(c Condition) Condition { return Condition{Not: &c} }
	over := is("params.amount", More, Cash("50", "EUR"))
	for _, c := range []struct {
		c            Condition
		sentence, in string
	}{
		{Condition{}, "always", "true"},
		{over, "amount is more than 50.00 EUR", `params.amount > money("50", "EUR")`},
		{not(over), "amount is not more than 50.00 EUR", `!(params.amount > money("50", "EUR"))`},
		{is("params.note", Contains, Text("Refund \"now\"")), `note contains “Refund "now"”`, `params.note.lowerAscii().contains("refund \"now\"")`},
		{not(is("params.note", StartsWith, Text("x"))), "note does not start with “x”", `!(params.note.lowerAscii().startsWith("x"))`},
		{is("params.domain", Under, Text("example.com")), "domain is or is under example.com", `under(params.domain, "example.com")`},
		{is("params.address", Under, Text("192.0.2.0/24")), "address is in the network 192.0.2.0/24", `in_network(params.address, "192.0.2.0/24")`},
		{is("params.method", In, OneOf("card", "bank_transfer")), "method is one of card or bank transfer", `params.method in ["card", "bank_transfer"]`},
		{is("params.size", NotIn, numbers("1", "2", "3")), "size is none of 1, 2 or 3", `!(params.size in [1, 2, 3])`},
		{is("params.until", Less, Text("2026-12-01T10:00:00Z")), "until is before 2026-12-01T10:00:00Z", `params.until < timestamp("2026-12-01T10:00:00Z")`},
		{each(AnyOf, "params.zones", Under, Text("a.com")), "one of zones is or is under a.com", `params.zones.exists(e, under(e, "a.com"))`},
		{each(NoneOf, "params.zones", Is, Text("a.com")), "none of zones is a.com", `!params.zones.exists(e, e == "a.com")`},
		{each(AllOf, "params.ports", Less, Bare("1024")), "every one of ports is less than 1024", `params.ports.all(e, e < 1024)`},
		{each(CountOf, "params.zones", More, Bare("10")), "the number of zones is more than 10", `size(params.zones) > 10`},
		{is("risk", AtLeast, Text("high")), "risk is at least high", `risk in ["high", "critical"]`},
		{is("time.business", Is, Bare("false")), "it is outside business hours", `time.business == false`},
		{is("time.weekday", In, OneOf("saturday", "sunday")), "weekday is one of Saturday or Sunday", `time.weekday in ["saturday", "sunday"]`},
		{is("confidence", Less, Text("0.9")), "confidence is less than 0.9", `confidence < 0.9`},
		{is("integration", Is, Text("int-1")), "integration is WHMCS main", `integration == "int-1"`},
		{is("window.count.target.30d", AtLeast, Bare("1")), "at least 1 everything act for the same domain in 30 days", `window.count("target", duration("720h")) >= 1`},
		{is("window.count.workspace.24h", More, Bare("5")), "more than 5 everything acts in the whole workspace in 24 h", `window.count("workspace", duration("24h")) > 5`},
		{is("window.sum.amount.subject.7d", More, Cash("200.00", "EUR")), "total amount for the same subject in 7 days, this one included is more than 200.00 EUR", `window.sum("amount", "subject", duration("168h")) > money("200.00", "EUR")`},
		{Condition{All: []Condition{over, {Any: []Condition{is("params.size", Is, Bare("1")), is("params.final", Is, Bare("true"))}}}},
			"amount is more than 50.00 EUR and (size is 1 or final is true)", `params.amount > money("50", "EUR") && (params.size == 1 || params.final == true)`},
		{not(Condition{Any: []Condition{over, is("params.size", Is, Bare("1"))}}),
			"not (amount is more than 50.00 EUR or size is 1)", `!(params.amount > money("50", "EUR") || params.size == 1)`},
		{is("params.gone", Is, Text("x")), "gone is “x”", `params.gone == "x"`},
	} {
		if got := Sentence(c.c, types, Names{"int-1": "WHMCS main"}); got != c.sentence {
			t.Errorf("sentence %q, want %q", got, c.sentence)
		}
		if got := CEL(c.c, types); got != c.in {
			t.Errorf("CEL %s, want %s", got, c.in)
		}
	}
}

func TestAnAmountStandsRightAfterTheAction(t *testing.T) {
	over, again := is("params.amount", More, Cash("50", "EUR")), is("window.count.target.30d", AtLeast, Bare("1"))
	refund, _ := catalog.Find("billing.refund")
	for _, c := range []struct {
		c    Condition
		want string
	}{
		{Condition{}, ""},
		{over, " over 50.00 EUR"},
		{Condition{All: []Condition{over, again}}, " over 50.00 EUR and at least 1 refund for the same client in 30 days"},
		{Condition{Any: []Condition{over, again}}, " when amount is more than 50.00 EUR or at least 1 refund for the same client in 30 days"},
		{again, " when at least 1 refund for the same client in 30 days"},
	} {
		if got := After(c.c, []*catalog.ActionType{refund}, nil); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestAnExplanationTellsTheActualBesideTheWantedValue(t *testing.T) {
	for _, c := range []struct {
		c             Condition
		change        func(f *Facts)
		truth         Truth
		text, because string
	}{
		{is("params.amount", More, Cash("50", "EUR")), nil, True, "amount 184.00 EUR is more than 50.00 EUR", "Amount 184.00 EUR is more than 50.00 EUR."},
		{is("params.amount", More, Cash("500", "EUR")), nil, False, "amount 184.00 EUR is more than 500.00 EUR", "Amount 184.00 EUR is not more than 500.00 EUR."},
		{is("params.amount", More, Cash("50", "USD")), nil, Unknown, "amount is in EUR and the rule compares USD, so this counts as a match", "Amount is in EUR and the rule compares USD, so this counts as a match."},
		{is("params.amount", More, Cash("50", "EUR")), func(f *Facts) { f.Params = params(t, `{}`) }, Unknown, "amount was not given, so this counts as a match", "Amount was not given, so this counts as a match."},
		{is("params.gone", Is, Text("x")), nil, Unknown, "gone is no part of this action, so this counts as a match", "Gone is no part of this action, so this counts as a match."},
		{is("window.count.target.30d", More, Bare("5")), func(f *Facts) { f.Windows = nil }, Unknown, "everything acts for the same domain in 30 days could not be counted, so this counts as a match", ""},
		{each(AnyOf, "params.zones", Under, Text("example.org")), nil, False, "one of zones (a.example.com, b.example.net) is or is under example.org", "None of zones (a.example.com, b.example.net) is or is under example.org."},
		{each(CountOf, "params.zones", More, Bare("1")), nil, True, "the number of zones, 2, is more than 1", "The number of zones, 2, is more than 1."},
		{is("params.email", Under, Text("example.org")), nil, True, "e-mail is or is under example.org", "E-mail is or is under example.org."}, // personal: no value
		{is("params.note", Contains, Text("refund")), nil, True, "note “Please REFUND now” contains “refund”", ""},
		{is("time.business", Is, Bare("true")), func(f *Facts) { f.Calendar.Holidays = []string{"2026-11-23"} }, False, "it is in business hours", "It is outside business hours."},
		{is("risk", AtLeast, Text("critical")), nil, False, "risk high is at least critical", "Risk high is less than critical."},
	} {
		f := full(t)
		if c.change != nil {
			c.change(f)
		}
		sheet := NewSheet(everything)
		test := sheet.Compile(&c.c)
		slots := sheet.Read(f, nil)
		got := sheet.Explain(&test, slots)
		if got.Truth != c.truth || got.Text != c.text {
			t.Errorf("%s %q, want %s %q", got.Truth, got.Text, c.truth, c.text)
		}
		if because := sheet.Because(&test, c.truth, slots); c.because != "" && because != c.because {
			t.Errorf("because %q, want %q", because, c.because)
		}
	}
}

func TestAnExplanationNamesOnlyTheClausesThatDecided(t *testing.T) {
	c := Condition{Any: []Condition{
		is("params.size", Is, Bare("1")),
		{All: []Condition{is("params.amount", More, Cash("50", "EUR")), is("params.final", Is, Bare("true"))}},
		is("params.gone", Is, Text("x")),
	}}
	sheet := NewSheet(everything)
	test := sheet.Compile(&c)
	slots := sheet.Read(full(t), nil)
	if got, want := sheet.Because(&test, True, slots), "Amount 184.00 EUR is more than 50.00 EUR and final is true."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	inner := c.Any[1]
	denied := Condition{Not: &inner}
	other := sheet.Compile(&denied)
	if got, want := sheet.Because(&other, False, sheet.Read(full(t), nil)), "Amount 184.00 EUR is more than 50.00 EUR and final is true."; got != want {
		t.Errorf("behind a not: %q, want %q", got, want)
	}
	clause := sheet.Explain(&test, slots)
	if clause.Join != "any" || len(clause.Kids) != 3 || clause.Kids[1].Join != "all" || clause.Kids[2].Truth != Unknown {
		t.Errorf("%+v", clause)
	}
}

func TestALongValueIsCutInAnExplanation(t *testing.T) {
	f := full(t)
	f.Params = params(t, `{"note":"`+strings.Repeat("ä", 200)+`"}`)
	c := is("params.note", Contains, Text("ä"))
	sheet := NewSheet(everything)
	test := sheet.Compile(&c)
	if got := sheet.Because(&test, True, sheet.Read(f, nil)); strings.Count(got, "ä") != 81 || !strings.Contains(got, "…") {
		t.Error(got)
	}
}
