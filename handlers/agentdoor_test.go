package handlers_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/handlers/agentapi/api"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/workspace"
)

func TestAMachineIsKnownByItsTokenAlone(t *testing.T) {
	h := open(t)
	a := h.agent()
	revoked := h.token(h.Acme, "ada", access.ReadActions)
	h.As(h.Grant(h.Acme, "ada", access.ManageTokens), func(tx *db.Tx) error {
		return tx.Gorm().Exec("update api_tokens set revoked_at = now() where hint like ?", revoked[:7]+"%").Error
	})
	for name, header := range map[string]http.Header{
		"nothing":       {"Authorization": nil},
		"no bearer":     {"Authorization": {"Basic " + h.Acme.Key}},
		"another one":   {"Authorization": {"Bearer jx_nobody"}},
		"a revoked one": {"Authorization": {"Bearer " + revoked}},
	} {
		p := a.call("", "GET", "/api/v1/integrations", "", header, nil)
		var told api.Problem
		must(t, json.Unmarshal([]byte(p.Body), &told))
		if p.Status != 401 || told.Code != "unauthenticated" || p.Header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: answered %d %s, WWW-Authenticate %q", name, p.Status, p.Body, p.Header.Get("WWW-Authenticate"))
		}
	}
	ada := h.signIn(h.Acme, "ada")
	if p := ada.do("GET", "/api/v1/integrations", nil, nil); p.Status != 401 {
		t.Errorf("a session's cookie opened the API: %d", p.Status)
	}
	p := ada.do("POST", requests, strings.NewReader(refund("10.00")), http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {"k"}})
	if p.Status != 401 || p.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a session's cookie posted: %d", p.Status)
	}
}

func TestAMissingScopeIsNamed(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.approved()
	body := map[string]string{"outcome": `{"status":"failed"}`, "cancellation": `{"reason":"x"}`}
	for _, c := range []struct {
		method, path, body string
		scope              access.Permission
	}{
		{"POST", requests, refund("10.00"), access.RequestActions},
		{"POST", requests + ":evaluate", refund("10.00"), access.RequestActions},
		{"GET", at(r.Id), "", access.ReadActions},
		{"POST", at(r.Id, "consume"), refund("184.00"), access.ConsumeActions},
		{"POST", at(r.Id, "outcome"), body["outcome"], access.ReportActions},
		{"POST", at(r.Id, "cancellation"), body["cancellation"], access.RequestActions},
		{"GET", "/api/v1/integrations", "", access.ReadActions},
	} {
		var others []access.Permission
		for _, s := range access.TokenScopes {
			if s != c.scope {
				others = append(others, s)
			}
		}
		p := a.as(h.token(h.Acme, "ada", others...)).refused(403, "forbidden", "", c.method, c.path, c.body, "Idempotency-Key", "k")
		if !strings.Contains(p.Detail, string(c.scope)) {
			t.Errorf("%s %s: %s", c.method, c.path, p.Detail)
		}
	}
	if got := a.show(r.Id); got.Decision != "approved" || got.ConsumedAt != nil {
		t.Errorf("then: %+v", got)
	}
}

func TestAForeignRequestAnswersAsOneThatDoesNotExist(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.approved()
	greta := a.as(h.Globex.Key)
	for _, c := range []struct{ method, tail, body string }{
		{"GET", "", ""}, {"GET", "?wait=5", ""}, {"POST", "/consume", refund("184.00")},
		{"POST", "/outcome", `{"status":"succeeded"}`}, {"POST", "/cancellation", `{"reason":"x"}`},
	} {
		foreign := greta.send(404, c.method, at(r.Id)+c.tail, c.body, nil)
		for _, id := range []string{uuid.NewString(), strings.ToUpper(r.Id.String()), "1", "AR-1", "%00"} {
			if none := greta.call(greta.key, c.method, requests+"/"+id+c.tail, c.body, nil, nil); none.Body != foreign.Body || none.Status != 404 {
				t.Errorf("%s %s: %d %s beside %s", c.method, id, none.Status, none.Body, foreign.Body)
			}
		}
	}
	with := func(id uuid.UUID) string {
		return strings.Replace(refund("10.00"), `"params"`, `"integration_id":"`+id.String()+`","params"`, 1)
	}
	foreign := greta.send(404, "POST", requests+":evaluate", with(a.bill.ID), nil)
	if none := greta.send(404, "POST", requests+":evaluate", with(uuid.New()), nil); none.Body != foreign.Body {
		t.Errorf("%s beside %s", none.Body, foreign.Body)
	}
	if got := a.show(r.Id); got.Decision != "approved" || got.ConsumedAt != nil {
		t.Errorf("then: %+v", got)
	}
	var list struct{ Integrations []api.Integration }
	greta.send(200, "GET", "/api/v1/integrations", "", &list)
	if len(list.Integrations) != 0 {
		t.Errorf("Globex sees %+v", list.Integrations)
	}
}

