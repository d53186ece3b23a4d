package main_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

const (
	desk  = 1360
	phone = 390
	least = 320
)

// chromium finds the browser. Without one the journeys are left out, and everybody is told.
func chromium(t *testing.T) string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "chrome",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	fmt.Fprintf(os.Stderr, "\n=====\n SKIPPED: the browser journeys. Put a Chromium on the PATH or name it in CHROMIUM.\n=====\n\n")
	t.Skip("no Chromium")
	return ""
}

// browse starts the one browser. Every visitor gets a context of its own in it.
func (w *world) browse(path string) {
	w.t.Helper()
	ctx, end := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Headless,
		chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.WindowSize(desk, 900), chromedp.UserDataDir(w.t.TempDir()))
	w.t.Cleanup(end)
	ctx, endBrowser := chromedp.NewContext(ctx)
	w.t.Cleanup(func() { chromedp.Cancel(ctx); endBrowser() })
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		w.t.Fatal(err)
	}
	w.browser = ctx
}

// tab is one visitor's browser with one page.
type tab struct {
	w        *world
	ctx      context.Context
	who      string
	width    int64
	scripted bool

	mu       sync.Mutex
	problems []string // what the browser complained about
}

// visitor is a browser that nobody has used.
func (w *world) visitor(who string) *tab {
	w.t.Helper()
	ctx, _ := chromedp.NewContext(w.browser, chromedp.WithNewBrowserContext())
	b := &tab{w: w, ctx: ctx, who: who, scripted: true}
	w.must(chromedp.Do(ctx, chromedp.Navigate("about:blank"))) // the first action's context is the tab's own
	w.must(chromedp.Listen(ctx, b.hear))
	b.size(desk)
	return b
}

func (b *tab) close() { chromedp.Cancel(b.ctx) }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// hear keeps what must not happen on any page: a breach of the content-security policy, a script
// that fails. A refused form's status is no such thing.
func (b *tab) hear(ev any) {
	var said string
	switch e := ev.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Source != log.EntrySourceNetwork && e.Entry.Level == log.EntryLevelError {
			said = string(e.Entry.Source) + ": " + e.Entry.Text
		}
	case *runtime.EventExceptionThrown:
		said = "script: " + e.ExceptionDetails.Text
	}
	if said != "" {
		b.mu.Lock()
		b.problems = append(b.problems, said)
		b.mu.Unlock()
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.w.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.w.t.Fatalf("%s: %v on\n%s", b.who, err, b.text())
	}
}

// evaluate runs a script of the test in the page, also where the page's own are switched off.
func evaluate[T any](b *tab, script string, opts ...chromedp.EvaluateOption) (T, error) {
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	return chromedp.Run(ctx, chromedp.Evaluate[T](script, opts...))
}

// call tells the browser something that no action of chromedp does.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) {
	b.w.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	_, err := chromedp.Call(ctx, command, params)
	b.w.must(err)
}

// size makes the window as wide as a desk's or a phone's.
func (b *tab) size(width int64) *tab {
	b.w.t.Helper()
	b.width = width
	b.do(chromedp.EmulateViewport(width, 900))
	return b
}

// scripts allows the pages' own JavaScript, or not. It counts from the next page on.
func (b *tab) scripts(on bool) *tab {
	b.w.t.Helper()
	b.scripted = on
	b.allow(on)
	return b
}

func (b *tab) allow(on bool) {
	b.w.t.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

func (b *tab) open(path string) *tab {
	b.w.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.w.url + path
	}
	b.do(chromedp.Navigate(path))
	return b
}

// find marks what a script returns, so that it can be clicked and typed into like a person does.
func (b *tab) find(what, script string) chromedp.CSS {
	b.w.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		found, err := evaluate[bool](b, `(() => { for (const e of document.querySelectorAll("[data-tested]")) delete e.dataset.tested;
			const e = [`+script+`].find(e => e && e.checkVisibility()); if (!e) return false; e.dataset.tested = "now"; return true })()`)
		if err == nil && found {
			return `[data-tested="now"]`
		}
		if time.Now().After(end) {
			b.w.t.Fatalf("%s finds no %s (%v) on\n%s", b.who, what, err, b.text())
		}
	}
}

// click presses the button or follows the link that reads so.
func (b *tab) click(label string) *tab {
	b.w.t.Helper()
	b.do(chromedp.Click(b.find("button or link "+label, fmt.Sprintf(`...[...document.querySelectorAll("a, button, summary")].filter(e =>
		e.textContent.replace(/\s+/g, " ").replace(/ :/g, ":").trim() === %q)`, label))))
	return b
}

// press clicks what a selector finds.
func (b *tab) press(selector string) *tab {
	b.w.t.Helper()
	b.do(chromedp.Click(b.find(selector, fmt.Sprintf(`...document.querySelectorAll(%q)`, selector))))
	return b
}

