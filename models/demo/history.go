package demo

import (
	"container/heap"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
)

// historyDays is how far back the world reaches.
const historyDays = 90

// history plays the past: everything happens at its own time, in order, through the same
// functions as today, on a gate whose clock stands where the play is.
type history struct {
	ctx    context.Context
	gate   *db.DB
	clock  *clock
	room   approval.Room
	place  Place
	id     uuid.UUID
	agent  access.Actor
	people []access.Actor // who may vote
	rnd    *rand.Rand
	events events
	seq    int
}

// clock is the drift of a gate that plays the past.
type clock struct{ at time.Time }

func (c *clock) drift() time.Duration { return time.Until(c.at) }

// event is something that happens at a time.
type event struct {
	at  time.Time
	seq int
	do  func() error
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at.Before(e[j].at) || e[i].at.Equal(e[j].at) && e[i].seq < e[j].seq
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

func (h *history) later(at time.Time, do func() error) {
	h.seq++
	heap.Push(&h.events, event{at, h.seq, do})
}

// play runs all events up to now.
func (h *history) play(until time.Time) error {
	for h.events.Len() > 0 {
		e := heap.Pop(&h.events).(event)
		if e.at.After(until) {
			continue
		}
		h.clock.at = e.at
		if err := e.do(); err != nil {
			return err
		}
	}
	return nil
}

// plan lays out the asks of every day: fewer at weekends, none by night.
func (h *history) plan(now time.Time, perDay int) {
	for d := historyDays; d >= 1; d-- {
		day := now.Truncate(24*time.Hour).AddDate(0, 0, -d)
		n := perDay/2 + h.rnd.IntN(perDay)
		if wd := day.Weekday(); wd == time.Saturday || wd == time.Sunday {
			n /= 4
		}
		for range n {
			at := day.Add(6*time.Hour + time.Duration(h.rnd.IntN(13*3600))*time.Second)
			h.later(at, h.ask)
		}
	}
}

// ask submits one action and lays out what follows.
func (h *history) ask() error {
	a := h.action()
	at := h.clock.at
	var r approval.Request
	err := h.in(h.grant(h.agent, access.RequestActions), func(tx *db.Tx) (err error) {
		r, _, err = h.room.Submit(tx, a)
		return err
	})
	if err != nil {
		return fmt.Errorf("ask %s: %w", a.Type, err)
	}
	switch r.State {
	case approval.Allowed:
		h.later(at.Add(time.Second), func() error { return h.carryOut(r.ID, a) })
	case approval.Pending:
		h.decide(r, a)
	}
	return nil
}

// decide has people vote after a while, most in favour, some never.
func (h *history) decide(r approval.Request, a approval.Ask) {
	at := h.clock.at
	if h.rnd.IntN(20) == 0 {
		h.later(r.ExpiresAt.Add(time.Second), func() error { return h.pass(r.ID) })
		return
	}
	choice := rule.Approve
	if h.rnd.IntN(9) == 0 {
		choice = rule.Deny
	}
	wait := time.Duration(2+h.rnd.IntN(50)) * time.Minute
	for i, who := range h.shuffled() {
		h.later(at.Add(wait+time.Duration(i*7)*time.Minute), func() error { return h.vote(r.ID, a, who, choice) })
	}
	h.later(r.ExpiresAt.Add(time.Second), func() error { return h.pass(r.ID) })
}

func (h *history) vote(id uuid.UUID, a approval.Ask, who access.Actor, choice rule.VoteChoice) error {
	reason := ""
	if choice == rule.Deny {
		reason = reasons[h.rnd.IntN(len(reasons))]
	}
	var r approval.Request
	err := h.in(h.grant(who, access.DecideRequest), func(tx *db.Tx) (err error) {
		r, err = h.room.Decide(tx, approval.Ballot{Request: id, Choice: choice, Reason: reason}, true)
		return err
	})
	if fault.As(err) != nil {
		return nil // not asked, or decided meanwhile
	}
	if err != nil {
		return fmt.Errorf("vote: %w", err)
	}
	switch r.State {
	case approval.Approved:
		h.later(h.clock.at.Add(20*time.Second), func() error { return h.carryOut(id, a) })
	case approval.Cooling:
		h.later(r.CoolingUntil.Add(time.Second), func() error { return h.pass(id) })
		h.later(r.CoolingUntil.Add(30*time.Second), func() error { return h.carryOut(id, a) })
	}
	return nil
}

// carryOut consumes and reports; a few fail, a few are never reported on.
func (h *history) carryOut(id uuid.UUID, a approval.Ask) error {
	err := h.in(h.grant(h.agent, access.ConsumeActions), func(tx *db.Tx) error {
		_, _, err := h.room.Consume(tx, id, a)
		return err
	})
	if fault.As(err) != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("consume: %w", err)
	}
	o := approval.Outcome{Status: approval.Succeeded, ExternalRef: fmt.Sprintf("X-%d", 10000+h.rnd.IntN(89999))}
	switch h.rnd.IntN(120) {
	case 0:
		o = approval.Outcome{Status: approval.Failed, Message: "The vendor answered 409: the invoice is closed."}
	case 1:
		h.later(h.clock.at.Add(61*time.Minute), func() error { return h.pass(id) })
		return nil
	}
	h.later(h.clock.at.Add(3*time.Second), func() error {
		return h.in(h.grant(h.agent, access.ReportActions), func(tx *db.Tx) error {
			_, err := approval.Report(tx, id, o)
			return err
		})
	})
	return nil
}

func (h *history) pass(id uuid.UUID) error {
	return h.in(access.ForSystem(h.id, "deadlines"), func(tx *db.Tx) error {
		_, err := h.room.Pass(tx, id)
		return err
	})
}

func (h *history) in(g access.Grant, fn func(*db.Tx) error) error { return h.gate.In(h.ctx, g, fn) }

func (h *history) grant(a access.Actor, p access.Permission) access.Grant {
	g, err := access.Check(a, p)
	if err != nil {
		panic("demo: " + a.Name + " may not " + string(p)) // the cast is fixed: see Places
	}
	return g
}

func (h *history) shuffled() []access.Actor {
	out := append([]access.Actor(nil), h.people...)
	h.rnd.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

var reasons = []string{"The client asked for something else.", "Already refunded by hand yesterday.", "Wait for the registrant's answer.", "The amount does not match the invoice."}

// action makes up one plausible ask.
func (h *history) action() approval.Ask {
	client := fmt.Sprintf("%d", 10000+h.rnd.IntN(2400))
	domain := words1[h.rnd.IntN(len(words1))] + "-" + words2[h.rnd.IntN(len(words2))] + ".example"
	confidence := 0.62 + h.rnd.Float64()*0.38
	a := approval.Ask{Workflow: "support-desk", WorkflowVersion: "14", RunID: fmt.Sprintf("run-%06d", h.rnd.IntN(999999)), Confidence: &confidence,
		OnBehalfOf: catalog.Subject{Kind: "client", Ref: client, TicketRef: fmt.Sprintf("%d", 51000+h.rnd.IntN(7200))}}
	deed := pick(h.rnd, deedsOf(h.place.Slug))
	a.Type, a.Explanation = deed.kind, deed.why
	params, err := json.Marshal(deed.params(h.rnd, client, domain))
	if err != nil {
		panic(err) // strings, numbers and lists of them
	}
	a.Params = params
	return a
}
