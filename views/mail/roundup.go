package mail

import (
	"fmt"
	"strings"
	"time"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/views/ui"
)

// Roundup names in one mail what waits for an approver. It says what the portal knows from typed
// parameters, as Asked does, and holds no link that decides.
func Roundup(d approval.Roundup, page string, now time.Time) Letter {
	first := *d.Requests[0].ExpiresAt
	waits := ui.Plural(d.Total, "more request waits", "more requests wait")
	l := Letter{
		Workspace: d.Workspace,
		Subject:   fmt.Sprintf("%s for you, the first until %s", waits, ui.When(first, now)),
		Preview:   "They have no mails of their own. Opening this e-mail decides nothing.",
		Title:     waits + " for you",
		Lead:      "Jexi asks faster than single mails should come, so what came on top stands here together. " + kinds(d.Kinds) + ".",
		Button:    "See all that waits", URL: page,
		After: "You decide each one on its own page, signed in. If you have no passkey, the portal sends a sign-in link to this address. Opening this e-mail, or the list, decides nothing.",
		Small: []string{fmt.Sprintf("You receive this because you may decide these at %s. After %d single mails in %d minutes, what comes on top waits for a mail like this one. If an agent asks without end, tell your admins: they can pause it.",
			d.Workspace, delivery.MostSingles, int(delivery.Period.Minutes()))},
	}
	for _, r := range d.Requests {
		l.Facts = append(l.Facts, Fact{Label: r.Words, Value: fmt.Sprintf("%s. %s risk, until %s, %s", sentence(r), riskWord(r.Risk), ui.Until(*r.ExpiresAt, now), r.Reference())})
	}
	if more := d.Total - len(d.Requests); more > 0 {
		l.Facts = append(l.Facts, Fact{Label: "And later", Value: ui.Plural(more, "more request, in the list", "more requests, in the list")})
	}
	return l
}

// kinds are how many of each kind wait: "Refund a client, medium risk: 30".
func kinds(all []approval.KindCount) string {
	var out []string
	for _, k := range all {
		title := k.Title
		if title == "" {
			title = "Something that the portal does not know"
		}
		out = append(out, fmt.Sprintf("%s, %s risk: %s", title, strings.ToLower(riskWord(k.Risk)), ui.Thousands(k.N)))
	}
	return strings.Join(out, "; ")
}

func riskWord(r catalog.Risk) string {
	return [...]string{"Unknown", "Low", "Medium", "High", "Critical"}[max(0, min(int(r), 4))]
}
