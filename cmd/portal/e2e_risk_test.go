package main_test

import (
	"regexp"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"
)

// transfer is the way of a high risk: the mail's link only leads to sign-in.
func (w *world) transfer() {
	a := w.agentOf("northmoor")
	r := a.ask("registrar.domain.transfer_out", map[string]any{"domain": "salt-garten.example", "gaining_registrar": "Otherwise Domains"})
	news := a.follow(r, "pending")
	l := w.letter(ines, r.Words)
	if l.link() == "" || l.code() != "" {
		w.t.Fatalf("the mail has no link, or a code:\n%s", l.Text)
	}
	guest := w.visitor("nobody yet")
	guest.open(l.link()).sees("decided signed in", r.Words).page("decision question, high risk")
	guest.click("Sign in and decide").sees("Sign in with a passkey").lacks(r.Words)
	guest.close()

	b := w.person(ines)
	b.open("/w/northmoor/security").sees("You sign in by mail alone").page("security, mail alone")
	b.open("/w/northmoor/security/passkeys/new").page("passkey, new")
	b.write("name", "Desk").click("Add passkey").sees("One passkey protects your account").page("security, one passkey")
	b.open(r.page()).sees("Your decision", r.Words).page("request to decide, high risk")
	b.choose("decision", "approve").click("Continue").sees("Show that it is you").page("proof by passkey")
	b.prove("Your decision")
	b.approve(r).sees("Your decision is recorded", "fresh passkey or authenticator code").page("request decided, high risk")
	a.hears(news, "approved")
	if n := a.vouches(a.consume(r), r); n != 1 {
		w.t.Errorf("the receipt names %d approvers", n)
	}
}

// deletion is the way of a critical risk: no link at all, two people, and time to call it back.
func (w *world) deletion() {
	a := w.agentOf("northmoor")
	r := a.ask("dns.zone.delete", map[string]any{"zone": "ferro-cycles.example"})
	news := a.follow(r, "pending")
	for _, l := range []letter{w.letter(ines, r.Words), w.letter(priya, r.Words)} {
		if l.link() != "" || l.code() != "" || strings.Contains(l.HTML, "/a/") {
			w.t.Errorf("the mail of a critical action has a link or a code:\n%s", l.Text)
		}
	}
	first := w.person(ines)
	first.approve(r).sees("Your decision is recorded").page("request half decided, critical")
	l := w.letter(marc, r.Words)
	if l.link() != "" {
		w.t.Errorf("the second mail has a link:\n%s", l.Text)
	}
	second := w.person(marc)
	second.addApp()
	second.open(r.page()).sees("Your decision", "Inês Duarte").choose("decision", "approve").click("Continue").sees("Show that it is you").page("proof by code")
	second.prove("Your decision")
	second.approve(r).sees("Your decision is recorded", "cooling off").page("request cooling off")

	first.open(r.page()).sees("Approved, cooling off").choose("decision", "deny").click("Continue").sees("Say why you decline").page("request to call back, refused")
	first.write("reason", "The client called: the shop goes on.").click("Continue").sees("Check your decision", "It is declined as soon as you confirm").page("request to call back, check")
	first.click("Confirm that you decline").sees("Your decision is recorded").page("request called back")
	a.hears(news, "denied")
}

// approve decides on a request's own page, proving first where that is asked.
func (b *tab) approve(r request) *tab {
	b.w.t.Helper()
	b.open(r.page()).sees("Your decision", r.Words).choose("decision", "approve").click("Continue")
	if b.seesEither("Check your decision", "Show that it is you") == "Show that it is you" {
		b.prove("Your decision").choose("decision", "approve").click("Continue")
	}
	return b.sees("Check your decision").click("Confirm approval")
}

var typedKey = regexp.MustCompile(`(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}`)

// app is somebody's authenticator app.
type app struct {
	key  string
	used int64 // the newest time step whose code was typed: a code counts once
}

// addApp gives a person an authenticator app, unless they have one.
func (b *tab) addApp() {
	b.w.t.Helper()
	if b.w.apps[b.who] != nil {
		return
	}
	b.open("/w/northmoor/security/authenticator/new").sees("Scan the picture").page("authenticator, new")
	a := &app{key: strings.ReplaceAll(typedKey.FindString(b.text()), " ", "")}
	if a.key == "" {
		b.w.t.Fatalf("no key to type on\n%s", b.text())
	}
	b.w.apps[b.who] = a
	b.write("code", b.w.code(b.who)).click("Add the app").sees("An authenticator app protects your account").page("security, authenticator")
}

// code is what somebody's app shows: the next one where this one was used, when the time for it comes.
func (w *world) code(email string) string {
	w.t.Helper()
	a, step := w.apps[email], time.Now().Unix()/30
	a.used = max(step, a.used+1)
	for ; a.used > step+1; step = time.Now().Unix() / 30 {
		time.Sleep(100 * time.Millisecond)
	}
	code, err := totp.GenerateCode(a.key, time.Unix(a.used*30, 0))
	w.must(err)
	return code
}

// prove shows a passkey or a code where that is asked for on the way to a page that reads so.
func (b *tab) prove(then string) *tab {
	b.w.t.Helper()
	if b.seesEither(then, "Show that it is you") == then {
		return b
	}
	if b.w.apps[b.who] != nil {
		b.write("code", b.w.code(b.who)).click("Check the code")
	} else {
		b.click("Show a passkey")
	}
	return b.sees(then)
}
