package mail

import (
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/views/ui"
)

// Invitation asks somebody to become a member.
func Invitation(to workspace.Welcome, link string) Letter {
	by := "The portal"
	if to.Inviter != "" {
		by = to.Inviter
	}
	return Letter{
		Workspace: to.Workspace,
		Subject:   "Join " + to.Workspace + " on Jexi",
		Preview:   by + " invites you as " + to.Role.Label() + ".",
		Title:     "Join " + to.Workspace,
		Lead:      by + " invites you to the workspace in which " + to.Workspace + " governs what Jexi may do for it.",
		Facts: []Fact{
			{Label: "Your role", Value: to.Role.Label(), Strong: true},
			{Label: "Invited by", Value: by},
			{Label: "Ends", Value: ui.FullTime(to.ExpiresAt)},
		},
		Button: "Look at the invitation", URL: link,
		After: "Opening the page changes nothing; there you accept, or leave it.",
		Small: []string{"This e-mail is for " + to.Email + ". Do not pass it on: whoever holds the link can accept in your name. You expected no invitation? Do nothing, and you join nothing."},
	}
}
