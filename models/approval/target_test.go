package approval_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule"
)

func TestALongListIsAskedForAndCountedAsTheSameTarget(t *testing.T) {
	d := open(t)
	conn := d.connect("cpanel")
	again := d.publish(rule.Body{Name: "Never the same twice", Actions: []string{"bulk.account_suspend"}, Effect: rule.Block,
		Where: where(t, `{"field":"window.count.target.24h","op":">","value":0}`)})
	suspend := func(accounts []string) approval.Request {
		b, _ := json.Marshal(map[string]any{"accounts": accounts})
		return d.submit(approval.Ask{Type: "bulk.account_suspend", Params: b, Workflow: "abuse", Integration: conn.ID, OnBehalfOf: catalog.Subject{Kind: "client", Ref: uuid.NewString()[:8]}})
	}
	var many []string
	for range 1000 {
		many = append(many, uuid.NewString())
	}
	for _, accounts := range [][]string{many, {"c1", "c2"}} {
		if first := suspend(accounts); first.State != approval.Pending {
			t.Fatalf("%d accounts: it is %s", len(accounts), first.State)
		}
		if second := suspend(accounts); second.State != approval.Blocked || !slices.ContainsFunc(second.Reasons.V, func(r rule.Reason) bool { return r.Rule == again }) {
			t.Errorf("%d accounts again: it is %s", len(accounts), second.State)
		}
	}
}
