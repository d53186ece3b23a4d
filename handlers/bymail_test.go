package handlers_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/workspace"
)

// deciding opens what somebody was mailed about a request: the link's path and its code, "" for none.
func (h *house) deciding(to string, r approval.Request) (path, code string) {
	h.t.Helper()
	m := h.mail(to, r.Words)
	path = regexp.MustCompile(`/a/[a-z2-7]{52}`).FindString(m.Text)
	if found := regexp.MustCompile(`Your code for that page: (\S+)`).FindStringSubmatch(m.Text); found != nil {
		code = found[1]
	}
	if path == "" {
		h.t.Fatalf("there is no link:\n%s", m.Text)
	}
	return path, code
}

func TestTheDaysLastDecisionFromAMailLeadsToSignIn(t *testing.T) {
	h := open(t)
	h.agent()
	one, two := h.ask("billing.refund", refund184), h.ask("billing.refund", strings.Replace(refund184, "184.00", "185.00", 1))
	h.owner(`insert into votes (workspace_id, id, request_id, person_id, stage, decision, proof, channel, digest, at, by_mailbox)
		select $1, gen_random_uuid(), $2, $3, n, 'deny', 'code', 'mail', 'x', now(), true from generate_series(100, 98 + $4) n`,
		h.Acme.ID, two.ID, h.Acme.People["ann"].PersonID, approval.MostByMail)
	h.owner("update votes set withdrawn_at = now() where stage >= 100") // what was taken back counts too
	last, code := h.deciding("ann@acme.example", one)
	over, overCode := h.deciding("ann@acme.example", two)
	v := h.visitor()
	seen := v.get(over)
	typed := url.Values{"decision": {"approve"}, "code": {code}, "target": {"20418"}, "confirm": {"1"}}
	v.submit(v.get(last).shows(200, "Your decision", "Code from the e-mail"), "", typed).shows(200, "You approved this")
	p := v.get(over).shows(200, "You decided 50 requests within 24 hours with nothing but your mailbox, which is the most from e-mails. Signed in you can decide more.", two.Words, "Sign in and decide", "Opening this page has recorded nothing")
	if strings.Contains(p.Body, `name="code"`) || strings.Contains(p.Text(), "APPROVED BY CEO") {
		t.Error("it takes a code, or tells what the agent says")
	}
	typed.Set("code", overCode)
	v.submit(seen, "", typed).shows(403, "which is the most")
	m := h.mail("ada@acme.example", "Ann Keller decides a lot with the mailbox alone")
	flat := strings.Join(strings.Fields(m.Text), " ")
	for _, words := range []string{"Ann Keller decided 50 requests within a day with the mailbox alone", "ann@acme.example", "/w/acme/people/" + h.Acme.People["ann"].PersonID.String(), "once a day at most"} {
		if !strings.Contains(flat, words) {
			t.Errorf("the mail lacks %q:\n%s", words, m.Text)
		}
	}
	ann := h.signIn(h.Acme, "ann")
	page := "/w/acme/requests/" + two.ID.String()
	ann.submit(ann.get(page), "/decisions", url.Values{"decision": {"deny"}, "reason": {"No"}, "confirm": {"1"}}).shows(200, "declined")
	h.signIn(h.Acme, "ada").get("/w/acme/audit").shows(200, "Decided as much with the mailbox alone as a day allows")
}

func TestDecisionsFromEMailsAreSwitchedOffByOneAndOnByTwo(t *testing.T) {
	h := open(t)
	h.agent()
	path := "/w/acme/settings"
	ada, max := h.signInProved(h.Acme, "ada"), h.signInProved(h.Acme, "max")
	ada.get(path+"/lowering").shows(200, "Settings of Acme Hosting") // there is nothing below
	before := h.ask("billing.refund", refund184)
	link, code := h.deciding("ann@acme.example", before)
	v := h.visitor()
	seen := v.get(link)
	ada.submit(ada.get(path).shows(200, "How people decide", "From e-mails too"), path, url.Values{"by_mail": {"signed_in"}}).
		shows(200, "Settings saved", "Signed in only", "Ask for weaker settings")
	h.signIn(h.Acme, "udo").get(path).shows(200, "Signed in only")
	v.get(link).shows(200, "In this workspace people decide signed in, with a passkey or an authenticator code, not from e-mails.", "Sign in and decide")
	v.submit(seen, "", url.Values{"decision": {"deny"}, "code": {code}, "reason": {"No"}, "confirm": {"1"}}).shows(403, "not from e-mails")
	after := h.ask("billing.refund", strings.Replace(refund184, "184.00", "185.00", 1))
	if _, code := h.deciding("ann@acme.example", after); code != "" {
		t.Errorf("a mail has the code %s", code)
	}
	if m := h.mail("ann@acme.example", after.Words); !strings.Contains(strings.Join(strings.Fields(m.Text), " "), "Here people decide signed in, with a passkey or an authenticator code, not from e-mails.") {
		t.Errorf("the mail does not say why:\n%s", m.Text)
	}
	ann := h.signIn(h.Acme, "ann") // by a mailed link, which is the mailbox again
	form := ann.get("/w/acme/requests/"+after.ID.String()).shows(200, "To approve this you show a passkey or an authenticator code next")
	ann.submit(form, "/decisions", url.Values{"decision": {"approve"}}).shows(200, "Show that it is you")
	ada.submit(ada.get(path), path, url.Values{"by_mail": {"too"}, "name": {"Typed"}}).
		shows(422, "To let people decide from e-mails again takes a second Owner or Admin")
	p := ada.get(path+"/lowering").shows(200, "Ask for weaker settings?", "With decisions from e-mails, whoever reads a mailbox can approve low and medium risk", "How people decide")
	for _, typed := range []string{"signed_in", "", "else"} { // nothing but the words for it lowers it
		ada.submit(p, "/lowering", url.Values{"by_mail": {typed}, "note": {"Over."}}).shows(422, "This is as it is today", "Over.")
	}
	p = ada.submit(p, "/lowering", url.Values{"by_mail": {"too"}, "note": {"The phishing is over."}}).
		shows(200, "Ada Okafor asks that people may decide from e-mails again", "Somebody asks for e-mails too", "The phishing is over.", "Keep it as it is")
	if strings.Contains(p.Body, path+"/lowering/agreement") {
		t.Error("whoever asked is offered to agree")
	}
	ada.posts(path+"/lowering/agreement", url.Values{"version": {"3"}}).shows(403, "a second Owner or Admin must agree")
	max.submit(max.get(path), "/removal", nil).shows(200, "It stays as it is")
	ada.submit(ada.get(path+"/lowering"), "/lowering", url.Values{"by_mail": {"too"}}).shows(200, "asks that people may decide from e-mails again")
	max.submit(max.get(path+"/lowering/agreement").shows(200, "Agree to weaker settings?", "Signed in only today, from e-mails too afterwards", "From the next e-mail on"), "/agreement", nil).
		shows(200, "The settings are changed", "From e-mails too")
	v.get(link).shows(200, "Code from the e-mail")
	h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) error {
		w, err := workspace.Here(tx)
		if w.SignedInOnly || w.Wanted() {
			t.Errorf("it is %+v", w)
		}
		return err
	})
}
