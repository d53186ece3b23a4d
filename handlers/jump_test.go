package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/jexi/portal/models/approval"
)

// leads are the addresses of what a search found, also for the dialog.
func (p *page) leads() (to []string) {
	p.t.Helper()
	doc, err := html.Parse(strings.NewReader(p.Body))
	must(p.t, err)
	walk(doc, func(n *html.Node) {
		if attr(n, "class") == "row-link" {
			to = append(to, attr(n, "href"))
		}
		if href := attr(n, "data-href"); href != "" {
			to = append(to, href)
		}
	})
	return to
}

// options asks as the dialog does.
func (b *browser) options(text string) *page {
	b.h.t.Helper()
	return b.do("GET", "/w/acme/jump?q="+url.QueryEscape(text), nil, http.Header{"Hx-Request": {"true"}, "Hx-Target": {"ul#jump-options"}})
}

func TestJumpLeadsEveryRoleToWhatItMayOpenAndNowhereElse(t *testing.T) {
	h := open(t)
	h.connect("whmcs")
	h.refundRule()
	asked := h.ask("billing.refund", refund184)
	free := h.ask("billing.refund", `{"client_id":"7","amount":"10.00","currency":"EUR"}`)
	for _, first := range []string{"ada", "max", "pia", "ann", "udo"} {
		b := h.signIn(h.Acme, first)
		for _, text := range []string{"", "a", "e", "refund", "20418", asked.Reference(), free.Reference(), asked.Words, "agent", "billing", "acme", "whmcs", "ann keller"} {
			p := b.get("/w/acme/jump?q=" + url.QueryEscape(text)).shows(200)
			offered := b.options(text)
			if !slices.Equal(offered.leads(), p.leads()) || strings.Contains(offered.Body, "<html") {
				t.Errorf("%s, %q: the dialog offers %v, the page %v", first, text, offered.leads(), p.leads())
			}
			for _, to := range p.leads() {
				if got := b.get(to); got.Status != 200 {
					t.Errorf("%s, %q: %s answers %d", first, text, to, got.Status)
				}
			}
		}
	}
	ada, ann := h.signIn(h.Acme, "ada"), h.signIn(h.Acme, "ann")
	for _, text := range []string{asked.Reference(), asked.Words, "20418"} {
		ada.get("/w/acme/jump?q="+url.QueryEscape(text)).shows(200, "Approval requests", asked.Sentence, asked.Words, "Waiting for others")
		ann.get("/w/acme/jump?q="+url.QueryEscape(text)).shows(200, asked.Sentence, "Waiting for you")
	}
	ada.get("/w/acme/jump?q=refunds").shows(200, "Approval rules", "Refunds over 50 EUR")
	ada.get("/w/acme/jump?q=acme.example").shows(200, "People", "Ann Keller", "ann@acme.example")
	ada.get("/w/acme/jump?q="+free.Reference()).shows(200, free.Sentence)
	for _, text := range []string{free.Reference(), "refunds", "acme.example", "agent", "rules", "whmcs"} {
		if to := ann.get("/w/acme/jump?q=" + url.QueryEscape(text)).leads(); len(to) != 1 || !strings.Contains(to[0], "/audit?contains=") {
			t.Errorf("an approver is led by %q to %v", text, to)
		}
	}
	h.signIn(h.Globex, "greta").get("/w/acme/jump?q=" + asked.Reference()).shows(404)
	if got := h.signIn(h.Globex, "greta").get("/w/globex/jump?q=" + asked.Words); len(got.leads()) != 1 {
		t.Errorf("another workspace is led to %v", got.leads())
	}
	if got := h.find(asked.ID); got.State != approval.Pending {
		t.Errorf("looking made it %s", got.State)
	}
}

func TestWhateverIsSearchedIsAPage(t *testing.T) {
	h := open(t)
	b := h.signIn(h.Acme, "ada")
	for _, q := range []string{"", "%00", "%ff%fe", "%25", "a%00b", "<script>", strings.Repeat("x", 5000), "-- '\"\\"} {
		b.get("/w/acme/jump?q="+strings.NewReplacer("<", "%3C", ">", "%3E", " ", "%20", "'", "%27", `"`, "%22", `\`, "%5C").Replace(q)).shows(200, "Search or jump to")
	}
	b.get("/w/acme/jump?q=nothing+like+it").shows(200, "Nothing that you may open is called that")
	if p := b.get("/w/acme/jump?q=%3Cscript%3E"); strings.Contains(p.Body, "<script>") {
		t.Error("what was typed is not escaped")
	}
}

func TestSingleKeysAreSwitchedOffInThisBrowserAndOnAgain(t *testing.T) {
	h := open(t)
	b := h.signIn(h.Acme, "ada")
	const on = " data-shortcuts"
	keys := b.get("/w/acme/keys").shows(200, "Go to Approval rules", "Single keys are on in this browser")
	if !strings.Contains(keys.Body, on) {
		t.Error("they are not on")
	}
	off := b.submit(keys, "/keys", nil).shows(200, "Single keys are off in this browser")
	if strings.Contains(off.Body, on) || strings.Contains(b.get("/w/acme").Body, on) {
		t.Error("they are still on")
	}
	if again := b.submit(off, "/keys", nil).shows(200, "Single keys are on in this browser"); !strings.Contains(again.Body, on) {
		t.Error("they do not come back")
	}
	if text := h.signIn(h.Acme, "ann").get("/w/acme/keys").shows(200, "Go to Audit trail").Text(); strings.Contains(text, "Go to Approval rules") {
		t.Error("an approver is told of a key to what they may not see")
	}
	if to := b.post(keys, "/keys", url.Values{"next": {"//evil.example"}}).Header.Get("Location"); to != "/" {
		t.Errorf("it leads to %q", to)
	}
	if strings.Contains(h.visitor().get("/signin").Body, on) {
		t.Error("keys are on where nobody is signed in")
	}
}