// choose marks a radio or checkbox.
func (b *tab) choose(name, value string) *tab {
	b.w.t.Helper()
	b.do(chromedp.Click(b.find("choice "+value, fmt.Sprintf(`...document.querySelectorAll('input[name=%q][value=%q]')`, name, value))))
	return b
}

// pick takes one option of a list by its value, pickText by its words; it waits for a list that is
// still to come.
func (b *tab) pick(name, value string) *tab {
	b.w.t.Helper()
	return b.option(name, fmt.Sprintf(`o.value === %q`, value))
}

func (b *tab) pickText(name, text string) *tab {
	b.w.t.Helper()
	return b.option(name, fmt.Sprintf(`o.textContent.trim() === %q`, text))
}

func (b *tab) option(name, is string) *tab {
	b.w.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		ok, err := evaluate[bool](b, fmt.Sprintf(`(() => { const s = document.querySelector('select[name=%q]'), o = [...s?.options ?? []].find(o => %s);
			if (!o) return false; s.value = o.value; s.dispatchEvent(new Event("change", {bubbles: true})); return true })()`, name, is))
		if err == nil && ok {
			return b.calm()
		}
	}
	b.w.t.Fatalf("%s cannot pick %s where %s on\n%s", b.who, name, is, b.text())
	return b
}

// calm waits until htmx has nothing under way.
func (b *tab) calm() *tab {
	b.w.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if busy, err := evaluate[bool](b, `!!document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling")`); err == nil && !busy {
			return b
		}
	}
	b.w.t.Fatalf("%s: the page never becomes calm:\n%s", b.who, b.text())
	return b
}

// path is the address of the page, "" between two.
func (b *tab) path() string {
	path, _ := evaluate[string](b, `document.readyState === "loading" ? "" : location.pathname`)
	return path
}

// write types into a field, over what stands there.
func (b *tab) write(name, value string) *tab {
	b.w.t.Helper()
	field := b.find("field "+name, fmt.Sprintf(`...document.querySelectorAll('[name=%q]:not([type=hidden])')`, name))
	_, err := evaluate[bool](b, `document.querySelector('[data-tested="now"]').value = ""; true`)
	b.w.must(err)
	b.do(chromedp.SendKeys(field, value))
	return b
}

func (b *tab) text() string {
	text, _ := evaluate[string](b, `location.pathname + "\n" + document.body.innerText`)
	return text
}

// sees waits until the page reads all of these.
func (b *tab) sees(want ...string) *tab {
	b.w.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		text, missing := strings.Join(strings.Fields(b.text()), " "), ""
		for _, s := range want {
			if !strings.Contains(text, s) {
				missing = s
			}
		}
		if missing == "" {
			return b
		}
		if time.Now().After(end) {
			b.w.t.Fatalf("%s never sees %q:\n%s", b.who, missing, b.text())
		}
	}
}

// seesEither waits until the page reads one of these, and says which.
func (b *tab) seesEither(one, other string) string {
	b.w.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		for _, s := range []string{one, other} {
			if strings.Contains(b.text(), s) {
				return s
			}
		}
	}
	b.w.t.Fatalf("%s sees neither %q nor %q:\n%s", b.who, one, other, b.text())
	return ""
}

// left waits until the page that was marked old is gone.
func (b *tab) left() bool {
	b.w.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if gone, err := evaluate[bool](b, `document.documentElement.dataset.old !== "yes"`); err == nil && gone {
			return true
		}
	}
	return false
}

// lacks fails the journey when the page reads so.
func (b *tab) lacks(text string) *tab {
	b.w.t.Helper()
	if strings.Contains(b.text(), text) {
		b.w.t.Errorf("%s sees %q:\n%s", b.who, text, b.text())
	}
	return b
}

// device plugs an authenticator in that holds passkeys and unlocks by itself.
func (b *tab) device() *tab {
	b.w.t.Helper()
	call(b, webauthn.Enable, webauthn.EnableParams{})
	call(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	return b
}

var signInLink = regexp.MustCompile(`http://\S+/signin/[a-z2-7]{52}`)

// person is somebody's browser, signed in by a link from the mailbox. The same one comes back
// when they are needed again.
func (w *world) person(email string) *tab {
	w.t.Helper()
	if w.people[email] == nil {
		w.people[email] = w.visitor(email).device().signIn(email)
	}
	return w.people[email]
}

func (b *tab) signIn(email string) *tab {
	b.w.t.Helper()
	b.who = email
	before := len(b.w.letters())
	b.open("/signin").sees("Work e-mail").page("sign-in")
	b.write("email", email).click("Continue").sees("Check your mail").page("sign-in sent")
	for end := time.Now().Add(patience); len(b.w.letters()) == before && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	b.open(signInLink.FindString(b.w.letter(email, "Sign in").Text)).sees("Sign in as " + email + "?").page("sign-in link")
	return b.click("Sign in").sees("Sign out")
}
