package identity

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm/clause"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
)

// Session is a browser that signed in, or one in the middle of doing so (no person yet).
type Session struct {
	HashedID  []byte `gorm:"primaryKey"`
	PersonID  *uuid.UUID
	Data      json.RawMessage // the passkey ceremony that goes on, see ceremony.go
	UserAgent string
	Address   string
	CreatedAt time.Time
	SeenAt    time.Time
	ProofAt   *time.Time
	EndedAt   *time.Time
}

// Ref names a session among its person's on pages; it opens nothing.
func (s Session) Ref() string { return hex.EncodeToString(s.HashedID[:8]) }

// StartSession begins a session and returns the id for the cookie; only its hash is stored.
// person is nil for a browser that has not signed in yet; proved says it did so by passkey.
func StartSession(tx *db.Tx, person *uuid.UUID, proved bool, userAgent, address string) (string, error) {
	plain, hash := token.New()
	s := Session{HashedID: hash, PersonID: person, Data: json.RawMessage("{}"), UserAgent: cut(userAgent, 300),
		Address: cut(address, 100), CreatedAt: tx.Now(), SeenAt: tx.Now()}
	if proved {
		s.ProofAt = &s.CreatedAt
	}
	if err := tx.Gorm().Create(&s).Error; err != nil {
		return "", fmt.Errorf("start session: %w", err)
	}
	return plain, nil
}

// RenewSession ends a live session and starts its successor, with a proof shown just now. Whoever
// knew the old id knows nothing; the day that a session lasts still counts from the sign-in.
func RenewSession(tx *db.Tx, hashedID []byte) (string, error) {
	var s Session
	ok, err := db.Found(tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).
		Where("hashed_id = ? and ended_at is null", hashedID).Take(&s).Error)
	if err != nil {
		return "", fmt.Errorf("renew session: %w", err)
	}
	if !ok {
		return "", fault.New(fault.SignIn, "Your session has ended. Sign in to go on.")
	}
	if err := EndSession(tx, hashedID); err != nil {
		return "", err
	}
	plain, hash := token.New()
	now := tx.Now()
	s.HashedID, s.SeenAt, s.ProofAt, s.Data = hash, now, &now, json.RawMessage("{}")
	if err := tx.Gorm().Create(&s).Error; err != nil {
		return "", fmt.Errorf("renew session: %w", err)
	}
	return plain, nil
}

// Seen notes that a session is in use, and its person in the workspace that Enter opened: what
// they do elsewhere is no business of it. The door calls it at most once a minute.
func Seen(tx *db.Tx, hashedID []byte) error {
	if err := tx.Gorm().Exec("update sessions set seen_at = ? where hashed_id = ?", tx.Now(), hashedID).Error; err != nil {
		return err
	}
	return tx.Gorm().Exec("update members set seen_at = ? where workspace_id = app_ws() and person_id = app_person()", tx.Now()).Error
}

// EndSession signs one browser out. A second time changes nothing.
func EndSession(tx *db.Tx, hashedID []byte) error {
	return tx.Gorm().Exec("update sessions set ended_at = ? where hashed_id = ? and ended_at is null", tx.Now(), hashedID).Error
}

// EndSessions signs a person out everywhere, but for the session to keep (nil keeps none).
func EndSessions(tx *db.Tx, person uuid.UUID, keep []byte) error {
	if keep == nil {
		keep = []byte{}
	}
	return tx.Gorm().Exec("update sessions set ended_at = ? where person_id = ? and ended_at is null and hashed_id <> ?",
		tx.Now(), person, keep).Error
}

// SignOut ends the signed-in person's session on this browser.
func SignOut(tx *db.Tx, hashedID []byte) error {
	if err := EndSession(tx, hashedID); err != nil {
		return err
	}
	return recordOwn(tx, "person.signed_out", nil)
}

// EndOwnSession signs the person out on one browser, by Ref. A second time changes nothing.
func EndOwnSession(tx *db.Tx, ref string) error {
	live, err := ListSessions(tx, tx.Actor().ID)
	if err != nil {
		return err
	}
	for _, s := range live {
		if s.Ref() != ref {
			continue
		}
		if err := EndSession(tx, s.HashedID); err != nil {
			return err
		}
		return recordOwn(tx, "session.ended", map[string]any{"browser": s.UserAgent, "address": s.Address})
	}
	return nil
}

// EndOtherSessions signs the person out everywhere but here, and tells on how many browsers.
func EndOtherSessions(tx *db.Tx, here []byte) (int, error) {
	live, err := ListSessions(tx, tx.Actor().ID)
	if err != nil {
		return 0, err
	}
	others := slices.DeleteFunc(live, func(s Session) bool { return bytes.Equal(s.HashedID, here) })
	if len(others) == 0 {
		return 0, nil
	}
	if err := EndSessions(tx, tx.Actor().ID, here); err != nil {
		return 0, err
	}
	return len(others), recordOwn(tx, "session.ended", map[string]any{"browsers": len(others)})
}

// recordOwn records what a person did with their own account.
func recordOwn(tx *db.Tx, act string, detail map[string]any) error {
	a := tx.Actor()
	return audit.RecordEverywhere(tx, audit.Entry{Act: act, ObjectType: "person", ObjectID: a.ID.String(), Object: a.Name, Detail: detail})
}

// ListSessions are a person's live sessions, newest first.
func ListSessions(tx *db.Tx, person uuid.UUID) ([]Session, error) {
	var out []Session
	err := tx.Gorm().Where("person_id = ? and ended_at is null and seen_at > ? and created_at > ?", person,
		tx.Now().Add(-time.Hour), tx.Now().Add(-24*time.Hour)).Order("created_at desc").Limit(100).Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return out, nil
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
