package handlers_test

import (
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/jexi/portal/models/access"
)

func TestPShots(t *testing.T) {
	h := open(t)
	ada := h.signInProved(h.Acme, "ada")
	u, _ := url.Parse(h.URL)
	c := h.chrome()
	_, err := chromedp.Call(c.ctx, network.SetCookie, network.SetCookieParams{Name: "jexi", Value: ada.client.Jar.Cookies(u)[0].Value, URL: h.URL})
	must(t, err)
	os.MkdirAll("/tmp/pshots", 0o755)
	shot := func(name, path string) {
		for _, w := range []int64{1360, 390} {
			for _, theme := range []string{"light", "dark"} {
				chromedp.Call(c.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
				c.do(chromedp.EmulateViewport(w, 900))
				if path != "" {
					c.open(path)
				}
				png, err := chromedp.Run(c.ctx, chromedp.FullScreenshot(100))
				must(t, err)
				os.WriteFile(fmt.Sprintf("/tmp/pshots/%s-%d-%s.png", name, w, theme), png, 0o644)
			}
		}
		chromedp.Call(c.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}})
		c.do(chromedp.EmulateViewport(1360, 900))
		if path != "" {
			c.open(path).accessible()
		} else {
			c.accessible()
		}
	}
	h.invite("nia@new.example", access.Auditor)
	h.invite("a.rather.long.address.of.somebody@subsidiary.northmoor.example", access.Approver)
	link := h.invitation("nia@new.example")
	time.Sleep(500 * time.Millisecond)
	shot("people", "/w/acme/people")
	c.open("/w/acme/people").write("email", "ada").click("Send the invitation").sees("There are")
	shot("people-error", "")
	shot("roles", "/w/acme/people/roles")
	shot("person", h.personPath("ann"))
	shot("departure", h.personPath("ann")+"/removal")
	shot("departure-last", h.personPath("ada")+"/removal")
	shot("groups", "/w/acme/groups")
	shot("group", "/w/acme/groups/"+h.Acme.Billing.ID.String())
	shot("group-removal", "/w/acme/groups/"+h.Acme.Billing.ID.String()+"/removal")
	shot("tokens", "/w/acme/tokens")
	shot("token-new", "/w/acme/tokens/new")
	shot("token-removal", "/w/acme/tokens/"+h.Acme.Agent.ID.String()+"/removal")
	shot("invitation", link)
	p := ada.post(ada.get("/w/acme/tokens/new"), "/tokens", url.Values{"name": {"billing-sync"}, "scopes": {"actions:read"}, "days": {"30"}})
	_ = p
	c.open("/w/acme/tokens/new").write("name", "other")
	c.do(chromedp.Click(`#f-scopes-audit-read`))
	c.click("Make the token").sees("works from now on")
	shot("token-made", "")
	shot("tokens2", "/w/acme/tokens")
	ann := h.signIn(h.Acme, "ann")
	chromedp.Call(c.ctx, network.SetCookie, network.SetCookieParams{Name: "jexi", Value: ann.client.Jar.Cookies(u)[0].Value, URL: h.URL})
	shot("denied", "/w/acme/people")
}
