package catalog

import (
	"fmt"
	"strings"
	"testing"
)

// every declares one parameter of each type.
func every() *ActionType {
	return &ActionType{Key: "test.every", Version: 1, Params: []Param{
		{Name: "line", Label: "Line", Type: String, MaxLen: 12},
		{Name: "prose", Label: "Prose", Type: String, Form: Prose, MaxLen: 40},
		{Name: "ref", Label: "Reference", Type: String, Form: Ident},
		{Name: "host", Label: "Host", Type: String, Form: Host},
		{Name: "int", Label: "Number", Type: Int},
		{Name: "decimal", Label: "Decimal", Type: Decimal},
		{Name: "amount", Label: "Amount", Type: Money, Currency: "currency"},
		{Name: "currency", Label: "Currency", Type: Enum, Values: Currencies()},
		{Name: "bool", Label: "Switch", Type: Bool},
		{Name: "enum", Label: "Choice", Type: Enum, Values: []string{"one", "two"}},
		{Name: "domain", Label: "Domain", Type: Domain},
		{Name: "email", Label: "Address", Type: Email},
		{Name: "ip", Label: "IP", Type: IP},
		{Name: "time", Label: "When", Type: Time},
		{Name: "domains", Label: "Domains", Type: List, Item: Domain},
		{Name: "must", Label: "Must", Type: String, Required: true},
	}}
}

func TestAValueIsBroughtIntoItsOneCanonicalForm(t *testing.T) {
	for _, c := range []struct{ member, canonical string }{
		{`"line":"Zoë"`, `"line":"Zoë"`},
		{`"line":"Zoe\u0308"`, `"line":"Zoë"`},
		{`"line":"می\u200cخواهم"`, "\"line\":\"می\u200cخواهم\""},
		{`"prose":"a\r\nb\tc"`, `"prose":"a\nb\tc"`},
		{`"prose":"1\ufe0f\u20e3 👩\u200d💻"`, "\"prose\":\"1\ufe0f\u20e3 👩\u200d💻\""},
		{`"ref":"INV-1"`, `"ref":"INV-1"`},
		{`"host":"@"`, `"host":"@"`},
		{`"host":"_DMARC"`, `"host":"_dmarc"`},
		{`"host":"*.Bücher"`, `"host":"*.xn--bcher-kva"`},
		{`"int":9007199254740991`, `"int":9007199254740991`},
		{`"int":-5`, `"int":-5`},
		{`"int":0`, `"int":0`},
		{`"decimal":"-12.500"`, `"decimal":"-12.5"`},
		{`"decimal":"100"`, `"decimal":"100"`},
		{`"decimal":"7.000000"`, `"decimal":"7"`},
		{`"amount":"184","currency":"EUR"`, `"amount":"184.00","currency":"EUR"`},
		{`"amount":"184.5","currency":"EUR"`, `"amount":"184.50","currency":"EUR"`},
		{`"currency":"JPY","amount":"184"`, `"amount":"184","currency":"JPY"`},
		{`"amount":"1.234","currency":"KWD"`, `"amount":"1.234","currency":"KWD"`},
		{`"bool":true`, `"bool":true`},
		{`"enum":"two"`, `"enum":"two"`},
		{`"domain":"WWW.Example.COM."`, `"domain":"www.example.com"`},
		{`"domain":"bücher.example"`, `"domain":"xn--bcher-kva.example"`},
		{`"domain":"faß.example"`, `"domain":"xn--fa-hia.example"`},
		{`"email":"Ann.B+x@EXAMPLE.com"`, `"email":"Ann.B+x@example.com"`},
		{`"ip":"2001:DB8:0::1"`, `"ip":"2001:db8::1"`},
		{`"ip":"::ffff:192.0.2.1"`, `"ip":"192.0.2.1"`},
		{`"time":"2026-11-23T10:00:00.500+01:00"`, `"time":"2026-11-23T09:00:00.5Z"`},
		{`"domains":["B.example","a.example"]`, `"domains":["b.example","a.example"]`},
	} {
		t.Run(c.member, func(t *testing.T) {
			p, problems := ParseParams(every(), []byte(` {"must":"x", `+c.member+`} `))
			if len(problems) > 0 {
				t.Fatalf("refused: %v", problems)
			}
			want := `{` + c.canonical + `,"must":"x"}`
			if c.canonical > `"must"` {
				want = `{"must":"x",` + c.canonical + `}`
			}
			if got := string(p.Canonical()); got != want {
				t.Errorf("canonical %s, want %s", got, want)
			}
		})
	}
}

