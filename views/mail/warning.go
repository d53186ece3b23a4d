package mail

import (
	"time"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/views/ui"
)

// Paused tells an Owner that the portal paused an agent.
func Paused(w approval.Warned, page string, now time.Time) Letter {
	return Letter{
		Workspace: w.Workspace,
		Subject:   "The portal paused an agent: " + w.Agent.Name,
		Preview:   "It asks and acts on nothing until an Owner or Admin resumes it.",
		Title:     "The portal paused " + w.Agent.Name,
		Lead:      w.Agent.PauseReason + " It did not wait as it was told, so it asks and acts on nothing until an Owner or Admin resumes it.",
		Facts: []Fact{{Label: "Paused", Value: ui.When(*w.Agent.PausedAt, now), Strong: true}, {Label: "Token", Value: w.Agent.Name + ", " + w.Agent.Hint},
			{Label: "Open requests", Value: "Stay open and can be decided. What is approved is not handed out before the agent acts again."}},
		Button: "Look at the tokens", URL: page,
		After: "Find out why it asks so much before you resume it. If the token is in wrong hands, revoke it.",
		Small: []string{"You receive this because you are an Owner of " + w.Workspace + "."},
	}
}
