package catalog

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

func seed(f *testing.F) {
	for _, raw := range []string{
		`{}`, `{"must":"x"}`, `{"must":"x","amount":"184.5","currency":"EUR"}`, `{"must":"x","domain":"EXAMPLE.com."}`,
		`{"must":"x","domain":"bücher。example"}`, `{"must":"x","email":"a@ß.example","ip":"::ffff:1.2.3.4"}`,
		`{"must":"x","time":"2026-11-23T10:00:00.500+01:00","bool":false,"int":-9007199254740991}`,
		`{"must":"x","domains":["a.example","B.example"],"host":"*.A","decimal":"-1.50"}`,
		`{"must":"x","line":"Zoe\u0308","prose":"a\r\n\u200db"}`, `{"a":{"b":[1,null,true,{"c":"d"}]}}`, `{"must":"\ud800"}`,
	} {
		f.Add([]byte(raw))
	}
}

func FuzzAcceptedParametersParseToThemselves(f *testing.F) {
	seed(f)
	action := every()
	f.Fuzz(func(t *testing.T, raw []byte) {
		check(t, raw, func(b []byte) (Params, []Problem) { return ParseParams(action, b) })
		check(t, raw, ParseLoose)
	})
}

func check(t *testing.T, raw []byte, parse func([]byte) (Params, []Problem)) {
	p, problems := parse(raw)
	if problems != nil {
		for _, problem := range problems {
			if problem.Kind == "" || problem.Message == "" || !utf8.ValidString(problem.Message+problem.Param) {
				t.Fatalf("a refusal without a reason: %+v", problem)
			}
		}
		return
	}
	canonical := p.Canonical()
	again, problems := parse(canonical)
	if problems != nil || !bytes.Equal(again.Canonical(), canonical) {
		t.Fatalf("%q became %s, which became %s %v", raw, canonical, again.Canonical(), problems)
	}
	if Digest(Action{Params: p}) != Digest(Action{Params: again}) {
		t.Fatal("the digest changed")
	}
	rfc8785 := jsontext.Value(bytes.Clone(canonical))
	if err := rfc8785.Canonicalize(); err != nil || !bytes.Equal(rfc8785, canonical) {
		t.Fatalf("%s is not canonical: %s %v", canonical, rfc8785, err)
	}
	LooseFacts(p)
	every().Facts(p)
}

func FuzzAnyTextInAnyParameterParsesToItself(f *testing.F) {
	for _, text := range []string{"bücher.example.", "Ann@EXAMPLE.com", "*.A", "184", "-1.50", "::ffff:1.2.3.4", "2026-11-23T10:00:00.500+01:00", "Zoe\u0308", "a\r\n\u200db"} {
		f.Add(text)
	}
	action := every()
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range action.Params {
			raw := action.FromForm(func(name string) string {
				return map[string]string{"must": "x", "currency": "EUR", p.Name: text}[name]
			})
			check(t, raw, func(b []byte) (Params, []Problem) { return ParseParams(action, b) })
		}
		if v := Visible(text); Visible(v) != v || !utf8.ValidString(v) {
			t.Fatalf("%q is not visible in %q", text, v)
		}
	})
}
