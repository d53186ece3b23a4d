package main_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// logLine is one that is no error and tells its time in UTC.
var logLine = regexp.MustCompile(`^\{"time":"[0-9T:.-]+Z","level":"(INFO|WARN)","msg":".*\}\n$`)

func refund(client string) string {
	return fmt.Sprintf(`{"action":{"type":"billing.refund","params":{"client_id":%q,"amount":"184.00","currency":"EUR"}}}`, client)
}

// ask has the agent ask for a refund at a process and gives the request's id.
func (f *fleet) ask(at *process, client string) string {
	f.t.Helper()
	status, a, err := f.call(at, "POST", "", "key-"+client, refund(client))
	if err != nil || status != http.StatusCreated || a.Decision != "pending" {
		f.t.Fatalf("asking answered %d %+v %v", status, a, err)
	}
	return a.ID
}

// done fails the test unless a form was taken.
func done(t *testing.T, what string, status int, err error) {
	t.Helper()
	if err != nil || status != http.StatusSeeOther {
		t.Fatalf("%s: answered %d, %v", what, status, err)
	}
}

// Two processes on one database are one portal: what is changed at one holds at the other from
// the next request on.
func TestWhatOneProcessChangesHoldsAtTheOtherFromTheNextRequestOn(t *testing.T) {
	t.Parallel()
	f := assemble(t)
	one, two := f.launch(), f.launch()
	ada, max, ann, ben := f.signIn("ada"), f.signIn("max"), f.signIn("ann"), f.signIn("ben")

	// A session started at one opens the other; signing out ends it at both.
	for _, at := range []*process{one, two} {
		if status, body := ann.get(at, "/w/acme"); status != 200 || !strings.Contains(body, "Ann Keller") {
			t.Fatalf("Ann is answered %d", status)
		}
	}

	// A role.
	max.get(one, "/w/acme")
	if status, _ := max.get(two, "/w/acme/tokens"); status != 200 {
		t.Fatalf("Max as Admin is answered %d", status)
	}
	ada.get(one, "/w/acme")
	status, err := ada.post(one, "/w/acme/people/"+f.Acme.People["max"].PersonID.String(), url.Values{"from": {"admin"}, "role": {"auditor"}})
	done(t, "changing Max's role", status, err)
	if status, _ := max.get(two, "/w/acme/tokens"); status != http.StatusForbidden {
		t.Errorf("Max, an Auditor by now, is answered %d", status)
	}

	// A decision, and whoever waits for it.
	id := f.ask(one, "20418")
	news := make(chan answer)
	go func() {
		_, a, _ := f.call(one, "GET", "/"+id+"?wait=50", "", "") // longer than the client's patience: only news ends it in time
		news <- a
	}()
	ben.get(two, "/w/acme/requests/"+id)
	status, err = ben.post(two, "/w/acme/requests/"+id+"/decisions", url.Values{"decision": {"deny"}, "reason": {"Not theirs"}, "confirm": {"1"}})
	done(t, "declining", status, err)
	if a := <-news; a.Decision != "denied" {
		t.Errorf("whoever waited at one was told %+v", a)
	}
	if status, body := ann.get(one, "/w/acme/requests/"+id); status != 200 || !strings.Contains(body, "Not theirs") {
		t.Errorf("the request at the other process is answered %d without the decision", status)
	}
	ann.get(one, "/w/acme/requests/"+id)
	if status, _ = ann.post(one, "/w/acme/requests/"+id+"/decisions", url.Values{"decision": {"approve"}, "confirm": {"1"}}); status != http.StatusConflict {
		t.Errorf("a late vote at the other process is answered %d", status)
	}

	// A membership.
	status, err = ada.post(one, "/w/acme/people/"+f.Acme.People["ben"].PersonID.String()+"/removal", url.Values{})
	done(t, "removing Ben", status, err)
	if status, _ := ben.get(two, "/w/acme"); status != http.StatusNotFound {
		t.Errorf("Ben, removed by now, is answered %d", status)
	}

	// Signing out.
	status, err = ann.post(one, "/signout", url.Values{})
	done(t, "signing out", status, err)
	if status, _ := ann.get(two, "/w/acme"); status != http.StatusSeeOther {
		t.Errorf("Ann, signed out by now, is answered %d", status)
	}
	for _, p := range []*process{one, two} {
		for line := range strings.Lines(p.log.String()) {
			if !logLine.MatchString(line) {
				t.Errorf("a process failed, or its log does not say when:\n%s", line)
			}
		}
	}
}
