package identity

import (
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/db"
)

// OfferSignIn asks for any passkey of this portal. It tells nothing about anybody: the device
// finds the person. session is an anonymous one, started for this.
func (c Credentials) OfferSignIn(tx *db.Tx, session []byte) (*protocol.CredentialAssertion, error) {
	rp, err := c.party()
	if err != nil {
		return nil, err
	}
	options, data, err := rp.BeginDiscoverableLogin()
	if err != nil {
		return nil, fmt.Errorf("offer sign-in: %w", err)
	}
	return options, keepCeremony(tx, session, toSignIn, data)
}

// SignIn finds out whose passkey answered. The transaction speaks for that person from here on.
// A refusal is to be committed: it says that the passkey may have been copied, and is recorded.
func (c Credentials) SignIn(tx *db.Tx, session []byte, answer string) (p Person, refused *fault.Fault, err error) {
	rp, err := c.party()
	if err != nil {
		return p, nil, err
	}
	data, parsed, err := takeAnswer(tx, session, toSignIn, answer)
	if err != nil {
		return p, nil, err
	}
	h, err := findHolder(tx, parsed.Response.UserHandle)
	if err != nil {
		return p, nil, err
	}
	credential, err := rp.ValidateDiscoverableLogin(func(_, _ []byte) (webauthn.User, error) { return h, nil }, data, parsed)
	if err != nil {
		return p, nil, notAccepted()
	}
	if err := speakFor(tx, h.Person); err != nil {
		return p, nil, err
	}
	if refused, err = used(tx, credential); refused != nil || err != nil {
		return p, refused, err
	}
	return h.Person, nil, recordOwn(tx, "person.signed_in", map[string]any{"by": "passkey"})
}

// OfferProof asks for one of the signed-in person's own passkeys.
func (c Credentials) OfferProof(tx *db.Tx, session []byte) (*protocol.CredentialAssertion, error) {
	h, rp, err := c.self(tx)
	if err != nil {
		return nil, err
	}
	if len(h.keys) == 0 {
		return nil, fault.New(fault.Conflict, "You have no passkey yet. Add one under Security.")
	}
	options, data, err := rp.BeginLogin(h)
	if err != nil {
		return nil, fmt.Errorf("offer proof: %w", err)
	}
	return options, keepCeremony(tx, session, toProve, data)
}

// ProveByPasskey gives the id of the session that follows this one, with a fresh proof.
// A refusal is to be committed, as for SignIn.
func (c Credentials) ProveByPasskey(tx *db.Tx, session []byte, answer string) (next string, refused *fault.Fault, err error) {
	if _, err := lockSelf(tx); err != nil { // of two answers at once, the second meets the first one's counter
		return "", nil, err
	}
	h, rp, err := c.self(tx)
	if err != nil {
		return "", nil, err
	}
	data, parsed, err := takeAnswer(tx, session, toProve, answer)
	if err != nil {
		return "", nil, err
	}
	credential, err := rp.ValidateLogin(h, data, parsed)
	if err != nil {
		return "", nil, notAccepted()
	}
	if refused, err = used(tx, credential); refused != nil || err != nil {
		return "", refused, err
	}
	next, err = prove(tx, session, "passkey")
	return next, nil, err
}

func takeAnswer(tx *db.Tx, session []byte, purpose, answer string) (webauthn.SessionData, *protocol.ParsedCredentialAssertionData, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return webauthn.SessionData{}, nil, unread()
	}
	data, err := takeCeremony(tx, session, purpose)
	return data, parsed, err
}

// findHolder finds whose passkey names itself by this handle: the person's id.
func findHolder(tx *db.Tx, handle []byte) (h holder, err error) {
	id, err := uuid.FromBytes(handle)
	if err != nil {
		return h, notAccepted()
	}
	var ok bool
	if h.Person, ok, err = lockPerson(tx, id); err != nil {
		return h, err
	}
	if !ok {
		return h, notAccepted()
	}
	h.keys, err = listPasskeys(tx, id)
	return h, err
}

// notAccepted is one answer for every passkey that does not count, so that nobody learns why.
func notAccepted() error {
	return fault.New(fault.Invalid, "This passkey was not accepted. It may have been removed. Use the other way on this page.")
}

// used notes that a passkey answered. A counter that does not rise means that there may be a
// second copy: that passkey is refused, now and whenever it happens.
func used(tx *db.Tx, credential *webauthn.Credential) (refused *fault.Fault, err error) {
	copied := credential.Authenticator.CloneWarning
	credential.Authenticator.CloneWarning = false
	change := map[string]any{"credential": db.JSON[webauthn.Credential]{V: *credential}, "used_at": tx.Now()}
	if copied {
		delete(change, "used_at")
	}
	if err := tx.Gorm().Model(&Passkey{}).Where("id = ?", credential.ID).Updates(change).Error; err != nil {
		return nil, fmt.Errorf("note passkey: %w", err)
	}
	if !copied {
		return nil, nil
	}
	return fault.New(fault.Invalid, "This passkey was refused: its counter did not rise, so a copy of it may exist. Use another way, then remove it."),
		recordOwn(tx, "passkey.refused", map[string]any{"because": "its counter did not rise"})
}