func TestAWrongValueIsRefusedAtItsParameter(t *testing.T) {
	for _, c := range []struct {
		member string
		param  string
		kind   ProblemKind
	}{
		{`"line":""`, "line", Mistyped},
		{`"line":null`, "line", Mistyped},
		{`"line":7`, "line", Mistyped},
		{`"line":["a"]`, "line", Mistyped},
		{`"line":{"a":"b"}`, "line", Mistyped},
		{`"line":" a"`, "line", Mistyped},
		{`"line":"a\nb"`, "line", Mistyped},
		{`"line":"a\u0000b"`, "line", Mistyped},
		{`"line":"a\u001b[31mb"`, "line", Mistyped},
		{`"line":"\u202egnp.exe"`, "line", Mistyped},
		{`"line":"a\u200bb"`, "line", Mistyped},
		{`"line":"204\u200d18"`, "line", Mistyped},
		{`"line":"204\ufe0f"`, "line", Mistyped},
		{`"line":"é\u200dx"`, "line", Mistyped},
		{`"line":"a\u2028b"`, "line", Mistyped},
		{`"line":"a\ufffeb"`, "line", Mistyped},
		{`"line":"a\u3164b"`, "line", Mistyped},
		{`"line":"a\ud83d\udc69\udb40\udc41b"`, "line", Mistyped},
		{`"line":"1234567890123"`, "line", TooLong},
		{`"prose":"\u2066x"`, "prose", Mistyped},
		{`"prose":"a\rb"`, "prose", Mistyped},
		{`"ref":"204 18"`, "ref", Mistyped},
		{`"ref":"\u0410BC"`, "ref", Mistyped},
		{`"host":"www."`, "host", Mistyped},
		{`"host":"a.*"`, "host", Mistyped},
		{`"host":"` + strings.Repeat("abc.", 60) + `a"`, "host", TooLong},
		{`"host":"` + strings.Repeat("ü.", 31) + `a"`, "host", Mistyped},
		{`"host":"a..b"`, "host", Mistyped},
		{`"int":"5"`, "int", Mistyped},
		{`"int":true`, "int", Mistyped},
		{`"decimal":"-0"`, "decimal", Mistyped},
		{`"decimal":"-0.00"`, "decimal", Mistyped},
		{`"decimal":"1e3"`, "decimal", Mistyped},
		{`"decimal":"+1"`, "decimal", Mistyped},
		{`"decimal":"01"`, "decimal", Mistyped},
		{`"decimal":".5"`, "decimal", Mistyped},
		{`"decimal":"1234567890123"`, "decimal", Mistyped},
		{`"decimal":"0.1234567"`, "decimal", Mistyped},
		{`"decimal":5`, "decimal", Mistyped},
		{`"amount":60,"currency":"EUR"`, "amount", Mistyped},
		{`"amount":"-60.00","currency":"EUR"`, "amount", Mistyped},
		{`"amount":"-0","currency":"EUR"`, "amount", Mistyped},
		{`"amount":"1e309","currency":"EUR"`, "amount", Mistyped},
		{`"amount":"NaN","currency":"EUR"`, "amount", Mistyped},
		{`"amount":"Infinity","currency":"EUR"`, "amount", Mistyped},
		{`"amount":"1,000.00","currency":"EUR"`, "amount", Mistyped},
		{`"amount":"1.999","currency":"EUR"`, "amount", Mistyped},
		{`"amount":"184.00","currency":"JPY"`, "amount", Mistyped},
		{`"amount":"٣","currency":"EUR"`, "amount", Mistyped},
		{`"currency":"eur"`, "currency", Mistyped},
		{`"currency":"F D"`, "currency", Mistyped},
		{`"bool":"true"`, "bool", Mistyped},
		{`"bool":1`, "bool", Mistyped},
		{`"enum":"three"`, "enum", Mistyped},
		{`"domain":"example"`, "domain", Mistyped},
		{`"domain":"exa mple.com"`, "domain", Mistyped},
		{`"domain":"example.com.."`, "domain", Mistyped},
		{`"domain":"https://example.com"`, "domain", Mistyped},
		{`"domain":"exam\u00adple.com"`, "domain", Mistyped},
		{`"domain":"xn--\u0430.com"`, "domain", Mistyped},
		{`"domain":"192.0.2.1"`, "domain", Mistyped},
		{`"domain":"-a.example"`, "domain", Mistyped},
		{`"domain":"` + strings.Repeat("abc.", 63) + `ab"`, "domain", Mistyped},
		{`"domain":"` + strings.Repeat("a", 64) + `.example"`, "domain", Mistyped},
		{`"email":"ann@"`, "email", Mistyped},
		{`"email":"Ann <ann@example.com>"`, "email", Mistyped},
		{`"email":"ann@example.com,bob@example.com"`, "email", Mistyped},
		{`"email":"\"a b\"@example.com"`, "email", Mistyped},
		{`"email":"` + strings.Repeat("a", 65) + `@example.com"`, "email", Mistyped},
		{`"email":"ann@example.com."`, "email", Mistyped},
		{`"email":"ann..b@example.com"`, "email", Mistyped},
		{`"ip":"192.0.2.256"`, "ip", Mistyped},
		{`"ip":"192.0.2.1/24"`, "ip", Mistyped},
		{`"ip":"fe80::1%eth0"`, "ip", Mistyped},
		{`"time":"2026-11-23T09:00:00"`, "time", Mistyped},
		{`"time":"2026-11-23T9:00:00Z"`, "time", Mistyped},
		{`"time":"2026-11-23T09:00:00,5Z"`, "time", Mistyped},
		{`"time":"2026-02-30T09:00:00Z"`, "time", Mistyped},
		{`"time":"2026-11-23 09:00:00Z"`, "time", Mistyped},
		{`"time":"0000-01-01T00:00:00+01:00"`, "time", Mistyped},
		{`"domains":[]`, "domains", Mistyped},
		{`"domains":"a.example"`, "domains", Mistyped},
		{`"domains":["a.example",7]`, "domains[1]", Mistyped},
		{`"domains":[["a.example"]]`, "domains[0]", Mistyped},
		{`"other":1`, "other", Unknown},
	} {
		t.Run(c.member, func(t *testing.T) {
			_, problems := ParseParams(every(), []byte(`{"must":"x",`+c.member+`}`))
			if len(problems) != 1 || problems[0].Param != c.param || problems[0].Kind != c.kind {
				t.Errorf("got %+v, want %s at %s", problems, c.kind, c.param)
			}
		})
	}
}

