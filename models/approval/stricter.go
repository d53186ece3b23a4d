package approval

import "slices"

// LessThan tells whether q asks for anything that p did not: a stage of other people or more
// of them, a stronger proof, more people, a longer cooling-off. Times to decide do not count,
// for p was decided.
func (p Plan) LessThan(q Plan) bool {
	return q.Proof.Value > p.Proof.Value || q.People.Value > p.People.Value || q.CoolingOff.Value > p.CoolingOff.Value ||
		slices.ContainsFunc(q.Stages, func(s PlanStage) bool { return !p.gives(s) })
}

// gives tells whether a stage of p asks the same people for at least as many agreements.
func (p Plan) gives(want PlanStage) bool {
	return slices.ContainsFunc(p.Stages, func(have PlanStage) bool {
		return have.Mode == want.Mode && have.Min >= want.Min && slices.Equal(have.Who, want.Who) &&
			len(have.Groups) == len(want.Groups) && !slices.ContainsFunc(want.Groups, func(g Share) bool { return !have.hasShare(g) })
	})
}

func (s PlanStage) hasShare(want Share) bool {
	return slices.ContainsFunc(s.Groups, func(g Share) bool { return g.Who == want.Who && g.Min >= want.Min })
}
