package portal

import (
	"strconv"
	"strings"
	"time"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// AheadDays is how far the rule of dates ahead reaches.
const AheadDays = 39

// OverviewPage is what somebody needs to know when they come in.
type OverviewPage struct {
	ForMe        []approval.Row
	Waiting      int // all that wait for the reader
	Month        approval.Month
	Recent       []approval.Row
	Ahead        []approval.Ahead
	Integrations []integration.Connection
	Trail        audit.Standing
	Rules        int
	People       int
}

func (p OverviewPage) situation() string {
	switch p.Waiting {
	case 0:
		return "Nothing needs a person"
	case 1:
		return "One thing needs a person"
	}
	return upper(ui.Spelled(p.Waiting)) + " things need a person"
}

func (p OverviewPage) lead(now time.Time) string {
	if len(p.ForMe) == 0 {
		if p.isNew() {
			return "This workspace is new. These steps make it ready."
		}
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

func (p OverviewPage) ahead(now time.Time) []ui.AheadDate {
	var out []ui.AheadDate
	for _, a := range p.Ahead {
		tone := ui.Neutral
		if a.Kind == "request" {
			tone = ui.Stop
		}
		out = append(out, ui.AheadDate{Title: short(a.Title, 44), Text: a.At.UTC().Format("Mon 2 Jan, 15:04"), At: a.At, Tone: tone})
	}
	return out
}

func short(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return strings.TrimRight(string(r[:n-1]), " .,") + "…"
}

func (p OverviewPage) figures() []ui.Figure {
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
		{Label: "Connected systems", Value: strconv.Itoa(connected) + " of " + strconv.Itoa(len(p.Integrations)), Text: paused},
		{Label: "Audit trail", Value: ui.Thousands(int(p.Trail.Size)), Text: "entries; " + signed(p.Trail)},
	}
	if m.Median > 0 {
		figures[1].Value, figures[1].Text = ui.Span(m.Median), "Slowest: "+ui.Span(m.Slowest)+", "+short(m.Slow, 40)
	}
	return figures
}

func signed(t audit.Standing) string {
	if t.SignedAt == nil {
		return "no checkpoint is signed yet"
	}
	return ui.Thousands(int(t.Signed)) + " under the checkpoint of " + t.SignedAt.UTC().Format("15:04 UTC, 2 Jan")
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
