package approval

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/rulebook"
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
	return db.ByMail()
}

// invite asks everyone who can agree in the current stage and was not asked yet. Whose letter was
// left out, because it was not their turn when it was to be sent, was not asked.
func invite(tx *db.Tx, r *Request, c circle) error {
	if c.tally.Current >= len(c.tally.Stages) {
		return nil
	}
	var asked []uuid.UUID
	err := tx.Gorm().Raw(`insert into request_approvers (workspace_id, request_id, person_id, asked_at)
		select @ws, @request, m.person_id, @now from members m where m.workspace_id = @ws and m.person_id in @people
		on conflict (workspace_id, request_id, person_id) do update set asked_at = excluded.asked_at
			where 'skipped' = all (select m.state from messages m where m.workspace_id = @ws and m.object_id = @request
				and m.person_id = excluded.person_id and m.kind = 'request.asked')
		returning person_id`, map[string]any{"ws": tx.Workspace(), "request": r.ID, "now": tx.Now(),
		"people": c.tally.Stages[c.tally.Current].Eligible}).Scan(&asked).Error
	if err != nil {
		return fmt.Errorf("ask approvers: %w", err)
	}
	return r.write(tx, LetterAsked, rulebook.Receivers(c.people, func(p rulebook.Colleague) bool { return slices.Contains(asked, p.ID) }))
}

// write queues one letter for each receiver.
func (r *Request) write(tx *db.Tx, kind string, to []delivery.Receiver) error {
	letters, err := delivery.QueueAll(tx, kind, to, "request", r.ID)
	for _, l := range letters {
		tx.Enqueue(Letter{tx.Workspace(), l.ID})
	}
	return err
}

// Kinds of letters. Two ask; the others tell Owners of silence, and of too much noise.
const (
	LetterAsked       = "request.asked"
	LetterAgain       = "request.asked_again"     // wrong codes ended the links of before
	LetterUndecidable = "request.undecidable"     // too few can decide it
	LetterExpired     = "request.expired"         // nobody decided in time
	LetterOverdue     = "request.outcome_overdue" // nobody reported what came of it
	LetterCapped      = "agent.capped"            // with it the agent has all waiting that it may
)

// tellOwners writes to every Owner.
func tellOwners(tx *db.Tx, kind string, r *Request, c circle) error {
	return r.write(tx, kind, rulebook.Receivers(c.people, rulebook.Colleague.Owns))
}

// tell is tellOwners for a request whose people were not gathered yet.
func (r *Request) tell(tx *db.Tx, kind string) error {
	c, err := gather(tx, r)
	if err != nil {
		return err
	}
	return tellOwners(tx, kind, r, c)
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
// exist in this letter and as hashes only. ok is false when the letter is not needed any more, or
// waits for its receiver's roundup.
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
	asks := w.Message.Kind == LetterAsked || w.Message.Kind == LetterAgain
	if asks && (w.Request.State != Pending || c.tally.Check(person) != nil) {
		return w, false, delivery.Settle(tx, message, delivery.Skipped, "Not needed any more.")
	}
	if w.Message.Kind == LetterAsked {
		if ok, err = alone(tx, w.Message); err != nil || !ok {
			return w, false, err
		}
	}
	w.Name = c.name(person)
	if w.Slug, w.Workspace, err = placeName(tx); err != nil {
		return w, false, err
	}
	if i := c.tally.Current; i < len(c.tally.Stages) {
		w.Need, w.Given = c.tally.Stages[i].Need, len(c.tally.Stages[i].Approved)
	}
	if asks && w.Request.Proof < catalog.StepUpOnly {
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
	m, err := readByMail(tx, person)
	if err != nil {
		return err
	}
	if w.Request.Proof < catalog.StepUp && !m.SignedInOnly {
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
