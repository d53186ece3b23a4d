package handlers_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/jexi/portal/handlers"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// second is another process on the same database, with the same keys.
func (h *house) second() *house {
	h.t.Helper()
	tools := h.Tools
	tools.DB = h.Open()
	srv := httptest.NewServer(tools.App(discard()).Handler(handlers.Map(tools)))
	h.t.Cleanup(srv.Close)
	two := *h
	two.URL = srv.URL
	return &two
}

// at is this browser at another process: the same cookies, sent there.
func (b *browser) at(two *house) *browser {
	other := two.visitor()
	for _, name := range []string{"jexi", "jexi_form"} {
		if v := b.cookie(name); v != "" {
			other.plant(name, v)
		}
	}
	return other
}

func TestSigningOutIsSeenByEveryProcessAtTheNextRequest(t *testing.T) {
	h := open(t)
	two := h.second()
	b := h.signIn(h.Acme, "ada")
	there := b.at(two)
	there.get("/security").shows(200, "This browser")
	p := b.post(b.get("/signout").shows(200, "Sign out?", "ada@acme.example"), "/signout", nil)
	if !strings.Contains(p.Header.Get("Clear-Site-Data"), "storage") || b.id() != "" || b.cookie("jexi_form") != "" {
		t.Errorf("Clear-Site-Data %q, cookies %q %q", p.Header.Get("Clear-Site-Data"), b.id(), b.cookie("jexi_form"))
	}
	b.follow(p).shows(200, "You are signed out")
	there.get("/security").shows(200, "Work e-mail")
	b.get("/signout").shows(200, "Nobody is signed in")
	if h.acts(h.Acme, "ada", "person.signed_out") != 1 {
		t.Error("signing out is not on the audit trail")
	}
}

func TestSigningOutEverywhereElseIsSeenByEveryProcess(t *testing.T) {
	h := open(t)
	two := h.second()
	phone, laptop, foreign := h.signIn(h.Acme, "ada"), h.signIn(h.Acme, "ada"), h.signIn(h.Acme, "max")
	there := phone.at(two)
	there.get("/security").shows(200, "2 browsers")
	laptop.submit(laptop.get("/w/acme/security"), "/sessions/removal", nil).shows(200, "Signed out everywhere else", "1 browser")
	there.get("/security").shows(200, "Work e-mail")
	foreign.get("/security").shows(200, "This browser")
	if h.acts(h.Acme, "ada", "session.ended") != 1 {
		t.Error("it is not on the audit trail")
	}
}

func TestOneBrowserIsSignedOutFromAnother(t *testing.T) {
	h := open(t)
	phone, laptop, max := h.signIn(h.Acme, "ada"), h.signIn(h.Acme, "ada"), h.signIn(h.Acme, "max")
	p := laptop.get("/security").shows(200, "2 browsers")
	path, _, ok := p.form("/removal")
	if !ok {
		t.Fatal("nothing to end")
	}
	// Somebody else's session cannot be named, whoever asks.
	_, form, _ := max.get("/security").form("/signout")
	max.do("POST", path, strings.NewReader(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	phone.get("/security").shows(200, "This browser")
	laptop.submit(p, path[strings.LastIndex(path, "/sessions"):], nil).shows(200, "Signed out there", "1 browser")
	phone.get("/security").shows(200, "Work e-mail")
	h.owner("update people set disabled_at = now() where id = $1", h.Acme.People["ada"].PersonID)
	laptop.get("/security").shows(200, "Work e-mail")
	max.get("/security").shows(200, "This browser")
}

func TestASessionEndsAfterAnIdleHourAndAfterADay(t *testing.T) {
	h := open(t)
	idle := h.signIn(h.Acme, "ada")
	h.Pass(59 * time.Minute)
	idle.get("/security").shows(200, "This browser")
	h.Pass(59 * time.Minute)
	idle.get("/security").shows(200, "This browser")
	h.Pass(time.Hour)
	idle.get("/security").shows(200, "Work e-mail")

	busy := h.signIn(h.Acme, "ada")
	for range 28 {
		h.Pass(50 * time.Minute)
		busy.get("/security").shows(200, "This browser")
	}
	h.Pass(50 * time.Minute)
	busy.get("/security").shows(200, "Work e-mail")
}

func TestWhatWasTypedOutlivesTheSession(t *testing.T) {
	h := open(t)
	b := h.signIn(h.Acme, "ada")
	form := b.get("/security/passkeys/new").shows(200, "Add a passkey")
	h.Pass(2 * time.Hour)
	kept := b.submit(form, "/passkeys", url.Values{"name": {"Desk & <chair>"}}).shows(401, "Your session has ended", "nothing you typed is lost")
	_, fields, ok := kept.form("/security/passkeys")
	if !ok || fields.Get("name") != "Desk & <chair>" {
		t.Fatalf("kept %v", fields)
	}
	// Signed in again in another tab of the same browser, the same form is taken.
	b.plant("jexi", h.signIn(h.Acme, "ada").id())
	b.submit(kept, "/security/passkeys", nil).shows(422, "The browser sent no passkey")
	// As somebody else it is not.
	b.plant("jexi", h.signIn(h.Acme, "max").id())
	b.submit(kept, "/security/passkeys", nil).shows(403, "another sign-in")
}

func TestAFormInAnotherTabOutlivesAProof(t *testing.T) {
	h := open(t)
	b := h.signIn(h.Acme, "ada")
	app := b.addApp()
	open := b.get("/workspaces")
	h.Pass(time.Minute)
	b.submit(b.get("/proof"), "/proof", url.Values{"code": {app.code(h)}}).shows(200, "You have shown that it is you")
	b.submit(open, "/signout", nil).shows(200, "You are signed out")
}

func TestTheThemeIsKeptAndOneStaysOnThePage(t *testing.T) {
	h := open(t)
	b := h.signIn(h.Acme, "ada")
	p := b.submit(b.get("/security"), "/theme", nil).shows(200, "This browser")
	if !strings.Contains(p.Body, `data-theme="dark"`) || !strings.HasSuffix(p.URL, "/security") {
		t.Errorf("at %s", p.URL)
	}
}

// A page that somebody saw does not come back after they have signed out, from whatever place a browser
// keeps pages in.
func TestBackAfterSigningOutShowsNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.chrome()
	c.as(h.Acme, "ada").open("/w/acme/people").sees("Max Lindqvist").open("/w/acme/groups").sees("Billing approvers")
	c.open("/signout").click("Sign out").sees("You are signed out")
	for range 3 {
		_, err := chromedp.Run(c.ctx, chromedp.Evaluate[bool](`history.back(); true`))
		must(t, err)
		c.sees("Sign")
		if text := c.text(); strings.Contains(text, "Max Lindqvist") || strings.Contains(text, "Billing approvers") || strings.Contains(text, "ada@acme.example") {
			t.Errorf("going back shows\n%s", text)
		}
	}
	c.sees("Work e-mail")
}
