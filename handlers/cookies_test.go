package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/jexi/portal/handlers"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
)

// Behind https the cookies are bound to the host and to https, and every answer says to come by it.
func TestBehindHTTPSEveryCookieIsBoundToTheHost(t *testing.T) {
	t.Parallel()
	h := open(t)
	tools := h.Tools
	tools.Base = &url.URL{Scheme: "https", Host: "portal.example"}
	srv := httptest.NewServer(tools.App(discard()).Handler(append(handlers.Map(tools), mishaps()...)))
	t.Cleanup(srv.Close)
	two := *h
	two.URL = srv.URL
	b := &browser{h: &two, Header: http.Header{}, client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}

	first := b.do("GET", "/signin", nil, nil)
	_, form, _ := first.form("/signin")
	seed := bound(t, first, "__Host-jexi_form")
	b.Header.Set("Cookie", "__Host-jexi_form="+seed)
	var link string
	h.As(access.ForSystem(h.Globex.ID, "mail"), func(tx *db.Tx) (err error) {
		_, link, _, err = identity.MakeSignInLink(tx, "greta@globex.example", "")
		return err
	})
	form.Set("email", "greta@globex.example")
	kind := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {srv.URL}}
	signedIn := b.do("POST", "/signin/"+link, strings.NewReader(form.Encode()), kind)
	session := bound(t, signedIn, "__Host-jexi")
	if len(session) < 43 || strings.Contains(session, "greta") {
		t.Errorf("the session id is %q", session)
	}
	b.Header.Set("Cookie", "__Host-jexi_form="+seed+"; __Host-jexi="+session)
	shown := b.do("GET", "/w/globex", nil, nil).shows(200, "Globex Domains")
	_, form, _ = shown.form("/theme")
	form.Set("theme", "dark")
	bound(t, b.do("POST", "/theme", strings.NewReader(form.Encode()), kind), "theme")

	big := strings.NewReader("name=" + strings.Repeat("x", 1<<20))
	for _, p := range []*page{shown, b.do("GET", "/nothing", nil, nil), b.do("PUT", "/signin", nil, nil), b.do("GET", "/w/acme", nil, nil), b.do("GET", "/static/css/portal.css", nil, nil),
		b.do("GET", "/fails/alarm", nil, nil).shows(500), b.do("POST", "/theme", big, kind).shows(413), b.do("GET", "/api/v1/integrations", nil, nil).shows(401), b.do("POST", "/theme", nil, nil).shows(403)} {
		if got := p.Header.Get("Strict-Transport-Security"); got != "max-age=31536000; includeSubDomains" {
			t.Errorf("%s (%d): Strict-Transport-Security is %q", p.URL, p.Status, got)
		}
	}
	// The names without the prefix, which another host could plant, open nothing.
	b.Header.Set("Cookie", "jexi="+session)
	b.do("GET", "/w/globex", nil, nil).shows(303)
}

// bound gives the value of a cookie that an answer sets, which must be the host's own.
func bound(t *testing.T, p *page, name string) string {
	t.Helper()
	for _, c := range (&http.Response{Header: p.Header}).Cookies() {
		if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("%s sets %s", p.URL, c.Raw)
		}
		if c.Name == name {
			return c.Value
		}
	}
	t.Fatalf("%s (%d) sets no %s: %v\n%s", p.URL, p.Status, name, p.Header["Set-Cookie"], p.Text())
	return ""
}
