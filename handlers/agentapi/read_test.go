package agentapi

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/jexi/portal/handlers/agentapi/api"
	"github.com/jexi/portal/internal/fault"
)

const sample = `{"action":{"type":"billing.refund","integration_id":"0190a3c4-2222-7000-8000-000000000002",
	"params":{"client_id":"20418","amount":"184.00","n":7,"list":[true,null]}},
	"agent":{"run_id":"run-7"},"on_behalf_of":{"kind":"client"},"evidence":[{"text":"é"}],"confidence":0.5,"expires_in":60}`

// FuzzDecode: what is accepted means the same in canonical form and when it is written anew; what
// is refused is refused as a fault, without a word of what was sent.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{sample, "{}", "[]", "null", `{"action":{"type":"a","type":"b"}}`, `{"action":{"params":{"a":1,"\u0061":2}}}`,
		"{\"explanation\":\"\xff\"}", `{"evidence":[{"text":1}]}`, `{"confidence":1e309}`, `{"agents":{}}`, `{} {}`, strings.Repeat("[", 20000)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in api.Ask
		if err := decode(body, &in); err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		canonical := jsontext.Value(append([]byte{}, body...))
		if err := canonical.Canonicalize(); err != nil {
			t.Fatalf("accepted %q, which has no canonical form: %v", body, err)
		}
		written, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, again := range [][]byte{canonical, written} {
			var out api.Ask
			if err := decode(again, &out); err != nil {
				t.Fatalf("%q was accepted, %q is not: %v", body, again, err)
			}
			if !reflect.DeepEqual(meaning(t, in), meaning(t, out)) {
				t.Fatalf("%q means %+v, %q means %+v", body, in, again, out)
			}
		}
	})
}

// meaning is an ask with its parameters in canonical form.
func meaning(t *testing.T, a api.Ask) api.Ask {
	if len(a.Action.Params) > 0 {
		p := jsontext.Value(append([]byte{}, a.Action.Params...))
		if err := p.Canonicalize(); err != nil {
			t.Fatalf("parameters %q: %v", a.Action.Params, err)
		}
		a.Action.Params = json.RawMessage(p)
	}
	if len(a.Evidence) == 0 {
		a.Evidence = nil
	}
	return a
}

func TestParametersStayAsTheyWereSent(t *testing.T) {
	var in api.Ask
	if err := decode([]byte(`{"action":{"type":"x","params":{ "n" : 9007199254740993, "m":1.0 }}}`), &in); err != nil {
		t.Fatal(err)
	}
	if got := string(in.Action.Params); got != `{ "n" : 9007199254740993, "m":1.0 }` {
		t.Errorf("they became %s", got)
	}
}

func TestAProblemIsNamedByItsPlace(t *testing.T) {
	for body, want := range map[string]string{
		`{"agents":1}`:                              "agents",
		`{"action":{"x":1}}`:                        "action.x",
		`{"evidence":[{},{"kind":1}]}`:              "evidence[1].kind",
		`{"action":{"params":{"a":{"b":1,"b":2}}}}`: "action.params.a.b",
		"{\"a\u202e\":1}":                           "a<U+202E>",
	} {
		var in api.Ask
		f := fault.As(decode([]byte(body), &in))
		if f == nil || len(f.Fields) != 1 || f.Fields[0].Name != want {
			t.Errorf("%s: %v", body, f)
		}
	}
}
