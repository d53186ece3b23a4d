package handlers_test

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/web"
)

// forged are the ways in which a request shows that another site made it.
var forged = []http.Header{
	{"Origin": {"https://elsewhere.example"}},
	{"Origin": {"null"}},
	{"Sec-Fetch-Site": {"cross-site"}},
	{"Sec-Fetch-Site": {"same-site"}},
}

func TestNothingIsChangedFromAnotherSite(t *testing.T) {
	e := openEstate(t)
	before := e.ledger.fingerprint()
	e.eachChange(func(c encounter, path string) {
		body, kind := e.payload(c)
		for _, signs := range forged {
			header := http.Header{"Content-Type": {kind}, "Idempotency-Key": {uuid.NewString()}}
			for k, v := range signs {
				header[k] = v
			}
			p := c.visitor.do(c.route.Method, path, strings.NewReader(body), header)
			if p.Status != http.StatusForbidden {
				t.Errorf("%s with %v: answered %d", c, signs, p.Status)
			}
			e.lawful(p, c.mayRead())
		}
	})
	if got := changed(before, e.ledger.fingerprint()); got != nil {
		t.Errorf("%v changed", got)
	}
}

// payload is what a visitor would rightly send to a route.
func (e *estate) payload(c encounter) (body, kind string) {
	if json := exampleOf(c.route).json; json != "" {
		return json, "application/json"
	}
	form := e.form(c.route, c.visitor, c.target)
	form.Set("csrf", c.visitor.csrf)
	return form.Encode(), "application/x-www-form-urlencoded"
}

func TestAFormCountsOnlyWithTheTokenOfItsOwnVisitor(t *testing.T) {
	e := openEstate(t)
	before := e.ledger.fingerprint()
	other := e.person(e.acme, access.Admin)
	e.eachChange(func(c encounter, path string) {
		if c.route.Door == web.Machine || c.route.Door == web.Link { // their secret is itself what no other site can know
			return
		}
		for name, token := range map[string]string{"no token": "", "another's token": other.csrf, "a made up token": strings.Repeat("A", len(other.csrf))} {
			form := e.form(c.route, c.visitor, c.target)
			form.Set("csrf", token)
			p := c.visitor.do(c.route.Method, path, strings.NewReader(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
			if p.Status != http.StatusForbidden || !strings.Contains(p.Body, "older page or another sign-in") {
				t.Errorf("%s with %s: answered %d", c, name, p.Status)
			}
			e.lawful(p, c.mayRead())
		}
	})
	if got := changed(before, e.ledger.fingerprint()); got != nil {
		t.Errorf("%v changed", got)
	}
}

// What programs do that only look: mail scanners ask with HEAD, browsers with OPTIONS.
func TestLookingChangesNothing(t *testing.T) {
	e := openEstate(t)
	before := e.ledger.fingerprint()
	visitors := []*visitor{e.visitors[0], e.person(e.acme, access.Owner), e.person(e.acme, access.Approver)}
	for _, r := range e.routes {
		if r.Door == web.Demo || r.Door == web.Machine {
			continue
		}
		for _, v := range visitors {
			path := e.address(r, v, target{"acme", e.acme, e.acme})
			if r.Method == http.MethodGet {
				get, head := v.do("GET", path, nil, nil), v.do("HEAD", path, nil, nil)
				if head.Status != get.Status || head.Body != "" || head.Header.Get("Location") != get.Header.Get("Location") {
					t.Errorf("HEAD %s as %s: %d, GET %d", path, v.name, head.Status, get.Status)
				}
				e.lawful(head, []*premises{v.home})
			}
			asked := v.do("OPTIONS", path, nil, http.Header{"Origin": {"https://elsewhere.example"}, "Access-Control-Request-Method": {"POST"}})
			if asked.Status >= 500 || asked.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("OPTIONS %s: %d %v", path, asked.Status, asked.Header)
			}
			e.lawful(asked, []*premises{v.home, e.acme})
		}
	}
	if got := changed(before, e.ledger.fingerprint()); got != nil {
		t.Errorf("%v changed", got)
	}
}

func TestAnUndeclaredMethodIsRefused(t *testing.T) {
	e := openEstate(t)
	owner := e.person(e.acme, access.Owner)
	for _, r := range e.routes {
		if r.Door == web.Demo {
			continue
		}
		path := e.address(r, owner, target{"acme", e.acme, e.acme})
		for _, method := range []string{"PUT", "PATCH", "DELETE", "TRACE", "POST", "GET", "PROPFIND"} {
			if e.declared(method, path) {
				continue
			}
			p := owner.do(method, path, nil, nil)
			if p.Status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: answered %d", method, path, p.Status)
			}
			e.lawful(p, nil)
		}
	}
}

// declared tells whether any route takes the method at this address. To the router a parameter at
// the end of a path is all that is left of it.
func (e *estate) declared(method, path string) bool {
	return slices.ContainsFunc(e.routes, func(r web.Route) bool {
		pattern := strings.Split(strings.ReplaceAll(r.Path, `\`, ""), "/")
		words := strings.SplitN(path, "/", len(pattern))
		if r.Method != method || len(words) < len(pattern) {
			return false
		}
		for i, p := range pattern {
			if !strings.HasPrefix(p, ":") && p != words[i] {
				return false
			}
		}
		return true
	})
}

func TestABodyBeyondItsLimitIsRefused(t *testing.T) {
	e := openEstate(t)
	before := e.ledger.fingerprint()
	e.eachChange(func(c encounter, path string) {
		limit := max(c.route.Body, 64<<10)
		header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Idempotency-Key": {uuid.NewString()}}
		body := append([]byte("csrf="+url.QueryEscape(c.visitor.csrf)+"&name="), bytes.Repeat([]byte("x"), int(limit))...)
		if c.route.Door == web.Machine {
			header.Set("Content-Type", "application/json")
		}
		p := c.visitor.do(c.route.Method, path, bytes.NewReader(body), header)
		if p.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d bytes are answered %d", c, len(body), p.Status)
		}
		e.lawful(p, c.mayRead())
	})
	if got := changed(before, e.ledger.fingerprint()); got != nil {
		t.Errorf("%v changed", got)
	}
}

func TestAMachineSendsJSONAndNothingElse(t *testing.T) {
	e := openEstate(t)
	e.eachChange(func(c encounter, path string) {
		if c.route.Door != web.Machine {
			return
		}
		for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"} {
			p := c.visitor.do(c.route.Method, path, strings.NewReader(exampleOf(c.route).json), http.Header{"Content-Type": {kind}, "Idempotency-Key": {uuid.NewString()}})
			if p.Status != http.StatusUnsupportedMediaType || p.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s as %q: answered %d %s", c, kind, p.Status, p.Header.Get("Content-Type"))
			}
			e.lawful(p, nil)
		}
	})
}

func TestTheDemosPagesAreNotThereInAService(t *testing.T) {
	h := build(t)
	h.serve(func(a *web.App) { a.Demo = false })
	for _, path := range []string{"/dev/mailbox", "/dev/mailbox.json", "/dev/agent", "/dev/kit"} {
		h.visitor().get(path).shows(404, "Nothing here")
	}
}
