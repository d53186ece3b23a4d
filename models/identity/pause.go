package identity

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
)

// PauseToken stops an agent until somebody resumes it: it asks and consumes nothing. The caller keeps
// asks from being born meanwhile.
func PauseToken(tx *db.Tx, id uuid.UUID, reason string) (Token, error) {
	t, err := lockToken(tx, id)
	if err != nil {
		return t, err
	}
	if !t.Acts(tx.Now()) {
		return t, fault.New(fault.Conflict, "The token %s does not act: there is nothing to pause.", t.Name)
	}
	if t.PausedAt != nil {
		return t, fault.New(fault.Conflict, "The token %s is paused already, since %s: %s", t.Name, stamp(*t.PausedAt), t.PauseReason)
	}
	if reason, err = catalog.CleanReason(reason, "Say why, for those who meet the pause later."); err != nil {
		return t, err
	}
	t.PausedBy, t.PauseReason = new(tx.Actor().ID), reason
	return t, t.pause(tx, "token.paused")
}

// StopToken is how the portal itself pauses an agent that does not heed what it is told. why says so to people.
func StopToken(tx *db.Tx, id uuid.UUID, why string) (Token, error) {
	t, err := lockToken(tx, id)
	if err != nil {
		return t, err
	}
	t.PausedBy, t.PauseReason = nil, why
	return t, t.pause(tx, "token.stopped")
}

func (t *Token) pause(tx *db.Tx, act string) error {
	t.PausedAt = new(tx.Now())
	err := t.save(tx, map[string]any{"paused_at": t.PausedAt, "paused_by": t.PausedBy, "pause_reason": t.PauseReason})
	audit.Record(tx, audit.Entry{Act: act, ObjectType: "token", ObjectID: t.ID.String(), Object: t.Name, Detail: map[string]any{"reason": t.PauseReason}})
	return err
}

// ResumeToken lets a paused agent act again.
func ResumeToken(tx *db.Tx, id uuid.UUID, reason string) (Token, error) {
	t, err := lockToken(tx, id)
	if err != nil {
		return t, err
	}
	if t.PausedAt == nil {
		return t, fault.New(fault.Conflict, "The token %s is not paused.", t.Name)
	}
	if reason, err = catalog.CleanReason(reason, "Say why it may act again. It stays on record."); err != nil {
		return t, err
	}
	audit.Record(tx, audit.Entry{Act: "token.resumed", ObjectType: "token", ObjectID: t.ID.String(), Object: t.Name,
		Before: map[string]any{"paused_at": t.PausedAt, "paused_by": t.PausedBy, "reason": t.PauseReason}, Detail: map[string]any{"reason": reason}})
	t.PausedAt, t.PausedBy, t.PauseReason, t.ResumedAt = nil, nil, "", new(tx.Now())
	return t, t.save(tx, map[string]any{"paused_at": nil, "paused_by": nil, "pause_reason": "", "resumed_at": t.ResumedAt})
}

// AskPaused asks which of these agents is paused, if one is; it sets the token's PausedAt. Until the
// transaction ends none of them can be paused.
func AskPaused(q *db.Questions, ids []uuid.UUID, t *Token) {
	q.Ask(func(rows pgx.Rows) error {
		*t = Token{}
		for rows.Next() && t.PausedAt == nil {
			if err := rows.Scan(&t.Name, &t.PausedAt, &t.PauseReason); err != nil {
				return err
			}
		}
		return rows.Err()
	}, "select name, paused_at, pause_reason from api_tokens where workspace_id = app_ws() and id = any($1) order by id for share", ids)
}

// Refusal is what a paused agent is told.
func (t Token) Refusal() *fault.Fault {
	return fault.New(fault.Conflict, "The token %s is paused since %s: %s Nothing is taken in or handed out until an Owner or Admin resumes it.",
		t.Name, stamp(*t.PausedAt), sentence(t.PauseReason)).Called(fault.AgentPaused)
}

func stamp(t time.Time) string { return t.UTC().Format("15:04 UTC on 2 January 2006") }

// sentence ends a text with a full stop.
func sentence(text string) string {
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// Acts tells whether the token lets a machine ask for actions or use approvals, unless it is paused.
func (t Token) Acts(now time.Time) bool {
	return t.Asks(now) || t.Live(now) && t.may(access.ConsumeActions)
}

func lockToken(tx *db.Tx, id uuid.UUID) (t Token, err error) {
	err = tx.Gorm().Raw("select * from api_tokens where workspace_id = ? and id = ? for no key update", tx.Workspace(), id).Scan(&t).Error
	if err != nil {
		return t, fmt.Errorf("lock token: %w", err)
	}
	if t.ID == uuid.Nil {
		return t, fault.Missing()
	}
	return t, nil
}

func (t *Token) save(tx *db.Tx, set map[string]any) error {
	err := tx.Gorm().Model(&Token{}).Where("workspace_id = ? and id = ?", tx.Workspace(), t.ID).Updates(set).Error
	if err != nil {
		return fmt.Errorf("save token: %w", err)
	}
	return nil
}
