package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/handlers"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/web"
)

// estate is the house with two furnished workspaces, everybody who may come to its doors, and a
// ledger that notices what they write. Nothing but its visitors is at work in it.
type estate struct {
	*house
	acme, globex *premises
	routes       []web.Route
	visitors     []*visitor
	ledger       *ledger
	sheets       map[string]url.Values // forms as their pages gave them
	said         map[string]bool
}

// visitor is somebody at a door. What they carry does not change, whatever they are answered.
type visitor struct {
	*browser
	name    string
	home    *premises // nil: a member of nothing
	role    access.Role
	person  uuid.UUID
	proved  bool
	machine bool
	scopes  []access.Permission // of a token; nil for one that has ended
	csrf    string
	refs    map[string]string // of their own passkey and session
	secrets map[*premises]secrets
}

// secrets are the links of a workspace that a visitor holds: whoever holds them may use them.
type secrets struct{ decision, code, invitation, signIn string }

func openEstate(t testing.TB) *estate {
	t.Helper()
	h := build(t)
	h.serve(func(a *web.App) { a.Proxies = []string{"127.0.0.0/8"} }) // each visitor has an address, so none uses up another's tries
	e := &estate{house: h, acme: h.furnish(h.Acme), globex: h.furnish(h.Globex), routes: handlers.Map(h.Tools), sheets: map[string]url.Values{}, said: map[string]bool{}}
	e.add(&visitor{name: "nobody"})
	for _, p := range []*premises{e.acme, e.globex} {
		for _, role := range access.Roles {
			e.add(&visitor{name: fmt.Sprintf("%s of %s", role.Label(), p.Slug), home: p, role: role, person: p.People[p.role[role]].PersonID, proved: true})
		}
		e.add(&visitor{name: "token of " + p.Slug, home: p, machine: true, scopes: access.TokenScopes})
	}
	for _, role := range access.Roles {
		e.add(&visitor{name: role.Label() + " of acme without a fresh proof", home: e.acme, role: role, person: e.acme.People[e.acme.role[role]].PersonID})
	}
	e.add(&visitor{name: "removed member of acme", person: e.acme.People["gone"].PersonID, proved: true})
	e.add(&visitor{name: "token of acme without scopes", home: e.acme, machine: true, scopes: []access.Permission{}})
	e.add(&visitor{name: "expired token of acme", home: e.acme, machine: true})
	e.add(&visitor{name: "revoked token of acme", home: e.acme, machine: true})
	e.owner("update invitations set expires_at = expires_at - interval '1 hour'") // sent long enough ago to be sent again
	e.ledger = h.openLedger()
	return e
}

// once fails the test with this message, however often it is met.
func (e *estate) once(message string) {
	e.t.Helper()
	if !e.said[message] {
		e.t.Error(message)
	}
	e.said[message] = true
}

