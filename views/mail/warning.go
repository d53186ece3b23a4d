package mail

import (
	"strconv"
	"time"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/views/ui"
)

// Warning tells an Owner of what is no single request's matter.
func Warning(w approval.Warned, address func(parts ...string) string, now time.Time) Letter {
	if w.Message.Kind == approval.LetterManyByMail {
		return manyByMail(w, address("w", w.Slug, "people", w.Message.ObjectID.String()), now)
	}
	return paused(w, address("w", w.Slug, "tokens"), now)
}

func manyByMail(w approval.Warned, page string, now time.Time) Letter {
	return Letter{
		Workspace: w.Workspace,
		Subject:   w.Person.Name + " decides a lot with the mailbox alone",
		Preview:   "If it was somebody else with this mailbox, act now.",
		Title:     w.Person.Name + " decided " + strconv.Itoa(approval.MostByMail) + " requests within a day with the mailbox alone",
		Lead: "They came from links in mails, or from a sign-in by such a link. For 24 hours links decide no more; signed in they can go on. " +
			"If it was not " + w.Person.Name + ", somebody else reads these mails.",
		Facts:  []Fact{{Label: "Person", Value: w.Person.Name + ", " + w.Person.Email, Strong: true}, {Label: "Reached", Value: ui.When(w.Message.QueuedAt, now)}},
		Button: "Look at this person", URL: page,
		After: "Ask them. If the mailbox is not theirs alone, remove them here, or let people decide signed in only, under Settings. You are told of this once a day at most.",
		Small: []string{"You receive this because you are an Owner of " + w.Workspace + "."},
	}
}

func paused(w approval.Warned, page string, now time.Time) Letter {
	return Letter{
		Workspace: w.Workspace,
		Subject:   "The portal paused the token " + w.Agent.Name,
		Preview:   "It asks and acts on nothing until an Owner or Admin resumes it.",
		Title:     "The portal paused the token " + w.Agent.Name,
		Lead:      w.Agent.PauseReason + " It did not wait as it was told, so it asks and acts on nothing until an Owner or Admin resumes it.",
		Facts: []Fact{{Label: "Paused", Value: ui.When(*w.Agent.PausedAt, now), Strong: true}, {Label: "Token", Value: w.Agent.Name + ", " + w.Agent.Hint},
			{Label: "Open requests", Value: "Stay open and can be decided. What is approved is not handed out before the agent acts again."}},
		Button: "See the tokens", URL: page,
		After: "Find out why it asks so much before you resume it. If the token is in wrong hands, revoke it.",
		Small: []string{"You receive this because you are an Owner of " + w.Workspace + "."},
	}
}
