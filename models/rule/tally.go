package rule

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
)

// Choice of a vote.
type VoteChoice string

const (
	Approve  VoteChoice = "approve"
	Deny     VoteChoice = "deny"
	Withdraw VoteChoice = "withdraw" // takes an earlier vote back
)

// Vote is one act of one person in one stage. The latest of a person and stage counts.
type Vote struct {
	Person uuid.UUID
	Stage  int // index in Plan.Stages
	Choice VoteChoice
	At     time.Time
}

// Involved is what decides who may not vote.
type Involved struct {
	Requesters      []uuid.UUID // all who stand behind the request: asker, owner of the token, person acted for
	WorkflowAuthors []uuid.UUID
	WorkflowEdits   []Edit
	RuleEdits       []Edit
	At              time.Time // now
}

// Edit is a change that a person made, of a workflow or of the rule with this id.
type Edit struct {
	Person uuid.UUID
	Rule   uuid.UUID
	At     time.Time
}

// Barred maps everyone who may not vote to the reason, as a sentence to them.
func (p *Plan) Barred(in Involved, people []Person) map[uuid.UUID]string {
	out := map[uuid.UUID]string{}
	for _, e := range p.Exclude {
		e.bar(in, people, out)
	}
	for _, id := range in.Requesters {
		out[id] = "You stand behind this request, so somebody else must decide."
	}
	return out
}

func (e *PlanExclude) bar(in Involved, people []Person, out map[uuid.UUID]string) {
	for _, p := range people {
		if slices.Contains(e.Roles, p.Role) || slices.Contains(e.People, p.ID.String()) {
			out[p.ID] = "The rule " + e.Name + " leaves this to others."
		}
	}
	if e.WorkflowAuthor {
		for _, id := range in.WorkflowAuthors {
			out[id] = "You wrote this workflow, so somebody else must decide."
		}
	}
	days := time.Duration(e.WorkflowEditorDays) * 24 * time.Hour
	for _, edit := range in.WorkflowEdits {
		if in.At.Sub(edit.At) < days {
			out[edit.Person] = "You changed this workflow lately, so somebody else must decide."
		}
	}
	hours := time.Duration(e.EditorHours()) * time.Hour
	for _, edit := range in.RuleEdits {
		if edit.Rule == e.Rule && in.At.Sub(edit.At) < hours {
			out[edit.Person] = "You changed the rule " + e.Name + " lately, so somebody else must decide."
		}
	}
}

// Outcome of the votes so far.
type Outcome string

const (
	Open        Outcome = "open"
	Approved    Outcome = "approved"
	Denied      Outcome = "denied"
	Undecidable Outcome = "undecidable" // too few people are left who could agree
)

// Tally says where a request stands.
type Tally struct {
	Outcome Outcome
	Current int // index of the first stage that is not satisfied
	Stages  []StageTally
	barred  map[uuid.UUID]string
}

// StageTally is one stage: "1 of 2".
type StageTally struct {
	Approved  []uuid.UUID // whose agreement counts, in the order it was given
	Need      int
	Satisfied bool
	Fallback  bool        // too few of those asked can decide, so the fallback joins in
	Eligible  []uuid.UUID // who may still agree here
	enough    []uuid.UUID // who was asked, and whose group has agreed already
	later     []uuid.UUID // who was asked, and is the only one for a later stage
}

// Tally counts. A vote counts while its person could cast it now: active, not barred and
// still of those who are asked. owner is who owns the integration, uuid.Nil if nobody.
// It never makes do with fewer people than a stage asks for, and asks nobody whose
// agreement now would leave nobody for later.
func (p *Plan) Tally(people []Person, barred map[uuid.UUID]string, owner uuid.UUID, votes []Vote) Tally {
	t := Tally{barred: barred, Stages: make([]StageTally, len(p.Stages)), Current: len(p.Stages)}
	c := count{plan: p, owner: owner, votes: latest(votes), fallback: make([]bool, len(p.Stages))}
	for _, person := range people {
		if _, out := barred[person.ID]; person.Active && person.Role.May(access.DecideRequest) && !out {
			c.people = append(c.people, person)
		}
	}
	decidable := c.settle(&t)
	for i := range t.Stages {
		if !t.Stages[i].Satisfied {
			t.Current = i
			break
		}
	}
	switch {
	case c.denied():
		t.Outcome = Denied
	case len(p.Stages) == 0 || !decidable:
		t.Outcome = Undecidable
	case t.Current == len(p.Stages):
		t.Outcome = Approved
	default:
		t.Outcome = Open
		c.reserve(&t)
	}
	return t
}

// Check refuses whoever may not vote in the current stage, and says why.
func (t *Tally) Check(person uuid.UUID) error {
	if reason, ok := t.barred[person]; ok {
		return fault.New(fault.Forbidden, "%s", reason)
	}
	if t.Current >= len(t.Stages) {
		return fault.New(fault.Conflict, "This has been decided.")
	}
	if slices.Contains(t.Stages[t.Current].Eligible, person) {
		return nil
	}
	if slices.Contains(t.Stages[t.Current].later, person) {
		return fault.New(fault.Conflict, "You are needed in a later stage, where nobody else can decide. Others decide now.")
	}
	for i, s := range t.Stages {
		switch {
		case slices.Contains(s.Approved, person):
			return fault.New(fault.Conflict, "You have approved this already, and it needs different people.")
		case i > t.Current && slices.Contains(s.Eligible, person):
			return fault.New(fault.Conflict, "It is not your turn yet. Others decide first.")
		}
	}
	if slices.Contains(t.Stages[t.Current].enough, person) {
		return fault.New(fault.Conflict, "Enough of your group have agreed already. Others decide now.")
	}
	return fault.New(fault.Forbidden, "This was not put to you.")
}

// latest keeps the last vote of each person in each stage, oldest first.
func latest(votes []Vote) []Vote {
	votes = slices.Clone(votes)
	slices.SortStableFunc(votes, func(a, b Vote) int { return a.At.Compare(b.At) })
	var out []Vote
	for i, v := range votes {
		if !slices.ContainsFunc(votes[i+1:], func(w Vote) bool { return w.Person == v.Person && w.Stage == v.Stage }) {
			out = append(out, v)
		}
	}
	return out
}
