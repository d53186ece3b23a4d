package handlers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/rule"
)

// poll asks for news in the background; the channel gives the answer.
func (a *agent) poll(path string, header ...string) <-chan *page {
	out := make(chan *page, 1)
	h := map[string][]string{}
	for i := 0; i+1 < len(header); i += 2 {
		h[header[i]] = []string{header[i+1]}
	}
	go func() { out <- a.call(a.key, "GET", path, "", h, nil) }()
	return out
}

func (a *agent) soon(answer <-chan *page) *page {
	a.t.Helper()
	select {
	case p := <-answer:
		return p
	case <-time.After(20 * time.Second):
		a.t.Fatal("nobody answered")
		return nil
	}
}

func TestALongPollIsAnsweredWhenPeopleHaveDecided(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.ask(refund("184.00"))
	answer := a.poll(at(r.Id) + "?wait=50")
	h.vote(r.Id, rule.Approve, "ann", "ben")
	if p := a.soon(answer); p.Status != 200 || !strings.Contains(p.Body, `"decision":"approved"`) {
		t.Errorf("answered %d %s", p.Status, p.Body)
	}
	if p := a.soon(a.poll(at(r.Id) + "?wait=50")); p.Status != 200 {
		t.Errorf("what is decided was answered %d", p.Status)
	}
}

func TestALongPollFromAVersionIsAnsweredByTheNextOne(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.ask(refund("184.00"))
	tag := a.send(200, "GET", at(r.Id), "", nil).Header.Get("ETag")
	if p := a.send(304, "GET", at(r.Id)+"?wait=1", "", nil, "If-None-Match", tag); p.Body != "" || p.Header.Get("ETag") != tag {
		t.Errorf("nothing new is %q, tag %s", p.Body, p.Header.Get("ETag"))
	}
	a.send(304, "GET", at(r.Id), "", nil, "If-None-Match", `"0", W/`+tag)
	answer := a.poll(at(r.Id)+"?wait=50", "If-None-Match", tag)
	h.vote(r.Id, rule.Approve, "ann")
	p := a.soon(answer)
	if p.Status != 200 || p.Header.Get("ETag") == tag || !strings.Contains(p.Body, `"decision":"pending"`) {
		t.Errorf("after one vote: %d %s", p.Status, p.Body)
	}
	a.send(200, "GET", at(r.Id)+"?wait=50", "", nil, "If-None-Match", tag)
}

func TestALongPollIsLetGoWhenTheProcessStops(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.ask(refund("184.00"))
	answer := a.poll(at(r.Id) + "?wait=50")
	h.Tools.Hub.Close()
	if p := a.soon(answer); p.Status != 200 || !strings.Contains(p.Body, `"decision":"pending"`) {
		t.Errorf("answered %d %s", p.Status, p.Body)
	}
}

func TestAWaitHasBounds(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.ask(refund("184.00"))
	for _, wait := range []string{"51", "-1", "1.5", "ten", "9999999999999999999"} {
		a.refused(422, "invalid", "wait", "GET", at(r.Id)+"?wait="+wait, "")
	}
	a.send(200, "GET", at(r.Id)+"?wait=0&id="+uuid.NewString(), "", nil) // the path says which
	a.refused(404, "not_found", "", "GET", at(uuid.New())+"?wait=50", "")
}
