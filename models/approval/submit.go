package approval

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rule/condition"
	"github.com/jexi/portal/models/rulebook"
)

// Submit takes an agent's ask in, evaluates it against the live rules and says what is to
// happen. An identical ask that is open already is joined: the same request comes back, joined.
// A paused agent is refused, and nothing is stored.
func (m Room) Submit(tx *db.Tx, a Ask) (r Request, joined bool, err error) {
	k, err := a.check(tx)
	if err != nil {
		return r, false, err
	}
	before, err := k.look(tx, nextPlace)
	if err != nil {
		return r, false, err
	}
	if before.Agent.PausedAt != nil {
		return r, false, before.Agent.Refusal()
	}
	if before.Twin != nil {
		r, err = Find(tx, *before.Twin)
		return r, true, err
	}
	d, err := m.judge(tx, k, before)
	if err != nil {
		return r, false, err
	}
	r = k.request(tx, before.Place, d)
	if err := m.settle(tx, &r, k, d); err != nil {
		return r, false, err
	}
	switch {
	case before.Waiting == openAtOnce-1 && r.State == Pending:
		err = r.tellCapped(tx)
	case before.heedless() && r.State == Blocked:
		err = r.stop(tx)
	}
	return r, false, err
}

// settle gives the new request its state, stores it and sets everything in motion.
func (m Room) settle(tx *db.Tx, r *Request, k *known, d rule.Decision) error {
	var c circle
	var err error
	if d.Effect == rule.RequireApproval {
		if c, err = gather(tx, r); err != nil {
			return err
		}
	}
	r.begin(tx.Now(), k, d, c)
	if err := r.store(tx); err != nil {
		return fmt.Errorf("store request: %w", err)
	}
	if err := m.start(tx, r, c); err != nil {
		return err
	}
	audit.Record(tx, audit.Entry{Act: "request." + string(r.State), ObjectType: "request", ObjectID: r.ID.String(), Object: r.Reference(),
		Detail: map[string]any{"type": r.Type, "digest": r.Digest, "words": r.Words, "sentence": r.Sentence, "reasons": r.Reasons.V}})
	return nil
}

// store writes the request: with the commit, so that others wait less for the workspace, unless
// what follows refers to it.
func (r *Request) store(tx *db.Tx) error {
	if r.State == Pending || r.State == Undecidable {
		return tx.Gorm().Create(r).Error
	}
	return tx.CreateAtCommit(r)
}

// begin is the first state: what the rules say, unless the portal knows better.
func (r *Request) begin(now time.Time, k *known, d rule.Decision, c circle) {
	switch d.Effect {
	case rule.Block:
		r.State = Blocked
	case rule.RequireApproval:
		r.State = Pending
		until := now.Add(r.Plan.V.DecideWithin.Value.Duration())
		if k.ask.ExpiresIn > 0 {
			until = earlier(until, now.Add(time.Duration(k.ask.ExpiresIn)*time.Second))
		}
		r.ExpiresAt = &until
		if c.tally.Outcome == rule.Undecidable {
			r.State, r.ClosedReason = Undecidable, "Too few people can decide this."
		} else if k.paused() {
			r.State, r.HeldAt = Held, &now
		}
	default:
		r.State = Allowed
		until := now.Add(allowedFor)
		r.ExecuteBy = &until
		if k.paused() {
			r.State, r.HeldAt = Held, &now
		}
	}
}

// allowedFor is how long an allowed action may wait before it must be asked anew.
const allowedFor = 24 * time.Hour

// start asks people, watches the clock and tells Owners when nobody can decide.
func (m Room) start(tx *db.Tx, r *Request, c circle) error {
	switch r.State {
	case Pending:
		tx.EnqueueAt(Due{tx.Workspace(), r.ID}, *r.ExpiresAt)
		return invite(tx, r, c)
	case Allowed:
		tx.EnqueueAt(Due{tx.Workspace(), r.ID}, *r.ExecuteBy)
	case Undecidable:
		return tellOwners(tx, LetterUndecidable, r, c)
	}
	return nil
}

// Preview evaluates without storing or telling anything: the whole trace, and what would be asked
// of whom. It counts the rules in asIf as live, each instead of its live version.
func (m Room) Preview(tx *db.Tx, a Ask, asIf ...rule.Rule) (Preview, error) {
	k, err := a.check(tx)
	if err != nil {
		return Preview{}, err
	}
	before, err := k.look(tx, thisPlace)
	if err != nil {
		return Preview{}, err
	}
	book, f, err := m.facts(tx, before.Place, k, uuid.Nil, asIf...)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Trace: book.Explain(f), Digest: k.digest, Sentence: k.sentence, Twin: before.Twin}
	if d, refused := k.refused(before); refused {
		p.Trace.Decision = d
	}
	return p, p.foresee(tx, before.Place, k)
}

