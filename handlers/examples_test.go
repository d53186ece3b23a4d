package handlers_test

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/web"
)

// object gives what a parameter of a path names, for each parameter by the word before it.
type object struct {
	// of is the object of a workspace that this visitor would name.
	of func(e *estate, v *visitor, p *premises) string
	// personal objects are their owner's alone; common ones are nobody's; of brief ones one that
	// is not there has ended already, and ending it again is no error.
	personal, common, brief bool
}

var objects = map[string]object{
	"w/:slug":             {of: func(_ *estate, _ *visitor, p *premises) string { return p.Slug }},
	"people/:id":          kept("person"),
	"groups/:id":          kept("group"),
	"tokens/:id":          kept("token"),
	"rules/:id":           kept("rule"),
	"requests/:id":        kept("request"),
	"integrations/:id":    kept("integration"),
	"invitations/:id":     kept("invitation"),
	"action-requests/:id": kept("request"),
	"new/:kind":           {of: func(*estate, *visitor, *premises) string { return "stripe" }, common: true},
	"a/:token":            {of: func(_ *estate, v *visitor, p *premises) string { return v.secrets[p].decision }},
	"invitations/:token":  {of: func(_ *estate, v *visitor, p *premises) string { return v.secrets[p].invitation }},
	"signin/:token":       {of: func(_ *estate, v *visitor, p *premises) string { return v.secrets[p].signIn }},
	"audit/:idx":          {of: func(_ *estate, _ *visitor, p *premises) string { return p.objects["entry"] }, common: true},
	"passkeys/:ref":       owned("passkey", false),
	"sessions/:ref":       owned("session", true),
}

func kept(what string) object {
	return object{of: func(_ *estate, _ *visitor, p *premises) string { return p.objects[what] }}
}

// owned is the visitor's own at home, and elsewhere the Owner's.
func owned(what string, brief bool) object {
	return object{personal: true, brief: brief, of: func(e *estate, v *visitor, p *premises) string {
		if v.home == p && v.refs[what] != "" {
			return v.refs[what]
		}
		return e.person(p, access.Owner).refs[what]
	}}
}

// example is what is sent to a route that changes something, so that it succeeds for who may.
type example struct {
	about  string   // the object that it is about, where it is not the usual one
	page   string   // where its form stands, where that is not its own address
	typed  []string // names and values, over what stands in the form; {slug} and {canary} are the workspace\'s
	code   bool     // with the code of the visitor's decision link
	script bool     // a script sends it, without a form
	json   string   // instead of a form
}

const refundAsk = `{"action":{"type":"billing.refund","params":` + refund184 + `}}`

