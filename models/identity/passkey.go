package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/db"
)

// mostPasskeys caps how many one person can have.
const mostPasskeys = 20

// Passkey is a key on a person's device that signs them in and proves it is them.
type Passkey struct {
	ID         []byte `gorm:"primaryKey"`
	PersonID   uuid.UUID
	Name       string
	Credential db.JSON[webauthn.Credential]
	CreatedAt  time.Time
	UsedAt     *time.Time
}

// Ref names a passkey in addresses.
func (k Passkey) Ref() string {
	sum := sha256.Sum256(k.ID)
	return hex.EncodeToString(sum[:8])
}

// holder is a person as the WebAuthn library asks for one.
type holder struct {
	Person
	keys []Passkey
}

func (h holder) WebAuthnID() []byte          { return h.ID[:] }
func (h holder) WebAuthnName() string        { return h.Email }
func (h holder) WebAuthnDisplayName() string { return h.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential {
	out := make([]webauthn.Credential, len(h.keys))
	for i, k := range h.keys {
		out[i] = k.Credential.V
	}
	return out
}

// OfferPasskey asks the person's device for a new passkey: the options go to the browser. The
// name is checked here too, before the device makes a key that AddPasskey would not keep.
func (c Credentials) OfferPasskey(tx *db.Tx, session []byte, name string) (*protocol.CredentialCreation, error) {
	if _, err := CleanName("name", name); err != nil {
		return nil, err
	}
	h, rp, err := c.self(tx)
	if err != nil {
		return nil, err
	}
	if err := MayChangeWays(tx); err != nil {
		return nil, err
	}
	options, data, err := rp.BeginRegistration(h,
		webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return nil, fmt.Errorf("offer passkey: %w", err)
	}
	return options, keepCeremony(tx, session, toAdd, data)
}

// AddPasskey keeps the passkey that the device made, under a name for people.
func (c Credentials) AddPasskey(tx *db.Tx, session []byte, name, answer string) (Passkey, error) {
	name, err := CleanName("name", name)
	if err != nil {
		return Passkey{}, err
	}
	p, err := changeWays(tx)
	if err != nil {
		return Passkey{}, err
	}
	credential, err := c.created(tx, p, session, answer)
	if err != nil {
		return Passkey{}, err
	}
	k := Passkey{ID: credential.ID, PersonID: p.ID, Name: name, Credential: db.JSON[webauthn.Credential]{V: *credential}, CreatedAt: tx.Now()}
	if err := tx.Gorm().Create(&k).Error; err != nil {
		if db.Violates(err, "passkeys_pkey") {
			return k, fault.New(fault.Invalid, "This passkey is known here already.")
		}
		return k, fmt.Errorf("add passkey: %w", err)
	}
	return k, tell(tx, "passkey.added", name)
}

func (c Credentials) created(tx *db.Tx, p Person, session []byte, answer string) (*webauthn.Credential, error) {
	rp, err := c.party()
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return nil, unread()
	}
	data, err := takeCeremony(tx, session, toAdd)
	if err != nil {
		return nil, err
	}
	keys, err := listPasskeys(tx, p.ID)
	if err != nil {
		return nil, err
	}
	if len(keys) >= mostPasskeys {
		return nil, fault.New(fault.Invalid, "You have %d passkeys, and more do not fit. Remove one that you no longer use.", len(keys))
	}
	credential, err := rp.CreateCredential(holder{p, keys}, data, parsed)
	if err != nil {
		return nil, fault.New(fault.Invalid, "The passkey could not be added: what the device sent does not hold. Try again.")
	}
	return credential, nil
}

// RenamePasskey gives one of the person's passkeys another name.
func RenamePasskey(tx *db.Tx, ref, name string) error {
	k, err := FindPasskey(tx, ref)
	if err != nil {
		return err
	}
	if name, err = CleanName("name", name); err != nil || name == k.Name {
		return err
	}
	if err := tx.Gorm().Model(&k).Update("name", name).Error; err != nil {
		return fmt.Errorf("rename passkey: %w", err)
	}
	return recordOwn(tx, "passkey.renamed", map[string]any{"name": name})
}

// RemovePasskey ends one of the person's passkeys for good.
func RemovePasskey(tx *db.Tx, ref string) (Passkey, error) {
	if _, err := changeWays(tx); err != nil {
		return Passkey{}, err
	}
	k, err := FindPasskey(tx, ref)
	if err != nil {
		return k, err
	}
	if err := tx.Gorm().Delete(&k).Error; err != nil {
		return k, fmt.Errorf("remove passkey: %w", err)
	}
	return k, tell(tx, "passkey.removed", k.Name)
}

// FindPasskey finds one of the signed-in person's passkeys, or refuses with NotFound.
func FindPasskey(tx *db.Tx, ref string) (Passkey, error) {
	keys, err := listPasskeys(tx, tx.Actor().ID)
	for _, k := range keys {
		if k.Ref() == ref {
			return k, nil
		}
	}
	return Passkey{}, missing(err, "find passkey")
}

func listPasskeys(tx *db.Tx, person uuid.UUID) ([]Passkey, error) {
	var out []Passkey
	if err := tx.Gorm().Where("person_id = ?", person).Order("created_at, id").Limit(mostPasskeys).Find(&out).Error; err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	return out, nil
}

// self is the signed-in person with their passkeys, and the party they deal with.
func (c Credentials) self(tx *db.Tx) (h holder, rp *webauthn.WebAuthn, err error) {
	if rp, err = c.party(); err != nil {
		return h, nil, err
	}
	if h.Person, err = FindPerson(tx, tx.Actor().ID); err != nil {
		return h, nil, err
	}
	h.keys, err = listPasskeys(tx, h.ID)
	return h, rp, err
}

func unread() error {
	return fault.New(fault.Invalid, "The browser sent no passkey. Passkeys need JavaScript; the other way on this page works without it.")
}
