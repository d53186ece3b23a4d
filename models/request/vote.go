package approval

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	rule "github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
)

// Vote is what one person said to one request, with the proof they gave.
type Vote struct {
	WorkspaceID uuid.UUID `gorm:"primaryKey"`
	ID          uuid.UUID `gorm:"primaryKey"`
	RequestID   uuid.UUID
	PersonID    uuid.UUID
	Stage       int
	Decision    rule.VoteChoice
	Reason      string
	Proof       string // code, code_target, session, step_up
	Channel     string // mail or portal
	Digest      string // of the action they were shown
	At          time.Time
	WithdrawnAt *time.Time
}

func votesOf(tx *db.Tx, request uuid.UUID) ([]Vote, error) {
	var out []Vote
	err := tx.Gorm().Where("workspace_id = ? and request_id = ?", tx.Workspace(), request).Order("at, id").Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("votes: %w", err)
	}
	return out, nil
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
