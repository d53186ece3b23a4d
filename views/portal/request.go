package portal

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// RequestList is one page of requests and where it stands among the others.
type RequestList struct {
	View   approval.View
	Rows   []approval.Row
	Before int64
	More   bool
}

func (l RequestList) situation(s layout.Shell) string {
	open := s.Counts[layout.Requests]
	mine, others := open.N, open.All-open.N
	switch {
	case open.All == 0:
		return "Nothing waits for anybody."
	case mine == 0:
		return "Nothing waits for you. " + ui.Upper(ui.Spell(others, "request waits", "requests wait")) + " for other people."
	case others <= 0:
		return ui.Spelled(mine) + waits(mine) + " for you."
	}
	return ui.Spelled(mine) + waits(mine) + " for you. " + ui.Spelled(others) + " more" + waits(others) + " for other people."
}

func waits(n int) string {
	if n == 1 {
		return " waits"
	}
	return " wait"
}

func (l RequestList) chips(s layout.Shell) []ui.ChipProps {
	chip := func(v approval.View, label string) ui.ChipProps {
		href := s.URL("requests")
		if v != approval.OpenView {
			href += "?show=" + string(v)
		}
		return ui.ChipProps{Label: label, Href: href, On: l.View == v}
	}
	return []ui.ChipProps{
		chip(approval.OpenView, "Open "+ui.Thousands(s.Counts[layout.Requests].All)), chip(approval.DecidedView, "Decided"),
		chip(approval.ExpiredView, "Ended undecided"), chip(approval.FailedView, "Failed afterwards"), chip(approval.AllView, "Everything asked"),
	}
}

// split parts open requests into those for the reader, nearest deadline first, and the rest.
func (l RequestList) split() (mine, others []approval.Row) {
	for _, r := range l.Rows {
		if r.ForMe {
			mine = append(mine, r)
		} else {
			others = append(others, r)
		}
	}
	slices.SortStableFunc(mine, func(a, b approval.Row) int { return cmp.Compare(deadline(a), deadline(b)) })
	return mine, others
}

// deadline orders requests; one without comes last.
func deadline(r approval.Row) int64 {
	if r.ExpiresAt == nil {
		return math.MaxInt64
	}
	return r.ExpiresAt.UnixNano()
}

func (l RequestList) pager(s layout.Shell) ui.PagerProps {
	at := s.URL("requests") + "?show=" + string(l.View)
	p := ui.PagerProps{}
	if l.Before > 0 {
		p.Newer = at
	}
	if l.More {
		p.Older = at + "&before=" + strconv.FormatInt(l.Rows[len(l.Rows)-1].Ref, 10)
	}
	if n := len(l.Rows); n > 0 {
		p.Range = l.Rows[0].Reference() + " to " + l.Rows[n-1].Reference()
	}
	return p
}

// requestState is the state in the words of the product. mine says it waits for the reader.
func requestState(s approval.State, mine bool) ui.State {
	switch s {
	case approval.Pending:
		if mine {
			return ui.WaitingForYou()
		}
		return ui.WaitingForOthers()
	case approval.Cooling:
		return ui.State{Word: "Approved, cooling off", Tone: ui.Info, Glyph: ui.Half}
	case approval.Allowed:
		return ui.State{Word: "Allowed, no person asked", Tone: ui.Neutral, Glyph: ui.Done}
	case approval.Approved:
		return ui.Approved()
	case approval.Consumed:
		return ui.State{Word: "Approved, being done", Tone: ui.Info, Glyph: ui.Half}
	case approval.Succeeded:
		return ui.State{Word: "Done", Tone: ui.OK, Glyph: ui.Done}
	case approval.Failed:
		return ui.ActionFailed()
	case approval.Partial:
		return ui.State{Word: "Approved, done in part", Tone: ui.Stop, Glyph: ui.Octagon}
	case approval.NeverExecuted:
		return ui.State{Word: "Approved, never done", Tone: ui.Neutral, Glyph: ui.Slashed}
	case approval.Unknown:
		return ui.State{Word: "Approved, outcome unknown", Tone: ui.Warn, Glyph: ui.Triangle}
	case approval.Denied:
		return ui.Declined()
	case approval.Blocked:
		return ui.State{Word: "Blocked", Tone: ui.Stop, Glyph: ui.Octagon}
	case approval.Undecidable:
		return ui.State{Word: "Blocked, nobody can decide", Tone: ui.Stop, Glyph: ui.Octagon}
	case approval.Held:
		return ui.Held()
	case approval.Expired:
		return ui.Expired()
	case approval.Cancelled:
		return ui.Withdrawn()
	case approval.Lapsed:
		return ui.State{Word: "Lapsed", Tone: ui.Neutral, Glyph: ui.Slashed}
	}
	return ui.Superseded()
}