var examples = map[string]example{
	"POST /signin/:token":          {typed: []string{"email", "spare@{slug}.example"}},
	"POST /signin":                 {typed: []string{"email", "nobody@acme.example"}},
	"POST /signin/passkey":         {page: "/signin"},
	"POST /signin/passkey/options": {script: true},
	"POST /theme":                  {page: "/workspaces", typed: []string{"theme", "dark"}},
	"POST /keys":                   {page: "/w/:slug/keys", typed: []string{"keys", "off"}},
	"POST /proof/passkey":          {script: true},
	"POST /proof/passkey/options":  {script: true},
	"POST /a/:token":               {code: true, typed: []string{"decision", "deny", "reason", "Not this one", "confirm", "1"}},
	"POST /invitations/:token":     {typed: []string{"name", "Nora New"}},

	"POST /proof":                          {script: true},
	"POST /security/passkeys":              {page: "/security/passkeys/new", typed: []string{"name", "Desk"}},
	"POST /security/passkeys/options":      {script: true, typed: []string{"name", "Desk"}},
	"POST /security/passkeys/:ref":         {typed: []string{"name", "Renamed"}},
	"POST /security/authenticator":         {page: "/security/authenticator/new", typed: []string{"code", "000000"}},
	"POST /security/authenticator/removal": {script: true},
	"POST /security/sessions/removal":      {page: "/security"},
	"POST /security/sessions/:ref/removal": {page: "/security"},

	"POST /w/:slug/groups":                         {page: "/w/:slug/groups/new", typed: []string{"name", "Night shift"}},
	"POST /w/:slug/groups/:id":                     {typed: []string{"name", "Renamed"}},
	"POST /w/:slug/people/invitations":             {page: "/w/:slug/people", typed: []string{"email", "nora@acme.example", "role", "approver"}},
	"POST /w/:slug/people/invitations/:id/sending": {page: "/w/:slug/people"},
	"POST /w/:slug/people/:id":                     {typed: []string{"role", "auditor"}},
	"POST /w/:slug/people/:id/reset":               {typed: []string{"reason", "Lost the phone"}},
	"POST /w/:slug/tokens":                         {page: "/w/:slug/tokens/new", typed: []string{"name", "Nightly", "scopes", "actions:read", "days", "30"}},
	"POST /w/:slug/tokens/:id/pause":               {about: "runner", typed: []string{"reason", "It asks odd things"}},
	"POST /w/:slug/tokens/:id/resume":              {about: "stopped", typed: []string{"reason", "Looked at it"}},
	"POST /w/:slug/integrations/new/:kind":         {typed: []string{"name", "Second", "key", "rk_live_11111111111111111111"}},
	"POST /w/:slug/integrations/:id/details":       {typed: []string{"name", "Renamed"}},
	"POST /w/:slug/integrations/:id/scopes":        {typed: []string{"scopes", "charges:read"}},
	"POST /w/:slug/integrations/:id/key":           {typed: []string{"key", "rk_live_22222222222222222222"}},
	"POST /w/:slug/integrations/:id/pause":         {typed: []string{"reason", "Maintenance"}},
	"POST /w/:slug/integrations/:id/removal":       {typed: []string{"name", "Billing {canary}"}},
	"POST /w/:slug/integrations/:id/resume":        {page: "/w/:slug/integrations/:id", about: "paused"},
	"POST /w/:slug/audit/checks":                   {page: "/w/:slug/audit"},
	"POST /w/:slug/audit/exports":                  {page: "/w/:slug/audit/exports/new"},
	"POST /w/:slug/audit/bundles":                  {page: "/w/:slug/audit/exports/new"},
	"POST /w/:slug/rules/new":                      {typed: []string{"name", "New one", "do", "save", "actions", "billing.refund", "stages.0.mode", "any", "stages.0.who", "role:approver", "decide_minutes", "4"}},
	"POST /w/:slug/rules/try":                      {page: "/w/:slug/rules/try?type=billing.refund", typed: []string{"params.client_id", "20418", "params.amount", "184.00", "params.currency", "EUR"}},
	"POST /w/:slug/rules/:id/draft":                {typed: []string{"name", "Renamed", "do", "save"}},
	"POST /w/:slug/rules/:id/publication":          {about: "draft"},
	"POST /w/:slug/rules/:id/retirement":           {about: "settled", typed: []string{"note", "Not needed any more"}},

	"POST /w/:slug/settings":                    {typed: []string{"name", "Renamed"}},
	"POST /w/:slug/settings/lowering":           {typed: []string{"people", "1"}},
	"POST /w/:slug/settings/lowering/agreement": {},
	"POST /w/:slug/settings/lowering/removal":   {page: "/w/:slug/settings"},

	"POST /w/:slug/requests/:id/decisions/withdrawal": {about: "agreed", typed: []string{"reason", "The ticket was closed"}},

	"POST /w/:slug/requests/:id/decisions": {page: "/w/:slug/requests/:id", typed: []string{"decision", "deny", "reason", "Not this one", "confirm", "1"}},

	"POST /api/v1/action-requests":                  {json: refundAsk},
	`POST /api/v1/action-requests\:evaluate`:        {json: refundAsk},
	"POST /api/v1/action-requests/:id/consume":      {json: refundAsk, about: "approved"},
	"POST /api/v1/action-requests/:id/outcome":      {json: `{"status":"succeeded"}`, about: "consumed"},
	"POST /api/v1/action-requests/:id/cancellation": {json: `{"reason":"not needed"}`},
}

// exampleOf is the example of a route. A person's own page is the same in a workspace and outside.
func exampleOf(r web.Route) example {
	x, ok := examples[r.Method+" "+r.Path]
	const inside = "/w/:slug"
	if own, cut := strings.CutPrefix(r.Path, inside); cut && !ok {
		if x = examples[r.Method+" "+own]; x.page != "" {
			x.page = inside + x.page
		}
	}
	return x
}

// form is what a browser would send to a route: the form from its page, as somebody sees it who
// may, with what they type.
func (e *estate) form(r web.Route, v *visitor, t target) url.Values {
	e.t.Helper()
	x := exampleOf(r)
	p := t.of
	if p == nil {
		p = e.acme
	}
	form := e.sheet(r, x, v, p)
	fill := strings.NewReplacer("{canary}", p.text, "{slug}", p.Slug)
	for i := 0; i+1 < len(x.typed); i += 2 {
		form[x.typed[i]] = []string{fill.Replace(x.typed[i+1])}
	}
	if v.home != p { // they cannot have seen what stands there
		for name := range form {
			form.Set(name, strings.ReplaceAll(form.Get(name), p.canary, "typed"))
		}
	}
	if x.code {
		form.Set("code", v.secrets[p].code)
	}
	return form
}

