package portal

import (
	"time"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

func (p RequestPage) answers(s layout.Shell) []ui.Answer {
	said := ui.State{Word: "Decline", Tone: ui.Stop, Glyph: ui.Octagon}
	if p.Ballot.Decision == "approve" {
		said = ui.State{Word: "Approve", Tone: ui.OK, Glyph: ui.Done}
	}
	out := []ui.Answer{{Label: "Decision", Rich: ui.Status(said)}, {Label: "Action", Value: p.Request.Sentence}, {Label: "Words", Value: p.Request.Words}}
	if p.Ballot.Reason != "" {
		out = append(out, ui.Answer{Label: "Your reason", Value: p.Ballot.Reason})
	}
	return append(out, ui.Answer{Label: "Deciding as", Value: s.Person.Name + ", " + s.Person.Email})
}

// effect says what follows from confirming.
func (p RequestPage) effect() string {
	if p.Ballot.Decision != "approve" {
		return "It is declined as soon as you confirm. Nothing is done, and the same ask rests for a day."
	}
	left := -1
	for _, s := range p.Tally.Stages {
		left += max(0, s.Need-len(s.Approved))
	}
	if left > 0 {
		return "Your approval counts as soon as you confirm. " + ui.Upper(ui.Spell(left, "more person has", "more people have")) + " to approve before it is done."
	}
	if off := p.Request.Plan.V.CoolingOff.Value; off > 0 {
		return "You are the last who is needed. It is released after " + off.String() + ", in which any approver can still decline it."
	}
	text := "You are the last who is needed, so Jexi may do it as soon as you confirm."
	if t := p.Request.Action(); t != nil && !t.Undo.Possible {
		text += " It cannot be called back."
	}
	return text
}

func (p RequestPage) cameTitle() string {
	if p.Request.ConsumedAt == nil {
		return "What Jexi can show"
	}
	return "What came of it"
}

// reported is the outcome alone, without the decision before it.
func reported(s approval.State) string {
	switch s {
	case approval.Succeeded:
		return "done"
	case approval.Failed:
		return "failed"
	case approval.Partial:
		return "done in part"
	case approval.NeverExecuted:
		return "never done"
	}
	return "outcome unknown"
}

// came is what is known of the action after its approval.
func (p RequestPage) came(now time.Time) []ui.Pair {
	r := p.Request
	var out []ui.Pair
	if r.ConsumedAt != nil {
		out = append(out, ui.Pair{Label: "Taken by Jexi", Value: ui.When(*r.ConsumedAt, now)})
	}
	if r.OutcomeAt != nil {
		out = append(out, ui.Pair{Label: "Reported", Value: ui.When(*r.OutcomeAt, now) + ", " + reported(r.State)})
	}
	if r.ExternalRef != "" {
		out = append(out, ui.Pair{Label: "Reference there", Value: r.ExternalRef, Mono: true})
	}
	if r.OutcomeMessage != "" {
		out = append(out, ui.Pair{Label: "Message", Value: r.OutcomeMessage})
	}
	if r.Receipt != nil {
		out = append(out, ui.Pair{Label: "Receipt", Rich: receipt(string(r.Receipt))})
	}
	return out
}
