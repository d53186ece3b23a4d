package handlers_test

import (
	"net/http"
	"net/url"
	"os"
	"testing"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

var _ = http.MethodGet
var _ = url.QueryEscape

func TestShots(t *testing.T) {
	h := open(t)
	c := h.chrome()
	c.device()
	shot := func(name, path string) {
		for _, w := range []int64{1360, 390} {
			for _, theme := range []string{"light", "dark"} {
				_, err := chromedp.Call(c.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
				must(t, err)
				c.do(chromedp.EmulateViewport(w, 900))
				if path != "" {
					c.open(path)
				}
				png, err := chromedp.Run(c.ctx, chromedp.FullScreenshot(100))
				must(t, err)
				os.MkdirAll("/tmp/acct/shots", 0o755)
				os.WriteFile(fmt.Sprintf("/tmp/acct/shots/%s-%d-%s.png", name, w, theme), png, 0o644)
			}
		}
		_, _ = chromedp.Call(c.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}})
		c.do(chromedp.EmulateViewport(1360, 900))
	}
	shot("signin", "/signin")
	c.open("/signin").write("email", "ada").click("Continue").sees("problem")
	shot("signin-error", "")
	c.open("/signin").write("email", "ada@acme.example").click("Continue").sees("Check your mail")
	shot("sent", "/signin/sent")
	link := linkForm.FindString(h.mail("ada@acme.example", "Sign in").Text)
	shot("link", link)
	c.open(link).click("Sign in").sees("/w/acme")
	shot("proof-none", "/proof?next=/w/acme")
	shot("security-empty", "/w/acme/security")
	shot("workspaces", "/workspaces")
	shot("signout", "/signout")
	shot("passkey-new", "/w/acme/security/passkeys/new")
	shot("totp-new", "/w/acme/security/authenticator/new")
	c.open("/w/acme/security/passkeys/new").click("Add passkey").sees("One passkey protects")
	shot("security", "/w/acme/security")
	shot("security-plain", "/security")
	shot("proof", "/proof?next=/w/acme")
	c.click("Show a passkey").sees("/w/acme")
	shot("proved", "/proof")
	c.open("/w/acme/security").click("Remove: Chrome on Linux").sees("only passkey")
	shot("removal", "")
	_, err := chromedp.Call(c.ctx, network.ClearBrowserCookies, cdp.Empty{})
	_ = err
	shot("ended", link)
}
