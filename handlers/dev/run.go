package dev

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"

	"github.com/jexi/portal/internal/fault"
	view "github.com/jexi/portal/views/dev"
	"github.com/jexi/portal/web"
)

// longestJournal is how many requests the agent's page remembers; older ones are still in the portal.
const longestJournal = 100

// journal is what the agent said since this process started.
type journal struct {
	mu   sync.Mutex
	runs []entry // oldest first
}

// entry is one request with the action that it is about, to be sent again when it is consumed.
type entry struct {
	view.Run
	Ask ask
}

func newJournal() *journal { return &journal{} }

func (j *journal) find(id string) (entry, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.runs {
		if e.Now.ID == id {
			e.Said = slices.Clone(e.Said)
			return e, true
		}
	}
	return entry{}, false
}

// note keeps what was called and where the request stands now.
func (j *journal) note(e entry, x view.Exchange) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range j.runs {
		if j.runs[i].Now.ID == e.Now.ID {
			j.runs[i].Said = slices.Insert(j.runs[i].Said, 0, x)
			return
		}
	}
	e.Said = []view.Exchange{x}
	if j.runs = append(j.runs, e); len(j.runs) > longestJournal {
		j.runs = slices.Delete(j.runs, 0, 1)
	}
}

// stands keeps where a request stands.
func (j *journal) stands(now view.Answer) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range j.runs {
		if j.runs[i].Now.ID == now.ID {
			j.runs[i].Now = now
		}
	}
}

func (j *journal) newest() []view.Run {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []view.Run
	for _, e := range slices.Backward(j.runs) {
		out = append(out, e.Run)
	}
	return out
}

// ShowRun shows a request as the agent lives it; with ?wait it first waits for news, by the
// API's own long-poll.
func (r Room) ShowRun(c *web.Ctx) error {
	e, ok := r.journal.find(c.Param("id"))
	if !ok {
		return fault.Missing()
	}
	err := r.ask(c, &e)
	if err != nil {
		return err
	}
	if e.Last.Status == http.StatusNotModified {
		return c.NoContent(http.StatusNoContent) // htmx leaves the page as it is
	}
	return c.Page(view.Follow(c.Shell(e.Now.Reference), e.Run))
}

// ask reads where a request stands. Without news the page is still shown, unless its script asked.
func (r Room) ask(c *web.Ctx, e *entry) error {
	k := call{workspace: e.Workspace, method: http.MethodGet, path: api + "/" + e.Now.ID, header: http.Header{}}
	if wait, err := strconv.Atoi(c.Query("wait")); err == nil {
		k.path += "?wait=" + strconv.Itoa(min(max(wait, 0), 25))
		k.header.Set("If-None-Match", strconv.Quote(c.Query("version")))
	}
	var err error
	if e.Last, err = r.do(c.Context(), k); err != nil {
		return err
	}
	if e.Last.Status == http.StatusNotModified && c.Request().Header.Get("HX-Request") == "" {
		k.path, k.header = api+"/"+e.Now.ID, http.Header{}
		if e.Last, err = r.do(c.Context(), k); err != nil {
			return err
		}
	}
	if e.Last.Status == http.StatusOK {
		if err := json.Unmarshal([]byte(e.Last.Answer), &e.Now); err != nil {
			return err
		}
		r.journal.stands(e.Now)
	}
	return nil
}

// CreateConsumption takes an approval, with the same action again.
func (r Room) CreateConsumption(c *web.Ctx) error {
	return r.step(c, "/consume", func(e entry) any {
		return map[string]any{"action": e.Ask.Action, "on_behalf_of": e.Ask.OnBehalfOf}
	})
}

// CreateOutcome reports what came of it.
func (r Room) CreateOutcome(c *web.Ctx) error {
	return r.step(c, "/outcome", func(entry) any {
		out := map[string]string{"status": c.Form("status")}
		if out["status"] == "succeeded" {
			out["external_ref"] = "DEMO-" + number()
		} else {
			out["message"] = "Said so on the agent’s page."
		}
		return out
	})
}

// CreateCancellation withdraws the request.
func (r Room) CreateCancellation(c *web.Ctx) error {
	return r.step(c, "/cancellation", func(entry) any { return map[string]string{"reason": "Withdrawn on the agent’s page."} })
}

// step makes one further call about a request and goes back to its page, which shows the answer,
// also when it is a refusal.
func (r Room) step(c *web.Ctx, to string, body func(entry) any) error {
	e, ok := r.journal.find(c.Param("id"))
	if !ok {
		return fault.Missing()
	}
	x, err := r.do(c.Context(), call{workspace: e.Workspace, method: http.MethodPost, path: api + "/" + e.Now.ID + to,
		header: http.Header{"Idempotency-Key": {c.Form("operation")}}, body: body(e)})
	if err != nil {
		return err
	}
	r.journal.note(e, x)
	return c.SeeOther("/dev/agent/" + url.PathEscape(e.Now.ID))
}
