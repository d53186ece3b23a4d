package identity

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/db"
)

// ceremonyLasts is how long a challenge waits for its answer.
const ceremonyLasts = 5 * time.Minute

// What a challenge was made for. An answer to another one does not count.
const (
	toSignIn = "sign-in"
	toProve  = "proof"
	toAdd    = "add"
)

// ceremony is a challenge that waits in a session for its one answer.
type ceremony struct {
	For   string               `json:"for"`
	Until time.Time            `json:"until"`
	Data  webauthn.SessionData `json:"data"`
}

// StartCeremony begins a session of nobody, to hold a challenge; it gives the cookie's id and its hash.
func StartCeremony(tx *db.Tx, userAgent, address string) (plain string, hash []byte, err error) {
	plain, err = StartSession(tx, nil, false, userAgent, address)
	return plain, token.Hash(plain), err
}

// party is this portal as browsers and passkeys know it.
func (c Credentials) party() (*webauthn.WebAuthn, error) {
	rp, err := webauthn.New(&webauthn.Config{
		RPID:          c.Base.Hostname(),
		RPDisplayName: "Jexi",
		RPOrigins:     []string{c.Base.Scheme + "://" + c.Base.Host},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:      protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.VerificationRequired,
		},
		AttestationPreference: protocol.PreferNoAttestation,
		// Password managers answer extensions that nobody asked for; nothing here reads them.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fault.New(fault.Conflict, "Passkeys are bound to a host name, and this portal was opened at %s. Open it by its name.", c.Base.Hostname())
	}
	return rp, nil
}

// keepCeremony stores a challenge in the session; an earlier one there is forgotten.
func keepCeremony(tx *db.Tx, session []byte, purpose string, data *webauthn.SessionData) error {
	b, err := json.Marshal(ceremony{For: purpose, Until: tx.Now().Add(ceremonyLasts), Data: *data})
	if err != nil {
		return fmt.Errorf("keep ceremony: %w", err)
	}
	res := tx.Gorm().Exec("update sessions set data = ?::jsonb where hashed_id = ? and ended_at is null", string(b), session)
	if res.Error != nil {
		return fmt.Errorf("keep ceremony: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return fault.New(fault.SignIn, "Your session has ended. Sign in to go on.")
	}
	return nil
}

// takeCeremony takes the challenge out of the session: of two answers at once, one finds it.
func takeCeremony(tx *db.Tx, session []byte, purpose string) (webauthn.SessionData, error) {
	var raw []byte
	err := tx.Gorm().Raw(`with was as (select hashed_id, data from sessions where hashed_id = ? and ended_at is null for update)
		update sessions s set data = '{}' from was where s.hashed_id = was.hashed_id returning was.data`, session).Row().Scan(&raw)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return webauthn.SessionData{}, fmt.Errorf("take ceremony: %w", err)
	}
	var c ceremony
	if json.Unmarshal(raw, &c) != nil || c.For != purpose || !tx.Now().Before(c.Until) {
		return c.Data, fault.New(fault.Invalid, "This passkey question has ended: it counts once, for five minutes. Try again.")
	}
	return c.Data, nil
}
