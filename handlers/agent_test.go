package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/jexi/portal/handlers/agentapi/api"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/rule"
)

const requests = "/api/v1/action-requests"

// agent is the runtime of Acme's, with a billing system and the rule for refunds. Whatever it is
// answered is held against openapi.yaml.
type agent struct {
	*house
	key  string
	spec spec
	bill integration.Connection
}

func (h *house) agent() *agent {
	h.t.Helper()
	a := &agent{house: h, key: h.Acme.Key, spec: h.spec(), bill: h.connect("whmcs")}
	h.refundRule()
	return a
}

// as is the same runtime with another token.
func (a *agent) as(key string) *agent {
	b := *a
	b.key = key
	return &b
}

// token makes another agent of a workspace.
func (h *house) token(p modelstest.Place, first string, scopes ...access.Permission) (key string) {
	h.t.Helper()
	var names []string
	for _, s := range scopes {
		names = append(names, string(s))
	}
	h.As(h.Grant(p, first, access.ManageTokens), func(tx *db.Tx) (err error) {
		_, key, err = identity.CreateToken(tx, identity.TokenDraft{Name: "agent " + uuid.NewString()[:8], Scopes: names, Days: 1})
		return err
	})
	return key
}

// send makes a call and fails the test unless the answer has this status and is as described.
func (a *agent) send(status int, method, path, body string, out any, header ...string) *page {
	a.t.Helper()
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	p := a.call(a.key, method, path, body, h, nil)
	if p.Status != status {
		a.t.Fatalf("%s %s answered %d, want %d: %s", method, path, p.Status, status, p.Body)
	}
	a.spec.holds(a.t, method, path, p)
	if out != nil {
		must(a.t, json.Unmarshal([]byte(p.Body), out))
	}
	return p
}

// refused makes a call that must end in a problem of this code; field may be "".
func (a *agent) refused(status int, code, field, method, path, body string, header ...string) api.Problem {
	a.t.Helper()
	var p api.Problem
	a.send(status, method, path, body, &p, header...)
	if string(p.Code) != code {
		a.t.Errorf("%s %s is refused as %s, want %s: %s", method, path, p.Code, code, p.Detail)
	}
	if field != "" && (len(p.Fields) == 0 || p.Fields[0].Name != field) {
		a.t.Errorf("%s %s names %v, want %s", method, path, p.Fields, field)
	}
	return p
}

// ask submits an action with a key of its own.
func (a *agent) ask(body string) (r api.NewRequest) {
	a.t.Helper()
	a.send(201, "POST", requests, body, &r, "Idempotency-Key", uuid.NewString())
	return r
}

func (a *agent) show(id uuid.UUID) (r api.Request) {
	a.t.Helper()
	a.send(200, "GET", at(id), "", &r)
	return r
}

// vote has people of Acme's decide; whoever approves first comes first.
func (h *house) vote(id uuid.UUID, choice rule.VoteChoice, people ...string) (r approval.Request) {
	h.t.Helper()
	for _, first := range people {
		h.As(h.Grant(h.Acme, first, access.DecideRequest), func(tx *db.Tx) (err error) {
			r, err = h.Tools.Approval.Decide(tx, approval.Ballot{Request: id, Choice: choice, Reason: "because"}, true)
			return err
		})
	}
	return r
}

// approved is a refund of 184 EUR that two people agreed to.
func (a *agent) approved() api.NewRequest {
	a.t.Helper()
	r := a.ask(refund("184.00"))
	a.vote(r.Id, rule.Approve, "ann", "ben")
	return r
}

func at(id uuid.UUID, parts ...string) string {
	return strings.Join(append([]string{requests, id.String()}, parts...), "/")
}

// refund is the body that asks for one, from one client and ticket.
func refund(amount string) string {
	return fmt.Sprintf(`{"action":{"type":"billing.refund","params":{"client_id":"20418","amount":%q,"currency":"EUR"}},
		"agent":{"run_id":"run-7","workflow":"billing-desk","workflow_version":"12"},
		"on_behalf_of":{"kind":"client","ref":"20418","ticket_ref":"58213"},"explanation":"Charged twice.",
		"evidence":[{"kind":"ticket","ref":"58213","text":"Two charges."}],"confidence":0.93}`, amount)
}

// spec is openapi.yaml as the portal serves it.
type spec struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
}

func (h *house) spec() spec {
	h.t.Helper()
	p := h.visitor().get("/api/v1/openapi.yaml")
	var raw any
	must(h.t, yaml.Unmarshal([]byte(p.Body), &raw))
	text, err := json.Marshal(raw)
	must(h.t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	must(h.t, err)
	s := spec{doc.(map[string]any), jsonschema.NewCompiler()}
	s.compiler.DefaultDraft(jsonschema.Draft2020)
	s.compiler.AssertFormat()
	must(h.t, s.compiler.AddResource("openapi.json", doc))
	return s
}

var anID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// holds fails the test unless an answer is one that the description of its call tells of.
func (s spec) holds(t testing.TB, method, path string, p *page) {
	t.Helper()
	path, _, _ = strings.Cut(path, "?")
	path = anID.ReplaceAllString(path, "{id}")
	answers, ok := s.find("paths", path, strings.ToLower(method), "responses").(map[string]any)
	if !ok {
		return // nothing is there, which is a problem document of its own
	}
	key := fmt.Sprint(p.Status)
	if _, told := answers[key]; !told {
		key = "default"
	}
	where := []string{"paths", path, strings.ToLower(method), "responses", key}
	if ref, ok := s.find(append(where, "$ref")...).(string); ok {
		where = strings.Split(strings.TrimPrefix(ref, "#/"), "/")
	}
	kind, _, _ := strings.Cut(p.Header.Get("Content-Type"), ";")
	content, _ := s.find(append(where, "content")...).(map[string]any)
	if _, told := content[kind]; !told {
		if len(content) > 0 || p.Body != "" {
			t.Errorf("%s %s answered %d with %q, which openapi.yaml does not tell of", method, path, p.Status, kind)
		}
		return
	}
	schema, err := s.compiler.Compile("openapi.json#" + pointer(append(where, "content", kind, "schema")))
	must(t, err)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(p.Body))
	must(t, err)
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s %s answered %d not as described: %v\n%s", method, path, p.Status, err, p.Body)
	}
}

func (s spec) find(path ...string) any {
	var at any = s.doc
	for _, name := range path {
		m, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = m[name]
	}
	return at
}

func pointer(path []string) string {
	var b strings.Builder
	for _, name := range path {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(name))
	}
	return b.String()
}
