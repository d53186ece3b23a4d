package identity

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/db"
)

// Session is a browser that signed in, or one in the middle of doing so (no person yet).
type Session struct {
	HashedID  []byte `gorm:"primaryKey"`
	PersonID  *uuid.UUID
	Data      json.RawMessage // state of a passkey ceremony
	UserAgent string
	Address   string
	CreatedAt time.Time
	SeenAt    time.Time
	ProofAt   *time.Time
	EndedAt   *time.Time
}

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

// FindSession loads a live session by its hash, or refuses with SignIn.
func FindSession(tx *db.Tx, hashedID []byte) (Session, error) {
	var s Session
	err := tx.Gorm().Where("hashed_id = ? and ended_at is null and seen_at > ?", hashedID, tx.Now().Add(-time.Hour)).Take(&s).Error
	if ok, err := db.Found(err); !ok {
		if err != nil {
			return s, fmt.Errorf("find session: %w", err)
		}
		return s, fault.New(fault.SignIn, "Your session has ended. Sign in to go on.")
	}
	return s, nil
}

// KeepData stores the state of a ceremony in the session.
func KeepData(tx *db.Tx, hashedID []byte, data any) error {
	b, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("session data: %w", err)
	}
	return tx.Gorm().Exec("update sessions set data = ?::jsonb where hashed_id = ?", string(b), hashedID).Error
}

// Seen notes that a session is in use. The door calls it at most once a minute.
func Seen(tx *db.Tx, hashedID []byte) error {
	return tx.Gorm().Exec("update sessions set seen_at = ? where hashed_id = ?", tx.Now(), hashedID).Error
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