func TestWhatIsNotTheAgreedJSONIsRefusedAsAWhole(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 9) + `1` + strings.Repeat(`}`, 9)
	for name, c := range map[string]struct {
		raw  string
		kind ProblemKind
	}{
		"nothing":                    {``, Malformed},
		"null":                       {`null`, Malformed},
		"an array":                   {`[]`, Malformed},
		"cut short":                  {`{"must":"x"`, Malformed},
		"something behind":           {`{"must":"x"}{}`, Malformed},
		"a comment":                  {`{"must":"x"/**/}`, Malformed},
		"duplicate key":              {`{"must":"x","must":"y"}`, Malformed},
		"duplicate key, escaped":     {`{"must":"x","m\u0075st":"y"}`, Malformed},
		"duplicate key further down": {`{"must":{"a":1,"a":1}}`, Malformed},
		"invalid UTF-8":              {"{\"must\":\"\xff\"}", Malformed},
		"half a surrogate pair":      {`{"must":"\ud800"}`, Malformed},
		"fraction":                   {`{"must":"x","int":1.0}`, Malformed},
		"exponent":                   {`{"must":"x","int":1e3}`, Malformed},
		"1e309":                      {`{"must":"x","int":1e309}`, Malformed},
		"minus zero":                 {`{"must":"x","int":-0}`, Malformed},
		"2^53":                       {`{"must":"x","int":9007199254740992}`, Malformed},
		"-2^53":                      {`{"must":"x","int":-9007199254740992}`, Malformed},
		"2^64":                       {`{"must":"x","int":18446744073709551616}`, Malformed},
		"NaN":                        {`{"must":"x","int":NaN}`, Malformed},
		"too deep":                   {deep, Malformed},
		"a name with a space":        {`{"must":"x","a b":1}`, Malformed},
		"an empty name":              {`{"must":"x","":1}`, Malformed},
		"a name of another script":   {`{"muѕt":"x"}`, Malformed},
		"1,001 entries":              {`{"must":"x","domains":["a.example"` + strings.Repeat(`,"a.example"`, 1000) + `]}`, TooLong},
		"too large":                  {`{"must":"` + strings.Repeat("x", 256<<10) + `"}`, TooLong},
	} {
		for which, parse := range map[string]func([]byte) (Params, []Problem){
			"known":   func(raw []byte) (Params, []Problem) { return ParseParams(every(), raw) },
			"unknown": ParseLoose,
		} {
			t.Run(name+"/"+which, func(t *testing.T) {
				p, problems := parse([]byte(c.raw))
				if len(problems) != 1 || problems[0].Kind != c.kind || string(p.Canonical()) != "{}" {
					t.Errorf("got %s %+v, want one %s", p.Canonical(), problems, c.kind)
				}
			})
		}
	}
}

func TestAMillionEntriesAreRefusedWithoutBeingRead(t *testing.T) {
	raw := []byte(`{"must":"x","domains":["a.example"` + strings.Repeat(`,"a.example"`, 1_000_000) + `]}`)
	action := every()
	if n := testing.AllocsPerRun(1, func() { ParseParams(action, raw) }); n > 10 {
		t.Errorf("%v allocations before the refusal", n)
	}
}

