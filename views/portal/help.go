package portal

import (
	"time"

	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// HelpPage is what the help says of this workspace beside what holds everywhere.
type HelpPage struct {
	Unmatched int // people who must agree where no rule matches
	Owners    []rulebook.Colleague
}

// parts are the headings of the help, in its order.
var parts = []struct{ id, title string }{
	{"ask", "What an ask is"}, {"record", "How to read a record"}, {"decision", "How a decision is made"}, {"codes", "Links and codes in mails"},
	{"time", "What happens when time ends"}, {"roles", "Who may do what"}, {"keys", "Keys"}, {"verify", "How to check the audit trail"}, {"contact", "Whom to write to"},
}

func partLinks() (out []ui.ChipProps) {
	for _, p := range parts {
		out = append(out, ui.ChipProps{Label: p.title, Href: "#" + p.id})
	}
	return out
}

func part(id string) ui.SectionProps {
	for _, p := range parts {
		if p.id == id {
			return ui.SectionProps{ID: p.id, Title: p.title}
		}
	}
	return ui.SectionProps{}
}

// sample is a request that never was, six hours old and with eighteen to go.
func sample(now time.Time) (ui.Clock, []ui.Fact) {
	c := ui.Clock{From: now.Add(-6 * time.Hour), Now: now, End: now.Add(18 * time.Hour)}
	return c, []ui.Fact{
		{Label: "State", Rich: ui.Status(ui.WaitingForYou())},
		{Label: "Jexi wants to", Value: "Refund 184.00 EUR", Sub: "Client 20418, ticket 58231"},
		{Label: "Decide before", Value: ui.Until(c.End, now), Sub: ui.Relative(c.End, now)},
		{Label: "Reference", Value: "AR-4471", Sub: "amber-kettle"},
	}
}

// byRisk is what somebody shows who approves, by risk.
func byRisk() (out []ui.Pair) {
	for r := catalog.Low; r <= catalog.Critical; r++ {
		out = append(out, ui.Pair{Label: ui.Upper(riskWord(r)) + " risk", Value: proofWord(catalog.DefaultTimes(r).Proof)})
	}
	return out
}

// ownersToAsk are a line for each Owner with the address to write to.
func (p HelpPage) ownersToAsk() (out []ui.Pair) {
	for _, o := range p.Owners {
		out = append(out, ui.Pair{Label: o.Name, Rich: mailTo(o.Email)})
	}
	return out
}

// helpLead says where the reader is.
func helpLead(s layout.Shell) string {
	return "What Jexi’s AI agent may not do alone, it asks here. You are signed in as " + s.Role + " of " + s.Workspace.Name + "."
}
