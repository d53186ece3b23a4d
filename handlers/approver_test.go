package handlers_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/jexi/portal/internal/mailer/mailbox"
	"github.com/jexi/portal/models/approval"
)

var (
	decisionLink = regexp.MustCompile(`/a/[a-z2-7]{52}`)
	decisionCode = regexp.MustCompile(`Your code for that page: ([A-Z2-9]{6})`)
)

// linkAndCode takes the way to decide out of a mail's plain part.
func linkAndCode(t testing.TB, m mailbox.Mail) (link, code string) {
	t.Helper()
	link = decisionLink.FindString(m.Text)
	if found := decisionCode.FindStringSubmatch(m.Text); found != nil {
		code = found[1]
	}
	if link == "" || !strings.Contains(m.HTML, link) {
		t.Fatalf("no link in both parts of the mail:\n%s", m.Text)
	}
	return link, code
}

func TestTwoPeopleDecideFromTheirMails(t *testing.T) {
	h := open(t)
	h.connect("whmcs")
	h.refundRule()
	r := h.ask("billing.refund", refund184)
	for i, who := range []string{"ann@acme.example", "ben@acme.example"} {
		m := h.mail(who, "Refund 184.00 EUR")
		link, code := linkAndCode(t, m)
		if !strings.Contains(m.Text, r.Words) || strings.Contains(m.Text+m.HTML, "CEO") {
			t.Errorf("the mail lacks the words or tells what the agent says:\n%s", m.Text)
		}
		b := h.visitor()
		asked := b.get(link).shows(200, "Refund 184.00 EUR to client 20418?", r.Words, "APPROVED BY CEO <b>now</b>", "Not verified")
		check := b.submit(asked, "", url.Values{"decision": {"approve"}, "code": {strings.ToLower(code)}, "target": {" 20418 "}})
		check.shows(200, "Check your decision", "20418")
		if got := h.find(r.ID); got.State != approval.Pending {
			t.Fatalf("before the confirmation it is %s", got.State)
		}
		b.submit(check, "", nil).shows(200, "You approved this")
		b.submit(check, "", nil).shows(200, "You approved this")
		if got := h.find(r.ID); i == 1 && got.State != approval.Approved {
			t.Fatalf("after both it is %s", got.State)
		}
	}
}

func TestALinkRefusesWhatIsIncompleteAndKeepsWhatWasTyped(t *testing.T) {
	h := open(t)
	h.connect("whmcs")
	h.refundRule()
	r := h.ask("billing.refund", refund184)
	link, code := linkAndCode(t, h.mail("ann@acme.example", "Refund"))
	b := h.visitor()
	asked := b.get(link)
	b.submit(asked, "", nil).shows(422, "Choose whether to approve or to decline.", "Type the code")
	kept := b.submit(asked, "", url.Values{"decision": {"approve"}, "code": {code}, "target": {"20419"}, "reason": {"looks right"}})
	kept.shows(422, "exactly as it stands above")
	if _, form, _ := kept.form(""); form.Get("reason") != "looks right" || form.Get("decision") != "approve" || form.Get("target") != "20419" {
		t.Errorf("typed values are lost: %v", form)
	}
	b.submit(asked, "", url.Values{"decision": {"deny"}, "code": {code}}).shows(422, "Say why you decline")
	if got := h.find(r.ID); got.State != approval.Pending {
		t.Errorf("it is %s", got.State)
	}
}

func TestAReasonIsShownAndKeptAsItIsReadAndNothingHides(t *testing.T) {
	h := open(t)
	h.connect("whmcs")
	h.refundRule()
	r := h.ask("billing.refund", refund184)
	link, code := linkAndCode(t, h.mail("ann@acme.example", "Refund"))
	b := h.visitor()
	check := b.submit(b.get(link), "", url.Values{"decision": {"deny"}, "code": {code}, "reason": {"Not ours.\r\n\u202eAsk again."}})
	if check.shows(200, "Check your decision"); !strings.Contains(check.Body, "Not ours.\n&lt;U+202E&gt;Ask again.") {
		t.Errorf("the check page hides something:\n%s", check.Text())
	}
	b.submit(check, "", nil).shows(200, "You declined this")
	if got := h.find(r.ID); got.ClosedReason != "Not ours.\n<U+202E>Ask again." {
		t.Errorf("kept is %q", got.ClosedReason)
	}
}

