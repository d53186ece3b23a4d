package rule

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/catalog"
)

// Origin is the rule version that something comes from; without a rule, the platform itself.
type Origin struct {
	Rule    uuid.UUID `json:"rule,omitzero"`
	Version int       `json:"version,omitzero"`
	Name    string    `json:"name"`
}

func originOf(r *Rule) Origin { return Origin{r.ID, r.Version, r.Body.Name} }

func (o Origin) compare(p Origin) int {
	return cmp.Or(bytes.Compare(o.Rule[:], p.Rule[:]), cmp.Compare(o.Version, p.Version), cmp.Compare(o.Name, p.Name))
}

// Sourced is a demand with the rules it comes from. The zero value demands nothing.
type Sourced[T comparable] struct {
	Value T        `json:"value"`
	From  []Origin `json:"from,omitzero"`
}

func demand[T comparable](value T, from ...Origin) Sourced[T] {
	var none T
	if value == none {
		return Sourced[T]{}
	}
	return Sourced[T]{value, from}
}

// Plan is all that one request needs to be approved. It is frozen on the request, so a
// later change of rules does not reach it. The zero Plan asks for nothing.
type Plan struct {
	Stages         []PlanStage            `json:"stages"`
	People         Sourced[int]           `json:"people,omitzero"` // different people, over all stages
	Distinct       Sourced[bool]          `json:"distinct,omitzero"`
	DecideWithin   Sourced[Minutes]       `json:"decide_minutes,omitzero"`
	ExecuteWithin  Sourced[Minutes]       `json:"execute_minutes,omitzero"`
	CoolingOff     Sourced[Minutes]       `json:"cooling_off_minutes,omitzero"`
	Proof          Sourced[catalog.Proof] `json:"proof,omitzero"`
	DenyWithReason Sourced[bool]          `json:"deny_with_reason,omitzero"`
	Exclude        []PlanExclude          `json:"exclude,omitzero"`
	Reasons        []Reason               `json:"reasons"`
}

// PlanStage is a stage with the rules that ask for it.
type PlanStage struct {
	Stage
	Place int      `json:"place"` // earliest place among its rules
	From  []Origin `json:"from"`
}

// PlanExclude is who one rule keeps from deciding.
type PlanExclude struct {
	Origin
	Exclude
}

// Reason says in words why a rule had its say.
type Reason struct {
	Origin
	Text string `json:"text"`
}

// planOf is what one rule alone asks for.
func planOf(r *Rule) Plan {
	from := originOf(r)
	b := &r.Body
	p := Plan{
		Distinct:       demand(!b.SamePerson, from),
		DecideWithin:   demand(b.DecideWithin, from),
		ExecuteWithin:  demand(b.ExecuteWithin, from),
		CoolingOff:     demand(b.CoolingOff, from),
		Proof:          demand(b.Proof, from),
		DenyWithReason: demand(b.DenyWithReason, from),
		Exclude:        []PlanExclude{{from, b.Exclude}},
	}
	for i, s := range b.Stages {
		p.Stages = append(p.Stages, PlanStage{s.tidy(), i, []Origin{from}})
	}
	return p
}

// tidy writes equal demands the same way, so that they can be found equal.
func (s Stage) tidy() Stage {
	s.Who, s.Fallback = distinct(s.Who), distinct(s.Fallback)
	s.Groups = slices.Clone(s.Groups)
	slices.SortFunc(s.Groups, func(a, b Share) int { return a.Who.compare(b.Who) })
	if s.Mode != PerGroup {
		s.Groups, s.Min = nil, max(s.Min, 1)
	} else {
		s.Who, s.Min = nil, 0
	}
	if s.Mode == AnyOne {
		s.Mode, s.Min = Quorum, 1
	}
	return s
}

func (a Approver) compare(b Approver) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Ref, b.Ref))
}

func distinct(set []Approver) []Approver {
	if len(set) == 0 {
		return nil
	}
	set = slices.Clone(set)
	slices.SortFunc(set, Approver.compare)
	return slices.Compact(set)
}

// atLeast is how many different people the stage surely takes.
func (s *Stage) atLeast() int {
	n := s.Min
	for _, g := range s.Groups {
		n += g.Min
	}
	return n
}
