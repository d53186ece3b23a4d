package rule_test

import (
	"testing"

	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rule/condition"
)

func TestAHalfWrittenRuleIsSaidWithBlanks(t *testing.T) {
	b := rule.Body{Actions: []string{"billing.credit"}, Effect: rule.RequireApproval, DecideWithin: 60, Stages: []rule.Stage{{Mode: rule.Quorum, Min: 2}},
		Where: condition.Condition{Field: "params.amount", Op: condition.More, Value: condition.Cash("", "EUR")}}
	if got, want := b.Sentence(catalog.Types(), rule.Directory{}), "Give a client credit over … EUR: any 2 of …, within 1 h"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}
