package handlers_test

import (
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/modelstest"
)

// as gives the page the cookie of somebody who showed a passkey just now.
func (c *chrome) as(p modelstest.Place, first string) *chrome {
	c.t.Helper()
	u, err := url.Parse(c.h.URL)
	must(c.t, err)
	for _, ck := range c.h.signInProved(p, first).client.Jar.Cookies(u) {
		_, err := chromedp.Call(c.ctx, network.SetCookie, network.SetCookieParams{Name: ck.Name, Value: ck.Value, URL: c.h.URL})
		must(c.t, err)
	}
	return c
}

func TestThePagesOfPeopleGroupsAndTokensAreAccessible(t *testing.T) {
	h := open(t)
	i := h.invite("nia@new.example", access.Auditor)
	h.owns("ben")
	link := h.invitationLink("nia@new.example")
	c := h.chrome().as(h.Acme, "ada")
	group, token := "/w/acme/groups/"+h.Acme.Billing.ID.String(), "/w/acme/tokens/"+h.Acme.Agent.ID.String()
	for _, width := range []int64{1360, 390} {
		c.do(chromedp.EmulateViewport(width, 900))
		for _, path := range []string{"/w/acme/people", "/w/acme/people/roles", h.personPath("ann"), h.personPath("ann") + "/removal", h.personPath("ben") + "/reset", h.personPath("ann") + "/reset", h.personPath("ada") + "/removal",
			"/w/acme/people/invitations/" + i.ID.String() + "/removal", "/w/acme/groups", "/w/acme/groups/new", group, group + "/removal",
			"/w/acme/tokens", "/w/acme/tokens/new", token + "/removal", link} {
			c.open(path).accessible()
		}
	}
	c.open("/w/acme/people").write("email", "ada").click("Send the invitation").sees("There are 2 problems").accessible()
	c.open("/w/acme/tokens/new").write("name", "billing-sync")
	c.do(chromedp.Click(chromedp.CSS("#f-scopes-audit-read")))
	c.click("Make the token").sees("The token billing-sync works from now on").accessible()
}