func rowSub(r approval.Row) string {
	s := r.Reference() + ", " + r.Words
	if r.TicketRef != "" {
		s += ", ticket " + catalog.Visible(r.TicketRef)
	}
	return s
}

func rowRules(r approval.Row) string {
	if r.Rules == "" {
		return "No rule asked"
	}
	return r.Rules
}

func timeLeft(r approval.Row, now time.Time) string {
	return ui.Span(r.ExpiresAt.Sub(now)) + ", until " + ui.Until(*r.ExpiresAt, now)
}

// ended says when and by whom, for a request that is not open.
func ended(r approval.Row, now time.Time) string {
	if r.DecidedAt != nil && r.DecidedBy != "" {
		return r.DecidedBy + ", " + endedAt(r, now)
	}
	return endedAt(r, now)
}

func endedAt(r approval.Row, now time.Time) string {
	if r.DecidedAt != nil {
		return ui.When(*r.DecidedAt, now)
	}
	return ui.When(r.CreatedAt, now)
}

// decided is ended in two lines, for a list that may also hold what is open.
func decided(r approval.Row, now time.Time) ui.Value {
	v := ui.Value{Label: "Decided", Text: endedAt(r, now)}
	switch {
	case open(r.State):
		v.Text, v.Sub = "Not yet", "Asked "+v.Text
	case r.DecidedAt != nil && r.DecidedBy != "":
		v.Text, v.Sub = r.DecidedBy, v.Text
	}
	return v
}

func open(s approval.State) bool { return s == approval.Pending || s == approval.Held }

// pastState is a state in a list that does not tell whose turn it is.
func pastState(r approval.Row) ui.State {
	if r.State == approval.Pending {
		return ui.State{Word: "Waiting for people", Tone: ui.Info, Glyph: ui.Waiting}
	}
	return requestState(r.State, false)
}

// RequestPage is one request and what the reader may do with it.
type RequestPage struct {
	approval.Detail
	Proved bool // the reader showed a passkey or authenticator code just now
	Ballot DecisionForm
	Errors ui.Errors
}

// DecisionForm is what somebody chose so far.
type DecisionForm struct{ Decision, Reason string }

func (p RequestPage) mine() bool { return p.Refusal == nil && p.Request.State == approval.Pending }

// veto tells that the reader can still decline what cools off.
func (p RequestPage) veto() bool {
	return p.Request.State == approval.Cooling && p.Asked
}

func (p RequestPage) situation(now time.Time) string {
	r := p.Request
	switch r.State {
	case approval.Pending:
		if p.mine() {
			return "Jexi wants to do this, and waits for you."
		}
		return "Jexi wants to do this, and waits for " + need(p.Tally) + "."
	case approval.Cooling:
		return "Approved by " + r.DecidedBy + ". Until " + ui.When(*r.CoolingUntil, now) + " any approver can still decline it."
	case approval.Approved:
		return "Approved by " + r.DecidedBy + ". Jexi may do it until " + ui.When(*r.ExecuteBy, now) + "."
	case approval.Denied:
		return "Declined by " + r.DecidedBy + ", " + ui.When(*r.DecidedAt, now) + ". Nothing was done."
	case approval.Consumed:
		return "Jexi has had the approval since " + ui.When(*r.ConsumedAt, now) + " and has not reported yet."
	case approval.Succeeded:
		return "Jexi reports that it is done, " + ui.When(*r.OutcomeAt, now) + "."
	case approval.Failed:
		return "Jexi was allowed to do this and reports that it failed, " + ui.When(*r.OutcomeAt, now) + "."
	case approval.Partial:
		return "Jexi reports that only a part of it was done, " + ui.When(*r.OutcomeAt, now) + "."
	case approval.NeverExecuted:
		return "Jexi was allowed to do this and did not. Nothing was done."
	case approval.Cancelled:
		return "The agent withdrew this, and nothing was done. It gave as reason: “" + strings.TrimRight(r.ClosedReason, ".") + "”."
	case approval.Expired:
		return "Nobody decided in time, so nothing was done. It was open until " + ui.When(*r.ExpiresAt, now) + "."
	case approval.Unknown:
		return "Jexi has had the approval since " + ui.When(*r.ConsumedAt, now) + " and never reported what came of it."
	case approval.Allowed:
		return "No rule asked for a person, so Jexi was told to go on."
	case approval.Blocked:
		return "This was refused before anybody was asked. Nothing was done."
	case approval.Held:
		return "Its system is paused. The clock stands still, and nothing is done."
	}
	if r.ClosedReason != "" {
		return r.ClosedReason
	}
	return "This has ended."
}

func need(t rule.Tally) string {
	if t.Current >= len(t.Stages) {
		return "nobody"
	}
	s := t.Stages[t.Current]
	return ui.Spell(s.Need-len(s.Approved), "more person", "more people")
}

