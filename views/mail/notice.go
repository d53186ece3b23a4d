package mail

import (
	"fmt"
	"time"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/views/ui"
)

// Notice tells an Owner that a request stands still, or that too many do.
func Notice(w approval.Writing, page string, now time.Time) Letter {
	r := w.Request
	l := Letter{Workspace: w.Workspace, Lead: "Jexi asked: " + sentence(r) + ". ", Button: "Open the request", URL: page,
		Facts: []Fact{{Label: "Reference", Value: r.Reference() + ", " + r.Words}},
		Small: []string{"You receive this because you are an Owner of " + w.Workspace + "."}}
	what := "Nobody can decide"
	switch w.Message.Kind {
	case approval.LetterUndecidable:
		l.Title, l.Preview = "Nobody can decide this", "The rules ask for more people than there are."
		l.Lead += asks(r) + " Too few people can decide it, so it is blocked and nothing is done."
		l.Button, l.After = "See who is missing", "Add people to the group, or change the rule. The agent may then ask again."
	case approval.LetterExpired:
		what, l.Title, l.Preview = "Nobody decided in time", "Nobody decided this in time", "It expired, and nothing was done."
		l.Lead += asks(r) + " Nobody decided in time, so it expired and nothing was done."
		l.Button, l.After = "See who was asked", "The agent may ask again. The rule can ask more people or give more time."
	case approval.LetterOverdue:
		what, l.Title, l.Preview = "No report", "Nobody reported what came of this", "It may have been done, or not."
		l.Lead += "It was taken up at " + ui.When(*r.ConsumedAt, now) + ", and nothing was reported within an hour. It may have been done, or not."
		l.After = "Look in the system itself. A late report still counts."
	case approval.LetterCapped:
		what, l.Title, l.Preview = "An agent asks too much", "An agent asks more than people can decide", "Further requests of it are blocked."
		l.Lead += "With this one it has as many requests waiting for people as an agent may have. Further ones are blocked until some are decided."
		l.After = "If the agent runs wild, revoke its token. You are told of this once a day at most."
	}
	l.Subject = fmt.Sprintf("%s: %s (%s)", what, short(r), r.Reference())
	return l
}
