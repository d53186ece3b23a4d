package approval

import (
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
)

// Due has a request looked at when one of its deadlines comes, or people have changed.
type Due struct {
	Workspace uuid.UUID `json:"workspace"`
	Request   uuid.UUID `json:"request"`
}

// Kind names the job.
func (Due) Kind() string { return "request_due" }

// Pass applies the deadline that has passed, by the database's clock: a request nobody decided
// expires, an approval that cooled off is released, one not consumed lapses, a consumed one
// without report is unknown. What waits for people is counted again. Too early or too often
// changes nothing.
func (m Room) Pass(tx *db.Tx, id uuid.UUID) (Request, error) {
	r, now, err := lock(tx, id)
	if err != nil {
		return r, err
	}
	past := func(t *time.Time) bool { return t != nil && !now.Before(*t) }
	switch {
	case r.State == Pending && past(r.ExpiresAt):
		r.State, r.ClosedReason = Expired, "Nobody decided in time."
		if err := r.close(tx, *r.ExpiresAt, "", map[string]any{}); err != nil {
			return r, err
		}
		return r, r.tell(tx, LetterExpired)
	case r.State == Pending:
		return r, r.recount(tx, now)
	case r.State == Cooling && past(r.CoolingUntil):
		return r, m.release(tx, &r, now, map[string]any{})
	case (r.State == Approved || r.State == Allowed) && past(r.ExecuteBy):
		return r, r.lapse(tx, now)
	case r.State == Consumed && now.Sub(*r.ConsumedAt) >= outcomeWithin:
		r.State = Unknown
		r.record(tx, "request.outcome_overdue", map[string]any{"consumed_at": r.ConsumedAt})
		if err := r.save(tx, map[string]any{"state": r.State}); err != nil {
			return r, err
		}
		return r, r.tell(tx, LetterOverdue)
	}
	return r, nil
}

// recount gives a request up that too few are left to decide, or asks who can decide it now and
// was not asked yet. That somebody left releases nothing.
func (r *Request) recount(tx *db.Tx, now time.Time) error {
	c, err := gather(tx, r)
	switch {
	case err != nil:
		return err
	case c.tally.Outcome == rule.Undecidable:
		return r.giveUp(tx, now, c)
	}
	return invite(tx, r, c)
}
