package main_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

const (
	priya  = "priya@northmoor.example"  // Owner
	marc   = "marc@northmoor.example"   // Admin
	tomasz = "tomasz@northmoor.example" // Approver, of billing
	ines   = "ines@northmoor.example"   // Approver, of billing and domains
	jonas  = "jonas@northmoor.example"  // Auditor
)

var (
	decisionLink = regexp.MustCompile(`http://\S+/a/[a-z2-7]{52}`)
	decisionCode = regexp.MustCompile(`code for that page: ([A-Z2-9]{6})`)
)

// link is the decision link of a mail, "" without one; code what is typed on its page.
func (l letter) link() string { return decisionLink.FindString(l.Text) }

func (l letter) code() string {
	found := decisionCode.FindStringSubmatch(l.Text)
	if found == nil {
		return ""
	}
	return found[1]
}

// refund is the whole main job.
func (w *world) refund() {
	a := w.agentOf("northmoor")
	r := a.ask("billing.refund", map[string]any{"client_id": "20777", "amount": "184.00", "currency": "EUR", "invoice_id": "INV-7001"})
	if r.Decision != "pending" || r.Summary != "Refund 184.00 EUR to client 20777" {
		w.t.Fatalf("it is %+v", r)
	}
	news := a.follow(r, "pending")
	w.approveByMail(w.visitor("Tomasz").size(phone), w.letter(tomasz, r.Words), "20777", r)
	w.decideSignedIn(w.person(ines), r)
	a.hears(news, "approved")

	t := a.consume(r)
	if n := a.vouches(t, r); n != 2 || t.ValidFor != 60 || t.Ticket == "" {
		w.t.Errorf("the receipt names %d approvers, the ticket is valid for %d s", n, t.ValidFor)
	}
	a.refused(http.StatusConflict, "consumed", r.path("/consume"), r.action())
	a.must(http.StatusOK, "POST", r.path("/outcome"), map[string]string{"status": "succeeded", "external_ref": "WHMCS-77012"}, &r)
	if r.Outcome != "succeeded" {
		w.t.Errorf("the outcome is %q", r.Outcome)
	}
	w.seesItAll(w.person(priya), r)
}

// approveByMail opens a mail's link and approves in two steps.
func (w *world) approveByMail(b *tab, l letter, target string, r request) {
	w.t.Helper()
	defer b.close()
	if l.link() == "" || l.code() == "" || strings.Contains(l.Subject+l.Text+l.HTML, "APPROVED BY CEO") {
		w.t.Fatalf("the mail has no link or code, or tells what the agent says:\n%s", l.Text)
	}
	b.open(l.link()).sees(r.Summary+"?", r.Words, "Not verified by the portal", "recorded nothing").page("decision question")
	b.click("Continue").sees("Choose whether to approve or to decline.").page("decision question, refused")
	b.choose("decision", "approve").write("code", strings.ToLower(l.code())).write("target", target).click("Continue")
	b.sees("Check your decision", r.Summary).page("decision check")
	b.click("Confirm approval").sees("You approved this").page("decision given")
	b.open(l.link()).sees("You approved this")
}

// decideSignedIn finds the request on the overview and approves it there.
func (w *world) decideSignedIn(b *tab, r request) {
	w.t.Helper()
	b.open("/w/northmoor").sees(r.Summary).page("overview of an approver")
	b.open("/w/northmoor/requests").sees("Waiting for you", r.Summary).page("requests of an approver")
	b.click(r.Summary).sees("Your decision", r.Words).page("request to decide")
	b.choose("decision", "approve").click("Continue").sees("Check your decision").page("request, decision check")
	b.click("Confirm approval").sees("Your decision is recorded").page("request just decided")
}

// seesItAll is the Owner's look at what happened.
func (w *world) seesItAll(b *tab, r request) {
	w.t.Helper()
	b.open("/w/northmoor").sees("Recent decisions", r.Summary).page("overview of an Owner")
	b.open("/w/northmoor/requests").page("requests of an Owner")
	b.open("/w/northmoor/requests?show=decided").sees(r.Summary).page("requests decided")
	b.click(r.Summary).sees("Tomasz Wilk", "Inês Duarte", "WHMCS-77012", r.Digest).page("request done")
	b.click("Its entries in the audit trail").sees(r.Reference).page("audit trail of a request")
}

// refused sends a call that must fail with this code.
func (a *agent) refused(status int, code, path string, body any) {
	a.w.t.Helper()
	got, answer := a.call("POST", path, body)
	var p struct{ Code string }
	if json.Unmarshal(answer, &p); got != status || p.Code != code {
		a.w.t.Errorf("POST %s answers %d %s, want %d %s", path, got, answer, status, code)
	}
}
