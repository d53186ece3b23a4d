package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/web"
)

// TestEveryRouteMeetsEveryVisitorAsTheMapSays sends everybody to every route, for what is theirs,
// for what is another workspace's and for what does not exist. What they must be answered follows
// from the route's door, permission and proof alone. Whoever is not let in changes nothing, and
// what is another workspace's looks exactly like what does not exist.
func TestEveryRouteMeetsEveryVisitorAsTheMapSays(t *testing.T) {
	e := openEstate(t)
	before := e.ledger.fingerprint()
	asked := 0
	for _, r := range e.routes {
		if r.Door == web.Demo {
			continue
		}
		cases := e.cases(r)
		slices.SortStableFunc(cases, func(a, b encounter) int { return last(a) - last(b) })
		alike := map[string]string{}
		for i, c := range cases {
			if i > 0 && c.verdict == answered && cases[i-1].verdict != answered {
				e.unwritten(before, r, "those not let in")
			}
			p := e.meet(c)
			asked++
			if c.verdict == nothing || c.verdict == over {
				e.alike(alike, c, p)
			}
			if c.verdict == answered && r.Method != http.MethodGet {
				e.ledger.restore(changed(before, e.ledger.fingerprint()))
			}
		}
		e.unwritten(before, r, "all of them")
	}
	t.Logf("%d routes, %d visitors, %d requests", len(e.routes), len(e.visitors), asked)
}

// encounter is one visitor at one address, and what the map says about it.
type encounter struct {
	route   web.Route
	visitor *visitor
	target  target
	verdict verdict
}

func (c encounter) String() string {
	return fmt.Sprintf("%s %s, %s, %s", c.route.Method, c.route.Path, c.visitor.name, c.target.name)
}

// cases are everybody at everything that a route's address can lead to. Whether a proof is fresh
// matters only where a route asks for one.
func (e *estate) cases(r web.Route) (out []encounter) {
	for _, t := range e.targets(r) {
		for _, v := range e.visitors {
			if !r.Proof && v.person != uuid.Nil && !v.proved || v.machine && r.Door != web.Machine && v.name != "token of acme" {
				continue
			}
			out = append(out, encounter{r, v, t, e.verdict(r, v, t)})
		}
	}
	return out
}

// verdict is the visitor's, but that what ends by itself may have ended.
func (e *estate) verdict(r web.Route, v *visitor, t target) verdict {
	is := v.verdict(r, t.at, e.there(r, v, t))
	if is == nothing && brief(r) && v.verdict(r, t.at, true) == answered {
		return over
	}
	return is
}

// statuses are how a verdict is told.
func (c encounter) statuses() []int {
	reading := c.route.Method == http.MethodGet
	switch {
	case c.verdict == answered && reading:
		return []int{200, 303}
	case c.verdict == answered:
		return []int{200, 201, 204, 303, 409, 410, 422}
	case c.verdict == refused, c.verdict == unproved && !reading:
		return []int{403}
	case c.verdict == nothing && (c.route.Door == web.Invited || c.route.Door == web.Anyone):
		return []int{410}
	case c.verdict == over:
		return []int{303}
	case c.verdict == nothing:
		return []int{404}
	case c.verdict == unknown && (!reading || c.route.Door == web.Machine):
		return []int{401}
	}
	return []int{303}
}

// meet sends one visitor to one address and holds the answer to the map and to what all answers promise.
func (e *estate) meet(c encounter) *page {
	e.t.Helper()
	p := e.send(c)
	if !slices.Contains(c.statuses(), p.Status) {
		e.t.Errorf("%s: answered %d, want %v for who is %s%s\n%.300s", c, p.Status, c.statuses(), c.verdict, c.hint(p.Status), p.Text())
	}
	e.lawful(p, c.mayRead())
	return p
}

// send sends what the route expects, also from visitors who could not have opened its form.
func (e *estate) send(c encounter) *page {
	e.t.Helper()
	var form url.Values
	json := exampleOf(c.route).json
	if c.route.Method != http.MethodGet && json == "" {
		form = e.form(c.route, c.visitor, c.target)
	}
	return c.visitor.send(c.route.Method, e.address(c.route, c.visitor, c.target), json, form)
}

