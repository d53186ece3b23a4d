package handlers_test

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/jexi/portal/models/access"
)

// crawler is one visitor who follows every link that a page offers.
type crawler struct {
	*estate
	v       *visitor
	seen    map[string]bool
	kinds   map[string]bool
	waiting []string
	from    map[string]string
}

// TestEveryLinkThatAPageOffersLeadsToAPage follows all links as each role: none is refused, lost or
// broken, nothing is written on the way, and no address holds a secret or leads out of the portal.
func TestEveryLinkThatAPageOffersLeadsToAPage(t *testing.T) {
	t.Parallel()
	e := openEstate(t)
	before := e.ledger.fingerprint()
	pages := 0
	for _, p := range []*premises{e.acme, e.globex} {
		for _, role := range access.Roles {
			c := &crawler{estate: e, v: e.person(p, role), seen: map[string]bool{}, kinds: map[string]bool{}, from: map[string]string{}}
			c.follow("/w/" + p.Slug)
			pages += len(c.seen)
		}
	}
	c := &crawler{estate: e, v: e.visitors[0], seen: map[string]bool{}, kinds: map[string]bool{}, from: map[string]string{}}
	c.follow("/", "/signin", "/a/"+c.v.secrets[e.acme].decision, "/invitations/"+c.v.secrets[e.acme].invitation)
	t.Logf("%d pages", pages+len(c.seen))
	if got := changed(before, e.ledger.fingerprint()); got != nil {
		t.Errorf("reading changed %v", got)
	}
}

const mostPages = 400

func (c *crawler) follow(start ...string) {
	c.waiting = start
	for len(c.waiting) > 0 && len(c.seen) < mostPages {
		path := c.waiting[0]
		c.waiting = c.waiting[1:]
		if c.seen[path] {
			continue
		}
		c.seen[path] = true
		c.visit(path)
	}
	if len(c.waiting) > 0 {
		c.t.Errorf("%s: more than %d pages; the last are %v", c.v.name, mostPages, c.waiting[:min(len(c.waiting), 5)])
	}
}

func (c *crawler) visit(path string) {
	p := c.v.do("GET", path, nil, nil)
	if to := p.Header.Get("Location"); p.Status == 303 {
		c.offer(path, to)
	} else if p.Status != 200 {
		c.t.Errorf("%s: %s, offered on %s, answers %d", c.v.name, path, c.from[path], p.Status)
	}
	c.lawful(p, []*premises{c.v.home, c.acme}[:readable(c.v)])
	if !strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
		return
	}
	doc, err := html.Parse(strings.NewReader(p.Body))
	must(c.t, err)
	walk(doc, func(n *html.Node) {
		for _, name := range []string{"href", "src", "action", "formaction", "hx-get", "hx-post"} {
			if to := attr(n, name); to != "" {
				c.address(path, to)
				if name == "href" && n.Data == "a" {
					c.offer(path, to)
				}
			}
		}
	})
}

// readable: whoever has not signed in reads what their link of Acme's leads to.
func readable(v *visitor) int {
	if v.home == nil {
		return 2
	}
	return 1
}

func (c *crawler) offer(from, to string) {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Path == "" || strings.HasPrefix(u.Path, "/static/") || strings.HasPrefix(u.Path, "/dev/") {
		return
	}
	u.Fragment = ""
	if base, err := url.Parse(from); err == nil {
		u = base.ResolveReference(u)
	}
	if kind := u.Path + "?" + strings.Join(slices.Sorted(maps.Keys(u.Query())), "&"); !c.kinds[kind] { // one of each filter is enough
		c.kinds[kind] = true
		c.from[u.String()] = from
		c.waiting = append(c.waiting, u.String())
	}
}

// secret is what must not stand in an address: keys, tickets, sessions and form tokens.
var secret = regexp.MustCompile(`jx_|tk_|rk_live|csrf|session=|password|[A-Za-z0-9_-]{43,}`)

// countable is a number that tells how many there are; sixteen digits are a reference in which
// no letter happened to come up.
var countable = regexp.MustCompile(`/\d{1,15}(/|$)`)

// address holds one address of a page to what all addresses promise.
func (c *crawler) address(page, to string) {
	u, err := url.Parse(to)
	if err == nil && slices.Contains([]string{"mailto", "data", "otpauth"}, u.Scheme) {
		return
	}
	if err != nil || u.Host != "" || u.Scheme != "" {
		c.t.Errorf("%s: %s leads out of the portal to %q", c.v.name, page, to)
		return
	}
	own := []string{c.v.secrets[c.acme].decision, c.v.secrets[c.acme].invitation} // the page's own link, on itself
	bare := to
	for _, s := range own {
		bare = strings.ReplaceAll(bare, s, "")
	}
	if found := secret.FindString(bare); found != "" && !strings.HasPrefix(to, "/static/") {
		c.t.Errorf("%s: %s holds the address %q with %q", c.v.name, page, to, found)
	}
	if countable.MatchString(u.Path) && !slices.Contains([]string{"audit"}, word(u.Path)) {
		c.t.Errorf("%s: %s counts in the address %q", c.v.name, page, to)
	}
}

// word is the part of a workspace's path that says what it is about.
func word(path string) string {
	words := strings.Split(path, "/")
	if len(words) < 4 {
		return ""
	}
	return words[3]
}
