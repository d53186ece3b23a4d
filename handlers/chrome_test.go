package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// chrome is a real browser at the house, with one page.
type chrome struct {
	t   testing.TB
	h   *house
	ctx context.Context
}

// patience is how long a page may take before a journey says what it shows instead.
const patience = 15 * time.Second

func (h *house) chrome() *chrome {
	h.t.Helper()
	path := chromium(h.t)
	ctx, end := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Headless,
		chromedp.DisableGPU, chromedp.Flag("disable-background-networking", true), chromedp.WindowSize(1360, 900), chromedp.UserDataDir(h.t.TempDir()))
	h.t.Cleanup(end)
	ctx, endPage := chromedp.NewContext(ctx)
	h.t.Cleanup(func() { chromedp.Cancel(ctx); endPage() })
	return &chrome{h.t, h, ctx}
}

// chromium finds the browser, or skips and says so where it is seen without -v.
func chromium(t testing.TB) string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	fmt.Fprintf(os.Stderr, "\nSKIPPED: %s needs Chromium; put one on the PATH or name it in CHROMIUM\n\n", t.Name())
	t.Skip("no Chromium")
	return ""
}

func (c *chrome) do(steps ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	must(c.t, chromedp.Do(c.ctx, steps...))
}

func (c *chrome) open(path string) *chrome {
	c.t.Helper()
	c.do(chromedp.Navigate(c.h.absolute(path)))
	return c
}

// click presses the button or link that reads so.
func (c *chrome) click(label string) *chrome {
	c.t.Helper()
	find := fmt.Sprintf(`(() => { for (const e of document.querySelectorAll("main button, main a, header button"))
		if (e.checkVisibility() && e.textContent.replace(/\s+/g, " ").replace(/ :/g, ":").trim() === %q) { e.dataset.tested = "now"; return true } return false })()`, label)
	if ok, err := chromedp.Run(c.ctx, chromedp.Evaluate[bool](find)); err != nil || !ok {
		c.t.Fatalf("no button %q (%v) on\n%s", label, err, c.text())
	}
	c.do(chromedp.Click(chromedp.CSS(`[data-tested="now"]`)))
	return c
}

func (c *chrome) write(name, value string) *chrome {
	c.t.Helper()
	field := chromedp.CSS(fmt.Sprintf(`main [name=%q]:not([type=hidden])`, name))
	c.do(chromedp.Clear(field), chromedp.SendKeys(field, value))
	return c
}

func (c *chrome) text() string {
	text, _ := chromedp.Run(c.ctx, chromedp.Evaluate[string](`location.pathname + "\n" + document.body.innerText`))
	return text
}

// sees waits until the page reads all of these.
func (c *chrome) sees(want ...string) *chrome {
	c.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		text, missing := c.text(), ""
		for _, w := range want {
			if !strings.Contains(text, w) {
				missing = w
			}
		}
		if missing == "" {
			return c
		}
		if time.Now().After(end) {
			c.t.Fatalf("the page never said %q:\n%s", missing, text)
		}
	}
}

// accessible runs axe on the page: WCAG 2.2 AA and best practice.
func (c *chrome) accessible() *chrome {
	c.t.Helper()
	axe, err := os.ReadFile(filepath.Join("..", "cmd", "portal", "testdata", "axe.min.js"))
	must(c.t, err)
	_, err = chromedp.Run(c.ctx, chromedp.Evaluate[bool](string(axe)+";true"))
	must(c.t, err)
	found, err := chromedp.Run(c.ctx, chromedp.Evaluate[json.RawMessage](
		`axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" | ")))`, chromedp.EvalAwaitPromise))
	must(c.t, err)
	if string(found) != "[]" {
		c.t.Errorf("axe on %s\n%s", c.text(), found)
	}
	return c
}

// session is the id in the browser's cookie.
func (c *chrome) session() string {
	c.t.Helper()
	got, err := chromedp.Call(c.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{c.h.URL}})
	must(c.t, err)
	for _, ck := range got.Cookies {
		if ck.Name == "jexi" {
			return ck.Value
		}
	}
	return ""
}

// device plugs an authenticator in that holds passkeys and unlocks by itself.
func (c *chrome) device() webauthn.AuthenticatorID {
	c.t.Helper()
	c.do(chromedp.Navigate("about:blank"))
	_, err := chromedp.Call(c.ctx, webauthn.Enable, webauthn.EnableParams{})
	must(c.t, err)
	got, err := chromedp.Call(c.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	must(c.t, err)
	return got.AuthenticatorID
}
