package approval

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
)

// Ballot is one person's decision on one request.
type Ballot struct {
	Request   uuid.UUID
	Person    uuid.UUID
	Choice    rule.VoteChoice
	Reason    string
	Proof     string // what they showed: session, step_up (a fresh passkey or TOTP), code, code_target
	Channel   string // portal or mail
	ByMailbox bool   // whoever reads the person's mails could have cast it
}

// Decide casts the vote of a signed-in person. proved says they showed a passkey or TOTP just
// now, which a high risk needs to approve. A late click is told who decided and when.
func (m Room) Decide(tx *db.Tx, b Ballot, proved bool) (Request, error) {
	b.Person, b.Channel, b.Proof = tx.Actor().ID, "portal", "session"
	b.ByMailbox = !proved && tx.Actor().ProofAt.IsZero() // a session that nothing but a mailed link began
	r, mail, now, err := lockVote(tx, b.Request, b.Person)
	if err != nil {
		return r, err
	}
	if proved {
		b.Proof = "step_up"
	}
	if err := r.refusesVote(now, b.Choice); err != nil {
		return r, err
	}
	problems := reasonProblems(&r, b.Choice, b.Reason)
	if b.Choice != rule.Approve && b.Choice != rule.Deny {
		problems.Add("decision", "Choose whether to approve or to decline.")
	}
	if err := problems.OrNil(); err != nil {
		return r, err
	}
	if err := r.refusesApproval(b, mail, proved); err != nil {
		return r, err
	}
	if r, err = m.cast(tx, &r, now, b); err != nil {
		return r, err
	}
	if b.ByMailbox {
		if err := noteMany(tx, mail, b.Person); err != nil {
			return r, err
		}
	}
	return r, endLinks(tx, r.ID, b.Person, "You decided this.", true)
}

// cast stores the vote of a locked request and moves it on.
func (m Room) cast(tx *db.Tx, r *Request, now time.Time, b Ballot) (Request, error) {
	c, err := gather(tx, r)
	if err != nil {
		return *r, err
	}
	stage, err := r.seat(tx, c, b)
	if err != nil {
		return *r, err
	}
	if b.Choice == rule.Deny {
		if err := c.takeBack(tx, b.Person, now, ""); err != nil {
			return *r, err
		}
	}
	v := Vote{WorkspaceID: tx.Workspace(), ID: uuid.New(), RequestID: r.ID, PersonID: b.Person, Stage: stage, Decision: b.Choice,
		Reason: catalog.Visible(b.Reason), Proof: b.Proof, Channel: b.Channel, Digest: r.Digest, At: now, ByMailbox: b.ByMailbox}
	if err := tx.Gorm().Create(&v).Error; err != nil {
		return *r, fmt.Errorf("store vote: %w", err)
	}
	audit.Record(tx, audit.Entry{Act: "request.vote_" + string(b.Choice), ObjectType: "request", ObjectID: r.ID.String(), Object: r.Reference(),
		Detail: map[string]any{"stage": stage + 1, "proof": b.Proof, "channel": b.Channel, "digest": r.Digest, "reason": v.Reason}})
	c.votes = append(c.votes, v)
	c.count(r)
	return *r, m.advance(tx, r, now, c, b)
}

// seat finds the stage that a vote belongs to. Whoever agreed may change their mind and decline
// as long as nothing is released; while an approval cools off, so may everybody who was asked.
func (r *Request) seat(tx *db.Tx, c circle, b Ballot) (int, error) {
	if b.Choice == rule.Deny {
		agreed := func(s rule.StageTally) bool { return slices.Contains(s.Approved, b.Person) }
		if i := slices.IndexFunc(c.tally.Stages, agreed); i >= 0 {
			return i, nil
		}
	}
	if r.State == Cooling {
		return len(c.tally.Stages) - 1, r.mayVeto(tx, c, b.Person)
	}
	return c.tally.Current, c.tally.Check(b.Person)
}

func (r *Request) mayVeto(tx *db.Tx, c circle, person uuid.UUID) error {
	if reason, ok := c.barred[person]; ok {
		return fault.New(fault.Forbidden, "%s", reason)
	}
	var asked bool
	err := tx.Gorm().Raw("select exists (select 1 from request_approvers where workspace_id = ? and request_id = ? and person_id = ?)",
		tx.Workspace(), r.ID, person).Scan(&asked).Error
	if err != nil {
		return fmt.Errorf("was asked: %w", err)
	}
	if !asked || !c.active(person) {
		return fault.New(fault.Forbidden, "This was not put to you.")
	}
	return nil
}

// advance moves a locked request to where its votes have brought it.
func (m Room) advance(tx *db.Tx, r *Request, now time.Time, c circle, b Ballot) error {
	switch {
	case c.tally.Outcome == rule.Denied || r.State == Cooling:
		return r.deny(tx, now, c, b)
	case c.tally.Outcome == rule.Approved:
		return m.approve(tx, r, now, c)
	case c.tally.Outcome == rule.Undecidable:
		return r.giveUp(tx, now, c)
	}
	if err := r.save(tx, map[string]any{}); err != nil {
		return err
	}
	return invite(tx, r, c)
}

