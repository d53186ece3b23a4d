package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestTheMailboxIsForProgramsAndPeople(t *testing.T) {
	h := open(t)
	b := h.visitor()
	if got := b.get("/dev/mailbox.json").Body; got != "[]\n" {
		t.Errorf("an empty mailbox is %q", got)
	}
	b.get("/dev/mailbox").shows(200, "No mail yet")
	link := b.askLink("ada@acme.example", "")
	var all []map[string]any
	must(t, json.Unmarshal([]byte(b.get("/dev/mailbox.json").Body), &all))
	var names []string
	for name := range all[0] {
		names = append(names, name)
	}
	if slices.Sort(names); strings.Join(names, " ") != "at html id subject text to" {
		t.Errorf("a mail has %v", names)
	}
	b.get("/dev/mailbox").shows(200, "1 mail was sent", "Sign in to Jexi")
	b.get("/dev/mailbox?to=max@acme.example").shows(200, "No mail yet")
	p := b.get("/dev/mailbox/"+all[0]["id"].(string)).shows(200, link, "ada@acme.example")
	if csp := p.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-src 'self'") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("its policy is %q", csp)
	}
	b.get("/dev/mailbox/77").shows(404)
}

func TestAMailsOwnPageRunsNothingAndOpensItsLinksInTheWholeWindow(t *testing.T) {
	h := open(t)
	h.visitor().askLink("ada@acme.example", "")
	p := h.visitor().get("/dev/mailbox/1/html").shows(200, "Sign in")
	csp := p.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "style-src 'unsafe-inline'", "frame-ancestors 'self'", "form-action 'none'", "sandbox "} {
		if !strings.Contains(csp, want) {
			t.Errorf("its policy lacks %s: %s", want, csp)
		}
	}
	if strings.Contains(csp, "script") || !strings.Contains(p.Body, `<base target="_top">`) {
		t.Errorf("scripts could run, or links open in the frame: %s", csp)
	}
}

func TestTheAgentsPageAsksWaitsTakesAndReports(t *testing.T) {
	h := open(t)
	h.connect("whmcs")
	h.refundRule()
	b := h.visitor()
	form := b.get("/dev/agent").shows(200, "through the real API", "Refund 184.00 EUR", "Transfer a domain away", "Delete a DNS zone", "Change a mail record")
	run := b.submit(form, "/dev/agent", nil).shows(200, "Refund 184.00 EUR to client 20418", "People are asked", "POST /api/v1/action-requests", `"decision": "pending"`, "Idempotency-Key")
	if strings.Contains(run.Body, h.Acme.Key) {
		t.Error("the token is shown whole")
	}
	again := b.submit(form, "/dev/agent", nil)
	if again.URL != run.URL {
		t.Errorf("the same form sent twice makes %s and %s", run.URL, again.URL)
	}
	if part := b.do("GET", run.URL+"?wait=0&version=1", nil, http.Header{"Hx-Request": {"true"}, "Hx-Target": {"div#run"}}); part.Status != http.StatusNoContent {
		t.Errorf("without news its script gets %d", part.Status)
	}
	for _, who := range []string{"ann@acme.example", "ben@acme.example"} {
		link, code := linkAndCode(t, h.mail(who, "Refund 184.00 EUR"))
		v := h.visitor()
		v.submit(v.submit(v.get(link), "", url.Values{"decision": {"approve"}, "code": {code}, "target": {"20418"}}), "", nil).shows(200, "You approved this")
	}
	part := b.do("GET", run.URL+"?wait=25&version=1", nil, http.Header{"Hx-Request": {"true"}, "Hx-Target": {"div#run"}})
	if part.shows(200, "People agreed"); strings.Contains(part.Body, "<html") {
		t.Error("its script gets a whole page")
	}
	run = b.submit(b.get(run.URL), "/consumption", nil).shows(200, "It has its ticket", `"valid_for": 60`)
	b.submit(run, "/outcome", url.Values{"status": {"failed"}}).shows(200, "failed", "The outcome is reported")
	b.get("/dev/agent").shows(200, "What it asked since the demo started", "Refund 184.00 EUR to client 20418")
}

func TestTheAgentsPageShowsWhatTheAPIRefuses(t *testing.T) {
	h := open(t)
	h.connect("whmcs")
	h.connect("stripe")
	b := h.visitor()
	form := b.get("/dev/agent?type=dns.record.change").shows(200, "New value", "Time to live")
	action := url.Values{"type": {"dns.record.change"}, "param.ttl": {"soon"}}
	kept := b.submit(form, "/dev/agent", action).shows(422, "The API refused", `"code": "invalid"`)
	if !strings.Contains(kept.Body, `id="f-param-ttl-err"`) || !strings.Contains(kept.Body, `value="soon"`) {
		t.Error("the problem is not at its field, or what was typed is lost")
	}
	b.submit(b.get("/dev/agent"), "/dev/agent", nil).shows(422, "2 of this workspace can do billing.refund", "Through the connection", "Stripe", "WHMCS")
	b.get("/dev/agent?type=nothing.there").shows(404)
	b.get("/dev/agent?workspace=globex").shows(404)
	b.get("/dev/agent/" + h.Acme.ID.String()).shows(404)
}
