package approval

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

// seat is one agreement that a stage still needs, and who could give it.
type seat struct {
	stage int
	group int // of a per_group stage, else 0
	who   []uuid.UUID
}

// settle fills the stages in, lets fallbacks join where people are short, and tells
// whether enough people are left.
func (c *count) settle(t *Tally) bool {
	for {
		open := c.fill(t)
		missing := c.unseated(open)
		if missing < 0 {
			return true
		}
		if !c.widen(missing) {
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

// fill counts the votes of every stage and returns the seats that stay open.
func (c *count) fill(t *Tally) []seat {
	var open []seat
	used := map[uuid.UUID]bool{}
	for i := range c.plan.Stages {
		s := &t.Stages[i]
		*s = StageTally{Fallback: c.fallback[i]}
		seats := c.seats(i, used)
		s.Need = len(seats)
		left := c.seatVotes(i, seats, used, s)
		s.Satisfied = len(left) == 0
		open = append(open, left[:min(len(left), c.strict(i, len(s.Approved)))]...)
	}
	for i := range c.plan.Stages {
		c.eligible(i, used, &t.Stages[i])
	}
	if c.plan.Distinct.Value {
		for i := range open {
			open[i].who = slices.DeleteFunc(open[i].who, func(id uuid.UUID) bool { return used[id] })
		}
	}
	return open
}

// strict is how many more seats must be filled by somebody. Those of "all" beyond its
// least number belong to one person each and fall away when that person decides elsewhere.
func (c *count) strict(i, approved int) int {
	s := &c.plan.Stages[i]
	if s.Mode == Everyone && !c.fallback[i] {
		return max(0, max(s.Min, 1)-approved)
	}
	return s.atLeast()
}

// seats of a stage, each with everyone who could take it.
func (c *count) seats(i int, used map[uuid.UUID]bool) []seat {
	s := &c.plan.Stages[i]
	var out []seat
	if s.Mode == PerGroup {
		for g, share := range s.Groups {
			who := c.pool(i, []Approver{share.Who})
			for range max(share.Min, 1) {
				out = append(out, seat{i, g, slices.Clone(who)})
			}
		}
		return out
	}
	who := c.pool(i, s.Who)
	need := max(s.Min, 1)
	if s.Mode == Everyone && !c.fallback[i] {
		if c.plan.Distinct.Value {
			who = slices.DeleteFunc(who, func(id uuid.UUID) bool { return used[id] })
		}
		need = max(need, len(who))
	}
	for range need {
		out = append(out, seat{i, 0, slices.Clone(who)})
	}
	return out
}

// pool is everyone of a set who may vote, with the fallback where it joined in.
func (c *count) pool(i int, set []Approver) []uuid.UUID {
	if c.fallback[i] {
		set = slices.Concat(set, c.plan.Stages[i].Fallback)
	}
	var out []uuid.UUID
	for _, p := range c.people {
		if slices.ContainsFunc(set, func(a Approver) bool { return a.Includes(p, c.owner) }) {
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

// seatVotes puts the stage's agreements on its seats and returns the seats left.
// An agreement that finds no seat by moving others stays uncounted.
func (c *count) seatVotes(stage int, seats []seat, used map[uuid.UUID]bool, s *StageTally) []seat {
	taken := make([]uuid.UUID, len(seats))
	for _, v := range c.votes {
		if v.Stage != stage || v.Choice != Approve || c.plan.Distinct.Value && used[v.Person] {
			continue
		}
		if sit(v.Person, seats, taken, make([]bool, len(seats))) {
			used[v.Person] = true
			s.Approved = append(s.Approved, v.Person)
		}
	}
	var left []seat
	for i := range seats {
		if taken[i] == uuid.Nil {
			left = append(left, seats[i])
		}
	}
	for i := range left {
		left[i].who = slices.DeleteFunc(left[i].who, func(id uuid.UUID) bool { return slices.Contains(s.Approved, id) })
	}
	return left
}

// sit finds a seat for a person, moving others to seats they could also take.
func sit(person uuid.UUID, seats []seat, taken []uuid.UUID, tried []bool) bool {
	for i := range seats {
		if tried[i] || !slices.Contains(seats[i].who, person) {
			continue
		}
		tried[i] = true
		if taken[i] == uuid.Nil || sit(taken[i], seats, taken, tried) {
			taken[i] = person
			return true
		}
	}
	return false
}

// eligible lists who may still agree in a stage.
func (c *count) eligible(i int, used map[uuid.UUID]bool, s *StageTally) {
	if s.Satisfied {
		return
	}
	set := slices.Clone(c.plan.Stages[i].Who)
	for _, g := range c.plan.Stages[i].Groups {
		set = append(set, g.Who)
	}
	for _, id := range c.pool(i, set) {
		if !slices.Contains(s.Approved, id) && !(c.plan.Distinct.Value && used[id]) {
			s.Eligible = append(s.Eligible, id)
		}
	}
}

// unseated is the stage of a seat that nobody is left for, -1 if all can be filled.
func (c *count) unseated(open []seat) int {
	if c.plan.Distinct.Value {
		return shortOf(open)
	}
	for i := range c.plan.Stages {
		var own []seat
		for _, s := range open {
			if s.stage == i {
				own = append(own, s)
			}
		}
		if stage := shortOf(own); stage >= 0 {
			return stage
		}
	}
	return -1
}

// shortOf seats everyone it can, each person once, and names the stage of a seat left empty.
func shortOf(open []seat) int {
	taken := make(map[uuid.UUID]int) // person to seat
	var fill func(i int, tried map[uuid.UUID]bool) bool
	fill = func(i int, tried map[uuid.UUID]bool) bool {
		for _, id := range open[i].who {
			if tried[id] {
				continue
			}
			tried[id] = true
			if at, sits := taken[id]; !sits || fill(at, tried) {
				taken[id] = i
				return true
			}
		}
		return false
	}
	for i := range open {
		if !fill(i, map[uuid.UUID]bool{}) {
			return open[i].stage
		}
	}
	return -1
}

func (c *count) denied() bool {
	return slices.ContainsFunc(c.votes, func(v Vote) bool {
		return v.Choice == Deny && slices.ContainsFunc(c.people, func(p Person) bool { return p.ID == v.Person })
	})
}