func (r *Request) deny(tx *db.Tx, now time.Time, c circle, b Ballot) error {
	r.State, r.ClosedReason = Denied, catalog.Visible(b.Reason)
	return r.close(tx, now, c.name(b.Person), map[string]any{})
}

// giveUp ends a request that too few people can decide, and has the Owners told.
func (r *Request) giveUp(tx *db.Tx, now time.Time, c circle) error {
	r.State, r.ClosedReason = Undecidable, "Too few people are left who can decide this."
	if err := tellOwners(tx, LetterUndecidable, r, c); err != nil {
		return err
	}
	return r.close(tx, now, "", map[string]any{})
}

// approve releases the request, or starts its cooling-off.
func (m Room) approve(tx *db.Tx, r *Request, now time.Time, c circle) error {
	var by []string
	for _, s := range c.tally.Stages {
		for _, id := range s.Approved {
			by = append(by, c.name(id))
		}
	}
	r.DecidedAt, r.DecidedBy = &now, list(by)
	set := map[string]any{"decided_at": now, "decided_by": r.DecidedBy}
	if off := r.Plan.V.CoolingOff.Value; off > 0 {
		until := now.Add(off.Duration())
		r.State, r.CoolingUntil = Cooling, &until
		set["state"], set["cooling_until"] = r.State, until
		tx.EnqueueAt(Due{tx.Workspace(), r.ID}, until)
		r.record(tx, "request.cooling", map[string]any{"until": until})
		return r.save(tx, set)
	}
	return m.release(tx, r, now, set)
}

// release makes an approval consumable, with its receipt.
func (m Room) release(tx *db.Tx, r *Request, now time.Time, set map[string]any) error {
	by := now.Add(r.Plan.V.ExecuteWithin.Value.Duration())
	r.State, r.ExecuteBy = Approved, &by
	receipt, err := m.receipt(tx, r, now)
	if err != nil {
		return err
	}
	r.Receipt = receipt
	set["state"], set["execute_by"], set["receipt"] = r.State, by, string(receipt)
	tx.EnqueueAt(Due{tx.Workspace(), r.ID}, by)
	r.record(tx, "request.approved", map[string]any{"by": r.DecidedBy, "execute_by": by, "receipt": json.RawMessage(receipt)})
	return r.save(tx, set)
}

// close ends a request in its present state.
func (r *Request) close(tx *db.Tx, now time.Time, by string, set map[string]any) error {
	r.DecidedAt, r.DecidedBy = &now, by
	set["state"], set["closed_reason"], set["decided_at"], set["decided_by"] = r.State, r.ClosedReason, now, by
	r.record(tx, "request."+string(r.State), map[string]any{"by": by, "reason": r.ClosedReason})
	return r.save(tx, set)
}

func (r *Request) record(tx *db.Tx, act string, detail map[string]any) {
	audit.Record(tx, audit.Entry{Act: act, ObjectType: "request", ObjectID: r.ID.String(), Object: r.Reference(), Detail: detail})
}

// refusesVote says why nobody can vote now, nil if they can.
func (r *Request) refusesVote(now time.Time, choice rule.VoteChoice) error {
	if r.State == Cooling && choice == rule.Deny {
		return nil
	}
	if r.State != Pending {
		return r.decided()
	}
	if r.ExpiresAt != nil && !now.Before(*r.ExpiresAt) {
		return expired()
	}
	return nil
}

func expired() error { return fault.New(fault.Conflict, "Nobody decided in time. It has expired.") }

// decided tells a late click what happened.
func (r *Request) decided() error {
	switch r.State {
	case Held:
		return fault.New(fault.Conflict, "Its integration is paused. The clock stands still until it is resumed.")
	case Expired:
		return expired()
	case Cancelled:
		return fault.New(fault.Conflict, "It was withdrawn by %s. Nothing is left to decide.", r.DecidedBy)
	case Undecidable:
		return fault.New(fault.Conflict, "%s Nothing is left to decide.", r.ClosedReason)
	case Superseded, Lapsed:
		return fault.New(fault.Conflict, "It is %s: %s", r.State, r.ClosedReason)
	}
	if r.DecidedAt == nil {
		return fault.New(fault.Conflict, "There is nothing to decide here.")
	}
	word := "approved"
	if r.State == Denied {
		word = "declined"
	}
	return fault.New(fault.Conflict, "Already %s by %s at %s.", word, r.DecidedBy, r.DecidedAt.UTC().Format("15:04 UTC on 2 January 2006"))
}

func list(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	}
	out := names[0]
	for _, n := range names[1 : len(names)-1] {
		out += ", " + n
	}
	return out + " and " + names[len(names)-1]
}
