package approval

// Decision is the word that the API uses for where a request stands, and outcome what came of
// it ("" before a report).
func (r Request) Decision() (decision, outcome string) {
	switch r.State {
	case Cooling:
		return string(Pending), ""
	case Undecidable:
		return string(Blocked), ""
	case Consumed, Succeeded, Failed, Partial, NeverExecuted, Unknown:
		decision = string(Approved)
		if len(r.Plan.V.Stages) == 0 {
			decision = string(Allowed)
		}
		if r.State != Consumed {
			outcome = string(r.State)
		}
		return decision, outcome
	}
	return string(r.State), ""
}

// Waits tells whether a long-poll should go on waiting.
func (r Request) Waits() bool { return r.State == Pending || r.State == Held || r.State == Cooling }
