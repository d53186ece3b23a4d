// Package identity knows people and how they prove who they are: sessions, sign-in
// links, passkeys, TOTP, and the API tokens of machines.
//
// It promises that secrets are stored hashed or sealed, that a session ended anywhere is
// ended everywhere at the next request, and that no answer tells whether an address exists.
// It knows no workspace beyond its id. Files in order: person, visit, session,
// link; ceremony, passkey, assertion, totp, credential; token; retention.
package identity

import (
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/db"
)

// Person is one human, known by one address. A person may belong to several workspaces.
type Person struct {
	ID         uuid.UUID
	Email      string
	Name       string
	SealedTOTP []byte     `gorm:"column:sealed_totp"`
	TOTPStep   int64      `gorm:"column:totp_step"`  // of the last code that counted
	TOTPWrong  int        `gorm:"column:totp_wrong"` // wrong codes since TOTPSince
	TOTPSince  *time.Time `gorm:"column:totp_since"`
	CreatedAt  time.Time
	DisabledAt *time.Time
}

// Address brings an e-mail address to the one form that is stored and compared.
// It refuses what is not an address with a fault at field.
func Address(field, text string) (string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || len(text) > 254 || strings.ContainsAny(text, "\r\n\t") {
		return "", fault.At(field, "Write an e-mail address, such as ada@example.com.")
	}
	return text, nil
}

// NameLimit is the longest name of anything, in code points.
const NameLimit = 80

// CleanName brings a name to stored form: NFC, single spaces, no control or invisible characters.
func CleanName(field, text string) (string, error) { return CleanText(field, text, NameLimit) }

// CleanText is CleanName for one line of at most limit code points.
func CleanText(field, text string, limit int) (string, error) {
	if len(text) > 8*limit {
		return "", fault.At(field, "Use at most %d characters.", limit)
	}
	text = strings.Join(strings.Fields(norm.NFC.String(text)), " ")
	if text == "" {
		return "", fault.At(field, "Give a name.")
	}
	n := 0
	for _, r := range text {
		n++
		if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return "", fault.At(field, "Leave out invisible and control characters.")
		}
	}
	if n > limit {
		return "", fault.At(field, "Use at most %d characters; this has %d.", limit, n)
	}
	return text, nil
}

// FindPerson finds by id, or refuses with NotFound.
func FindPerson(tx *db.Tx, id uuid.UUID) (Person, error) {
	p, err := gorm.G[Person](tx.Gorm()).Where("id = ?", id).Take(tx.Context())
	if ok, err := db.Found(err); !ok {
		return p, missing(err, "find person")
	}
	return p, nil
}

// FindByEmail tells whether somebody has this address, in stored form.
func FindByEmail(tx *db.Tx, email string) (Person, bool, error) {
	p, err := gorm.G[Person](tx.Gorm()).Where("email = ?", email).Take(tx.Context())
	ok, err := db.Found(err)
	return p, ok, err
}

// Register finds the person with this address or makes one. The name is used only for a new person.
func Register(tx *db.Tx, email, name string) (Person, error) {
	p := Person{ID: uuid.New(), Email: email, Name: name, CreatedAt: tx.Now()}
	if p.Name == "" {
		p.Name, _, _ = strings.Cut(email, "@")
	}
	err := tx.Gorm().Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "email"}}, DoNothing: true}).Create(&p).Error
	if err != nil {
		return p, fmt.Errorf("register person: %w", err)
	}
	found, _, err := FindByEmail(tx, email)
	return found, err
}

func missing(err error, what string) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fault.Missing()
}
