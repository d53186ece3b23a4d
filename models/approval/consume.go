package approval

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/rule"
)

// TicketLasts is how long the ticket of a consumed approval opens the credential broker.
const TicketLasts = 60 * time.Second

// Ticket is what the runtime gets for consuming: once.
type Ticket struct {
	Request uuid.UUID
	Version int
	Until   time.Time
	Receipt json.RawMessage // null for an action that nobody had to approve
}

// Consume hands an approval over to whoever will act on it, once. The action is sent again
// and must be the very one that was approved; pauses, deadlines and rules are looked at anew.
// An approval that came too late or under rules that have got stricter ends here: the request
// comes back lapsed or superseded without a ticket, and Refusal says so once that is committed.
func (m Room) Consume(tx *db.Tx, id uuid.UUID, a Ask) (t Ticket, r Request, err error) {
	if r, err = find(tx, id, true); err != nil {
		return t, r, err
	}
	now, err := r.refusePaused(tx)
	if err != nil {
		return t, r, err
	}
	if r.State != Approved && r.State != Allowed {
		return t, r, r.notConsumable()
	}
	if r.ExecuteBy != nil && !now.Before(*r.ExecuteBy) {
		return t, r, r.lapse(tx, now)
	}
	k, err := r.same(tx, a)
	if err != nil {
		return t, r, err
	}
	if k.paused() {
		return t, r, fault.New(fault.Conflict, "%s is paused. Nothing is handed out until it is resumed.", k.connection.Name).Called(fault.Paused)
	}
	if stricter, why, err := m.stricter(tx, &r, k); err != nil || stricter {
		if err == nil {
			err = r.supersede(tx, now, why)
		}
		return t, r, err
	}
	return m.hand(tx, &r, now)
}

// refusePaused refuses while the agent that asked, or the one that acts, is paused. It tells the time
// by the clock that decides.
func (r *Request) refusePaused(tx *db.Tx) (now time.Time, err error) {
	agents := []uuid.UUID{}
	for _, id := range []*uuid.UUID{r.TokenID, tokenOf(tx)} {
		if id != nil {
			agents = append(agents, *id)
		}
	}
	var paused identity.Token
	err = tx.Ask(func(q *db.Questions) {
		identity.AskPaused(q, agents, &paused)
		q.Ask(db.One(&now), "select clock_timestamp() + $1", q.Drift)
	})
	switch {
	case err != nil:
		return now, fmt.Errorf("who consumes: %w", err)
	case paused.PausedAt != nil:
		return now, paused.Refusal()
	}
	return now.UTC(), nil
}

func (m Room) hand(tx *db.Tx, r *Request, now time.Time) (Ticket, Request, error) {
	until := now.Add(TicketLasts)
	r.State, r.ConsumedAt, r.TicketUntil = Consumed, &now, &until
	r.Version++
	hash := sha256.Sum256([]byte(m.Secret(r.ID, r.Version)))
	err := tx.Gorm().Model(&Request{}).Where("workspace_id = ? and id = ?", tx.Workspace(), r.ID).Updates(map[string]any{
		"state": r.State, "consumed_at": now, "ticket_until": until, "hashed_ticket": hash[:], "version": r.Version}).Error
	if err != nil {
		return Ticket{}, *r, fmt.Errorf("consume: %w", err)
	}
	r.record(tx, "request.consumed", map[string]any{"digest": r.Digest})
	tx.EnqueueAt(Due{tx.Workspace(), r.ID}, now.Add(outcomeWithin))
	tx.Notify(Key(r.ID))
	return Ticket{r.ID, r.Version, until, r.Receipt}, *r, nil
}

// Secret is the ticket's text. It is derived and never stored, so that a call whose answer was
// lost gets the same ticket again.
func (m Room) Secret(request uuid.UUID, version int) string {
	mac := hmac.New(sha256.New, m.Signer.Derive("ticket"))
	fmt.Fprintf(mac, "%s %d", request, version)
	return "tk_" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// same reads the action again, by the version of its type that it was asked by, and refuses one that is
// not the approved one. Whom it is for need not be said again.
func (r *Request) same(tx *db.Tx, a Ask) (*known, error) {
	if a.OnBehalfOf == (catalog.Subject{}) {
		a.OnBehalfOf = catalog.Subject{Kind: r.BehalfKind, Ref: r.BehalfRef, TicketRef: r.TicketRef}
	}
	a.Workflow = r.Workflow
	if a.Integration == uuid.Nil && r.IntegrationID != nil {
		a.Integration = *r.IntegrationID
	}
	t := r.Action()
	if a.Type != r.Type {
		t, _ = catalog.Find(a.Type)
	}
	k, err := a.checkBy(tx, t)
	if err != nil {
		return nil, err
	}
	if k.digest != r.Digest {
		return nil, fault.New(fault.Conflict, "This is not the action that was asked: its digest is %s, the request's is %s.", k.digest, r.Digest).Called(fault.Mismatch)
	}
	return k, nil
}

// stricter tells whether the connection may do less than before, or today's rules ask for more
// than the request's plan. Where the rules have not changed since, they do not.
func (m Room) stricter(tx *db.Tx, r *Request, k *known) (bool, string, error) {
	if d, blocked := k.refusal(); blocked {
		return true, d.Reasons[0].Text, nil
	}
	place, err := readPlace(tx)
	if err != nil || place.RulesEdition == r.RulesEdition {
		return false, "", err
	}
	book, f, err := m.facts(tx, place, k, r.ID)
	if err != nil {
		return false, "", err
	}
	d := book.Evaluate(f)
	switch {
	case d.Effect == rule.Block:
		return true, "A rule now blocks this.", nil
	case d.Plan != nil && r.Plan.V.LessThan(*d.Plan):
		return true, "The rules now ask for more than was given.", nil
	}
	return false, "", nil
}

func (r *Request) supersede(tx *db.Tx, now time.Time, why string) error {
	r.State, r.ClosedReason = Superseded, why+" Ask again."
	r.record(tx, "request.superseded", map[string]any{"why": why})
	return r.save(tx, map[string]any{"state": r.State, "closed_reason": r.ClosedReason})
}

func (r *Request) lapse(tx *db.Tx, now time.Time) error {
	r.State, r.ClosedReason = Lapsed, "It was not carried out in time. Ask again."
	r.record(tx, "request.lapsed", map[string]any{"execute_by": r.ExecuteBy})
	return r.save(tx, map[string]any{"state": r.State, "closed_reason": r.ClosedReason})
}

// Refusal is what the runtime is told when a consume ended the request, nil when it got a ticket.
func (r Request) Refusal() error {
	if r.State == Consumed {
		return nil
	}
	return r.notConsumable()
}

func (r *Request) notConsumable() error {
	switch r.State {
	case Consumed, Succeeded, Failed, Partial, NeverExecuted, Unknown:
		return fault.New(fault.Conflict, "This approval was consumed at %s. It works once.", r.ConsumedAt.UTC().Format("15:04:05 UTC on 2 January 2006")).Called(fault.Consumed)
	case Pending, Cooling, Held:
		word, _ := r.Decision()
		return fault.New(fault.Conflict, "This is not decided yet: it is %s.", word).Called(fault.Undecided)
	case Lapsed:
		return fault.New(fault.Conflict, "%s", r.ClosedReason).Called(fault.Lapsed)
	case Superseded:
		return fault.New(fault.Conflict, "%s", r.ClosedReason).Called(fault.Superseded)
	}
	word, _ := r.Decision()
	return fault.New(fault.Conflict, "This is %s. Nothing can be done under it.", word)
}
