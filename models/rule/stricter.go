package rule

import "slices"

// LessThan tells whether q asks for anything that p did not: a stage of other people or more
// of them, different people, a stronger proof, a longer cooling-off. Times to decide do not
// count, for p was decided.
func (p Plan) LessThan(q Plan) bool {
	both := Combine(p, q)
	return both.Proof.Value > p.Proof.Value || both.People.Value > p.People.Value || both.CoolingOff.Value > p.CoolingOff.Value ||
		both.Distinct.Value != p.Distinct.Value || !slices.EqualFunc(both.demands(), p.demands(), sameDemand)
}

// demands are the stages in an order that does not depend on their rules.
func (p Plan) demands() []PlanStage {
	out := slices.Clone(p.Stages)
	for i := range out {
		out[i].Place = 0
	}
	slices.SortFunc(out, PlanStage.compare)
	return out
}

func sameDemand(s, t PlanStage) bool {
	return s.Mode == t.Mode && s.Min == t.Min && slices.Equal(s.Who, t.Who) && slices.Equal(s.Groups, t.Groups)
}