func TestARequiredParameterThatIsNotThereIsMissing(t *testing.T) {
	for _, raw := range []string{`{}`, `{"must":null}`, `{"must":""}`} {
		_, problems := ParseParams(every(), []byte(raw))
		if len(problems) != 1 || problems[0].Kind != Missing || problems[0].Param != "must" {
			t.Errorf("%s: %+v", raw, problems)
		}
	}
}

func TestAllProblemsAreToldAtOnceAndNamedAsFields(t *testing.T) {
	refund, _ := Find("billing.refund")
	_, problems := ParseParams(refund, []byte(`{"amount":184.5e0}`))
	if len(problems) != 1 || problems[0].Param != "amount" {
		t.Errorf("a structural problem should stand alone: %+v", problems)
	}
	_, problems = ParseParams(refund, []byte(`{"client_id":"20418","amount":"-1","currency":"EURO","note":"x"}`))
	got := fmt.Sprint(Refusal(problems))
	if len(problems) != 3 || got != "invalid: There are 3 problems." {
		t.Errorf("%s %+v", got, problems)
	}
	if Refusal(nil) != nil {
		t.Error("no problems are no refusal")
	}
}

func TestARefusalSaysWhatWouldBeRight(t *testing.T) {
	for _, c := range []struct{ key, raw, message string }{
		{"billing.refund", `{"client_id":"1","amount":"1","currency":"euro"}`, `Currency must be an ISO 4217 currency code in quotes, such as "EUR".`},
		{"billing.refund", `{"client_id":"1","currency":"EUR"}`, `Amount is missing. Send an amount in quotes, such as "184.00", not negative, with the decimals of its currency.`},
		{"data.delete", `{"category":"nothing","subject_ref":"1"}`, `Data category must be one of "tickets", "chat_logs", `},
		{"registrar.domain.transfer_out", `{"domain":"example.com","gaining_registrar":"\u202ex"}`, `Gaining registrar contains the hidden character U+202E. Remove it.`},
		{"bulk.account_suspend", `{"accounts":[]}`, `Hosting accounts is empty. Send a list of 1 to 1,000 entries, each an id in quotes`},
	} {
		a, _ := Find(c.key)
		_, problems := ParseParams(a, []byte(c.raw))
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Message, c.message) {
			t.Errorf("%s: %+v", c.raw, problems)
		}
	}
}

func TestNumbersAreReadyToCompare(t *testing.T) {
	p, problems := ParseParams(every(), []byte(`{"must":"x","int":-7,"decimal":"-999999999999.999999","amount":"184.50","currency":"EUR","bool":true,"time":"2026-11-23T10:00:00+01:00"}`))
	if problems != nil {
		t.Fatal(problems)
	}
	for name, want := range map[string]int64{"int": -7, "decimal": -999_999_999_999_999_999, "amount": 184_500_000} {
		if v, ok := p.Get(name); !ok || v.Number != want {
			t.Errorf("%s = %d, want %d", name, v.Number, want)
		}
	}
	if v, _ := p.Get("bool"); !v.Bool {
		t.Error("bool was lost")
	}
	if v, _ := p.Get("time"); v.Time.Hour() != 9 {
		t.Errorf("time is %v", v.Time)
	}
	if _, ok := p.Get("ip"); ok {
		t.Error("a parameter that was left out has a value")
	}
}

func TestAFormMakesTheSameParametersAsTheAPI(t *testing.T) {
	typed := map[string]string{"must": " x ", "int": "3600", "bool": "on", "domains": "a.example\r\n\r\n b.example \n", "amount": "184", "currency": "EUR"}
	p, problems := ParseParams(every(), every().FromForm(func(name string) string { return typed[name] }))
	want := `{"amount":"184.00","bool":true,"currency":"EUR","domains":["a.example","b.example"],"int":3600,"must":"x"}`
	if string(p.Canonical()) != want {
		t.Errorf("%s %v", p.Canonical(), problems)
	}
	for name, wrong := range map[string]string{"int": "12x", "bool": "maybe", "must": "\xff"} {
		_, problems = ParseParams(every(), every().FromForm(func(n string) string {
			return map[string]string{"must": "x", name: wrong}[n]
		}))
		if len(problems) != 1 || problems[0].Param != name {
			t.Errorf("%s=%q: %+v", name, wrong, problems)
		}
	}
}

func BenchmarkParseParams(b *testing.B) {
	refund, _ := Find("billing.refund")
	raw := []byte(`{"client_id":"20418","amount":"184.00","currency":"EUR","invoice_id":"INV-1"}`)
	b.ReportAllocs()
	for b.Loop() {
		ParseParams(refund, raw)
	}
}
