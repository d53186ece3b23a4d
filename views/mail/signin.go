package mail

import (
	"time"

	"github.com/jexi/portal/views/ui"
)

// SignIn carries the link that signs in.
func SignIn(email, link string) Letter {
	return Letter{
		Subject: "Sign in to Jexi",
		Preview: "The link works once, for 15 minutes.",
		Title:   "Sign in to Jexi",
		Lead:    "Somebody typed " + email + " on the sign-in page. If that was you, go on; it works once, for 15 minutes.",
		Button:  "Sign in", URL: link,
		After: "The link leads to a page with a button, and only the button signs in.",
		Small: []string{"You did not ask for this? Do nothing. Nobody can sign in without this e-mail. Jexi never asks you for the link or a code."},
	}
}

// Credential tells that a way to prove who somebody is was added or removed.
func Credential(act, name string, at time.Time, security string) Letter {
	title := map[string]string{"passkey.added": "A passkey was added", "passkey.removed": "A passkey was removed",
		"totp.added": "An authenticator app was added", "totp.removed": "An authenticator app was removed"}[act]
	l := Letter{
		Subject: title + " to your Jexi account",
		Preview: "If that was you, there is nothing to do.",
		Title:   title,
		Lead:    "If that was you, there is nothing to do.",
		Button:  "See your security page", URL: security,
		After: "It was not you? Sign in, remove what you do not know, sign out everywhere else, and tell an Owner of your workspace.",
		Small: []string{"This e-mail comes at every such change. It cannot be switched off."},
	}
	if act == "passkey.removed" || act == "totp.removed" {
		l.Subject = title + " from your Jexi account"
	}
	if name != "" {
		l.Facts = append(l.Facts, Fact{Label: "Name", Value: name})
	}
	l.Facts = append(l.Facts, Fact{Label: "When", Value: ui.FullTime(at)})
	return l
}

// Reset tells a person that all their ways to prove who they are were taken from them.
func Reset(by string, at time.Time, security string) Letter {
	return Letter{
		Subject: "Your passkeys were reset",
		Preview: "You are signed out everywhere. Sign in by e-mail link and add a new passkey.",
		Title:   "Your passkeys were reset",
		Lead:    by + " removed all your passkeys and your authenticator app, because you could not use them any more. You are signed out everywhere.",
		Button:  "Sign in and add a passkey", URL: security,
		After: "Until you have added one, whoever reads your mail can sign in as you, and nobody can do what needs a passkey.",
		Facts: []Fact{{Label: "By", Value: by}, {Label: "When", Value: ui.FullTime(at)}},
		Small: []string{"You did not ask for this? Tell an Owner of your workspace at once. This e-mail cannot be switched off."},
	}
}
