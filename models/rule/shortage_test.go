package rule_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	. "github.com/jexi/portal/models/rule"
)

func TestARuleSaysWhereItAsksForMorePeopleThanThereAre(t *testing.T) {
	small := directory().Without(id(bea)).Without(id(bob)) // Ben and Audrey are left of Billing; she never decides
	perGroup := func(b *Body) {
		b.Stages = []Stage{{Mode: PerGroup, Groups: []Share{{group("billing"), 1}, {group("leads"), 1}}}}
	}
	for name, c := range map[string]struct {
		rule Body
		dir  Directory
		want []string
	}{
		"enough": {asking(), small, nil},
		"too few of a group": {asking(func(b *Body) { b.Stages[0] = quorum(2, group("billing")) }), small,
			[]string{"Billing approvers has 1 person who can decide, needs 2, blocks true"}},
		"a fallback joins in": {asking(func(b *Body) {
			b.Stages[0] = quorum(2, group("billing"))
			b.Stages[0].Fallback = []Approver{role(access.Admin)}
		}), small, []string{"Billing approvers has 1 person who can decide, needs 2, blocks false"}},
		"too few of a role": {asking(func(b *Body) { b.Stages[0] = quorum(3, role(access.Admin)) }), directory(),
			[]string{"Admins have 2 people who can decide, needs 3, blocks true"}},
		"left out by the rule itself": {asking(func(b *Body) {
			b.Stages[0] = quorum(2, role(access.Admin))
			b.Exclude.People = []string{id(alma).String()}
		}), directory(), []string{"Admins have 1 person who can decide, needs 2, blocks true"}},
		"nobody of one group": {asking(perGroup), small, []string{"Support leads has nobody who can decide, needs 1, blocks true"}},
		"one person in two groups": {asking(perGroup), directory().Without(id(ben)).Without(id(bob)),
			[]string{"Billing approvers and Support leads have 1 person who can decide, needs 2, blocks true"}},
		"the same people in two stages": {asking(func(b *Body) { b.Stages = []Stage{quorum(2, group("billing")), quorum(2, group("billing"))} }), directory(),
			[]string{"Billing approvers has 3 people who can decide, needs 4, blocks true"}},
		"the platform wants two": {asking(func(b *Body) {
			b.Actions, b.Stages = []string{"dns.zone.delete"}, []Stage{quorum(1, role(access.Owner))}
		}), directory(),
			[]string{"Owners have 1 person who can decide, needs 2, blocks true"}},
		"somebody who left": {asking(func(b *Body) { b.Stages[0] = quorum(1, person(bea)) }), small, []string{"Bea cannot decide, needs 1, blocks true"}},
		"the integration's owner is known with the request": {asking(func(b *Body) { b.Stages[0] = quorum(1, Approver{Kind: OwnerKind}) }), small, nil},
		"all who are there":       {asking(func(b *Body) { b.Stages[0] = Stage{Mode: Everyone, Who: []Approver{group("billing")}} }), small, nil},
		"a rule that asks nobody": {asking(func(b *Body) { b.Effect, b.Stages = Block, nil }), small, nil},
	} {
		var got []string
		for _, s := range c.rule.Shortages(catalog.Types(), c.dir) {
			got = append(got, fmt.Sprintf("%s, needs %d, blocks %t", s.Sentence(c.dir), s.Need, s.Blocks))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if whole := directory(); !whole.People[bea-1].Active {
		t.Error("looking at what would be changes what is")
	}
}