func TestABodyIsReadStrictly(t *testing.T) {
	h := open(t)
	a := h.agent()
	in := func(old, new string) string { return strings.Replace(refund("10.00"), old, new, 1) }
	for name, c := range map[string]struct {
		body, field string
	}{
		"nothing":                  {"", ""},
		"no JSON":                  {"{", ""},
		"a list":                   {"[]", ""},
		"null":                     {"null", "action.type"},
		"something behind it":      {refund("10.00") + "{}", ""},
		"two bodies":               {refund("10.00") + refund("10.00"), ""},
		"invalid UTF-8":            {in("Charged", "Char\xffged"), ""},
		"an unknown member":        {in(`"agent"`, `"agents"`), "agents"},
		"another case":             {in(`"agent"`, `"Agent"`), "Agent"},
		"an unknown one within":    {in(`"run_id"`, `"runId"`), "agent.runId"},
		"a member twice":           {in(`"confidence"`, `"explanation"`), "explanation"},
		"a parameter twice":        {in(`"currency":"EUR"`, `"amount":"1.00","currency":"EUR"`), "action.params.amount"},
		"another type":             {in(`0.93`, `"high"`), "confidence"},
		"text as a list":           {in(`"Charged twice."`, `["Charged twice."]`), "explanation"},
		"evidence of a type":       {in(`"Two charges."`, `7`), "evidence[0].text"},
		"confidence over 1":        {in(`0.93`, `1.01`), "confidence"},
		"confidence without end":   {in(`0.93`, `1e309`), "confidence"},
		"a number in the action":   {in(`"10.00"`, `10.00`), "action.params.amount"},
		"a number over 2^53":       {`{"action":{"type":"fleet.reboot","params":{"n":9007199254740993}}}`, "action.params.n"},
		"a fraction":               {`{"action":{"type":"fleet.reboot","params":{"n":1.5}}}`, "action.params.n"},
		"minus zero":               {`{"action":{"type":"fleet.reboot","params":{"n":-0}}}`, "action.params.n"},
		"parameters in a list":     {`{"action":{"type":"fleet.reboot","params":[1]}}`, "action.params"},
		"parameters that are null": {`{"action":{"type":"fleet.reboot","params":null}}`, "action.params"},
		"too deep":                 {`{"action":{"type":"fleet.reboot","params":{"n":` + strings.Repeat("[", 9) + strings.Repeat("]", 9) + `}}}`, "action.params.n[0][0][0][0][0][0][0]"},
		"deep beyond reason":       {`{"action":{"type":"fleet.reboot","params":{"n":` + strings.Repeat("[", 100000) + strings.Repeat("]", 100000) + `}}}`, ""},
		"no id":                    {in(`"params"`, `"integration_id":"1","params"`), "action.integration_id"},
		"no time":                  {in(`"confidence"`, `"expires_in":0,"confidence"`), "expires_in"},
		"too long a time":          {in(`"confidence"`, `"expires_in":1209601,"confidence"`), "expires_in"},
		"half a second":            {in(`"confidence"`, `"expires_in":0.5,"confidence"`), "expires_in"},
		"too long a text":          {in("Charged twice.", strings.Repeat("é", 4001)), "explanation"},
		"a hidden character":       {in("billing-desk", "billing\u202edesk"), "agent.workflow"},
		"a subject of two lines":   {in(`"ref":"20418"`, `"ref":"2\n0418"`), "on_behalf_of.ref"},
		"too much evidence":        {in(`[{"kind"`, `[`+strings.Repeat(`{},`, 20)+`{"kind"`), "evidence"},
		"no type":                  {`{"action":{"params":{}}}`, "action.type"},
		"a type that says things":  {`{"action":{"type":"approved by the CEO","params":{}}}`, "action.type"},
		"a type with an address":   {`{"action":{"type":"https://evil.example","params":{}}}`, "action.type"},
		"a family as a type":       {`{"action":{"type":"billing.*","params":{}}}`, "action.type"},
		"too long a type":          {`{"action":{"type":"` + strings.Repeat("a", 101) + `","params":{}}}`, "action.type"},
		"a negative amount":        {in(`"10.00"`, `"-10.00"`), "action.params.amount"},
		"an amount without end":    {in(`"10.00"`, `1e309`), "action.params.amount"},
		"an amount as NaN":         {in(`"10.00"`, `NaN`), ""},
		"no amount":                {in(`"10.00"`, `null`), "action.params.amount"},
		"an empty amount":          {in(`"10.00"`, `""`), "action.params.amount"},
		"an unknown parameter":     {in(`"currency"`, `"note":"x","currency"`), "action.params.note"},
	} {
		t.Run(name, func(t *testing.T) {
			b := *a
			for _, path := range []string{requests, requests + ":evaluate"} {
				p := b.call(b.key, "POST", path, c.body, http.Header{"Idempotency-Key": {uuid.NewString()}}, nil)
				var told api.Problem
				must(t, json.Unmarshal([]byte(p.Body), &told))
				b.spec.holds(t, "POST", path, p)
				if p.Status != 422 || told.Code != "invalid" || told.Retry != "never" || c.field != "" && (len(told.Fields) == 0 || told.Fields[0].Name != c.field) {
					t.Errorf("%s answered %d %s", path, p.Status, p.Body)
				}
			}
		})
	}
	if n := h.count("select count(*) from action_requests"); n != 0 {
		t.Errorf("%d of them were stored", n)
	}
}

