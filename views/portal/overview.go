package portal

import (
	"cmp"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// AheadDays is how far the rule of dates ahead reaches.
const AheadDays = 39

// OverviewPage is what somebody needs to know when they come in.
type OverviewPage struct {
	ForMe        []approval.Row
	Requests     int // all that wait for the reader
	Changes      []rulebook.Change
	Month        approval.Month
	Recent       []approval.Row
	Ahead        []approval.Ahead
	Integrations []integration.Connection
	Trail        audit.Standing
	Rules        int
	People       int
}

// mostChanges is how many of the rows are kept for changes where requests would fill them all.
const mostChanges = 3

// KeepChanges is how many rows are kept for changes, which have no deadline and would come last.
func (p OverviewPage) KeepChanges() int { return min(len(p.Changes), mostChanges) }

func (p OverviewPage) needing() int { return p.Requests + len(p.Changes) }

func (p OverviewPage) situation() string {
	switch n := p.needing(); n {
	case 0:
		return "Nothing needs a person"
	case 1:
		return "One thing needs a person"
	default:
		return ui.Spelled(n) + " things need a person"
	}
}

// AreaOf is where a change is agreed to.
func AreaOf(c rulebook.Change) layout.Area {
	if c.Rule == uuid.Nil {
		return layout.Settings
	}
	return layout.Rules
}

// changeRow is a change of a rule or of the settings as a row.
func changeRow(s layout.Shell, c rulebook.Change, first bool) ui.RowProps {
	r := ui.RowProps{Action: "Check", First: first, Sub: "Submitted by " + c.By + ", " + ui.When(c.Since, s.Now)}
	switch {
	case AreaOf(c) == layout.Settings:
		r.Title, r.Href = "Agree to weaker settings", s.URL("settings")+"#lower"
	case c.Retires:
		r.Title, r.Href = "Retire "+c.Name, s.URL("rules", c.Rule.String(), "check")
	default:
		r.Title, r.Href = "Publish "+lower(versionName(c.N))+" of "+c.Name, s.URL("rules", c.Rule.String(), "check")
	}
	if c.After != nil {
		r.Clock = &ui.Clock{From: c.Since, Now: s.Now, End: *c.After}
	}
	return r
}

func (p OverviewPage) lead(now time.Time) string {
	switch {
	case len(p.ForMe) > 0:
	case len(p.Changes) > 0:
		return "Everything is running. What somebody changed holds once a second admin agrees."
	case p.isNew():
		return "This workspace is new. These steps make it ready."
	default:
		return "Everything is running. What Jexi asks stands here as soon as it waits for you."
	}
	first := p.ForMe[0]
	return "Everything else is running. The nearest deadline is " + ui.Until(*first.ExpiresAt, now) + ": " + first.Sentence + "."
}

// isNew tells that the first steps are still to be done.
func (p OverviewPage) isNew() bool {
	return len(p.Integrations) == 0 || p.Rules == 0 || p.People < 2
}

func (p OverviewPage) steps(s layout.Shell) []ui.Step {
	step := func(done bool, title, sub string, area layout.Area) ui.Step {
		st := ui.Step{Title: title, Sub: sub, Href: s.URL(string(area)), State: ui.State{Word: "To do", Tone: ui.Neutral, Glyph: ui.Ring}}
		if done {
			st.State = ui.State{Word: "Done", Tone: ui.OK, Glyph: ui.Done}
		}
		return st
	}
	return []ui.Step{
		step(len(p.Integrations) > 0, "Connect a system", "What is not connected, Jexi cannot reach.", layout.Integrations),
		step(p.Rules > 0, "Write a rule", "Until then, one Admin is asked about everything risky.", layout.Rules),
		step(p.People > 1, "Add approvers", "A rule can ask people, roles and groups.", layout.People),
	}
}

// ahead are the coming dates. Requests that end on the same day are one date, so that a busy day
// does not hide the others.
func (p OverviewPage) ahead() []ui.AheadDate {
	var out []ui.AheadDate
	requests := map[string]int{}
	for _, a := range p.Ahead {
		if a.Kind == "request" {
			requests[a.At.UTC().Format(time.DateOnly)]++
		}
	}
	for _, a := range p.Ahead {
		d := ui.AheadDate{Title: a.Title, Text: a.At.UTC().Format("Mon 2 Jan, 15:04"), At: a.At}
		if a.Kind == "request" {
			day := a.At.UTC().Format(time.DateOnly)
			n := requests[day]
			if requests[day] = 0; n == 0 {
				continue
			}
			if d.Tone = ui.Stop; n > 1 {
				d.Title, d.Text = "Decide "+ui.Thousands(n)+" requests", a.At.UTC().Format("Mon 2 Jan, from 15:04")
			}
		}
		out = append(out, d)
	}
	return out
}

func (p OverviewPage) figures(now time.Time) []ui.Figure {
	connected, paused := 0, ""
	for _, c := range p.Integrations {
		switch c.State {
		case integration.Connected:
			connected++
		case integration.Paused:
			paused = c.Name + " is paused"
		}
	}
	m := p.Month
	figures := []ui.Figure{
		{Label: "Automated actions, 30 days", Value: ui.Thousands(m.Total), Text: ui.Thousands(m.Asked) + " asked for approval, " + ui.Thousands(m.Denied) + " were declined"},
		{Label: "Median time to decide", Value: "None yet", Text: "Nobody had to decide in 30 days"},
		{Label: "Connected systems", Value: strconv.Itoa(connected) + " of " + strconv.Itoa(len(p.Integrations)), Text: cmp.Or(paused, "None is paused")},
		{Label: "Entries in the audit trail", Value: ui.Thousands(int(p.Trail.Size)), Text: signed(p.Trail, now)},
	}
	if len(p.Integrations) == 0 {
		figures[2].Value, figures[2].Text = "None yet", "Jexi can reach nothing"
	}
	if m.Median > 0 {
		figures[1].Value, figures[1].Text = ui.Span(m.Median), "Slowest: "+ui.Span(m.Slowest)+", "+ui.Short(m.Slow, 40)
	}
	return figures
}

func signed(t audit.Standing, now time.Time) string {
	if t.SignedAt == nil {
		return "No checkpoint is signed yet"
	}
	return ui.Thousands(int(t.Signed)) + " of them signed " + ui.When(*t.SignedAt, now)
}

func (p OverviewPage) bars() []ui.Bar {
	var out []ui.Bar
	for i, d := range p.Month.Days {
		b := ui.Bar{Full: ui.Day(d.Day), First: d.Asked, Rest: d.Free}
		if i == 0 || i == len(p.Month.Days)/2 || i == len(p.Month.Days)-1 {
			b.Label = ui.DayMonth(d.Day)
		}
		out = append(out, b)
	}
	return out
}