// sheet is the form on a route's page before anything is typed, as the visitor sees it or, where
// they cannot, the workspace's Owner or somebody who has not signed in.
func (e *estate) sheet(r web.Route, x example, v *visitor, p *premises) url.Values {
	e.t.Helper()
	openers := []*visitor{v, e.person(p, access.Owner), e.visitors[0]}
	if r.Door == web.Member {
		openers = openers[1:2]
	}
	for _, opener := range openers {
		key := fmt.Sprint(r.Path, opener.name, p.Slug)
		form, known := e.sheets[key]
		if !known {
			form = e.open(r, x, opener, p)
			e.sheets[key] = form
		}
		if form != nil {
			return maps.Clone(form)
		}
	}
	e.once(fmt.Sprintf("%s %s: %s has no form for it: add to examples in examples_test.go where it stands and what to type",
		r.Method, r.Path, cmp.Or(x.page, r.Path)))
	return url.Values{}
}

// open takes the form from its page; a script needs none.
func (e *estate) open(r web.Route, x example, opener *visitor, p *premises) url.Values {
	if x.script {
		return url.Values{}
	}
	at := target{at: p, of: p}
	sheet := opener.do("GET", e.fill(r, cmp.Or(x.page, r.Path), opener, at), nil, nil)
	for _, action := range []string{e.address(r, opener, at), ""} {
		if to, form, ok := sheet.form(action); ok && (to == "" || action != "") {
			return form
		}
	}
	return nil
}

// target is what an address names: something of a workspace, at the address of a workspace.
type target struct {
	name   string
	at, of *premises // nil is nowhere and nothing
}

// targets are all that a route's address can lead to.
func (e *estate) targets(r web.Route) []target {
	a, g := e.acme, e.globex
	switch keys := parameters(r.Path); {
	case len(keys) == 0:
		return []target{{"its only address", a, a}}
	case r.Door == web.Member && len(keys) == 1:
		return []target{{"acme", a, a}, {"globex", g, g}, {"no workspace", nil, a}}
	case r.Door == web.Member:
		return []target{{"acme's", a, a}, {"globex's under acme", a, g}, {"nothing under acme", a, nil}, {"globex's", g, g}, {"acme's under no workspace", nil, a}}
	}
	return []target{{"acme's", a, a}, {"globex's", g, g}, {"nothing", a, nil}}
}

// parameters are a path's parameters, each with the word before it.
func parameters(path string) (keys []string) {
	words := strings.Split(path, "/")
	for i, w := range words {
		if strings.HasPrefix(w, ":") {
			keys = append(keys, words[i-1]+"/"+w)
		}
	}
	return keys
}

// address fills a path in. What is nowhere or nothing has a name of the same form that nobody has.
func (e *estate) address(r web.Route, v *visitor, t target) string {
	return e.fill(r, r.Path, v, t)
}

// fill fills in a path that stands for what a route is about.
func (e *estate) fill(r web.Route, path string, v *visitor, t target) string {
	words := strings.Split(strings.ReplaceAll(path, `\`, ""), "/")
	for i, w := range words {
		if !strings.HasPrefix(w, ":") || strings.Contains(path, `\`+w) {
			continue
		}
		o, of := e.object(r, words[i-1]+"/"+w), t.of
		if about := exampleOf(r).about; about != "" && w == ":id" {
			o = kept(about)
		}
		if w == ":slug" {
			of = t.at
		}
		switch {
		case o.common && of != nil:
			words[i] = o.of(e, v, cmp.Or(t.at, of))
		case of != nil:
			words[i] = o.of(e, v, of)
		default:
			words[i] = nobodys(o.of(e, v, e.acme))
		}
	}
	return strings.Join(words, "/")
}

func (e *estate) object(r web.Route, key string) object {
	e.t.Helper()
	o, ok := objects[key]
	if !ok {
		e.t.Fatalf("%s %s has a parameter that the tests have no object for: add %q to objects in examples_test.go, and make the object in furnish",
			r.Method, r.Path, key)
	}
	return o
}

// nobodys is a name of the same form that names nothing.
func nobodys(name string) string {
	switch {
	case len(name) == 36:
		return uuid.NewString()
	case len(name) == 16:
		return "0123456789abcdef"
	case strings.Trim(name, "0123456789") == "":
		return "99999999"
	case len(name) > 40:
		plain, _ := token.New()
		return plain
	}
	return "nowhere"
}

// there tells whether a visitor at this address can find what it names, if they may be there at all.
func (e *estate) there(r web.Route, v *visitor, t target) bool {
	for _, key := range parameters(r.Path) {
		switch o := e.object(r, key); {
		case key == "w/:slug":
		case o.common:
			return t.of != nil
		case o.personal || r.Door == web.Machine:
			return t.of != nil && t.of == v.home
		case r.Door == web.Member:
			return t.of == t.at
		default:
			return t.of != nil
		}
	}
	return true
}

func (e *estate) person(p *premises, role access.Role) *visitor {
	for _, v := range e.visitors {
		if v.home == p && v.role == role && v.proved {
			return v
		}
	}
	e.t.Fatalf("no %s of %s", role, p.Slug)
	return nil
}