func (e *estate) add(v *visitor) {
	e.t.Helper()
	v.browser = &browser{h: e.house, Header: http.Header{}, client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	v.Header.Set("X-Forwarded-For", fmt.Sprintf("10.0.0.%d", len(e.visitors)+1))
	v.refs, v.secrets = map[string]string{}, map[*premises]secrets{}
	switch {
	case v.machine:
		e.issue(v)
	case v.person != uuid.Nil:
		e.receive(v)
	}
	v.csrf = v.formToken()
	for _, p := range []*premises{e.acme, e.globex} {
		s := secrets{invitation: e.invitation(p), signIn: e.signInLink(p)}
		s.decision, s.code = e.link(p)
		v.secrets[p] = s
	}
	e.visitors = append(e.visitors, v)
}

// issue gives a token, in the state that its visitor's name says.
func (e *estate) issue(v *visitor) {
	id, plain := v.home.Agent.ID, v.home.Key // the one that asked for what there is
	if !strings.HasPrefix(v.name, "token of") || v.scopes == nil || len(v.scopes) == 0 {
		id, plain = e.newToken(v.home, v.name, access.TokenScopes...)
	}
	v.Header.Set("Authorization", "Bearer "+plain)
	for words, set := range map[string]string{"without": "scopes = '{}'", "expired": "expires_at = created_at + interval '1 microsecond'",
		"revoked": "revoked_at = now()"} {
		if strings.Contains(v.name, words) {
			e.owner("update api_tokens set "+set+" where id = $1", id)
		}
	}
}

// receive starts a person's session and gives them a passkey. A fresh proof stays fresh.
func (e *estate) receive(v *visitor) {
	v.Header.Set("Cookie", "jexi="+e.begin(v))
	v.refs["session"] = identity.Session{HashedID: token.Hash(e.begin(v))}.Ref() // on another browser of theirs
	e.owner("update sessions set proof_at = proof_at + interval '1 day' where person_id = $1", v.person)
	key := identity.Passkey{ID: []byte("key of " + v.person.String())}
	e.owner("insert into passkeys (id, person_id, name, credential, created_at) values ($1, $2, $3, '{}', now()) on conflict do nothing",
		key.ID, v.person, "Key of "+v.name)
	v.refs["passkey"] = key.Ref()
}

func (e *estate) begin(v *visitor) (plain string) {
	g, err := access.Check(access.Actor{}, access.Public)
	must(e.t, err)
	e.As(g, func(tx *db.Tx) (err error) {
		plain, err = identity.StartSession(tx, &v.person, v.proved, "browser of "+v.name, "10.0.0.1")
		return err
	})
	return plain
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// formToken opens a page for the cookie and the token that this visitor's forms carry.
func (v *visitor) formToken() string {
	p := v.do("GET", "/signout", nil, nil)
	if v.person == uuid.Nil {
		p = v.do("GET", "/signin", nil, nil)
	}
	for _, c := range (&http.Response{Header: p.Header}).Cookies() {
		if c.Name == "jexi_form" {
			v.Header.Set("Cookie", strings.TrimPrefix(v.Header.Get("Cookie")+"; jexi_form="+c.Value, "; "))
		}
	}
	m := csrfField.FindStringSubmatch(p.Body)
	if m == nil {
		v.h.t.Fatalf("%s sees no form at %s:\n%s", v.name, p.URL, p.Body)
	}
	return m[1]
}

// send makes a request as the visitor's browser or program would: json as it is, a form with the
// visitor's own token.
func (v *visitor) send(method, path, json string, form url.Values) *page {
	v.h.t.Helper()
	header := http.Header{}
	switch {
	case method == "GET":
		return v.do(method, path, nil, nil)
	case json != "":
		header.Set("Content-Type", "application/json")
		header.Set("Idempotency-Key", uuid.NewString())
		return v.do(method, path, strings.NewReader(json), header)
	}
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	body := url.Values{"csrf": {v.csrf}}
	for name, values := range form {
		if name != "csrf" && name != "operation" {
			body[name] = values
		}
	}
	return v.do(method, path, strings.NewReader(body.Encode()), header)
}

// verdict is what the map says about a visitor at a route.
type verdict string

const (
	answered verdict = "answered"
	unknown  verdict = "asked to sign in"
	nothing  verdict = "shown nothing"
	refused  verdict = "refused"
	unproved verdict = "asked for a proof"
	over     verdict = "told that it has ended"
)

// verdict derives from door, permission and proof alone what a visitor meets. at is the workspace
// of the address; there tells whether what the address names can be seen from where it leads.
func (v *visitor) verdict(r web.Route, at *premises, there bool) verdict {
	switch r.Door {
	case web.Person:
		if v.person == uuid.Nil {
			return unknown
		}
	case web.Member:
		switch {
		case v.person == uuid.Nil:
			return unknown
		case at == nil || v.home != at:
			return nothing
		case !v.role.May(r.Needs):
			return refused
		}
	case web.Machine:
		switch {
		case !v.machine || v.scopes == nil:
			return unknown
		case !slices.Contains(v.scopes, r.Needs):
			return refused
		}
	}
	if r.Proof && !v.proved {
		return unproved
	}
	if !there {
		return nothing
	}
	return answered
}
