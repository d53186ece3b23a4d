package approval_test

import (
	"testing"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/approval/condition"
	"github.com/jexi/portal/models/catalog"
)

func TestAHalfWrittenRuleIsSaidWithBlanks(t *testing.T) {
	b := approval.Body{Actions: []string{"billing.credit"}, Effect: approval.RequireApproval, DecideWithin: 60, Stages: []approval.Stage{{Mode: approval.Quorum, Min: 2}},
		Where: condition.Condition{Field: "params.amount", Op: condition.More, Value: condition.Cash("", "EUR")}}
	if got, want := b.Sentence(catalog.Types(), approval.Directory{}), "Give a client credit over … EUR: any 2 of …, within 1 h"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}
