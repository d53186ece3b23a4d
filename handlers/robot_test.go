package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestALinkThatARobotSendsSignsNobodyInAndStaysGood(t *testing.T) {
	h := open(t)
	b := h.visitor()
	link := b.askLink("ada@acme.example", "/w/acme/security")
	action := strings.TrimPrefix(link, h.URL)
	robot := h.visitor()
	shown := robot.get(link).shows(200, "Sign in with this link?", "Work e-mail")
	if strings.Contains(shown.Body, "ada@acme.example") {
		t.Error("the page tells a robot what to type")
	}
	for _, typed := range []string{"", "ABC234", "max@acme.example"} {
		robot.submit(shown, action, url.Values{"email": {typed}}).shows(http.StatusUnprocessableEntity, "Type the address that the link was sent to.")
	}
	if robot.id() != "" {
		t.Error("the robot has a session")
	}
	b.follow(b.useLink(link)).shows(200, "You sign in by mail alone")
}

func TestALinkAskedForOnAnotherBrowserSignsInWithItsAddress(t *testing.T) {
	h := open(t)
	link := h.visitor().askLink("max@acme.example", "/w/acme/security")
	phone := h.visitor()
	phone.submit(phone.get(link), strings.TrimPrefix(link, h.URL), url.Values{"email": {" Max@acme.example "}}).shows(200, "You sign in by mail alone")
}
