package dev

import (
	"strconv"
	"strings"
	"time"

	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/views/ui"
)

// Preset is an ask with one click.
type Preset struct {
	Title, Text string
	Form        AskForm
}

// AskForm is what is typed to have the agent ask.
type AskForm struct {
	Workspace   string
	Type        string
	Values      map[string]string // of the action's parameters
	Integration string            // "" where one connection alone can do it
	Client      string
	Ticket      string
	Explanation string
}

// Field is the form field of a parameter.
func Field(param string) string { return "param." + param }

// Desk is the page on which one plays the agent.
type Desk struct {
	Workspaces  []string
	Presets     []Preset
	Form        AskForm
	Action      *catalog.ActionType
	Connections []ui.Option // to choose from where several could do it
	Runs        []Run       // newest first
	Refused     *Exchange   // the call that the API refused just now
}

func (d Desk) workspaces() []ui.Option {
	var out []ui.Option
	for _, w := range d.Workspaces {
		out = append(out, ui.Option{Value: w, Label: w})
	}
	return out
}

func (d Desk) actions() []ui.Option {
	var out []ui.Option
	for _, t := range catalog.Types() {
		out = append(out, ui.Option{Value: t.Key, Label: t.Title})
	}
	return out
}

// Exchange is one call and its answer, as they went over the wire. The token is cut.
type Exchange struct {
	At      time.Time
	Method  string
	Path    string
	Headers []string
	Body    string
	Status  int
	Answer  string
	Took    time.Duration
}

func (x Exchange) line() string { return x.Method + " " + x.Path }

// wire is the request as a program would write it.
func (x Exchange) wire() string {
	out := x.line() + "\n" + strings.Join(x.Headers, "\n")
	if x.Body != "" {
		out += "\n\n" + x.Body
	}
	return out
}

func (x Exchange) outcome() string {
	return strconv.Itoa(x.Status) + ", after " + strconv.FormatInt(x.Took.Milliseconds(), 10) + " ms"
}

// Answer is what the API tells of a request, as far as the agent needs it.
type Answer struct {
	ID         string     `json:"id"`
	Reference  string     `json:"reference"`
	Version    int        `json:"version"`
	Decision   string     `json:"decision"`
	Outcome    string     `json:"outcome"`
	Words      string     `json:"binding_words"`
	Summary    string     `json:"summary"`
	ExpiresAt  *time.Time `json:"expires_at"`
	ConsumedAt *time.Time `json:"consumed_at"`
	Reasons    []struct {
		Name string `json:"name"`
		Text string `json:"text"`
	} `json:"reasons"`
	Note string `json:"note"`
}

// Waits tells whether people or a pause may still change it.
func (a Answer) Waits() bool { return a.Decision == "pending" || a.Decision == "held" }

// Ready tells whether the agent may take it and act.
func (a Answer) Ready() bool {
	return a.ConsumedAt == nil && (a.Decision == "approved" || a.Decision == "allowed")
}

// Acting tells whether the outcome is still to be reported.
func (a Answer) Acting() bool { return a.ConsumedAt != nil && a.Outcome == "" }

// Run is one request as the agent lives it.
type Run struct {
	Workspace string
	Now       Answer
	Last      Exchange   // that told Now
	Said      []Exchange // the calls that changed something, newest first
}

func (r Run) path(more string) string { return "/dev/agent/" + r.Now.ID + more }

func (r Run) poll() string { return r.path("?wait=25&version=" + strconv.Itoa(r.Now.Version)) }

func (r Run) portal() string { return "/w/" + r.Workspace + "/requests/" + r.Now.ID }

func (r Run) state() ui.State {
	a := r.Now
	switch {
	case a.Acting():
		return ui.State{Word: "The agent acts", Tone: ui.Info, Glyph: ui.Half}
	case a.Outcome == "succeeded":
		return ui.State{Word: "Done", Tone: ui.OK, Glyph: ui.Done}
	case a.Outcome != "":
		return ui.State{Word: strings.ReplaceAll(a.Outcome, "_", " "), Tone: ui.Stop, Glyph: ui.Octagon}
	case a.Decision == "approved" || a.Decision == "allowed":
		return ui.State{Word: a.Decision, Tone: ui.OK, Glyph: ui.Done}
	case a.Decision == "pending":
		return ui.State{Word: a.Decision, Tone: ui.Info, Glyph: ui.Waiting}
	case a.Decision == "held":
		return ui.State{Word: a.Decision, Tone: ui.Warn, Glyph: ui.Bars}
	case a.Decision == "denied" || a.Decision == "blocked":
		return ui.State{Word: a.Decision, Tone: ui.Stop, Glyph: ui.Octagon}
	}
	return ui.State{Word: a.Decision, Tone: ui.Neutral, Glyph: ui.Slashed}
}

// situation is what the agent can do now, in one sentence.
func (r Run) situation() string {
	a := r.Now
	switch {
	case a.Acting():
		return "It has its ticket and acts. Say what came of it."
	case a.Outcome != "":
		return "The outcome is reported. Nothing is left to do."
	case a.Ready() && a.Decision == "allowed":
		return "No rule asks a person. It may take it and act."
	case a.Ready():
		return "People agreed. It may take the approval and act, once."
	case a.Decision == "pending":
		return "People are asked. The agent waits and does nothing."
	case a.Decision == "held":
		return "A pause stands in the way. The agent waits and does nothing."
	case a.Decision == "blocked":
		return "It must not do this."
	case a.Decision == "denied":
		return "A person declined. The agent does nothing."
	}
	return "It ended without being done."
}
