package rule

import (
	"slices"

	"github.com/google/uuid"
)

// count works out a Tally. Every agreement a stage needs is a seat; a person takes one
// seat, in the whole plan where people must be different, else in each stage.
type count struct {
	plan     *Plan
	people   []Person // who may vote at all
	owner    uuid.UUID
	votes    []Vote
	fallback []bool // stages whose fallback joined in
}

// seat is one agreement that a stage takes, who could give it, and who did.
type seat struct {
	stage int
	who   []uuid.UUID
	by    uuid.UUID
}

// settle fills the stages in, lets fallbacks join where people are short, and tells
// whether enough people are left.
func (c *count) settle(t *Tally) bool {
	for {
		short := c.unseated(c.fill(t))
		if short < 0 {
			return true
		}
		if !c.widen(short) {
			return false
		}
	}
}

// widen lets one more fallback join: that of the stage that is short, else any.
func (c *count) widen(stage int) bool {
	order := []int{stage}
	for i := range c.plan.Stages {
		order = append(order, i)
	}
	for _, i := range order {
		if !c.fallback[i] && len(c.plan.Stages[i].Fallback) > 0 {
			c.fallback[i] = true
			return true
		}
	}
	return false
}

// fill counts the votes of every stage and returns the seats, those of "all" that may fall
// away left out. Where people must be different, whoever sits in one stage is gone for
// the others, and so is everyone of an earlier "all": they will sit there.
func (c *count) fill(t *Tally) []seat {
	var all []seat
	gone := map[uuid.UUID]bool{}
	for i := range c.plan.Stages {
		seats := c.seats(i, gone)
		s := &t.Stages[i]
		*s = StageTally{Need: len(seats), Fallback: c.fallback[i], Approved: c.seatVotes(i, seats)}
		s.Satisfied = len(s.Approved) == len(seats)
		if !s.Satisfied {
			s.Eligible, s.enough = eligible(seats, s.Approved)
		}
		spare := 0
		if c.plan.Stages[i].Mode == Everyone {
			spare = len(seats) - max(c.plan.Stages[i].Min, 1)
		}
		for _, seat := range seats {
			if spare > 0 && seat.by == uuid.Nil {
				spare--
				continue
			}
			all = append(all, seat)
		}
		if c.plan.Distinct.Value {
			c.leave(i, seats, gone)
		}
	}
	return all
}

func (c *count) leave(i int, seats []seat, gone map[uuid.UUID]bool) {
	for _, s := range seats {
		gone[s.by] = true
		if c.plan.Stages[i].Mode == Everyone {
			for _, id := range s.who {
				gone[id] = true
			}
		}
	}
}

// seats of a stage, each with everyone who could take it.
func (c *count) seats(i int, gone map[uuid.UUID]bool) []seat {
	s := &c.plan.Stages[i]
	var out []seat
	add := func(n int, who []uuid.UUID) {
		for range n {
			out = append(out, seat{stage: i, who: who})
		}
	}
	var fallback []Approver
	if c.fallback[i] {
		fallback = s.Fallback
	}
	switch s.Mode {
	case PerGroup:
		for _, g := range s.Groups {
			add(max(g.Min, 1), c.pool(append([]Approver{g.Who}, fallback...), gone))
		}
	case Everyone:
		members := c.pool(s.Who, gone)
		for _, id := range members {
			add(1, []uuid.UUID{id})
		}
		others := slices.DeleteFunc(c.pool(fallback, gone), func(id uuid.UUID) bool { return slices.Contains(members, id) })
		add(max(s.Min, 1)-len(members), others)
	default:
		add(max(s.Min, 1), c.pool(slices.Concat(s.Who, fallback), gone))
	}
	if len(out) == 0 { // a stage that asks nobody is not satisfied by nobody
		add(1, nil)
	}
	return out
}

// pool is everyone of a set who may vote and is not gone.
func (c *count) pool(set []Approver, gone map[uuid.UUID]bool) []uuid.UUID {
	var out []uuid.UUID
	for _, p := range c.people {
		if !gone[p.ID] && slices.ContainsFunc(set, func(a Approver) bool { return a.Includes(p, c.owner) }) {
			out = append(out, p.ID)
		}
	}
	return out
}

