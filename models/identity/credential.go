package identity

import (
	"fmt"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/gorm/clause"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
)

// Credentials is what passkeys and authenticator apps need from outside: the address that
// passkeys are bound to, and the keys that seal an app's secret.
type Credentials struct {
	Base   *url.URL
	Keyset seal.Keyset
}

// CredentialMail asks the outgoing door to tell a person that a way to prove themselves was
// added or removed. Act is the audit act, Name what they called the passkey; By who did it, if it was
// not they themselves; of a reset uuid.Nil is the portal's operator.
type CredentialMail struct {
	Person uuid.UUID `json:"person"`
	Act    string    `json:"act"` // passkey.added, passkey.removed, totp.added, totp.removed, person.reset
	Name   string    `json:"name,omitempty"`
	By     uuid.UUID `json:"by,omitzero"`
	At     time.Time `json:"at"`
}

func (CredentialMail) Kind() string { return "credential_mail" }

// InsertOpts puts the mail in its own queue.
func (CredentialMail) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: db.MailQueue} }

// Ways are how a person can prove who they are beyond the mailbox.
type Ways struct {
	Passkeys []Passkey // oldest first
	TOTP     bool
}

// None tells that there is nothing to prove with yet.
func (w Ways) None() bool { return len(w.Passkeys) == 0 && !w.TOTP }

// FindWays finds the signed-in person's.
func FindWays(tx *db.Tx) (Ways, error) {
	p, err := FindPerson(tx, tx.Actor().ID)
	if err != nil {
		return Ways{}, err
	}
	keys, err := listPasskeys(tx, p.ID)
	return Ways{Passkeys: keys, TOTP: p.SealedTOTP != nil}, err
}

// MayChangeWays refuses with ProofNeeded who has a way to prove themselves and did not use it
// just now. The first one may be added without: there is nothing yet to prove with.
func MayChangeWays(tx *db.Tx) error {
	w, err := FindWays(tx)
	if err != nil || w.None() {
		return err
	}
	if at := tx.Actor().ProofAt; at.IsZero() || tx.Now().Sub(at) >= access.ProofLasts {
		return fault.New(fault.ProofNeeded, "Show your passkey or authenticator code first. It counts for five minutes.")
	}
	return nil
}

// lockPerson locks a person's row, so that two changes of their ways come one by one. ok is false
// when there is nobody, or nobody who may come in.
func lockPerson(tx *db.Tx, id uuid.UUID) (p Person, ok bool, err error) {
	ok, err = db.Found(tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ? and disabled_at is null", id).Take(&p).Error)
	if err != nil {
		return p, false, fmt.Errorf("lock person: %w", err)
	}
	return p, ok, nil
}

// lockSelf is lockPerson for the signed-in person.
func lockSelf(tx *db.Tx) (Person, error) {
	p, ok, err := lockPerson(tx, tx.Actor().ID)
	if err == nil && !ok {
		err = fault.Missing()
	}
	return p, err
}

// changeWays is lockSelf for a change that needs proof. The session may have ended while the lock was
// waited for: after a reset nobody adds a way who was signed in before.
func changeWays(tx *db.Tx) (Person, error) {
	p, err := lockSelf(tx)
	if err != nil {
		return p, err
	}
	var ended bool
	err = tx.Gorm().Raw("select exists (select 1 from sessions where hashed_id = decode(?, 'hex') and ended_at is not null)", tx.Actor().Session).Scan(&ended).Error
	if err != nil {
		return p, fmt.Errorf("look at the session: %w", err)
	}
	if ended {
		return p, fault.New(fault.SignIn, "Your session has ended. Sign in to go on.")
	}
	return p, MayChangeWays(tx)
}

// ResetWays takes every passkey and the authenticator app from a person who cannot use them any more,
// signs them out everywhere and has them told who did it. Their next sign-in link lets them add a new
// way. What was taken comes back. The caller has checked that the actor may, and records it.
func ResetWays(tx *db.Tx, id uuid.UUID) (Ways, error) {
	p, ok, err := lockPerson(tx, id)
	if err != nil {
		return Ways{}, err
	}
	if !ok {
		return Ways{}, fault.Missing()
	}
	keys, err := listPasskeys(tx, id)
	if err != nil {
		return Ways{}, err
	}
	taken := Ways{Passkeys: keys, TOTP: p.SealedTOTP != nil}
	if taken.None() {
		return taken, fault.New(fault.Conflict, "%s has no passkey and no authenticator app. The next sign-in link lets them add one.", p.Name)
	}
	if err := tx.Gorm().Where("person_id = ?", id).Delete(&Passkey{}).Error; err != nil {
		return taken, fmt.Errorf("remove passkeys: %w", err)
	}
	// The step stays, as in RemoveTOTP.
	if err := tx.Gorm().Model(&p).Updates(map[string]any{"sealed_totp": nil, "totp_wrong": 0, "totp_since": nil}).Error; err != nil {
		return taken, fmt.Errorf("remove authenticator: %w", err)
	}
	tx.Enqueue(CredentialMail{Person: id, Act: "person.reset", By: tx.Actor().ID, At: tx.Now()})
	return taken, EndSessions(tx, id, nil)
}

// tell records a change of the person's ways and has them told by mail.
func tell(tx *db.Tx, act, name string) error {
	tx.Enqueue(CredentialMail{Person: tx.Actor().ID, Act: act, Name: name, At: tx.Now()})
	var detail map[string]any
	if name != "" {
		detail = map[string]any{"name": name}
	}
	return recordOwn(tx, act, detail)
}

// prove renews the session with a proof shown just now and records by what.
func prove(tx *db.Tx, session []byte, by string) (string, error) {
	plain, err := RenewSession(tx, session)
	if err != nil {
		return "", fmt.Errorf("prove: %w", err)
	}
	return plain, recordOwn(tx, "proof.shown", map[string]any{"by": by})
}