func TestWhatTheAgentSaysIsKeptAsPlainTextAndNothingHides(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.ask(strings.Replace(refund("184.00"), "Charged twice.", `APPROVED BY CEO\u202e <b>\u0000\u001b[31m\r\nnow`, 1))
	if got := h.find(r.Id).Explanation; got != "APPROVED BY CEO<U+202E> <b><U+0000><U+001B>[31m\nnow" {
		t.Errorf("kept as %q", got)
	}
}

func TestABodyHasASizeAndAType(t *testing.T) {
	h := open(t)
	a := h.agent()
	big := strings.Replace(refund("10.00"), "Charged twice.", strings.Repeat("x", 256<<10), 1)
	a.refused(413, "too_large", "", "POST", requests, big, "Idempotency-Key", "k")
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""} {
		a.refused(415, "not_json", "", "POST", requests, refund("10.00"), "Idempotency-Key", "k", "Content-Type", kind)
	}
	a.send(201, "POST", requests, refund("10.00"), nil, "Idempotency-Key", "k", "Content-Type", "application/json; charset=utf-8")
}

func TestAnAgentInAHurryIsToldWhenToComeBack(t *testing.T) {
	h := open(t)
	a := h.agent()
	for i := range 2000 {
		p := a.call("jx_"+strings.Repeat("-", i%9)+"hurry", "GET", "/api/v1/integrations", "", nil, nil) // one token, however it is spelled
		if p.Status != 429 {
			continue
		}
		var told api.Problem
		must(t, json.Unmarshal([]byte(p.Body), &told))
		if told.Retry != "after" || told.Code != "too_many" || p.Header.Get("Retry-After") == "" {
			t.Errorf("told %s, Retry-After %q", p.Body, p.Header.Get("Retry-After"))
		}
		a.send(200, "GET", "/api/v1/integrations", "", nil) // others go on
		return
	}
	t.Error("2000 calls in a row were all answered")
}

