package approval

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/identity"
)

// LetterRoundup names in one mail what waits for a person who had enough single ones.
const LetterRoundup = "request.roundup"

// namedInRoundup is how many requests a roundup names; of the others it tells how many there are.
const namedInRoundup = 20

// RoundupLetter has the outgoing door write and send one roundup.
type RoundupLetter struct {
	Workspace uuid.UUID `json:"workspace"`
	Message   uuid.UUID `json:"message"`
}

// Kind names the job.
func (RoundupLetter) Kind() string { return "request_roundup" }

// InsertOpts gives a mail server a day to take it.
func (RoundupLetter) InsertOpts() river.InsertOpts {
	return db.ByMail()
}

// alone tells whether a person is asked in a letter of its own, or else has it wait for their roundup.
func alone(tx *db.Tx, m delivery.Message) (bool, error) {
	ok, opened, due, err := delivery.Single(tx, m, LetterRoundup)
	if opened != nil {
		tx.EnqueueAt(RoundupLetter{tx.Workspace(), opened.ID}, due)
	}
	return ok, err
}

// Roundup is all that a roundup says.
type Roundup struct {
	Message   delivery.Message
	Name      string // of the receiver
	Workspace string
	Slug      string
	Total     int // requests that it is about
	Kinds     []KindCount
	Requests  []Request // the first of them by their deadline
}

// KindCount is how many requests of one kind wait. Title is "" where the catalog does not know the kind.
type KindCount struct {
	Title string
	Risk  catalog.Risk
	N     int
}

// WriteRoundup prepares a roundup. It holds no link that decides. ok is false when nothing of it waits any more.
func WriteRoundup(tx *db.Tx, message uuid.UUID) (d Roundup, ok bool, err error) {
	if d.Message, ok, err = delivery.Take(tx, message); err != nil || !ok {
		return d, false, err
	}
	if err := delivery.Close(tx, d.Message); err != nil {
		return d, false, err
	}
	if err := d.leaveOut(tx); err != nil {
		return d, false, err
	}
	if err := d.read(tx); err != nil {
		return d, false, err
	}
	if d.Total == 0 {
		return d, false, delivery.Settle(tx, message, delivery.Skipped, "Not needed any more.")
	}
	to, err := identity.FindPerson(tx, *d.Message.PersonID)
	if err != nil {
		return d, false, err
	}
	d.Name = to.Name
	d.Slug, d.Workspace, err = placeName(tx)
	return d, err == nil, err
}

// leaveOut settles what its receiver need not decide any more.
func (d *Roundup) leaveOut(tx *db.Tx) error {
	err := tx.Gorm().Exec(`update messages m set state = 'skipped', problem = 'Not needed any more.'
		where m.workspace_id = @ws and m.roundup_id = @roundup and m.state = 'queued' and not exists (select 1 from action_requests r
			join members p on p.workspace_id = r.workspace_id and p.person_id = m.person_id and p.removed_at is null
			where r.workspace_id = m.workspace_id and r.id = m.object_id and r.state = 'pending' and r.expires_at > @now
			and not exists (select 1 from votes v where v.workspace_id = r.workspace_id and v.request_id = r.id
				and v.person_id = m.person_id and v.withdrawn_at is null))`,
		map[string]any{"ws": tx.Workspace(), "roundup": d.Message.ID, "now": tx.Now()}).Error
	if err != nil {
		return fmt.Errorf("what a roundup leaves out: %w", err)
	}
	return nil
}

func (d *Roundup) read(tx *db.Tx) error {
	const in = ` from messages m join action_requests r on r.workspace_id = m.workspace_id and r.id = m.object_id
		where m.workspace_id = ? and m.roundup_id = ? and m.state = 'queued'`
	err := tx.Gorm().Raw("select r.*"+in+" order by r.expires_at, r.ref limit ?", tx.Workspace(), d.Message.ID, namedInRoundup).Scan(&d.Requests).Error
	if err != nil {
		return fmt.Errorf("requests of a roundup: %w", err)
	}
	var rows []struct {
		Type string
		Risk catalog.Risk
		N    int
	}
	err = tx.Gorm().Raw("select r.type, r.risk, count(*) as n"+in+" group by 1, 2 order by 2 desc, 3 desc, 1", tx.Workspace(), d.Message.ID).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("kinds of a roundup: %w", err)
	}
	for _, r := range rows {
		k := KindCount{Risk: r.Risk, N: r.N}
		if t, known := catalog.Find(r.Type); known {
			k.Title = t.Title
		}
		d.Kinds, d.Total = append(d.Kinds, k), d.Total+r.N
	}
	return nil
}
