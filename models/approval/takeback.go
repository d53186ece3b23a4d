package approval

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
)

// TakeBack takes the approvals of the person who acts back, as long as the request is not
// decided. They stay on record beside it, and the person may decide anew. It releases nothing:
// what is approved, a vote has approved.
func TakeBack(tx *db.Tx, id uuid.UUID, reason string) (Request, error) {
	r, now, err := lock(tx, id)
	if err != nil {
		return r, err
	}
	if err := r.refusesTakeBack(now); err != nil {
		return r, err
	}
	if err := longReason(reason).OrNil(); err != nil {
		return r, err
	}
	c, err := gather(tx, &r)
	if err != nil {
		return r, err
	}
	me := tx.Actor().ID
	stages := c.agreed(me)
	if len(stages) == 0 {
		return r, fault.New(fault.Conflict, "You have no approval here that you could take back.")
	}
	reason = catalog.Visible(reason)
	if err := c.takeBack(tx, me, now, reason); err != nil {
		return r, err
	}
	r.record(tx, "request.vote_withdrawn", map[string]any{"stages": stages, "digest": r.Digest, "reason": reason})
	c.count(&r)
	if err := reopenLater(tx, r.ID, me); err != nil {
		return r, err
	}
	return r, r.goBack(tx, now, c)
}

// goBack leaves a request to those who can decide it without the approval.
func (r *Request) goBack(tx *db.Tx, now time.Time, c circle) error {
	if r.State == Pending && c.tally.Outcome == rule.Undecidable {
		return r.giveUp(tx, now, c)
	}
	if err := r.save(tx, map[string]any{}); err != nil || r.State != Pending {
		return err
	}
	return invite(tx, r, c)
}

// refusesTakeBack says why no approval can be taken back now, nil if one can.
func (r *Request) refusesTakeBack(now time.Time) error {
	switch {
	case r.State == Held:
		return nil
	case r.State == Cooling:
		return fault.New(fault.Conflict, "It is approved and cools off. To stop it, decline it.")
	}
	return r.refusesVote(now, rule.Approve)
}

// agreed are the stages, counted from 1, in which a person's approval stands.
func (c circle) agreed(person uuid.UUID) (stages []int) {
	for _, v := range c.votes {
		if v.PersonID == person && v.Decision == rule.Approve && v.WithdrawnAt == nil {
			stages = append(stages, v.Stage+1)
		}
	}
	slices.Sort(stages)
	return stages
}

// takeBack withdraws what a person said so far. All of it stays on record.
func (c *circle) takeBack(tx *db.Tx, person uuid.UUID, now time.Time, reason string) error {
	for i := range c.votes {
		v := &c.votes[i]
		if v.PersonID != person || v.WithdrawnAt != nil {
			continue
		}
		v.WithdrawnAt, v.WithdrawnReason = &now, reason
		err := tx.Gorm().Exec("update votes set withdrawn_at = ?, withdrawn_reason = ? where workspace_id = ? and id = ?", now, reason, tx.Workspace(), v.ID).Error
		if err != nil {
			return fmt.Errorf("withdraw vote: %w", err)
		}
	}
	return nil
}

// reopenLater has the used links of a person say that they may decide again. The links stay ended,
// for the code of one was shown already.
func reopenLater(tx *db.Tx, request, person uuid.UUID) error {
	err := tx.Gorm().Exec(`update decision_links set ended_reason = 'You took your approval back. Sign in to decide again.'
		where workspace_id = ? and request_id = ? and person_id = ? and used_at is not null`, tx.Workspace(), request, person).Error
	if err != nil {
		return fmt.Errorf("word links: %w", err)
	}
	return nil
}
