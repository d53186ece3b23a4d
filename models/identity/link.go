package identity

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/gorm/clause"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
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

// InsertOpts puts the mail in its own queue.
func (SignInMail) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: db.MailQueue} }

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
	if p, ok, err = FindByEmail(tx, email); err != nil || !ok {
		return p, "", false, err
	}
	if p, ok, err = lockPerson(tx, p.ID); err != nil || !ok { // so that the count holds
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

// SignInLink is what a link says before it is used.
type SignInLink struct {
	Person Person
	Next   string
	Ended  bool // used, too old, or its person disabled
}

// ReadSignInLink finds a link, also an ended one, and changes nothing. An unknown one is Gone.
func ReadSignInLink(tx *db.Tx, plain string) (SignInLink, error) {
	var l signInLink
	ok, err := db.Found(tx.Gorm().Where("hashed_token = ?", token.Hash(plain)).Take(&l).Error)
	if err != nil {
		return SignInLink{}, fmt.Errorf("read sign-in link: %w", err)
	}
	if !ok {
		return SignInLink{}, gone()
	}
	p, err := FindPerson(tx, l.PersonID)
	return SignInLink{Person: p, Next: l.Next, Ended: l.ended(tx) || p.DisabledAt != nil}, err
}

func (l signInLink) ended(tx *db.Tx) bool { return l.UsedAt != nil || !tx.Now().Before(l.ExpiresAt) }

// UseSignInLink ends the link and returns whose it was and where they wanted to go.
// The transaction speaks for that person from here on.
func UseSignInLink(tx *db.Tx, plain string) (Person, string, error) {
	var l signInLink
	if err := lockLink(tx, plain, &l); err != nil {
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
	if err := speakFor(tx, p); err != nil {
		return err
	}
	return recordOwn(tx, act, detail)
}

func speakFor(tx *db.Tx, p Person) error {
	a := tx.Actor()
	a.Kind, a.ID, a.Name, a.Email = access.Person, p.ID, p.Name, p.Email
	return tx.Recognize(a)
}

func lockLink(tx *db.Tx, plain string, l *signInLink) error {
	ok, err := db.Found(tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).Where("hashed_token = ?", token.Hash(plain)).Take(l).Error)
	if err != nil {
		return fmt.Errorf("find sign-in link: %w", err)
	}
	if !ok || l.ended(tx) {
		return gone()
	}
	return nil
}

func gone() error {
	return fault.New(fault.Gone, "This sign-in link has ended. It works once, for 15 minutes. Ask for a new one.")
}

// LocalPath lets only a path of this portal through, so that no link leads elsewhere; else "".
// Browsers read "\" as "/" and drop control characters, so neither may hide a second slash.
func LocalPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) || len(next) > 500 {
		return ""
	}
	if strings.ContainsFunc(next, unicode.IsControl) || !utf8.ValidString(next) {
		return ""
	}
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || strings.HasPrefix(u.Path, "//") {
		return ""
	}
	return next
}
