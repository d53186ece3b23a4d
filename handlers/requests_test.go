package handlers_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/rule"
)

func TestAnApproverDecidesSignedInOnTwoPages(t *testing.T) {
	h := open(t)
	h.connect("whmcs")
	h.refundRule()
	r := h.ask("billing.refund", refund184)
	ann := h.signIn(h.Acme, "ann")
	ann.get("/w/acme").shows(200, "One thing needs a person", r.Sentence)
	ann.get("/w/acme/requests").shows(200, "Waiting for you", r.Sentence, "Refunds over 50 EUR", r.Words, "0 of 2")
	path := "/w/acme/requests/" + r.ID.String()
	asked := ann.get(path).shows(200, "Your decision", "184.00 EUR", "Not verified by the portal")
	ann.submit(asked, "/decisions", nil).shows(422, "Choose whether to approve or to decline.")
	kept := ann.submit(asked, "/decisions", url.Values{"decision": {"deny"}})
	kept.shows(422, "Say why you decline")
	if _, form, _ := kept.form("/decisions"); form.Get("decision") != "deny" {
		t.Error("the choice is lost")
	}
	check := ann.submit(asked, "/decisions", url.Values{"decision": {"approve"}}).shows(200, "Check your decision", "One more person has to approve")
	if got := h.find(r.ID); got.Version != r.Version {
		t.Fatal("something was recorded before the confirmation")
	}
	ann.submit(check, "/decisions", nil).shows(200, "Your decision is recorded", "Ann Keller approved, signed in")
	ann.submit(check, "/decisions", nil).shows(200, "Ann Keller approved")
	if got := h.find(r.ID); got.State != approval.Pending {
		t.Errorf("it is %s", got.State)
	}
	ben := h.signIn(h.Acme, "ben")
	ben.submit(ben.submit(ben.get(path), "/decisions", url.Values{"decision": {"approve"}}), "/decisions", nil).shows(200, "Approved by Ann Keller and Ben Wilk")
	late := ann.submit(asked, "/decisions", url.Values{"decision": {"deny"}, "reason": {"too late"}})
	late.shows(409, "Already approved by Ann Keller and Ben Wilk")
	h.signIn(h.Acme, "ada").get("/w/acme/requests?show=decided").shows(200, r.Sentence)
}

func TestAnApprovalIsTakenBackOnACheckPage(t *testing.T) {
	h := open(t)
	h.connect("whmcs")
	h.refundRule()
	r := h.ask("billing.refund", refund184)
	path := "/w/acme/requests/" + r.ID.String()
	ann, ben := h.signIn(h.Acme, "ann"), h.signIn(h.Acme, "ben")
	ben.get(path+"/decisions/withdrawal").shows(200, "Your decision") // there is nothing to take back
	h.vote(r.ID, rule.Approve, "ann")
	p := ann.get(path).shows(200, "You approved this", "Take your approval back")
	if strings.Contains(ben.get(path).Text(), "Take your approval back") {
		t.Error("somebody else is offered to take it back")
	}
	p = ann.get(link(p, "Take your approval back")).shows(200, "Take your approval back?", r.Words, "Ann Keller")
	long := ann.submit(p, "/withdrawal", url.Values{"reason": {strings.Repeat("x", 4001)}}).shows(422, "Use at most 1000 characters.")
	if _, form, _ := long.form("/withdrawal"); len(form.Get("reason")) != 4001 {
		t.Error("the reason is lost")
	}
	for range 2 { // a double click
		ann.submit(p, "/withdrawal", url.Values{"reason": {"The ticket was closed."}}).
			shows(200, "Your approval is taken back", "Taken back", "The ticket was closed.", "0 of 2", "Your decision")
	}
	ann.get("/w/acme/requests").shows(200, "Waiting for you")
	if got := h.find(r.ID); got.Version != r.Version+2 { // the runtime was woken once for each
		t.Errorf("after an approval and its end the version went from %d to %d", r.Version, got.Version)
	}
	h.vote(r.ID, rule.Approve, "ann")
	seen := ann.get(path + "/decisions/withdrawal")
	h.vote(r.ID, rule.Approve, "ben")
	ann.submit(seen, "/withdrawal", nil).shows(409, "Already approved by", "Approved by Ann Keller and Ben Wilk")
	h.signIn(h.Acme, "udo").get(path + "/decisions/withdrawal").shows(403)
	h.signIn(h.Globex, "greta").get(path + "/decisions/withdrawal").shows(404)
}

func TestAHighRiskNeedsAFreshProofToApproveAndNoneToDecline(t *testing.T) {
	h := open(t)
	h.connect("registrar")
	r := h.ask("registrar.domain.transfer_out", `{"domain":"example.com"}`)
	path := "/w/acme/requests/" + r.ID.String()
	max := h.signIn(h.Acme, "max")
	asked := max.get(path).shows(200, "you show a passkey or an authenticator code next")
	sent := max.post(asked, "/decisions", url.Values{"decision": {"approve"}})
	if to := sent.Header.Get("Location"); sent.Status != 303 || !strings.HasPrefix(to, "/proof?next=") {
		t.Fatalf("it answers %d to %s", sent.Status, to)
	}
	proved := h.signInProved(h.Acme, "max")
	proved.submit(proved.submit(proved.get(path), "/decisions", url.Values{"decision": {"approve"}}), "/decisions", nil).
		shows(200, "fresh passkey or authenticator code")
	if got := h.find(r.ID); got.State != approval.Approved {
		t.Errorf("it is %s", got.State)
	}
}

func TestWhoMaySeeWhichRequest(t *testing.T) {
	h := open(t)
	h.connect("whmcs")
	h.refundRule()
	r := h.ask("billing.refund", refund184)
	free := h.ask("billing.refund", `{"client_id":"7","amount":"10.00","currency":"EUR"}`)
	for _, first := range []string{"ada", "max", "pia", "udo"} {
		h.signIn(h.Acme, first).get("/w/acme/requests/" + free.ID.String()).shows(200)
	}
	ann := h.signIn(h.Acme, "ann")
	ann.get("/w/acme/requests/" + r.ID.String()).shows(200)
	hidden := ann.get("/w/acme/requests/" + free.ID.String()).shows(404)
	none := ann.get("/w/acme/requests/" + uuid.NewString()).shows(404)
	if hidden.still(hidden.Text()) != none.still(none.Text()) {
		t.Errorf("what Ann may not see differs from what does not exist:\n%s\n%s", hidden.Text(), none.Text())
	}
	greta := h.signIn(h.Globex, "greta")
	greta.get("/w/acme/requests/" + r.ID.String()).shows(404)
	greta.get("/w/globex/requests/" + r.ID.String()).shows(404)
	udo := h.signIn(h.Acme, "udo")
	page := udo.get("/w/acme/requests/" + r.ID.String())
	if _, _, ok := page.form("/decisions"); ok {
		t.Error("the auditor is offered a decision")
	}
	udo.submit(udo.get("/w/acme"), "/signout", nil)
}

func TestAnExpiredRequestIsToldAsSuch(t *testing.T) {
	h := open(t)
	h.connect("whmcs")
	h.refundRule()
	r := h.ask("billing.refund", refund184)
	link, _ := linkAndCode(t, h.mail("ann@acme.example", "Refund"))
	h.Pass(25 * time.Hour)
	v := h.visitor()
	v.get(link).shows(410, "Nobody decided in time")
	if got := h.find(r.ID); got.State == approval.Approved {
		t.Errorf("it is %s", got.State)
	}
}
