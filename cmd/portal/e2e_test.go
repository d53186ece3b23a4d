package main_test

import "testing"

// TestJourneys lives the product from outside: the real binary with its demo world, a real
// Chromium, real mails. Every page that is opened is held to what all pages promise (see
// e2e_look_test.go). PORTAL_SHOTS names a folder for pictures of them.
func TestJourneys(t *testing.T) {
	w := startWorld(t)
	journeys := []struct {
		name string
		live func(*world)
	}{
		{"a refund is asked, decided by two people from mail and page, done once and seen by the Owner", (*world).refund},
		{"a domain leaves only with a fresh passkey", (*world).transfer},
		{"a zone is deleted only by two signed-in people, and can be called back until it is released", (*world).deletion},
		{"a rule is drafted by one Admin and published by another", (*world).ruleBook},
		{"an approval is taken back before it is complete", (*world).secondThoughts},
		{"the workspace's settings are changed, and weakened by two only", (*world).settings},
		{"a connection is made, paused and resumed, and what is asked meanwhile waits", (*world).connection},
		{"the main job works without JavaScript", (*world).plain},
		{"one jumps to everything by keyboard, and without JavaScript by a page", (*world).jump},
		{"the audit trail verifies without the portal", (*world).trail},
		{"one plays the agent on its page, with and without JavaScript", (*world).agentPage},
		{"a robot that opens, scripts and submits every link of every mail decides nothing", (*world).robot},
	}
	for _, j := range journeys {
		t.Run(j.name, func(t *testing.T) {
			w.t = t
			j.live(w)
		})
	}
	w.t = t
	w.failedNowhere()
}
