package approval

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
)

// After MostByMail decisions of one person within byMailWithin with nothing but their mailbox, from links
// or signed in by one, links decide no more and Owners are told. Whoever reads another's mails can still
// sign in by one, and approves nothing there only where the workspace asks for more than a mailbox.
const (
	MostByMail   = 50
	byMailWithin = 24 * time.Hour
)

// LetterManyByMail tells Owners that a person decided MostByMail requests so.
const LetterManyByMail = "link.limit_reached"

// byMail is what stands against a decision with a mailbox alone, whatever the request.
type byMail struct {
	SignedInOnly bool
	Cast         int // by the person, lately
}

func askByMail(q *db.Questions, person uuid.UUID, since time.Time, m *byMail) {
	q.Ask(db.One(&m.SignedInOnly, &m.Cast), `select signed_in_only, (select count(*) from votes where workspace_id = app_ws()
		and person_id = $1 and by_mailbox and at > $2) from workspaces where workspace_id = app_ws()`, person, since)
}

func readByMail(tx *db.Tx, person uuid.UUID) (m byMail, err error) {
	if err = tx.Ask(func(q *db.Questions) { askByMail(q, person, tx.Now().Add(-byMailWithin), &m) }); err != nil {
		return m, fmt.Errorf("decisions by mail: %w", err)
	}
	return m, nil
}

// lockVote is lock for a vote that a mailbox alone may cast: of several at once, each is counted.
func lockVote(tx *db.Tx, id, person uuid.UUID) (r Request, m byMail, now time.Time, err error) {
	if r, err = find(tx, id, true); err != nil {
		return r, m, now, err
	}
	err = tx.Ask(func(q *db.Questions) {
		q.Ask(db.One(new(int)), "select 1 from members where workspace_id = app_ws() and person_id = $1 for no key update", person)
		q.Ask(db.One(&now), "select clock_timestamp() + $1", q.Drift)
		askByMail(q, person, tx.Now().Add(-byMailWithin), &m)
	})
	if err != nil {
		return r, m, now, fmt.Errorf("lock for a vote: %w", err)
	}
	return r, m, now.UTC(), nil
}

const signedInOnly = "In this workspace people decide signed in, with a passkey or an authenticator code, not from e-mails."

// signIn says why the holder of a link decides signed in; "" where the mail's code decides.
func (o *Opened) signIn(m byMail) string {
	switch {
	case o.Request.Proof >= catalog.StepUp:
		return "This kind of action is decided signed in, with a passkey or an authenticator code shown just now."
	case m.SignedInOnly:
		return signedInOnly
	case m.Cast >= MostByMail:
		return fmt.Sprintf("You decided %d requests within 24 hours with nothing but your mailbox, which is the most from e-mails. Signed in you can decide more.", MostByMail)
	case o.Link.HashedCode == nil:
		return "This link came without a code, so you decide signed in."
	}
	return ""
}

// refusesApproval refuses what takes a passkey or TOTP that was not shown just now.
func (r *Request) refusesApproval(b Ballot, m byMail, proved bool) error {
	if b.Choice != rule.Approve || proved {
		return nil
	}
	if r.Proof >= catalog.StepUp {
		return fault.New(fault.ProofNeeded, "Show your passkey or authenticator code to approve this.")
	}
	if b.ByMailbox && m.SignedInOnly {
		return fault.New(fault.ProofNeeded, signedInOnly)
	}
	return nil
}

// needsProof tells whether the reader can approve only with a passkey or TOTP shown just before.
func (r *Request) needsProof(tx *db.Tx) (bool, error) {
	if r.Proof >= catalog.StepUp || !tx.Actor().ProofAt.IsZero() {
		return r.Proof >= catalog.StepUp, nil
	}
	m, err := readByMail(tx, tx.Actor().ID)
	return m.SignedInOnly, err
}

// noteMany has Owners told, at most once a day of each person, when a vote was the last that a link
// takes for now. The voter is locked.
func noteMany(tx *db.Tx, m byMail, person uuid.UUID) error {
	if m.Cast != MostByMail-1 {
		return nil
	}
	audit.Record(tx, audit.Entry{Act: "link.limit_reached", ObjectType: "person", ObjectID: person.String(), Object: tx.Actor().Name, Detail: map[string]any{"decisions": MostByMail}})
	var told bool
	err := tx.Gorm().Raw("select exists (select 1 from messages where workspace_id = ? and object_id = ? and kind = ? and queued_at > ?)",
		tx.Workspace(), person, LetterManyByMail, tx.Now().Add(-byMailWithin)).Scan(&told).Error
	if err != nil || told {
		return err
	}
	return warn(tx, LetterManyByMail, "person", person)
}
