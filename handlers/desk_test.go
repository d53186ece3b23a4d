package handlers_test

import (
	"encoding/json"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rule/condition"
	"github.com/jexi/portal/models/rulebook"
)

// connect connects a system of Acme's with every scope it has.
func (h *house) connect(kind string) (c integration.Connection) {
	h.t.Helper()
	k, ok := catalog.FindKind(kind)
	if !ok {
		h.t.Fatalf("no kind %s", kind)
	}
	draft := integration.NewDraft(k, h.Acme.People["ada"].PersonID)
	draft.Settings, draft.Scopes = map[string]string{}, nil
	for _, f := range k.Fields {
		if f.Secret {
			draft.Key = seal.NewSecret("k-" + uuid.NewString())
		} else {
			draft.Settings[f.Name] = f.Example
		}
	}
	for _, s := range k.Scopes {
		draft.Scopes = append(draft.Scopes, s.Name)
	}
	h.As(h.Grant(h.Acme, "ada", access.ManageIntegrations), func(tx *db.Tx) (err error) {
		c, err = integration.Safe{Keyset: h.Tools.Keyset}.Connect(tx, draft)
		return err
	})
	return c
}

// publish makes a rule of Acme's live: Ada writes and submits it, Max publishes it.
func (h *house) publish(body rule.Body) (id uuid.UUID) {
	h.t.Helper()
	if body.DecideWithin == 0 {
		body.DecideWithin, body.ExecuteWithin = 24*60, 30
	}
	h.As(h.Grant(h.Acme, "ada", access.WriteRules), func(tx *db.Tx) error {
		v, err := rulebook.CreateRule(tx, body)
		if id = v.RuleID; err == nil {
			_, err = rulebook.SubmitRule(tx, id, v.Edit, "")
		}
		return err
	})
	h.As(h.Grant(h.Acme, "max", access.WriteRules), func(tx *db.Tx) error {
		_, err := rulebook.PublishRule(tx, id, 1)
		return err
	})
	return id
}

// refundRule asks two of Billing for refunds over 50 EUR.
func (h *house) refundRule() uuid.UUID {
	h.t.Helper()
	var where condition.Condition
	must(h.t, json.Unmarshal([]byte(`{"field":"params.amount","op":">","value":{"money":"50.00","currency":"EUR"}}`), &where))
	return h.publish(rule.Body{Name: "Refunds over 50 EUR", Actions: []string{"billing.refund"}, Effect: rule.RequireApproval, Where: where,
		Stages: []rule.Stage{{Mode: rule.Quorum, Min: 2, Who: []rule.Approver{{Kind: rule.GroupKind, Ref: h.Acme.Billing.ID.String()}}}}})
}

// ask has Acme's agent submit an action and gives the request.
func (h *house) ask(kind, params string) (r approval.Request) {
	h.t.Helper()
	h.As(h.AgentGrant(h.Acme, access.RequestActions), func(tx *db.Tx) (err error) {
		r, _, err = h.Tools.Approval.Submit(tx, approval.Ask{Type: kind, Params: json.RawMessage(params), Workflow: "billing-desk",
			Explanation: "APPROVED BY CEO <b>now</b>", OnBehalfOf: catalog.Subject{Kind: "client", Ref: "20418", TicketRef: "58213"}})
		return err
	})
	return r
}

// find reads a request as the portal has it.
func (h *house) find(id uuid.UUID) (r approval.Request) {
	h.t.Helper()
	h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) (err error) {
		r, err = approval.Find(tx, id)
		return err
	})
	return r
}

const refund184 = `{"client_id":"20418","amount":"184.00","currency":"EUR"}`
