package approval

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
)

// An agent that has all waiting that it may is told so with each ask. One that goes on all the same,
// refusedAtMost times within refusedWithin, does not listen and is paused.
const (
	refusedAtMost = 50
	refusedWithin = 10 * time.Minute
)

// PauseAgent stops an agent by hand. What it asked before stays open; nothing of it is handed out.
func PauseAgent(tx *db.Tx, id uuid.UUID, reason string) (identity.Token, error) {
	if err := lockPlace(tx); err != nil {
		return identity.Token{}, err
	}
	return identity.PauseToken(tx, id, reason)
}

// ResumeAgent lets a paused agent act again, whoever paused it.
func ResumeAgent(tx *db.Tx, id uuid.UUID, reason string) (identity.Token, error) {
	if err := lockPlace(tx); err != nil {
		return identity.Token{}, err
	}
	return identity.ResumeToken(tx, id, reason)
}

// heedless tells that with one more refusal the agent must be stopped.
func (s standing) heedless() bool { return s.Waiting >= openAtOnce && s.Refused >= refusedAtMost-1 }

// stop pauses the agent that asked this and has Owners told.
func (r *Request) stop(tx *db.Tx) error {
	why := fmt.Sprintf("%d of its requests wait for people, and it was refused %d more within %d minutes.", openAtOnce, refusedAtMost, int(refusedWithin.Minutes()))
	t, err := identity.StopToken(tx, *r.TokenID, why)
	if err != nil {
		return err
	}
	return warn(tx, LetterPaused, "token", t.ID)
}
