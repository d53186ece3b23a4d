package rule

import (
	"slices"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule/condition"
)

// Shortage is a question of a rule that takes more people than can answer it today.
type Shortage struct {
	Who    []Approver // whom it is put to
	Have   int        // of them who can decide
	Need   int
	Blocks bool // no fallback helps, so nobody can decide what the rule asks
}

// Shortages are where a rule asks for more people than there are: of one stage or one group of it,
// or, where each has enough, of all stages together with the platform's floor. types are all that exist.
func (b *Body) Shortages(types []*catalog.ActionType, dir Directory) []Shortage {
	if b.Effect != RequireApproval {
		return nil
	}
	q := b.questions(dir)
	var out []Shortage
	for i := range b.Stages {
		out = append(out, q.shortages(i)...)
	}
	if !slices.ContainsFunc(out, func(s Shortage) bool { return s.Blocks }) && q.undecidable(b.Resolve(types)) {
		all := q.asked()
		out = append(out, Shortage{all, q.able(all), q.plan.atLeast(), true})
	}
	return out
}

// questions are what a rule asks, with the people of a directory who may answer.
type questions struct {
	plan   Plan
	people []Person
	owner  uuid.UUID
	barred map[uuid.UUID]string
}

// questions of a rule before any request. The integration's owner is known only with one:
// somebody is assumed.
func (b *Body) questions(dir Directory) questions {
	q := questions{plan: planOf(&Rule{Body: *b}), people: slices.Clip(dir.People)}
	if b.Asks(Approver{Kind: OwnerKind}) {
		q.owner = uuid.UUID{0xff}
		q.people = append(q.people, Person{ID: q.owner, Role: access.Approver, Active: true})
	}
	q.barred = q.plan.Barred(Involved{}, q.people)
	return q
}

// stage counts one stage by itself.
func (q *questions) stage(i int) Tally {
	one := Plan{Stages: q.plan.Stages[i : i+1]}
	return one.Tally(q.people, q.barred, q.owner, nil)
}

// undecidable tells whether all stages together cannot be answered for these types.
func (q *questions) undecidable(types []*catalog.ActionType) bool {
	for _, t := range types {
		q.plan.raise(t)
	}
	return q.plan.Tally(q.people, q.barred, q.owner, nil).Outcome == Undecidable
}

func (q *questions) shortages(i int) (out []Shortage) {
	s := &q.plan.Stages[i]
	blocks := q.stage(i).Outcome == Undecidable
	check := func(who []Approver, need int) {
		if have := q.able(who); have < need {
			out = append(out, Shortage{who, have, need, blocks})
		}
	}
	for _, g := range s.Groups {
		check([]Approver{g.Who}, g.Min)
	}
	if s.Mode != PerGroup {
		check(s.Who, s.Min)
	}
	if blocks && len(out) == 0 { // each group has enough, and some of them are the same people
		all := s.asked()
		out = append(out, Shortage{all, q.able(all), s.atLeast(), true})
	}
	return out
}

// able is how many people of a set may decide.
func (q *questions) able(set []Approver) (n int) {
	for _, p := range q.people {
		if _, out := q.barred[p.ID]; !out && p.Active && p.Role.May(access.DecideRequest) &&
			slices.ContainsFunc(set, func(a Approver) bool { return a.Includes(p, q.owner) }) {
			n++
		}
	}
	return n
}

func (q *questions) asked() (all []Approver) {
	for i := range q.plan.Stages {
		all = append(all, q.plan.Stages[i].asked()...)
	}
	return distinct(all)
}

func (s *Stage) asked() []Approver {
	all := slices.Concat(s.Who, s.Fallback)
	for _, g := range s.Groups {
		all = append(all, g.Who)
	}
	return distinct(all)
}

// atLeast is how many agreements a plan surely takes.
func (p *Plan) atLeast() (n int) {
	for i := range p.Stages {
		n += p.Stages[i].atLeast()
	}
	return n
}

// Sentence says who is short: "Billing approvers has 1 person who can decide".
func (s Shortage) Sentence(dir Directory) string {
	have := " nobody"
	if s.Have > 0 {
		have = " " + people(s.Have)
	}
	verb := " has"
	switch {
	case len(s.Who) == 1 && s.Who[0].Kind == PersonKind:
		return dir.Name(s.Who[0]) + " cannot decide"
	case len(s.Who) > 1 || s.Who[0].Kind == RoleKind:
		verb = " have"
	}
	return dir.names(s.Who, condition.AndList) + verb + have + " who can decide"
}

// Without is the directory as it is once somebody has left.
func (d Directory) Without(person uuid.UUID) Directory {
	d.People = slices.Clone(d.People)
	for i := range d.People {
		if d.People[i].ID == person {
			d.People[i].Active = false
		}
	}
	return d
}
