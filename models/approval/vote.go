package approval

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
)

// Vote is what one person said to one request, with the proof they gave.
type Vote struct {
	WorkspaceID     uuid.UUID `gorm:"primaryKey"`
	ID              uuid.UUID `gorm:"primaryKey"`
	RequestID       uuid.UUID
	PersonID        uuid.UUID
	Stage           int
	Decision        rule.VoteChoice
	Reason          string
	Proof           string // code, code_target, session, step_up
	Channel         string // mail or portal
	Digest          string // of the action they were shown
	At              time.Time
	WithdrawnAt     *time.Time
	WithdrawnReason string
	ByMailbox       bool // whoever reads the person's mails could have cast it
}

func votesOf(tx *db.Tx, request uuid.UUID) (votes []Vote, err error) {
	if err = tx.Ask(func(q *db.Questions) { askVotes(q, request, &votes) }); err != nil {
		return nil, fmt.Errorf("votes: %w", err)
	}
	return votes, nil
}

func askVotes(q *db.Questions, request uuid.UUID, votes *[]Vote) {
	q.Ask(func(rows pgx.Rows) (err error) {
		*votes, err = pgx.CollectRows(rows, pgx.RowToStructByName[Vote])
		return err
	}, `select workspace_id, id, request_id, person_id, stage, decision, reason, proof, channel, digest, at, withdrawn_at, withdrawn_reason, by_mailbox
		from votes where workspace_id = app_ws() and request_id = $1 order by at, id`, request)
}

// counted are the votes that stand.
func counted(votes []Vote) []rule.Vote {
	var out []rule.Vote
	for _, v := range votes {
		if v.WithdrawnAt == nil {
			out = append(out, rule.Vote{Person: v.PersonID, Stage: v.Stage, Choice: v.Decision, At: v.At})
		}
	}
	return out
}
