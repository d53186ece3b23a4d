package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/web"
)

// spoofed are the headers in which a visitor may claim to be elsewhere.
func spoofed(address string) http.Header {
	return http.Header{"X-Forwarded-For": {address}, "X-Real-Ip": {address}, "Forwarded": {"for=" + address}, "True-Client-Ip": {address},
		"Cf-Connecting-Ip": {address}, "X-Forwarded-Host": {"evil.example"}, "X-Forwarded-Proto": {"https"}}
}

// Without a proxy that is trusted nobody's claim counts: neither for limits nor for what is recorded,
// nor for the links in mails.
func TestAClaimedAddressIsNotBelieved(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.visitor()
	b.Header = spoofed("203.0.113.7")
	link := b.askLink("ada@acme.example", "")
	if !strings.HasPrefix(link, h.URL+"/") {
		t.Errorf("the mail leads to %s", link)
	}
	b.follow(b.useLink(link)).shows(200, "Acme Hosting")
	var at []string
	h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) error { return tx.Gorm().Raw("select address from sessions").Scan(&at).Error })
	if len(at) != 1 || at[0] != "127.0.0.1" {
		t.Errorf("the session came from %v", at)
	}
	for i := range 200 {
		if p := h.visitor().do("POST", "/signin", nil, spoofed("203.0.113."+string(rune('0'+i%10)))); p.Status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("who claims ten addresses is not slowed down")
}

// Behind a proxy that is trusted the address is the one that the proxy saw. Whoever is slowed down holds
// up nobody else.
func TestBehindAProxyEachAddressHasItsOwnLimit(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.serve(func(a *web.App) { a.Proxies = []string{"127.0.0.0/8"} })
	from := func(address string) int { return h.visitor().do("POST", "/signin", nil, spoofed(address)).Status }
	slowed := false
	for i := 0; i < 200 && !slowed; i++ {
		slowed = from("203.0.113."+string(rune('0'+i%10))+", 198.51.100.1") == http.StatusTooManyRequests // what stands before is the visitor's own claim
	}
	if !slowed {
		t.Error("who claims further addresses is not slowed down")
	}
	if got := from("198.51.100.2"); got != http.StatusForbidden { // without the form's token
		t.Errorf("somebody else is answered %d", got)
	}
}

// undeclared are routes that say nothing of who may.
func undeclared() (out []web.Route) {
	handle := func(c *web.Ctx) error { return c.NoContent(http.StatusNoContent) }
	for path, door := range map[string]web.Door{"/x/anyone": web.Anyone, "/x/person": web.Person, "/w/:slug/x": web.Member, "/api/v1/x": web.Machine, "/x/link/:token": web.Link} {
		out = append(out, web.Route{Method: "GET", Path: path, Door: door, Handle: handle})
	}
	return out
}

func TestARouteThatDeclaresNothingLetsNobodyIn(t *testing.T) {
	t.Parallel()
	h := open(t)
	two := h.serveAlso(nil, undeclared())
	ada := h.signInProved(h.Acme, "ada").at(two)
	for _, r := range undeclared() {
		path := strings.NewReplacer(":slug", "acme", ":token", strings.Repeat("a", 52)).Replace(r.Path)
		for name, b := range map[string]*browser{"Ada": ada, "nobody": two.visitor()} {
			for key, header := range map[string]http.Header{"": nil, " with a token": {"Authorization": {"Bearer " + h.Acme.Key}}} {
				if p := b.do("GET", path, nil, header); p.Status < 300 {
					t.Errorf("%s%s is let in at %s: %d", name, key, path, p.Status)
				}
			}
		}
	}
}

// What servers leave open by habit is not there: figures, profiles, sources, listings, backups.
func TestNothingOfTheMachineryIsServed(t *testing.T) {
	t.Parallel()
	e := openEstate(t)
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/metrics", "/.git/config", "/.git/HEAD", "/.env", "/config", "/config.json", "/.portal",
		"/server-status", "/actuator/health", "/swagger", "/swagger/index.html", "/graphql", "/admin", "/version", "/api", "/api/v1", "/api/v1/", "/go.mod", "/main.go", "/Dockerfile",
		"/backup.zip", "/dump.sql", "/static", "/static/", "/static/css/", "/static/..%2fgo.mod", "/static/%2e%2e/go.mod", "/static/embed.go", "/..%2f..%2fetc/passwd",
		"/w", "/w/", "/a", "/a/", "/signin/", "/invitations", "/invitations/", "/.well-known/", "/dev", "/dev/"} {
		for _, v := range []*visitor{e.visitors[0], e.person(e.acme, access.Owner)} {
			p := v.do("GET", path, nil, nil)
			if p.Status != http.StatusNotFound && p.Status != http.StatusGone {
				t.Errorf("%s shows %s %d:\n%.200s", path, v.name, p.Status, p.Text())
			}
			for _, name := range []string{"Server", "X-Powered-By", "Via"} {
				if got := p.Header.Get(name); got != "" {
					t.Errorf("%s tells %s: %s", path, name, got)
				}
			}
			if !strings.HasPrefix(path, "/static/") {
				e.lawful(p, []*premises{v.home})
			}
		}
	}
}

// Each secret opens the door it was made for and no other, and there it looks like one that nobody has.
func TestASecretOpensOnlyItsOwnDoor(t *testing.T) {
	t.Parallel()
	e := openEstate(t)
	nobody := e.visitors[0]
	own := nobody.secrets[e.acme]
	session := e.begin(e.person(e.acme, access.Owner))
	secrets := map[string]string{"sign-in link": own.signIn, "decision link": own.decision, "invitation": own.invitation, "session": session, "API token": e.Acme.Key}
	get := func(path string) func(string) *page {
		return func(s string) *page { return nobody.do("GET", path+s, nil, nil) }
	}
	doors := map[string]func(string) *page{
		"sign-in link": get("/signin/"), "decision link": get("/a/"), "invitation": get("/invitations/"),
		"session": func(s string) *page {
			return e.visitor().do("GET", "/w/acme", nil, http.Header{"Cookie": {"jexi=" + s}})
		},
		"API token": func(s string) *page {
			return e.visitor().do("GET", "/api/v1/integrations", nil, http.Header{"Authorization": {"Bearer " + s}})
		},
	}
	before := e.ledger.fingerprint()
	for door, open := range doors {
		unknown := open(strings.Repeat("a", 52))
		for name, secret := range secrets {
			p := open(secret)
			if name == door {
				p.shows(200)
			} else if p.Status != unknown.Status || strings.ReplaceAll(e.settled(p), p.Header.Get("X-Request-Id"), "") != strings.ReplaceAll(e.settled(unknown), unknown.Header.Get("X-Request-Id"), "") {
				t.Errorf("a %s at the door of a %s: %d, an unknown one %d\n%s", name, door, p.Status, unknown.Status, p.Text())
			}
		}
	}
	form := url.Values{"csrf": {nobody.csrf}, "name": {"Nora New"}, "decision": {"approve"}, "code": {own.code}, "target": {"20418"}, "confirm": {"1"}}
	for door, path := range map[string]string{"sign-in link": "/signin/", "decision link": "/a/", "invitation": "/invitations/"} {
		for name, secret := range secrets {
			if name == door {
				continue
			}
			if p := nobody.send("POST", path+secret, "", form); p.Status < 400 {
				t.Errorf("a %s is used at the door of a %s: %d", name, door, p.Status)
			}
		}
	}
	if got := changed(before, e.ledger.fingerprint()); got != nil {
		t.Errorf("%v changed", got)
	}
}
