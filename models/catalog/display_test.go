package catalog

import (
	"fmt"
	"strings"
	"testing"
)

func read(t *testing.T, key, raw string) (*ActionType, Params) {
	a, ok := Find(key)
	if !ok {
		t.Fatalf("no action type %q", key)
	}
	p, problems := ParseParams(a, []byte(raw))
	if problems != nil {
		t.Fatalf("%s: %+v", raw, problems)
	}
	return a, p
}

func TestAnActionIsSaidInOneSentence(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, c := range []struct{ key, raw, plain, short string }{
		{"billing.refund", `{"client_id":"20418","amount":"184","currency":"EUR"}`, "Refund 184.00 EUR to client 20418", ""},
		{"registrar.domain.transfer_out", `{"domain":"Example.com"}`, "Transfer example.com to another registrar", ""},
		{"registrar.domain.nameservers_change", `{"domain":"example.com","nameservers":["ns1.example.net","ns2.example.net"]}`,
			"Change the nameservers of example.com to ns1.example.net and ns2.example.net", ""},
		{"mail.mailbox.forward_add", `{"mailbox":"ann@example.com","forward_to":"eve@example.net"}`,
			"Forward mail of ann@example.com to eve@example.net", "Forward a mailbox to another address"},
		{"mail.reply.send", `{"to":"ann@example.com","body":"Hello"}`, "Send a reply to ann@example.com", "Send a reply to a client"},
		{"registrar.domain.registrant_change", `{"domain":"example.com","registrant_name":"Eve. Approved by the CEO","registrant_email":"eve@example.net"}`,
			"Change the registrant of example.com to “Eve. Approved by the CEO”", "Change the registrant of example.com"},
		{"registrar.domain.registrant_change", `{"domain":"example.com","registrant_name":"ک\u200cگ","registrant_email":"eve@example.net"}`,
			"Change the registrant of example.com to “ک<U+200C>گ”", "Change the registrant of example.com"},
		{"dns.record.change", `{"zone":"example.com","name":"@","record_type":"TXT","value":"` + long + `"}`,
			"Set the TXT record @ in example.com to “" + long[:199] + "…”", "Set the TXT record @ in example.com"},
		{"bulk.dns_record_change", `{"zones":["a.example","b.example","c.example","d.example","e.example"],"name":"www","record_type":"A","value":"192.0.2.1"}`,
			"Set the A record www to “192.0.2.1” in a.example, b.example, c.example and 2 more", "Set the A record www in a.example, b.example, c.example and 2 more"},
		{"bulk.mailbox_restore", `{"mailboxes":["ann@example.com"],"restore_to":"2026-11-23T09:00:00Z"}`,
			"Restore ann@example.com to their state of 23 November 2026, 09:00 UTC", "Restore mailboxes to their state of 23 November 2026, 09:00 UTC"},
		{"data.export", `{"category":"billing_records","subject_ref":"20418"}`, "Export billing records about 20418", ""},
	} {
		t.Run(c.key, func(t *testing.T) {
			a, p := read(t, c.key, c.raw)
			if c.short == "" {
				c.short = c.plain
			}
			if got := a.Sentence(p, Plain); got != c.plain {
				t.Errorf("got %q, want %q", got, c.plain)
			}
			if got := a.Sentence(p, Short); got != c.short {
				t.Errorf("got %q, want %q", got, c.short)
			}
		})
	}
}

func TestFactsShowEverythingThatWasGiven(t *testing.T) {
	a, p := read(t, "billing.refund", `{"client_id":"20418","amount":"1184","currency":"EUR"}`)
	if got := fmt.Sprintf("%+v", a.Facts(p)); got != `[{Name:client_id Label:Client Value:20418 Target:true Personal:false Prose:false} {Name:amount Label:Amount Value:1184.00 EUR Target:false Personal:false Prose:false}]` {
		t.Error(got)
	}
	a, p = read(t, "mail.reply.send", `{"to":"ann@example.com","body":"Dear Ann,\nک\u200cگ"}`)
	if f := a.Facts(p)[1]; f.Value != "Dear Ann,\nک<U+200C>گ" || !f.Prose || !f.Personal {
		t.Errorf("%+v", f)
	}
	a, p = read(t, "registrar.domain.unlock", `{"domain":"раураl.example"}`)
	if f := a.Facts(p)[0]; f.Value != "xn--l-7sba6dbr.example (раураl.example)" {
		t.Errorf("a look-alike is not shown in both forms: %+v", f)
	}
}

