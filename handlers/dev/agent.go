package dev

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/catalog"
	view "github.com/jexi/portal/views/dev"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// ask is the body of a request to act, in the order in which one reads it.
type ask struct {
	Action struct {
		Type        string          `json:"type"`
		Integration string          `json:"integration_id,omitempty"`
		Params      json.RawMessage `json:"params"`
	} `json:"action"`
	Agent struct {
		RunID    string `json:"run_id"`
		Workflow string `json:"workflow"`
		Version  string `json:"workflow_version"`
	} `json:"agent"`
	OnBehalfOf struct {
		Kind   string `json:"kind,omitempty"`
		Ref    string `json:"ref,omitempty"`
		Ticket string `json:"ticket_ref,omitempty"`
	} `json:"on_behalf_of"`
	Explanation string  `json:"explanation,omitempty"`
	Confidence  float64 `json:"confidence"`
}

// ShowAgent offers what the agent can ask for.
func (r Room) ShowAgent(c *web.Ctx) error {
	d, err := r.desk(c.Query("workspace"), c.Query("type"))
	if err != nil {
		return err
	}
	return c.Page(view.Agent(c.Shell("Agent"), d, nil))
}

func (r Room) desk(workspace, kind string) (view.Desk, error) {
	d := view.Desk{Workspaces: r.workspaces(), Runs: r.journal.newest()}
	if len(d.Workspaces) == 0 {
		return d, nil
	}
	workspace = cmp.Or(workspace, d.Workspaces[0])
	t, ok := catalog.Find(cmp.Or(kind, "billing.refund"))
	if !ok || !slices.Contains(d.Workspaces, workspace) {
		return d, fault.Missing()
	}
	d.Action, d.Form, d.Presets = t, blank(workspace, t.Key), presets(workspace)
	return d, nil
}

// CreateAsk asks through the API and follows the request.
func (r Room) CreateAsk(c *web.Ctx) error {
	d, err := r.desk(c.Form("workspace"), c.Form("type"))
	if err != nil || d.Action == nil {
		return cmp.Or(err, error(fault.Missing()))
	}
	d.Form = typed(c, d.Action)
	a := asking(d.Action, d.Form)
	x, err := r.do(c.Context(), call{workspace: d.Form.Workspace, method: http.MethodPost, path: api,
		header: http.Header{"Idempotency-Key": {c.Form("operation")}}, body: a})
	if err != nil {
		return err
	}
	if x.Status != http.StatusCreated {
		return r.refused(c, d, x)
	}
	e := entry{Ask: a, Run: view.Run{Workspace: d.Form.Workspace}}
	if err := json.Unmarshal([]byte(x.Answer), &e.Now); err != nil {
		return err
	}
	r.journal.note(e, x)
	return c.SeeOther("/dev/agent/" + e.Now.ID)
}

// refused shows the form again. Where several connections could do it, they are offered.
func (r Room) refused(c *web.Ctx, d view.Desk, x view.Exchange) error {
	d.Refused = &x
	e := problems(x)
	if e.At("integration") != "" {
		list, err := r.do(c.Context(), call{workspace: d.Form.Workspace, method: http.MethodGet, path: "/api/v1/integrations"})
		if err != nil {
			return err
		}
		d.Connections = connections(list)
	}
	return c.PageStatus(max(x.Status, http.StatusUnprocessableEntity), view.Agent(c.Shell("Agent"), d, e))
}

func connections(x view.Exchange) []ui.Option {
	var list struct {
		Integrations []struct{ ID, Name, State string }
	}
	if json.Unmarshal([]byte(x.Answer), &list) != nil {
		return nil
	}
	var out []ui.Option
	for _, i := range list.Integrations {
		if i.State != "disconnected" {
			out = append(out, ui.Option{Value: i.ID, Label: i.Name})
		}
	}
	return out
}

func typed(c *web.Ctx, t *catalog.ActionType) view.AskForm {
	f := view.AskForm{Workspace: c.Form("workspace"), Type: t.Key, Client: c.Form("client"), Ticket: c.Form("ticket"),
		Integration: c.Form("integration"), Explanation: c.Form("explanation"), Values: map[string]string{}}
	for _, p := range t.Params {
		f.Values[p.Name] = c.Form(view.Field(p.Name))
	}
	return f
}

func asking(t *catalog.ActionType, f view.AskForm) (a ask) {
	a.Action.Type, a.Action.Integration = t.Key, f.Integration
	a.Action.Params = t.FromForm(func(name string) string { return f.Values[name] })
	a.Agent.RunID, a.Agent.Workflow, a.Agent.Version = "run-"+cmp.Or(f.Ticket, number()), "support-desk", "14"
	if f.Client != "" {
		a.OnBehalfOf.Kind, a.OnBehalfOf.Ref = "client", f.Client
	}
	a.OnBehalfOf.Ticket = f.Ticket
	a.Explanation, a.Confidence = f.Explanation, 0.93
	return a
}

// problems are the API's refusals at the fields of the page.
func problems(x view.Exchange) ui.Errors {
	var p struct {
		Detail string `json:"detail"`
		Fields []struct{ Name, Detail string }
	}
	if json.Unmarshal([]byte(x.Answer), &p) != nil {
		return ui.Errors{{Message: "The API answered what is no JSON."}}
	}
	var out ui.Errors
	for _, f := range p.Fields {
		out = append(out, fault.Field{Name: fieldOf(f.Name), Message: f.Detail})
	}
	if len(out) == 0 {
		out = ui.Errors{{Message: p.Detail}}
	}
	return out
}

// fieldOf is the page's field for a member of the body, "" for none.
func fieldOf(member string) string {
	if name, ours := strings.CutPrefix(member, "action.params."); ours {
		return view.Field(name)
	}
	switch member {
	case "action.integration_id":
		return "integration"
	case "explanation":
		return member
	}
	return ""
}