// Includes tells whether an approver entry names this person.
func (a Approver) Includes(p Person, owner uuid.UUID) bool {
	switch a.Kind {
	case PersonKind:
		return a.Ref == p.ID.String()
	case RoleKind:
		return a.Ref == string(p.Role)
	case GroupKind:
		return slices.Contains(p.Groups, a.Ref)
	case OwnerKind:
		return owner != uuid.Nil && owner == p.ID
	}
	return false
}

// seatVotes puts the stage's agreements on its seats and returns whose found one, first
// moving others where that makes room.
func (c *count) seatVotes(stage int, seats []seat) []uuid.UUID {
	var seated []uuid.UUID
	for _, v := range c.votes {
		if v.Stage == stage && v.Choice == Approve && sit(v.Person, seats, make([]bool, len(seats))) {
			seated = append(seated, v.Person)
		}
	}
	return seated
}

func sit(person uuid.UUID, seats []seat, tried []bool) bool {
	for i := range seats {
		if tried[i] || !slices.Contains(seats[i].who, person) {
			continue
		}
		tried[i] = true
		if seats[i].by == uuid.Nil || sit(seats[i].by, seats, tried) {
			seats[i].by = person
			return true
		}
	}
	return false
}

// eligible lists who may still agree in a stage, and who was asked but is not needed any
// more since their group's seats are taken.
func eligible(seats []seat, approved []uuid.UUID) (can, enough []uuid.UUID) {
	for _, s := range seats {
		for _, id := range s.who {
			if slices.Contains(approved, id) || slices.Contains(can, id) || slices.Contains(enough, id) {
				continue
			}
			if sit(id, slices.Clone(seats), make([]bool, len(seats))) {
				can = append(can, id)
			} else {
				enough = append(enough, id)
			}
		}
	}
	return can, enough
}

// reserve takes those out of the current stage whose agreement would leave a later one
// without enough people.
func (c *count) reserve(t *Tally) {
	s := &t.Stages[t.Current]
	if !c.plan.Distinct.Value || t.Current == len(t.Stages)-1 {
		return
	}
	votes := c.votes
	s.Eligible = slices.DeleteFunc(s.Eligible, func(id uuid.UUID) bool {
		c.votes = append(slices.Clip(votes), Vote{Person: id, Stage: t.Current, Choice: Approve})
		trial := Tally{Stages: make([]StageTally, len(t.Stages))}
		if c.unseated(c.fill(&trial)) < 0 {
			return false
		}
		s.later = append(s.later, id)
		return true
	})
	c.votes = votes
}

// unseated is the stage of a seat that nobody is left for, -1 if all can be filled.
func (c *count) unseated(seats []seat) int {
	if c.plan.Distinct.Value {
		return shortOf(seats)
	}
	for i := range c.plan.Stages {
		own := slices.DeleteFunc(slices.Clone(seats), func(s seat) bool { return s.stage != i })
		if stage := shortOf(own); stage >= 0 {
			return stage
		}
	}
	return -1
}

// shortOf seats everyone it can beside those who sit, each person once, and names the
// stage of a seat that stays empty.
func shortOf(seats []seat) int {
	at := make(map[uuid.UUID]int) // where a person sits
	for i, s := range seats {
		if s.by != uuid.Nil {
			at[s.by] = i
		}
	}
	var fill func(i int, tried map[uuid.UUID]bool) bool
	fill = func(i int, tried map[uuid.UUID]bool) bool {
		for _, id := range seats[i].who {
			if tried[id] {
				continue
			}
			tried[id] = true
			if now, sits := at[id]; !sits || fill(now, tried) {
				at[id] = i
				return true
			}
		}
		return false
	}
	for i, s := range seats {
		if s.by == uuid.Nil && !fill(i, map[uuid.UUID]bool{}) {
			return s.stage
		}
	}
	return -1
}

func (c *count) denied() bool {
	return slices.ContainsFunc(c.votes, func(v Vote) bool {
		return v.Choice == Deny && slices.ContainsFunc(c.people, func(p Person) bool { return p.ID == v.Person })
	})
}
