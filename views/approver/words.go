// Package approver is what somebody sees who follows a decision link from a mail: the
// question, the check before it counts, and how it ended. It shows the action as the portal
// knows it; what the agent says stands apart, and no other person's data is shown.
package approver

import (
	"fmt"
	"strings"
	"time"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/views/ui"
)

func docket(o approval.Opened, now time.Time) []ui.Fact {
	given, need, stage := 0, 0, ""
	if i := o.Tally.Current; i < len(o.Tally.Stages) {
		given, need = len(o.Tally.Stages[i].Approved), o.Tally.Stages[i].Need
		if len(o.Tally.Stages) > 1 {
			stage = fmt.Sprintf("Step %d of %d", i+1, len(o.Tally.Stages))
		}
	}
	facts := []ui.Fact{
		{Label: "Approvals", Value: fmt.Sprintf("%d of %d", given, need), Sub: stage},
		{Label: "Words", Value: o.Request.Words, Sub: "The same as in the mail"},
	}
	if o.Request.ExpiresAt != nil {
		facts = append([]ui.Fact{{Label: "Open until", Value: ui.Until(*o.Request.ExpiresAt, now), Sub: ui.Relative(*o.Request.ExpiresAt, now)}}, facts...)
	}
	return append(facts, ui.Fact{Label: "Asked for", Value: behalf(o.Request), Sub: ticket(o.Request)})
}

func behalf(r approval.Request) string {
	if r.BehalfRef == "" {
		return "Nobody named"
	}
	return ui.Upper(catalog.Visible(r.BehalfKind + " " + r.BehalfRef))
}

func ticket(r approval.Request) string {
	if r.TicketRef == "" {
		return ""
	}
	return "Ticket " + catalog.Visible(r.TicketRef)
}

// happens is what the portal itself knows of the action.
func happens(r approval.Request) []ui.Pair {
	var out []ui.Pair
	for _, f := range r.Facts() {
		out = append(out, ui.Pair{Label: f.Label, Value: f.Value, Mono: f.Target})
	}
	if t := r.Action(); t != nil {
		out = append(out, ui.Pair{Label: "Can be undone", Value: t.Undo.Words()})
	}
	for _, x := range r.Reasons.V {
		out = append(out, ui.Pair{Label: "Asked because", Value: x.Name + ": " + x.Text})
	}
	return out
}

func source(e approval.Evidence) string {
	s := "Evidence"
	if e.Kind != "" {
		s += ", " + catalog.Visible(e.Kind)
	}
	if e.Ref != "" {
		s += " " + catalog.Visible(e.Ref)
	}
	return s + ", sent by the agent"
}

func targetLabel(r approval.Request) string {
	t := r.Action()
	if t == nil || len(t.Target) == 0 {
		return "Name of the target"
	}
	p, _ := t.Param(t.Target[0])
	if p.Type == catalog.List {
		return "How many entries this is about"
	}
	return "Type to confirm: " + p.Label
}

// End is how a link's page says that there is nothing to decide.
type End struct {
	State             ui.State
	Title, Text, Next string
}

func ending(o approval.Opened, now time.Time) End {
	e := End{State: ui.Expired(), Title: "Nothing is left to decide", Next: "The link keeps showing this for 90 days."}
	if f := o.Refusal; f != nil {
		e.Text = message(f)
	}
	r := o.Request
	switch {
	case o.Mine != nil:
		e.voted(o, now)
	case r.State == approval.Denied:
		e.State, e.Title = ui.Declined(), "This was declined"
	case r.State == approval.Expired || r.State == approval.Pending && r.ExpiresAt != nil && !now.Before(*r.ExpiresAt):
		e.Title, e.Text = "Nobody decided in time", "The question has closed and nothing was done. The agent may ask again."
	case r.State == approval.Cancelled:
		e.State, e.Title, e.Text = ui.Withdrawn(), "The agent withdrew this", "Nothing was done. It gave as reason: “"+strings.TrimRight(r.ClosedReason, ".")+"”."
	case r.State == approval.Held:
		e.State, e.Title = ui.Held(), "This stands still"
	case r.State == approval.Undecidable || r.State == approval.Superseded:
		e.State, e.Title, e.Text = ui.Superseded(), "This was stopped", r.ClosedReason
	case r.State != approval.Pending:
		e.State, e.Title = ui.Approved(), "This was decided without you"
	case o.Link.EndedAt != nil || !now.Before(o.Link.ExpiresAt):
		e.Title = "This link has ended"
	default:
		e.State, e.Title = ui.WaitingForOthers(), "It is not your turn"
	}
	return e
}

// voted tells the holder what they said and where it stands now.
func (e *End) voted(o approval.Opened, now time.Time) {
	at := ui.When(o.Mine.At, now)
	if o.Mine.Decision == rule.Deny {
		e.State, e.Title, e.Text = ui.Declined(), "You declined this", "You declined it at "+at+". Nothing was done."
		return
	}
	e.State, e.Title = ui.Approved(), "You approved this"
	e.Text = "You approved it at " + at + ". " + after(o.Request, missing(o.Tally), now)
}

func after(r approval.Request, left int, now time.Time) string {
	switch r.State {
	case approval.Pending:
		return "It waits for " + ui.Spell(left, "more person", "more people") + "."
	case approval.Cooling:
		return "It is released at " + ui.When(*r.CoolingUntil, now) + ", unless somebody declines."
	case approval.Approved:
		return "Everybody who was needed agreed. Jexi may do it now."
	case approval.Consumed:
		return "Everybody agreed, and Jexi is doing it."
	case approval.Succeeded:
		return "Everybody agreed, and Jexi reports that it is done."
	case approval.Failed, approval.Partial, approval.NeverExecuted, approval.Unknown:
		return "Everybody agreed, but it was not carried out as asked."
	case approval.Denied:
		return "Somebody else declined it. Nothing was done."
	}
	return r.ClosedReason
}

func message(err error) string {
	if f := ui.ErrorsOf(err); len(f) > 0 {
		return f[0].Message
	}
	return ""
}

func facts(o approval.Opened) []ui.Pair {
	out := []ui.Pair{{Label: "Action", Value: o.Request.Sentence}, {Label: "Words", Value: o.Request.Words}}
	if o.Mine != nil && o.Mine.Reason != "" {
		out = append(out, ui.Pair{Label: "Your reason", Value: o.Mine.Reason})
	}
	return out
}
