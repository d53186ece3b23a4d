package handlers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

func TestAPasskeyIsAddedProvesAndSignsInInARealBrowser(t *testing.T) {
	h := open(t)
	c := h.chrome()
	c.device()

	// The first passkey: signed in by a link, nothing to prove with yet.
	c.open("/signin").sees("Sign in with a passkey").accessible().write("email", "ada@acme.example").click("Continue").sees("Check your mail").accessible()
	c.open(linkForm.FindString(h.mail("ada@acme.example", "Sign in").Text)).sees("Sign in as ada@acme.example?").accessible().click("Sign in").sees("/w/acme")
	linked := c.session()
	c.open("/w/acme/security").sees("You sign in by mail alone").accessible()
	c.open("/proof?next=/w/acme/security").sees("Add a passkey first").accessible().click("Add a passkey").sees("Your device keeps the key").accessible()
	c.write("name", "Desk").click("Add passkey").sees("One passkey protects your account", "Passkey added", "Desk", "Not yet").accessible()
	h.mail("ada@acme.example", "A passkey was added")

	// Step-up: the next one needs a proof, and the proof renews the session.
	c.open("/w/acme/security/passkeys/new").sees("Show that it is you").accessible().click("Show a passkey").sees("Your device keeps the key")
	proved := c.session()
	if proved == linked || proved == "" {
		t.Error("the proof kept the session id")
	}
	c.write("name", "Desk again").click("Add passkey").sees("This device already holds a passkey for your account")

	// Signing in with it, to where one wanted to go. It counts as a proof.
	c.open("/signout").sees("Sign out?").click("Sign out").sees("You are signed out")
	c.open("/signin?next=/w/acme/security/passkeys/new").click("Sign in with a passkey").sees("Your device keeps the key")
	if c.session() == proved {
		t.Error("signing in kept the session id")
	}

	// Removing it ends it: the device still offers it, and it is not accepted.
	c.open("/w/acme/security").sees("One passkey protects").click("Remove: Desk").sees("Remove Desk?", "only passkey").accessible().click("Remove passkey").sees("Passkey removed", "You sign in by mail alone")
	h.mail("ada@acme.example", "A passkey was removed")
	c.open("/signout").click("Sign out").sees("You are signed out")
	c.open("/signin").click("Sign in with a passkey").sees("This passkey was not accepted").accessible()
}

func TestSigningInAndProvingWorkInABrowserWithoutJavaScript(t *testing.T) {
	h := open(t)
	c := h.chrome()
	_, err := chromedp.Call(c.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	must(t, err)
	c.open("/signin").sees("Passkeys need JavaScript", "Work e-mail")
	if strings.Contains(c.text(), "Sign in with a passkey") {
		t.Error("a button that can do nothing is shown")
	}
	c.write("email", "ada@acme.example").click("Continue").sees("Check your mail")
	c.open(linkForm.FindString(h.mail("ada@acme.example", "Sign in").Text)).click("Sign in").sees("/w/acme")

	c.open("/security/passkeys/new").sees("add an authenticator app").click("add an authenticator app").sees("Scan the picture")
	a := app(strings.ReplaceAll(keyForm.FindString(c.text()), " ", ""))
	c.write("code", a.code(h)).click("Add the app").sees("An authenticator app protects your account")
	h.Pass(time.Minute)
	c.click("Remove: authenticator app").sees("Six digits").write("code", a.code(h)).click("Check the code").sees("Remove the authenticator app?")
	c.click("Remove the app").sees("You sign in by mail alone")
}
