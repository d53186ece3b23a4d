package approval

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/gorm/clause"

	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
)

// Letter has the outgoing door write and send one message.
type Letter struct {
	Workspace uuid.UUID `json:"workspace"`
	Message   uuid.UUID `json:"message"`
}

// Kind names the job.
func (Letter) Kind() string { return "request_letter" }

// InsertOpts gives a mail server a day to take it.
func (Letter) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: db.MailQueue, MaxAttempts: 30}
}

type approverRow struct {
	WorkspaceID uuid.UUID `gorm:"primaryKey"`
	RequestID   uuid.UUID `gorm:"primaryKey"`
	PersonID    uuid.UUID `gorm:"primaryKey"`
	AskedAt     time.Time
}

func (approverRow) TableName() string { return "request_approvers" }

// invite asks everyone who can agree in the current stage and was not asked yet.
func invite(tx *db.Tx, r *Request, c circle) error {
	if c.tally.Current >= len(c.tally.Stages) {
		return nil
	}
	for _, id := range c.tally.Stages[c.tally.Current].Eligible {
		row := approverRow{tx.Workspace(), r.ID, id, tx.Now()}
		res := tx.Gorm().Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if res.Error != nil {
			return fmt.Errorf("ask approver: %w", res.Error)
		}
		if res.RowsAffected == 0 {
			continue
		}
		at := slices.IndexFunc(c.people, func(p colleague) bool { return p.ID == id })
		msg, err := delivery.Queue(tx, "request.asked", id, c.people[at].Email, "request", r.ID)
		if err != nil {
			return err
		}
		tx.Enqueue(Letter{tx.Workspace(), msg.ID})
	}
	return nil
}

// Writing is all that a letter about a request says.
type Writing struct {
	Message   delivery.Message
	Name      string // of the receiver
	Workspace string
	Slug      string
	Request   Request
	Need      int // agreements in this stage, and those given
	Given     int
	Link      string // the token of a decision link, "" where the risk allows none
	Code      string // to be typed on its page, "" where the link only leads to sign-in
}

// Write prepares one letter and, where the risk allows it, makes its link and code: they
// exist in this letter and as hashes only. ok is false when the letter is not needed any more.
func (m Room) Write(tx *db.Tx, message uuid.UUID) (w Writing, ok bool, err error) {
	if w.Message, ok, err = delivery.Take(tx, message); err != nil || !ok {
		return w, false, err
	}
	if w.Request, err = Find(tx, *w.Message.ObjectID); err != nil {
		return w, false, err
	}
	c, err := gather(tx, &w.Request)
	if err != nil {
		return w, false, err
	}
	person := *w.Message.PersonID
	if w.Message.Kind == "request.asked" && (w.Request.State != Pending || c.tally.Check(person) != nil) {
		return w, false, delivery.Settle(tx, message, delivery.Skipped, "Not needed any more.")
	}
	w.Name = c.name(person)
	if w.Slug, w.Workspace, err = placeName(tx); err != nil {
		return w, false, err
	}
	if i := c.tally.Current; i < len(c.tally.Stages) {
		w.Need, w.Given = c.tally.Stages[i].Need, len(c.tally.Stages[i].Approved)
	}
	if w.Message.Kind == "request.asked" && w.Request.Proof < catalog.StepUpOnly {
		err = w.makeLink(tx, person)
	}
	return w, err == nil, err
}

// linkLasts bounds a link, whatever time the request has.
const linkLasts = 72 * time.Hour

// makeLink makes a link for this letter. A letter that is sent again has another one; the
// older stays good, for nobody knows which of the two arrived.
func (w *Writing) makeLink(tx *db.Tx, person uuid.UUID) error {
	plain, hash := token.New()
	l := Link{WorkspaceID: tx.Workspace(), ID: uuid.New(), RequestID: w.Request.ID, PersonID: person, HashedToken: hash,
		CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(linkLasts)}
	if w.Request.ExpiresAt != nil {
		l.ExpiresAt = earlier(l.ExpiresAt, *w.Request.ExpiresAt)
	}
	w.Link = plain
	if w.Request.Proof < catalog.StepUp {
		w.Code = token.Code()
		l.HashedCode = token.HashCode(plain, w.Code)
	}
	if err := tx.Gorm().Create(&l).Error; err != nil {
		return fmt.Errorf("make decision link: %w", err)
	}
	return nil
}

func placeName(tx *db.Tx) (slug, name string, err error) {
	var row struct{ Slug, Name string }
	err = tx.Gorm().Raw("select slug, name from workspaces where workspace_id = ?", tx.Workspace()).Scan(&row).Error
	return row.Slug, row.Name, err
}
