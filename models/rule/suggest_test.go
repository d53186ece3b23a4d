package rule_test

import (
	"slices"
	"testing"

	"github.com/jexi/portal/models/catalog"
	. "github.com/jexi/portal/models/rule"
)

func TestEverySuggestionIsAGoodRule(t *testing.T) {
	var all []Body
	for _, s := range Suggestions() {
		if s.Why == "" || s.Key == "" {
			t.Errorf("%+v", s)
		}
		all = append(all, s.Body)
	}
	for _, a := range catalog.Types() {
		all = append(all, Suggest(a))
	}
	for _, b := range all {
		if err := valid(b); err != nil {
			t.Errorf("%s: %v", b.Name, err)
		}
		if got, err := EditorOf(b).Body(); err != nil || got.Sentence(catalog.Types(), directory()) != b.Sentence(catalog.Types(), directory()) {
			t.Errorf("%s: the editor makes %q of it (%v)", b.Name, got.Sentence(catalog.Types(), directory()), err)
		}
	}
}

func TestOnlyWhatGoesAheadByItselfIsUnguarded(t *testing.T) {
	keys := func(rules ...Body) (out []string) {
		var all []Rule
		for i, b := range rules {
			all = append(all, live(i, b))
		}
		for _, a := range Unguarded(catalog.Types(), all) {
			out = append(out, a.Key)
		}
		return out
	}
	none := keys()
	if !slices.Contains(none, "billing.credit") || slices.Contains(none, "dns.zone.delete") {
		t.Errorf("without a rule: %v", none)
	}
	if left := keys(asking(func(b *Body) { b.Actions = []string{"billing.*"} })); slices.Contains(left, "billing.credit") || len(left) >= len(none) {
		t.Errorf("with a rule for billing: %v", left)
	}
	if left := keys(asking(func(b *Body) { b.Actions = []string{"*"} })); len(left) > 0 {
		t.Errorf("with a rule for everything: %v", left)
	}
}

func TestWhoIsAskedAreThoseWhoMayDecideToday(t *testing.T) {
	d := directory()
	d.People[ben-1].Active = false
	var names []string
	for _, p := range d.Asked([]Approver{group("billing"), person(olga), person(bob)}) {
		names = append(names, p.Name)
	}
	if !slices.Equal(names, []string{"Olga", "Bea", "Bob"}) { // not Audrey, who audits
		t.Errorf("asked are %v", names)
	}
}

func TestARuleNamesTheWaysAroundIt(t *testing.T) {
	keys := func(b Body) (out []string) {
		for _, t := range b.Otherwise() {
			out = append(out, t.Key)
		}
		return out
	}
	for _, c := range []struct {
		body Body
		want []string
	}{
		{Body{Actions: []string{"billing.refund"}, Effect: RequireApproval}, []string{"billing.credit", "billing.void"}},
		{Body{Actions: []string{"billing.*"}, Effect: Block}, nil},
		{Body{Actions: []string{"billing.refund"}, Effect: AllowWithNotice}, nil},
		{Body{Actions: []string{"dns.zone.delete", "dns.record.delete"}, Effect: Block}, []string{"bulk.dns_record_change", "dns.record.change"}},
	} {
		if got := keys(c.body); !slices.Equal(got, c.want) {
			t.Errorf("around a rule about %v there are %v, want %v", c.body.Actions, got, c.want)
		}
	}
}
