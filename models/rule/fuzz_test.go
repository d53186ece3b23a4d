package rule_test

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	. "github.com/jexi/portal/models/rule"
)

// Whatever stands in a rule, reading, checking and evaluating it never panics, and a rule
// that asks about everything never lets a refund through.
func FuzzParseBody(f *testing.F) {
	for _, b := range []Body{
		asking(),
		asking(func(b *Body) { b.Where = over("50", "EUR") }),
		asking(func(b *Body) { b.Stages = []Stage{{Mode: PerGroup, Groups: []Share{{group("leads"), 1}}}} }),
		{Actions: []string{"*"}, Effect: AllowWithNotice, Notify: []Approver{role(access.Owner)}},
	} {
		data, err := json.Marshal(b)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"actions":["*"],"effect":"require_approval","stages":[{"mode":"per_group"},{"mode":"all","min":-5}]}`))
	facts := refund("10.00", "EUR")
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := ParseBody(data)
		if err != nil {
			if fault.As(err) == nil {
				t.Fatalf("an error that is no fault: %v", err)
			}
			return
		}
		if err := b.Validate(catalog.Types(), directory()); err != nil && fault.As(err) == nil {
			t.Fatalf("an error that is no fault: %v", err)
		}
		b.Sentence(catalog.Types(), directory())
		rules := book(b)
		rules.Explain(facts)
		d := rules.Evaluate(facts)
		if b.Effect == RequireApproval && b.Covers("billing.refund") && b.Where.Always() && len(b.Integrations)+len(b.Workflows) == 0 {
			if d.Effect != RequireApproval || len(d.Plan.Stages) == 0 {
				t.Fatalf("%s lets a refund through: %+v", data, d)
			}
			if got := d.Plan.Tally(people(), nil, uuid.Nil, nil); got.Outcome == Approved {
				t.Fatalf("%s is approved by nobody", data)
			}
		}
	})
}

func TestABookServesManyAtOnce(t *testing.T) {
	b := Compile(catalog.Types(), rules1000(), Defaults{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				f := benchFacts()
				if d := b.Evaluate(f); d.Effect != Allow {
					t.Errorf("%+v", d)
				}
				if d := b.Evaluate(act("teleport.client", `{}`)); d.Effect != RequireApproval {
					t.Errorf("%+v", d)
				}
				b.Windows(f.Action)
			}
		})
	}
	wg.Wait()
}
