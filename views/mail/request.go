package mail

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/views/ui"
)

// Asked is the question to an approver. It holds what the portal knows from typed parameters;
// nothing an agent wrote stands in it, nor the name and parameters of an action that the catalog
// does not know, and nothing personal in its subject.
func Asked(w approval.Writing, link string, now time.Time) Letter {
	r := w.Request
	l := Letter{
		Workspace: w.Workspace,
		Subject:   fmt.Sprintf("Decide by %s: %s (%s, %s)", ui.When(*r.ExpiresAt, now), short(r), r.Reference(), r.Words),
		Preview:   fmt.Sprintf("%s Opening this e-mail decides nothing.", need(w)),
		Title:     sentence(r) + "?",
		Lead:      "Jexi wants to do this" + ticket(r) + ". " + asks(r) + " " + need(w),
		Facts:     askedFacts(r, now),
		Code:      w.Code,
		Small: []string{fmt.Sprintf("You receive this because you may decide this at %s. %s If you did not expect it, tell your admins and do not open the link. Reference %s.",
			w.Workspace, linkNote(w, now), r.Reference())},
	}
	switch {
	case w.Link == "":
		l.After = fmt.Sprintf("This kind of action is never decided from a link. Open the portal, go to Approval requests, and look for %s, %s.", r.Reference(), r.Words)
	case w.Code == "":
		l.Button, l.URL = "Sign in and decide", link
		l.After = "The link shows what is asked and leads to sign-in. " + signedIn(r) + " Opening it, or this e-mail, decides nothing."
	default:
		l.Button, l.URL = "Review and decide", link
		l.After = "The button opens a page where you approve or decline, with the code above. Opening it, or this e-mail, decides nothing."
	}
	return l
}

// AskedAgain is Asked after wrong codes ended the links of before.
func AskedAgain(w approval.Writing, link string, now time.Time) Letter {
	l := Asked(w, link, now)
	l.Lead = "Somebody typed five wrong codes at your link, so it decides nothing any more. Here is a new one, with a code of its own. " +
		"If that was not you, somebody else has your link: tell your admins. " + l.Lead
	return l
}

func short(r approval.Request) string {
	if t := r.Action(); t != nil {
		return t.Sentence(r.Values(), catalog.Short)
	}
	return "unknown action"
}

func sentence(r approval.Request) string {
	if r.Action() == nil {
		return "Do something that the portal does not know"
	}
	return r.Sentence
}

// ticketID is a reference with which nothing else can be said.
var ticketID = regexp.MustCompile(`^#?[A-Za-z0-9-]{1,40}$`)

func ticket(r approval.Request) string {
	if !ticketID.MatchString(r.TicketRef) {
		return ""
	}
	return " for ticket " + r.TicketRef
}

func asks(r approval.Request) string {
	var names []string
	for _, x := range r.Reasons.V {
		if x.Name != "Platform" {
			names = append(names, "“"+x.Name+"”")
		}
	}
	switch len(names) {
	case 0:
		return "No rule of yours covers it, so the portal asks."
	case 1:
		return "Your rule " + names[0] + " asks for a person."
	}
	return "Your rules " + strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + " ask for people."
}

func need(w approval.Writing) string {
	if w.Need < 2 {
		return "One approval is enough."
	}
	if w.Given == 0 {
		return fmt.Sprintf("It needs %d approvals.", w.Need)
	}
	return fmt.Sprintf("It needs %d approvals; %d given so far.", w.Need, w.Given)
}

func askedFacts(r approval.Request, now time.Time) []Fact {
	facts := []Fact{{Label: "Decide before", Value: ui.Until(*r.ExpiresAt, now) + ", " + ui.Relative(*r.ExpiresAt, now), Strong: true}}
	t := r.Action()
	if t == nil {
		facts = append(facts, Fact{Label: "Action", Value: "Of an unknown kind. The page shows what the agent sent."})
	} else {
		facts = append(facts, typed(r)...)
		facts = append(facts, Fact{Label: "Can be undone", Value: t.Undo.Words()})
	}
	return append(facts, Fact{Label: "If nobody decides", Value: "It expires, and nothing is done"}, Fact{Label: "Words", Value: r.Words + ", the same on the page"})
}

func typed(r approval.Request) (out []Fact) {
	for _, f := range r.Facts() {
		if !f.Prose {
			out = append(out, Fact{Label: f.Label, Value: f.Value})
		}
	}
	return out
}

func linkNote(w approval.Writing, now time.Time) string {
	if w.Link == "" {
		return ""
	}
	return "The link is yours alone and works until " + ui.Until(*w.Request.ExpiresAt, now) + "."
}

func signedIn(r approval.Request) string {
	if r.Proof < catalog.StepUp {
		return "Here people decide signed in, with a passkey or an authenticator code, not from e-mails."
	}
	return "You decide there with a passkey or an authenticator code."
}
