package rule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	. "github.com/jexi/portal/models/rule"
)

// plan is what one rule with these stages asks for.
func plan(stages ...Stage) *Plan {
	p := planFor(1, asking(func(b *Body) { b.Stages = stages }))
	return &p
}

func votes(stage int, choice VoteChoice, ns ...int) []Vote {
	var out []Vote
	for i, n := range ns {
		out = append(out, Vote{Person: id(n), Stage: stage, Choice: choice, At: time.Unix(int64(1000*stage+i), 0)})
	}
	return out
}

func join(lists ...[]Vote) []Vote {
	var out []Vote
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

func TestAStageIsSatisfiedByWhoItNames(t *testing.T) {
	billing, leads, admins := group("billing"), group("leads"), role(access.Admin)
	for name, c := range map[string]struct {
		plan    *Plan
		votes   []Vote
		want    Outcome
		current int
	}{
		"nobody yet":                       {plan(quorum(1, billing)), nil, Open, 0},
		"one of any":                       {plan(Stage{Mode: AnyOne, Who: []Approver{billing}}), votes(0, Approve, ben), Approved, 1},
		"one of two":                       {plan(quorum(2, billing)), votes(0, Approve, ben), Open, 0},
		"two of two":                       {plan(quorum(2, billing)), votes(0, Approve, ben, bea), Approved, 1},
		"the same person twice":            {plan(quorum(2, billing)), votes(0, Approve, ben, ben), Open, 0},
		"somebody else":                    {plan(quorum(1, billing)), votes(0, Approve, adam), Open, 0},
		"an auditor in the group":          {plan(quorum(1, billing)), votes(0, Approve, audrey), Open, 0},
		"all of three, two":                {plan(Stage{Mode: Everyone, Who: []Approver{billing}}), votes(0, Approve, ben, bea), Open, 0},
		"all of three":                     {plan(Stage{Mode: Everyone, Who: []Approver{billing}}), votes(0, Approve, ben, bea, bob), Approved, 1},
		"a person by name":                 {plan(quorum(1, person(priya))), votes(0, Approve, priya), Approved, 1},
		"the integration's owner":          {plan(quorum(1, Approver{Kind: OwnerKind})), votes(0, Approve, alma), Approved, 1},
		"not the integration's owner":      {plan(quorum(1, Approver{Kind: OwnerKind})), votes(0, Approve, adam), Open, 0},
		"denied by one":                    {plan(quorum(2, billing)), join(votes(0, Approve, ben), votes(0, Deny, bea)), Denied, 0},
		"denied by a stranger":             {plan(quorum(2, billing)), votes(0, Deny, 99), Open, 0},
		"taken back":                       {plan(quorum(1, billing)), join(votes(0, Approve, ben), []Vote{{id(ben), 0, Withdraw, time.Unix(9, 0)}}), Open, 0},
		"taken back and given again":       {plan(quorum(1, billing)), []Vote{{id(ben), 0, Approve, time.Unix(9, 0)}, {id(ben), 0, Withdraw, time.Unix(5, 0)}}, Approved, 1},
		"first stage done":                 {plan(quorum(1, billing), quorum(1, admins)), votes(0, Approve, ben), Open, 1},
		"second before first":              {plan(quorum(1, billing), quorum(1, admins)), votes(1, Approve, adam), Open, 0},
		"both stages":                      {plan(quorum(1, billing), quorum(1, admins)), join(votes(0, Approve, ben), votes(1, Approve, adam)), Approved, 2},
		"one person in both stages":        {plan(quorum(1, leads, admins), quorum(1, billing)), join(votes(0, Approve, bea), votes(1, Approve, bea)), Open, 1},
		"of each group":                    {plan(Stage{Mode: PerGroup, Groups: []Share{{billing, 2}, {admins, 1}}}), votes(0, Approve, ben, bob, adam), Approved, 1},
		"of each group, one short":         {plan(Stage{Mode: PerGroup, Groups: []Share{{billing, 2}, {admins, 1}}}), votes(0, Approve, ben, adam, alma), Open, 0},
		"in two groups, moved to the rare": {plan(Stage{Mode: PerGroup, Groups: []Share{{billing, 1}, {leads, 1}}}), votes(0, Approve, bea, ben), Approved, 1},
		"in two groups counts once":        {plan(Stage{Mode: PerGroup, Groups: []Share{{billing, 1}, {leads, 1}}}), votes(0, Approve, bea), Open, 0},
		"more than there are":              {plan(quorum(4, billing)), nil, Undecidable, 0},
		"an empty group":                   {plan(quorum(1, group("empty"))), nil, Undecidable, 0},
		"all, who are all needed later":    {plan(Stage{Mode: Everyone, Who: []Approver{billing}}, quorum(1, billing)), nil, Undecidable, 0},
		"all, at least four of three":      {plan(Stage{Mode: Everyone, Min: 4, Who: []Approver{billing}}), votes(0, Approve, ben, bea, bob), Undecidable, 0},
		"all, one of whom decides before":  {plan(quorum(1, leads), Stage{Mode: Everyone, Who: []Approver{billing}}), nil, Open, 0},
		"one person for two stages":        {plan(quorum(1, leads), quorum(1, leads)), nil, Undecidable, 0},
		"all, though one decided before":   {plan(quorum(1, leads), Stage{Mode: Everyone, Who: []Approver{billing}}), join(votes(0, Approve, bea), votes(1, Approve, ben, bob)), Approved, 2},
		"nobody owns the integration":      {plan(quorum(1, Approver{Kind: OwnerKind}, group("empty"))), nil, Undecidable, 0},
	} {
		owner := id(alma)
		if name == "nobody owns the integration" {
			owner = uuid.Nil
		}
		got := c.plan.Tally(people(), nil, owner, c.votes)
		if got.Outcome != c.want || got.Current != c.current {
			t.Errorf("%s: %s at stage %d, want %s at %d", name, got.Outcome, got.Current, c.want, c.current)
		}
	}
}

func TestOnePersonMayDecideTwiceWhereTheRuleSaysSo(t *testing.T) {
	p := planFor(1, asking(func(b *Body) {
		b.SamePerson, b.Stages = true, []Stage{quorum(1, group("leads")), quorum(1, group("leads"))}
	}))
	got := p.Tally(people(), nil, uuid.Nil, join(votes(0, Approve, bea), votes(1, Approve, bea)))
	if got.Outcome != Approved {
		t.Errorf("%+v", got)
	}
}

func TestAQuorumNeverShrinksToWhoIsLeft(t *testing.T) {
	p := plan(quorum(3, group("billing")))
	gone := people()
	gone[bob-1].Active = false
	if got := p.Tally(gone, nil, uuid.Nil, votes(0, Approve, ben, bea)); got.Outcome != Undecidable || got.Stages[0].Need != 3 {
		t.Errorf("two of three are left: %+v", got)
	}
	barred := map[uuid.UUID]string{id(bob): "You asked."}
	if got := p.Tally(people(), barred, uuid.Nil, nil); got.Outcome != Undecidable {
		t.Errorf("one of three stands behind the request: %+v", got)
	}
}

func TestTheFallbackJoinsOnlyWhenTooFewCanDecide(t *testing.T) {
	p := plan(Stage{Mode: Quorum, Min: 2, Who: []Approver{group("billing")}, Fallback: []Approver{role(access.Owner)}})
	if got := p.Tally(people(), nil, uuid.Nil, votes(0, Approve, ben, olga)); got.Outcome != Open || got.Stages[0].Fallback {
		t.Errorf("enough are there, and the owner counted: %+v", got)
	}
	gone := people()
	gone[bob-1].Active, gone[bea-1].Active = false, false
	got := p.Tally(gone, nil, uuid.Nil, votes(0, Approve, ben))
	if got.Outcome != Open || !got.Stages[0].Fallback || !sameIDs(got.Stages[0].Eligible, ids(olga)) {
		t.Errorf("one is left: %+v", got)
	}
	if got := p.Tally(gone, nil, uuid.Nil, votes(0, Approve, ben, olga)); got.Outcome != Approved {
		t.Errorf("one and the fallback: %+v", got)
	}
	gone[olga-1].Active = false
	if got := p.Tally(gone, nil, uuid.Nil, votes(0, Approve, ben)); got.Outcome != Undecidable {
		t.Errorf("nor the fallback: %+v", got)
	}
}

func TestTheFallbackHelpsWhereStagesShareTheirPeople(t *testing.T) {
	p := plan(quorum(1, group("leads")), Stage{Mode: Quorum, Min: 1, Who: []Approver{group("leads")}, Fallback: []Approver{role(access.Owner)}})
	got := p.Tally(people(), nil, uuid.Nil, votes(0, Approve, bea))
	if got.Outcome != Open || got.Current != 1 || !sameIDs(got.Stages[1].Eligible, ids(olga)) {
		t.Errorf("%+v", got)
	}
}

func TestWhoIsNeededLaterIsNotAskedBefore(t *testing.T) {
	p := plan(quorum(1, group("billing")), quorum(1, group("leads")))
	tally := p.Tally(people(), nil, uuid.Nil, nil)
	if !sameIDs(tally.Stages[0].Eligible, ids(ben, bob)) {
		t.Errorf("the only lead would be used up: %+v", tally)
	}
	if err := tally.Check(id(bea)); err == nil || !strings.Contains(err.Error(), "needed in a later stage") {
		t.Error(err)
	}
}

func TestTheFallbackOfOneStageSparesSomebodyForAnother(t *testing.T) {
	p := plan(Stage{Mode: Quorum, Min: 1, Who: []Approver{group("leads")}, Fallback: []Approver{role(access.Owner)}}, quorum(1, group("leads")))
	got := p.Tally(people(), nil, uuid.Nil, nil)
	if got.Outcome != Open || !got.Stages[0].Fallback || !sameIDs(got.Stages[0].Eligible, ids(olga)) {
		t.Errorf("%+v", got)
	}
}

func TestThePageCanSayHowManyOfHowMany(t *testing.T) {
	s := plan(quorum(2, group("billing"))).Tally(people(), nil, uuid.Nil, votes(0, Approve, ben)).Stages[0]
	if !sameIDs(s.Approved, ids(ben)) || s.Need != 2 || s.Satisfied || !sameIDs(s.Eligible, ids(bea, bob)) {
		t.Errorf("%+v", s)
	}
}

func TestARefusedVoteIsToldWhy(t *testing.T) {
	p := plan(quorum(2, group("billing")), quorum(1, role(access.Admin)))
	barred := p.Barred(Involved{Requesters: ids(bob)}, people())
	tally := p.Tally(people(), barred, uuid.Nil, votes(0, Approve, ben))
	for n, want := range map[int]string{
		bea: "", bob: "You stand behind this request", ben: "approved this already", adam: "not your turn", priya: "not put to you", 99: "not put to you",
	} {
		err := tally.Check(id(n))
		if want == "" && err != nil || want != "" && (fault.As(err) == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("person %d: %v, want %q", n, err, want)
		}
	}
	each := plan(Stage{Mode: PerGroup, Groups: []Share{{group("billing"), 1}, {role(access.Admin), 1}}}).Tally(people(), nil, uuid.Nil, votes(0, Approve, ben))
	if err := each.Check(id(bob)); !fault.Is(err, fault.Conflict) || each.Check(id(adam)) != nil {
		t.Errorf("a colleague of who agreed for the group: %v", err)
	}
	done := plan(quorum(1, group("billing"))).Tally(people(), nil, uuid.Nil, votes(0, Approve, ben))
	if err := done.Check(id(bea)); !fault.Is(err, fault.Conflict) {
		t.Errorf("after the end: %v", err)
	}
}

func TestWhoStandsTooNearMayNotDecide(t *testing.T) {
	hours := 48
	p := planFor(7, asking(func(b *Body) {
		b.Exclude = Exclude{WorkflowAuthor: true, WorkflowEditorDays: 7, RuleEditorHours: &hours, Roles: []access.Role{access.PrivacyOfficer}, People: []string{id(ben).String()}}
	}))
	now := time.Date(2026, 11, 23, 10, 5, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	got := p.Barred(Involved{
		Requesters:      ids(adam),
		WorkflowAuthors: ids(alma),
		WorkflowEdits:   []Edit{{Person: id(bea), At: ago(6 * 24 * time.Hour)}, {Person: id(olga), At: ago(8 * 24 * time.Hour)}},
		RuleEdits: []Edit{
			{Person: id(bob), Rule: id(1007), At: ago(5 * time.Minute)},
			{Person: id(olga), Rule: id(1007), At: ago(49 * time.Hour)},
			{Person: id(olga), Rule: id(1008), At: ago(time.Minute)}, // another rule
		},
		At: now,
	}, people())
	for n, want := range map[int]string{
		adam: "stand behind", alma: "wrote this workflow", bea: "changed this workflow", bob: "changed the rule Refunds", priya: "leaves this to others", ben: "leaves this to others",
	} {
		if !strings.Contains(got[id(n)], want) {
			t.Errorf("person %d: %q, want %q", n, got[id(n)], want)
		}
	}
	if len(got) != 6 {
		t.Errorf("barred: %v", got)
	}
}

func TestARuleBarsItsEditorsFor24HoursUnlessItSaysOtherwise(t *testing.T) {
	p := planFor(7, asking())
	now := time.Date(2026, 11, 23, 10, 5, 0, 0, time.UTC)
	edit := func(before time.Duration) Involved {
		return Involved{At: now, RuleEdits: []Edit{{Person: id(ben), Rule: id(1007), At: now.Add(-before)}}}
	}
	if len(p.Barred(edit(5*time.Minute), people())) != 1 || len(p.Barred(edit(24*time.Hour), people())) != 0 {
		t.Error("24 hours")
	}
	none := 0
	p = planFor(7, asking(func(b *Body) { b.Exclude.RuleEditorHours = &none }))
	if len(p.Barred(edit(0), people())) != 0 {
		t.Error("switched off")
	}
}

// However votes fall, what is called approved has enough different, allowed people in
// every stage, and what is called open can still be approved.
func TestATallyNeverLies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stages []Stage
		for range rapid.IntRange(1, 3).Draw(t, "stages") {
			stages = append(stages, drawStage(t))
		}
		same := rapid.Bool().Draw(t, "same person")
		p := planFor(1, asking(func(b *Body) { b.Stages, b.SamePerson = stages, same }))
		owner := id(rapid.IntRange(olga, audrey).Draw(t, "owner"))
		all := people()
		for i := range all {
			all[i].Active = rapid.IntRange(0, 5).Draw(t, "active") > 0
		}
		var cast []Vote
		tally := p.Tally(all, nil, owner, cast)
		for step := 0; tally.Outcome == Open; step++ {
			can := tally.Stages[tally.Current].Eligible
			if len(can) == 0 || step > 40 {
				t.Fatalf("open, and nobody can go on: %+v", tally)
			}
			who := rapid.SampledFrom(can).Draw(t, "who")
			if err := tally.Check(who); err != nil {
				t.Fatalf("eligible and refused: %v", err)
			}
			cast = append(cast, Vote{Person: who, Stage: tally.Current, Choice: Approve, At: time.Unix(int64(step), 0)})
			next := p.Tally(all, nil, owner, cast)
			if next.Outcome == Undecidable {
				t.Fatalf("a vote that was asked for left nobody for the rest: %+v", next)
			}
			if len(next.Stages[tally.Current].Approved) != len(tally.Stages[tally.Current].Approved)+1 {
				t.Fatalf("a vote of %s did not count: %+v", who, next)
			}
			tally = next
		}
		if tally.Outcome != Approved {
			return
		}
		seen := map[uuid.UUID]bool{}
		for i, s := range tally.Stages {
			if len(s.Approved) < s.Need || s.Need < max(1, p.Stages[i].Min) {
				t.Fatalf("approved with too few: %+v", tally)
			}
			for _, who := range s.Approved {
				if seen[who] && p.Distinct.Value {
					t.Fatalf("%s counts twice: %+v", who, tally)
				}
				seen[who] = true
			}
		}
	})
}