func TestFactsOfAnUnknownActionShowWhatCame(t *testing.T) {
	p, problems := ParseLoose([]byte(`{"why":"because\nof","n":5,"deep":{"b":[true,null],"a":"x\u200d"}}`))
	if problems != nil {
		t.Fatal(problems)
	}
	var got []string
	for _, f := range LooseFacts(p) {
		got = append(got, f.Label+"="+f.Value)
	}
	if s := strings.Join(got, ";"); s != `deep={"a":"x<U+200D>","b":[true,null]};n=5;why=because`+"\nof" {
		t.Error(s)
	}
}

func TestWhatIsHiddenIsShown(t *testing.T) {
	for in, want := range map[string]string{
		"a\u202eb":         "a<U+202E>b",
		"\x1b[31m":         "<U+001B>[31m",
		"line\n\ttab":      "line\n\ttab",
		"of a\r\nbrowser":  "of a\nbrowser",
		"over\rwritten":    "over<U+000D>written",
		"bad\xff":          "bad<U+FFFD>",
		"\u00adsoft\ufeff": "<U+00AD>soft<U+FEFF>",
		"Zoë 👍":            "Zoë 👍",
		"\U000e0041":       "<U+E0041>",
	} {
		if got := Visible(in); got != want {
			t.Errorf("Visible(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAnApproverTypesTheNameOfTheTarget(t *testing.T) {
	for _, c := range []struct {
		key, raw, text string
		right, wrong   []string
	}{
		{"billing.refund", `{"client_id":"20418","amount":"184","currency":"EUR"}`, "20418", []string{"20418", " 20418 "}, []string{"", "2041", "#20418"}},
		{"dns.record.change", `{"zone":"Bücher.example","name":"@","record_type":"MX","value":"10 mx.example"}`, "xn--bcher-kva.example",
			[]string{"bücher.example", "XN--BCHER-KVA.example."}, []string{"bucher.example", "example"}},
		{"mail.mailbox.delete", `{"mailbox":"Ann@example.com"}`, "Ann@example.com", []string{"ann@EXAMPLE.com"}, []string{"ann@example.org", ""}},
		{"bulk.account_suspend", `{"accounts":["a","b","c"]}`, "3", []string{"3"}, []string{"a", "03"}},
	} {
		a, p := read(t, c.key, c.raw)
		if got := a.TargetText(p); got != c.text {
			t.Errorf("%s: %q", c.key, got)
		}
		for _, typed := range c.right {
			if !a.TargetMatches(p, typed) {
				t.Errorf("%s: %q should do", c.key, typed)
			}
		}
		for _, typed := range c.wrong {
			if a.TargetMatches(p, typed) {
				t.Errorf("%s: %q should not do", c.key, typed)
			}
		}
		if a.TargetMatches(Params{}, "") {
			t.Errorf("%s: nothing matches nothing", c.key)
		}
	}
}

func TestTheTargetKeyIgnoresWhatIsNoTarget(t *testing.T) {
	a, one := read(t, "billing.refund", `{"client_id":"20418","amount":"184","currency":"EUR","invoice_id":"INV-1"}`)
	_, two := read(t, "billing.refund", `{"client_id":"20418","amount":"5","currency":"USD","invoice_id":"INV-1"}`)
	_, three := read(t, "billing.refund", `{"client_id":"20418","amount":"184","currency":"EUR"}`)
	if a.TargetKey(one) != a.TargetKey(two) || a.TargetKey(one) == a.TargetKey(three) {
		t.Errorf("%s %s %s", a.TargetKey(one), a.TargetKey(two), a.TargetKey(three))
	}
}

func TestMoneyIsWrittenForPages(t *testing.T) {
	for _, c := range [][3]string{{"184.00", "EUR", "€184.00"}, {"1234567.50", "CHF", "1,234,567.50 CHF"}, {"1500", "JPY", "¥1,500"}, {"999", "KRW", "₩999"}} {
		if got := FormatMoney(c[0], c[1]); got != c[2] {
			t.Errorf("got %q, want %q", got, c[2])
		}
	}
}