func TestWhoPostsWithoutEndIsToldWhenToComeBack(t *testing.T) {
	h := open(t)
	h.connect("whmcs")
	h.refundRule()
	h.ask("billing.refund", refund184)
	link, _ := linkAndCode(t, h.mail("ann@acme.example", "Refund"))
	other, _ := linkAndCode(t, h.mail("ben@acme.example", "Refund"))
	b := h.visitor()
	for path, also := range map[string]string{link: other, "/signin": ""} {
		held := false
		for i := 0; i < 100 && !held; i++ {
			p := b.do("POST", path+strings.Repeat("-", i%5*min(len(also), 1)), nil, nil) // one link, however it is spelled
			held = p.Status == 429 && p.Header.Get("Retry-After") != ""
		}
		if !held {
			t.Errorf("100 posts in a row to %s were all answered", path)
		}
		if also != "" {
			b.get(link).shows(200)
			b.do("POST", also, nil, nil).shows(422) // another's goes on
		}
	}
}

func TestFiveWrongCodesEndALink(t *testing.T) {
	h := open(t)
	h.connect("whmcs")
	h.refundRule()
	r := h.ask("billing.refund", refund184)
	link, code := linkAndCode(t, h.mail("ann@acme.example", "Refund"))
	b := h.visitor()
	wrong := "222222"
	if wrong == code {
		wrong = "333333"
	}
	for range 4 {
		b.submit(b.get(link), "", url.Values{"decision": {"deny"}, "code": {wrong}, "reason": {"no"}}).shows(422, "not the code")
	}
	b.submit(b.get(link), "", url.Values{"decision": {"deny"}, "code": {wrong}, "reason": {"no"}}).shows(410, "Five wrong codes ended this link")
	b.get(link).shows(410, "This link has ended")
	if got := h.find(r.ID); got.State != approval.Pending {
		t.Errorf("it is %s", got.State)
	}
}

func TestOpeningALinkInEveryWayDecidesNothing(t *testing.T) {
	h := open(t)
	h.connect("whmcs")
	h.refundRule()
	r := h.ask("billing.refund", refund184)
	link, _ := linkAndCode(t, h.mail("ann@acme.example", "Refund"))
	for range 20 {
		for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
			if p := h.visitor().do(method, link, nil, nil); p.Status >= 500 {
				t.Fatalf("%s gives %d", method, p.Status)
			}
		}
	}
	if got := h.find(r.ID); got.Version != r.Version {
		t.Errorf("something changed: version %d, was %d", got.Version, r.Version)
	}
	token := link[len("/a/"):]
	for _, damaged := range []string{"/a/" + strings.ToUpper(token) + ">", strings.ToUpper(link), link + ".", link + ")", link + "%3E", link + "&gt;",
		link + ".Please", "/a/=3D" + token, "/a/" + token[:20] + "=%0D%0A" + token[20:], link + "?utm_source=mail"} {
		h.visitor().get(damaged).shows(200, r.Words)
	}
	h.visitor().get("/a/"+token[:26]).shows(404, "This link is not known", "the two words from the mail")
}

func TestAHighRiskLinkOnlyLeadsToSignIn(t *testing.T) {
	h := open(t)
	h.connect("registrar")
	r := h.ask("registrar.domain.transfer_out", `{"domain":"example.com"}`)
	m := h.mail("max@acme.example", "Transfer")
	link, code := linkAndCode(t, m)
	if code != "" {
		t.Errorf("a high risk's mail has the code %s", code)
	}
	b := h.visitor()
	asked := b.get(link).shows(200, "Sign in and decide", r.Words)
	if _, _, ok := asked.form(""); ok || strings.Contains(asked.Text(), "CEO") {
		t.Error("its page has a form, or tells whoever has the mail what the agent says")
	}
	b.do("POST", link, strings.NewReader("decision=approve&confirm=1&code=ABCDEF"), map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}}).shows(403)
	if got := h.find(r.ID); got.State != approval.Pending {
		t.Errorf("it is %s", got.State)
	}
}

func TestACriticalActionIsNeverDecidedFromALink(t *testing.T) {
	h := open(t)
	h.connect("cloudflare")
	r := h.ask("dns.zone.delete", `{"zone":"example.com"}`)
	if r.State != approval.Pending {
		t.Fatalf("it is %s: %v", r.State, r.Reasons.V)
	}
	m := h.mail("max@acme.example", "zone")
	if decisionLink.MatchString(m.Text+m.HTML) || !strings.Contains(m.Text, r.Words) {
		t.Errorf("the mail has a link or lacks the words:\n%s", m.Text)
	}
}
