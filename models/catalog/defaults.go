package catalog

import "time"

// Times are what a rule starts with: how long people have, and who must decide.
type Times struct {
	Decide     time.Duration   // from asking to a decision
	Remind     []time.Duration // after asking
	Escalate   time.Duration   // after asking, 0 for never
	Execute    time.Duration   // from the approval to the act
	CoolingOff time.Duration   // between the approval and its release
	People     int
	Proof      Proof
}

// DefaultTimes are the times that a rule starts with for a risk.
func DefaultTimes(r Risk) Times {
	const h, m = time.Hour, time.Minute
	switch r {
	case Low:
		return Times{Decide: 72 * h, Remind: []time.Duration{24 * h}, Execute: 24 * h, People: 1, Proof: Code}
	case Medium:
		return Times{Decide: 24 * h, Remind: []time.Duration{4 * h, 16 * h}, Escalate: 8 * h, Execute: 4 * h, People: 1, Proof: CodeTarget}
	case High:
		return Times{Decide: 24 * h, Remind: []time.Duration{2 * h, 6 * h}, Escalate: 6 * h, Execute: 30 * m, People: 1, Proof: StepUp}
	}
	return Times{Decide: 24 * h, Remind: []time.Duration{h, 3 * h}, Escalate: 3 * h, Execute: 30 * m, CoolingOff: 10 * m, People: 2, Proof: StepUpOnly}
}

// AsksByDefault tells whether one Admin decides where no rule of the workspace matches.
func (t *ActionType) AsksByDefault() bool {
	return t.Risk >= High || t.Reversibility == Irreversible || len(t.Regulated) > 0 || t.Floor.Ask
}

// floorOf is the least policy that comes with a risk. Low and medium are asked only where
// a rule says so, and then with this proof at least.
func floorOf(r Risk) Floor {
	times := DefaultTimes(r)
	if r < High {
		return Floor{Proof: times.Proof}
	}
	return Floor{Ask: true, People: times.People, Proof: times.Proof}
}