// foresee fills in how the request would begin.
func (p *Preview) foresee(tx *db.Tx, place place, k *known) (err error) {
	r := k.request(tx, place, p.Trace.Decision)
	var c circle
	if p.Trace.Effect == rule.RequireApproval {
		if c, err = gather(tx, &r); err != nil {
			return err
		}
	}
	r.begin(tx.Now(), k, p.Trace.Decision, c)
	p.State, p.Plan, p.Tally, p.ClosedReason, p.names = r.State, r.Plan.V, c.tally, r.ClosedReason, c.name
	p.MadeBy = c.madeBy()
	return nil
}

// Preview is what would come of an ask.
type Preview struct {
	Trace        rule.Trace
	State        State
	Plan         rule.Plan
	Tally        rule.Tally
	Digest       string
	Sentence     string
	ClosedReason string     // of undecidable
	MadeBy       string     // who made the agent's token, as in Detail
	Twin         *uuid.UUID // the open request that it would join
	names        func(uuid.UUID) string
}

// Name is a person of the tally.
func (p Preview) Name(id uuid.UUID) string { return p.names(id) }

func (m Room) judge(tx *db.Tx, k *known, before standing) (rule.Decision, error) {
	if d, refused := k.refused(before); refused {
		return d, nil
	}
	book, f, err := m.facts(tx, before.Place, k, uuid.Nil)
	if err != nil {
		return rule.Decision{}, err
	}
	return book.Evaluate(f), nil
}

// refused is what no rule is asked about.
func (k *known) refused(before standing) (rule.Decision, bool) {
	if d, blocked := k.refusal(); blocked {
		return d, true
	}
	return before.refusal()
}

// facts are what the rules look at; the windows leave out the request itself, where there is one.
func (m Room) facts(tx *db.Tx, place place, k *known, self uuid.UUID, asIf ...rule.Rule) (*rule.Book, *condition.Facts, error) {
	book, err := m.Books.At(tx, place.RulesEdition, place.UnmatchedPeople)
	if len(asIf) > 0 {
		book, err = rulebook.AsIf(tx, place.UnmatchedPeople, asIf)
	}
	if err != nil {
		return nil, nil, err
	}
	f := k.facts(tx.Now(), m.Books.Zone(place.TimeZone))
	return book, f, windows(tx, book, f, self)
}

func block(format string, args ...any) rule.Decision {
	return rule.Decision{Effect: rule.Block, Reasons: []rule.Reason{{Origin: rule.Origin{Name: "Platform"}, Text: fmt.Sprintf(format, args...)}}}
}

// request is the row for a checked ask and a decision, without a state.
func (k *known) request(tx *db.Tx, place place, d rule.Decision) Request {
	id := uuid.New()
	r := Request{WorkspaceID: tx.Workspace(), ID: id, Ref: place.RequestCount, Version: 1, Type: k.ask.Type, TypeVersion: k.version(),
		IntegrationID: k.connectionID(), Params: json.RawMessage(k.params.Canonical()), Canonical: k.canonical, Digest: k.digest,
		Target: k.target, Fingerprint: k.fingerprint(), Sentence: k.sentence, Words: token.Words(id[:]), Risk: k.risk(),
		RulesEdition: place.RulesEdition, Reasons: db.JSON[[]rule.Reason]{V: d.Reasons},
		RunID: k.ask.RunID, Workflow: k.ask.Workflow, WorkflowVersion: k.ask.WorkflowVersion,
		BehalfKind: k.ask.OnBehalfOf.Kind, BehalfRef: k.ask.OnBehalfOf.Ref, TicketRef: k.ask.OnBehalfOf.TicketRef,
		TokenID: k.agent(tx), Explanation: k.ask.Explanation, Evidence: db.JSON[[]Evidence]{V: k.ask.Evidence}, Confidence: k.ask.Confidence, CreatedAt: tx.Now()}
	if d.Plan != nil {
		r.Plan.V, r.Proof = *d.Plan, d.Plan.Proof.Value
	}
	return r
}

// agent is the token that asks, or would in a preview; nil for none.
func (k *known) agent(tx *db.Tx) *uuid.UUID {
	if t := tokenOf(tx); t != nil || k.ask.Agent == uuid.Nil {
		return t
	}
	return &k.ask.Agent
}

// tokenOf is the agent's token, nil for anybody else.
func tokenOf(tx *db.Tx) *uuid.UUID {
	if tx.Actor().Kind != access.Token {
		return nil
	}
	return new(tx.Actor().ID)
}

func (k *known) fingerprint() []byte {
	sum := sha256.Sum256(k.canonical)
	return sum[:]
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