// mayRead are the workspaces whose texts may stand in the answer.
func (c encounter) mayRead() []*premises {
	out := []*premises{c.visitor.home}
	if c.route.Door == web.Link || c.route.Door == web.Invited {
		out = append(out, c.target.of)
	}
	return out
}

// alike compares what a visitor was told about things that are not there for them.
func (e *estate) alike(seen map[string]string, c encounter, p *page) {
	e.t.Helper()
	inside := c.visitor.home != nil && c.visitor.home == c.target.at // the frame around it is the workspace's
	key := fmt.Sprint(c.visitor.name, inside)
	now := fmt.Sprintf("%d %s %s\n%s", p.Status, p.Header.Get("Content-Type"), p.Header.Get("Content-Length"), e.settled(p))
	if was, ok := seen[key]; ok && was != now {
		e.t.Errorf("%s: what is another workspace's can be told from what does not exist:\n%s\n%s", c, was, now)
	}
	seen[key] = now
}

// hint says what to do when an example does not reach what it is about.
func (c encounter) hint(status int) string {
	if c.verdict == nothing && status == http.StatusUnprocessableEntity {
		return fmt.Sprintf("; add what its form sends to examples in examples_test.go under %q", c.route.Method+" "+c.route.Path)
	}
	return ""
}

// unwritten fails the test when somebody wrote who must not, and says where to look.
func (e *estate) unwritten(before map[string]string, r web.Route, who string) {
	e.t.Helper()
	got := changed(before, e.ledger.fingerprint())
	if brief(r) {
		e.ledger.restore(got)
		got = slices.DeleteFunc(got, func(table string) bool { return table == "operations" })
	}
	if len(got) > 0 {
		e.t.Errorf("%s %s: %s changed %s", r.Method, r.Path, who, strings.Join(got, ", "))
		e.ledger.restore(got)
	}
}

func brief(r web.Route) bool {
	return slices.ContainsFunc(parameters(r.Path), func(key string) bool { return objects[key].brief })
}

// last orders those who are let in after all others.
func last(c encounter) int {
	if c.verdict == answered {
		return 1
	}
	return 0
}

// byDevice are the changing routes whose success takes a passkey or an authenticator app.
var byDevice = []string{"/signin/passkey", "/proof/passkey", "/proof", "/security/passkeys", "/security/authenticator", "/security/authenticator/removal"}

// The matrix says little about a route whose example would be refused by anybody.
func TestEveryExampleSucceedsForWhoMay(t *testing.T) {
	e := openEstate(t)
	before := e.ledger.fingerprint()
	e.eachChange(func(c encounter, _ string) {
		if slices.Contains(byDevice, strings.TrimPrefix(c.route.Path, "/w/:slug")) {
			return
		}
		if p := e.send(c); p.Status >= 400 {
			t.Errorf("%s: its example in examples_test.go is answered %d:\n%.700s", c, p.Status, p.Text())
		}
		e.ledger.restore(changed(before, e.ledger.fingerprint()))
	})
}

// eachChange calls visit with every changing route, somebody whom it lets in and its address.
func (e *estate) eachChange(visit func(c encounter, path string)) {
	for _, r := range e.routes {
		if r.Method == http.MethodGet || r.Door == web.Demo {
			continue
		}
		c := encounter{r, e.doer(r), target{"acme", e.acme, e.acme}, answered}
		visit(c, e.address(r, c.visitor, c.target))
	}
}

// doer is somebody whom a route lets in. At a door for anyone that is who has not signed in, but
// where one can only be who has.
func (e *estate) doer(r web.Route) *visitor {
	known := r.Door == web.Person || r.Door == web.Member || r.Door == web.Machine || r.Path == "/signout" || r.Path == "/theme"
	for _, v := range e.visitors {
		if known == (v.home == e.acme) && v.verdict(r, e.acme, true) == answered {
			return v
		}
	}
	e.t.Fatalf("the map lets nobody in at %s %s", r.Method, r.Path)
	return nil
}
