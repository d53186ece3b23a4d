package portal

import (
	"time"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/views/ui"
)

// madeToken says who cannot decide what an agent asks.
func madeToken(name string) string {
	return name + " made this agent’s token, so " + name + " cannot decide what it asks."
}

// leftOut is who a rule asks and cannot decide what an agent asks.
type leftOut struct {
	Agent, Name string
	Ends        bool // and nobody else could decide it
}

func (l leftOut) words() string {
	says := l.Name + " made the token of the agent " + l.Agent + ", so " + l.Name + " cannot decide what it asks"
	if l.Ends {
		return says + ", and nobody else could either."
	}
	return says + "."
}

// leftOut are those of the people asked who made the token of an agent.
func (p RulePage) leftOut() (out []leftOut) {
	body := p.Body()
	asked := p.Dir.Asked(body.Approvers())
	staff := rulebook.Staffing{Rules: []rulebook.RuleRow{{Live: p.live(), Open: p.open()}}, Dir: p.Dir}
	for _, t := range p.Agents {
		for _, person := range asked {
			if t.CreatedBy != nil && *t.CreatedBy == person.ID {
				out = append(out, leftOut{t.Name, person.Name, len(staff.Ends(p.Dir.Without(person.ID))) > 0})
			}
		}
	}
	return out
}

// agent is the choice of who would ask: to begin with the newest.
func (p RuleTry) agent() string {
	if p.Typed == nil && len(p.Agents) > 0 {
		return p.Agents[0].ID.String()
	}
	return p.typed("agent")
}

func (p RuleTry) agentOptions() []ui.Option {
	var out []ui.Option
	for _, t := range p.Agents {
		out = append(out, ui.Option{Value: t.ID.String(), Label: t.Name})
	}
	return append(out, ui.Option{Label: "Another agent, whose token nobody here made"})
}

func (l leftOut) tone() ui.Tone {
	if l.Ends {
		return ui.Warn
	}
	return ui.Neutral
}

// agentState is what to know of the agent: of one that is paused, that nothing is handed out to it.
func (p RequestPage) agentState(now time.Time) string {
	s := p.Request.State
	if p.Paused != nil && (s.Open() || s == approval.Approved || s == approval.Allowed || s == approval.Held) {
		return "Paused since " + ui.When(*p.Paused, now) + ": nothing is handed out to it"
	}
	return p.Request.Workflow
}
