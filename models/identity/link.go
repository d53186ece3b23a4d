package identity

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm/clause"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
)

// SignInLinkLasts is how long a sign-in link can be used, once.
const SignInLinkLasts = 15 * time.Minute

// linksPerHour caps what one address can be sent.
const linksPerHour = 6

// SignInMail asks the outgoing door to mail a sign-in link. It is enqueued for every address
// typed, known or not, so that neither answer nor timing tells which exist.
type SignInMail struct {
	Email string `json:"email"`
	Next  string `json:"next"`
}

func (SignInMail) Kind() string { return "sign_in_mail" }

type signInLink struct {
	HashedToken []byte `gorm:"primaryKey"`
	PersonID    uuid.UUID
	Next        string
	CreatedAt   time.Time
	ExpiresAt   time.Time
	UsedAt      *time.Time
}

// AskSignIn has a link sent to the address, if somebody has it. next is where to go afterwards.
func AskSignIn(tx *db.Tx, email, next string) error {
	email, err := Address("email", email)
	if err != nil {
		return err
	}
	tx.Enqueue(SignInMail{Email: email, Next: LocalPath(next)})
	return nil
}

// MakeSignInLink makes a link for a known address. ok is false when there is nobody to send it
// to, or the address was sent enough for this hour.
func MakeSignInLink(tx *db.Tx, email, next string) (p Person, plain string, ok bool, err error) {
	p, ok, err = FindByEmail(tx, email)
	if err != nil || !ok || p.DisabledAt != nil {
		return p, "", false, err
	}
	var n int64
	err = tx.Gorm().Model(&signInLink{}).Where("person_id = ? and created_at > ?", p.ID, tx.Now().Add(-time.Hour)).Count(&n).Error
	if err != nil || n >= linksPerHour {
		return p, "", false, err
	}
	plain, hash := token.New()
	l := signInLink{HashedToken: hash, PersonID: p.ID, Next: LocalPath(next), CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(SignInLinkLasts)}
	if err := tx.Gorm().Create(&l).Error; err != nil {
		return p, "", false, fmt.Errorf("make sign-in link: %w", err)
	}
	return p, plain, true, nil
}

// CheckSignInLink refuses with Gone a link that is unknown, used or too old. It changes nothing.
func CheckSignInLink(tx *db.Tx, plain string) error {
	var l signInLink
	return findLink(tx, plain, &l, false)
}

// UseSignInLink ends the link and returns whose it was and where they wanted to go.
// The transaction speaks for that person from here on.
func UseSignInLink(tx *db.Tx, plain string) (Person, string, error) {
	var l signInLink
	if err := findLink(tx, plain, &l, true); err != nil {
		return Person{}, "", err
	}
	if err := tx.Gorm().Model(&l).Update("used_at", tx.Now()).Error; err != nil {
		return Person{}, "", fmt.Errorf("use sign-in link: %w", err)
	}
	p, err := FindPerson(tx, l.PersonID)
	if err != nil {
		return p, "", err
	}
	if p.DisabledAt != nil {
		return p, "", gone()
	}
	return p, l.Next, Recognize(tx, p, "person.signed_in", map[string]any{"by": "e-mail link"})
}

// Recognize makes the transaction speak for a person who has just proved who they are, and
// records that in every workspace of theirs.
func Recognize(tx *db.Tx, p Person, act string, detail map[string]any) error {
	a := tx.Actor()
	a.Kind, a.ID, a.Name, a.Email = access.Person, p.ID, p.Name, p.Email
	if err := tx.Recognize(a); err != nil {
		return err
	}
	return audit.RecordEverywhere(tx, audit.Entry{Act: act, ObjectType: "person", ObjectID: p.ID.String(), Detail: detail})
}

func findLink(tx *db.Tx, plain string, l *signInLink, lock bool) error {
	q := tx.Gorm().Where("hashed_token = ?", token.Hash(plain))
	if lock {
		q = q.Clauses(clause.Locking{Strength: "UPDATE"})
	}
	ok, err := db.Found(q.Take(l).Error)
	if err != nil {
		return fmt.Errorf("find sign-in link: %w", err)
	}
	if !ok || l.UsedAt != nil || !tx.Now().Before(l.ExpiresAt) {
		return gone()
	}
	return nil
}

func gone() error {
	return fault.New(fault.Gone, "This sign-in link has ended. It works once, for 15 minutes. Ask for a new one.")
}

// LocalPath lets only a path of this portal through, so that no link leads elsewhere.
func LocalPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") || len(next) > 500 {
		return ""
	}
	return next
}
