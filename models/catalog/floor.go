package catalog

// The floor that comes with a risk: what no workspace can go below.
// Low and medium are asked only where a rule says so, and then with this proof at least.
func floorOf(r Risk) Floor {
	switch r {
	case Low:
		return Floor{Proof: Code}
	case Medium:
		return Floor{Proof: CodeTarget}
	case High:
		return Floor{Ask: true, People: 1, Proof: StepUp}
	}
	return Floor{Ask: true, People: 2, Proof: StepUpOnly}
}