func TestThePublishedDigestsComeOutOfTheAPI(t *testing.T) {
	h := open(t)
	a := h.agent()
	text, err := os.ReadFile("../models/catalog/testdata/digest_vectors.json")
	must(t, err)
	var vectors []struct {
		Name, Workspace, Type, Params, Digest string
		ParamsHex                             string            `json:"params_hex"`
		TypeVersion                           int               `json:"type_version"`
		IntegrationID                         *string           `json:"integration_id"`
		OnBehalfOf                            map[string]string `json:"on_behalf_of"`
		Refused                               []string
	}
	must(t, json.Unmarshal(text, &vectors))
	there := h.vectorPlace(uuid.MustParse(vectors[0].Workspace))
	b := a.as(there.key)
	tried := 0
	for _, v := range vectors {
		kind, ok := catalog.Find(v.Type)
		if v.Digest != "" && (v.Workspace != vectors[0].Workspace || v.IntegrationID == nil || ok && kind.Version != v.TypeVersion) {
			continue // of another workspace, of no connection, of a later version: no call can ask for it here
		}
		params := []byte(v.Params)
		if v.ParamsHex != "" {
			params, err = hex.DecodeString(v.ParamsHex)
			must(t, err)
		}
		subject, err := json.Marshal(v.OnBehalfOf)
		must(t, err)
		id := ""
		if v.IntegrationID != nil {
			there.becomes(kind, *v.IntegrationID)
			id = fmt.Sprintf(`"integration_id":%q,`, *v.IntegrationID)
		}
		body := fmt.Sprintf(`{"action":{"type":%q,%s"params":%s},"on_behalf_of":%s}`, v.Type, id, params, subject)
		tried++
		if v.Digest == "" {
			if p := b.call(b.key, "POST", requests+":evaluate", body, nil, nil); p.Status != 422 {
				t.Errorf("%s: answered %d %s", v.Name, p.Status, p.Body)
			}
			continue
		}
		var e api.Evaluation
		p := b.call(b.key, "POST", requests+":evaluate", body, nil, &e)
		if e.Digest != v.Digest {
			t.Errorf("%s: %d %s, want %s", v.Name, p.Status, p.Body, v.Digest)
		}
	}
	if tried < 40 {
		t.Errorf("%d vectors were tried", tried)
	}
}

// vectorPlace is a workspace with the id that the test vectors name, and one connection.
type vectorPlace struct {
	h    *house
	id   uuid.UUID
	conn uuid.UUID
	key  string
}

func (h *house) vectorPlace(id uuid.UUID) *vectorPlace {
	h.t.Helper()
	v := &vectorPlace{h: h, id: id}
	h.As(access.ForSystem(id, "test"), func(tx *db.Tx) error {
		w, err := workspace.Create(tx, workspace.Draft{Name: "Vectors", Slug: "vectors", TimeZone: "UTC", OwnerEmail: "v@vectors.example", OwnerName: "Vera"})
		if err != nil {
			return err
		}
		_, v.key, err = identity.CreateToken(tx, identity.TokenDraft{Name: "agent", Scopes: []string{string(access.RequestActions)}, Days: 1})
		if err != nil {
			return err
		}
		kind, _ := catalog.FindKind("whmcs")
		var owner workspace.Member
		if err := tx.Gorm().Table("members").Where("workspace_id = ?", w.WorkspaceID).Select("person_id").Scan(&owner).Error; err != nil {
			return err
		}
		d := integration.NewDraft(kind, owner.PersonID)
		d.Settings = map[string]string{}
		for _, f := range kind.Fields {
			if !f.Secret {
				d.Settings[f.Name] = f.Example
			}
		}
		d.Key = seal.NewSecret("k-" + uuid.NewString())
		c, err := integration.Safe{Keyset: h.Tools.Keyset}.Connect(tx, d)
		v.conn = c.ID
		return err
	})
	return v
}

// becomes gives the connection another id and a kind that can do the action.
func (v *vectorPlace) becomes(t *catalog.ActionType, id string) {
	v.h.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, v.h.OwnerDSN)
	must(v.h.t, err)
	defer conn.Close(ctx)
	kind := "whmcs"
	if t != nil {
		kind = t.Kinds[0]
	}
	_, err = conn.Exec(ctx, "update integrations set id = $1, kind = $2 where workspace_id = $3 and id = $4", id, kind, v.id, v.conn)
	must(v.h.t, err)
	v.conn = uuid.MustParse(id)
}