func (p RequestPage) docket(now time.Time) []ui.Fact {
	r := p.Request
	facts := []ui.Fact{{Label: "State", Rich: ui.Status(requestState(r.State, p.mine()))}}
	facts = append(facts, ui.Fact{Label: "Asked by", Value: orDash(p.Agent), Sub: p.agentState(now)})
	switch {
	case r.State == approval.Pending && r.ExpiresAt != nil:
		facts = append(facts, ui.Fact{Label: "Open until", Value: ui.Until(*r.ExpiresAt, now), Sub: ui.Relative(*r.ExpiresAt, now)})
	case r.State == approval.Approved || r.State == approval.Allowed:
		facts = append(facts, ui.Fact{Label: "To be done until", Value: ui.Until(*r.ExecuteBy, now), Sub: ui.Relative(*r.ExecuteBy, now)})
	default:
		facts = append(facts, ui.Fact{Label: "Asked", Value: ui.When(r.CreatedAt, now), Sub: ui.Relative(r.CreatedAt, now)})
	}
	return append(facts, ui.Fact{Label: "Words", Value: r.Words, Sub: "The same in mail, page and API"})
}

func orDash(s string) string {
	if s == "" {
		return "The portal"
	}
	return s
}

func (p RequestPage) happens() []ui.Pair {
	r := p.Request
	var out []ui.Pair
	for _, f := range r.Facts() {
		out = append(out, ui.Pair{Label: f.Label, Value: f.Value, Mono: f.Target})
	}
	if p.Integration != "" {
		out = append(out, ui.Pair{Label: "Through", Value: p.Integration})
	}
	if r.BehalfRef != "" {
		out = append(out, ui.Pair{Label: "For", Value: ui.Upper(catalog.Visible(r.BehalfKind + " " + r.BehalfRef))})
	}
	if t := r.Action(); t != nil {
		out = append(out, ui.Pair{Label: "Risk", Value: riskWord(t.Risk)}, ui.Pair{Label: "Can be undone", Value: t.Undo.Words()})
	}
	return out
}

// open tells that it is still to be decided or done.
func (p RequestPage) open() bool {
	switch p.Request.State {
	case approval.Pending, approval.Held, approval.Cooling, approval.Approved, approval.Allowed, approval.Consumed:
		return true
	}
	return false
}

func (p RequestPage) happensTitle() string {
	if p.open() {
		return "What will happen"
	}
	return "What Jexi wanted to do"
}

func (p RequestPage) whyTitle() string {
	if len(p.Request.Reasons.V) == 0 {
		return "Why nobody was asked"
	}
	return "Why Jexi asks"
}

func (p RequestPage) whoTitle() string {
	switch {
	case p.Request.State == approval.Pending || p.Request.State == approval.Held:
		return "Who decides"
	case len(p.Votes) == 0:
		return "Who was asked"
	}
	return "Who decided"
}

func riskWord(r catalog.Risk) string {
	return [...]string{"Unknown", "Low", "Medium", "High", "Critical"}[max(0, min(int(r), 4))]
}

// stages are the questions to people, with who agreed.
func (p RequestPage) stages() []ui.Step {
	var out []ui.Step
	for i, s := range p.Tally.Stages {
		plan := p.Request.Plan.V.Stages[i]
		title := plan.Sentence(p.Directory)
		step := ui.Step{Title: ui.Upper(title), Sub: fmt.Sprintf("%d of %d", len(s.Approved), s.Need), State: ui.State{Word: "Waiting", Tone: ui.Neutral, Glyph: ui.Ring}}
		switch {
		case s.Satisfied:
			step.State = ui.State{Word: "Done", Tone: ui.OK, Glyph: ui.Done}
		case i == p.Tally.Current && p.Request.State == approval.Pending:
			step.State, step.Current = ui.State{Word: "Now", Tone: ui.Info, Glyph: ui.Half}, true
		}
		out = append(out, step)
	}
	return out
}

func voteTitle(v approval.NamedVote) string {
	said := "approved"
	if v.Decision == rule.Deny {
		said = "declined"
	}
	how := map[string]string{"code": "with the code from the mail", "code_target": "with the code and the typed target",
		"session": "signed in", "step_up": "signed in, with a fresh passkey or authenticator code"}[v.Proof]
	return v.Name + " " + said + ", " + how
}

func voteTone(v approval.NamedVote) ui.Tone {
	switch {
	case v.WithdrawnAt != nil:
		return ui.Neutral
	case v.Decision == rule.Deny:
		return ui.Stop
	}
	return ui.Info
}

func messageLine(m delivery.Message) string {
	if m.RoundupID != nil {
		return "Asked in one mail with other requests"
	}
	switch m.Kind {
	case approval.LetterUndecidable:
		return "Told that nobody can decide"
	case approval.LetterExpired:
		return "Told that nobody decided in time"
	case approval.LetterOverdue:
		return "Told that no report came"
	case approval.LetterCapped:
		return "Told that the agent asks too much"
	}
	return "Asked by e-mail"
}
