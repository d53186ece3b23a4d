package identity

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"image/png"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/db"
)

const (
	totpPeriod = 30 // seconds
	// wrongCodes within wrongWindow, and codes are not looked at until it is over.
	wrongCodes  = 5
	wrongWindow = 15 * time.Minute
)

var plainBase32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewTOTP is a secret that an authenticator app is shown. It counts after AddTOTP only; until
// then nothing is stored, and the form carries Sealed.
type NewTOTP struct {
	Secret string // for typing, in groups of four
	URL    string // otpauth://
	QR     []byte // PNG
	Sealed string // opens for this person only
}

// OfferTOTP makes a secret for the signed-in person's authenticator app.
func (c Credentials) OfferTOTP(tx *db.Tx) (NewTOTP, error) {
	if err := MayChangeWays(tx); err != nil {
		return NewTOTP{}, err
	}
	var secret [20]byte
	rand.Read(secret[:])
	sealed, err := c.Keyset.Seal(secret[:], totpContext(tx.Actor().ID))
	if err != nil {
		return NewTOTP{}, err
	}
	return c.showTOTP(tx.Actor().Email, secret[:], sealed)
}

// ShowTOTP is OfferTOTP's secret again, after a code that was not right.
func (c Credentials) ShowTOTP(tx *db.Tx, sealed string) (NewTOTP, error) {
	secret, raw, err := c.openTOTP(tx.Actor().ID, sealed)
	if err != nil {
		return NewTOTP{}, err
	}
	return c.showTOTP(tx.Actor().Email, secret, raw)
}

func (c Credentials) showTOTP(email string, secret, sealed []byte) (NewTOTP, error) {
	text := plainBase32.EncodeToString(secret)
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/Jexi:" + email,
		RawQuery: "secret=" + text + "&issuer=Jexi&algorithm=SHA1&digits=6&period=30"}
	key, err := otp.NewKeyFromURL(u.String())
	if err != nil {
		return NewTOTP{}, fmt.Errorf("authenticator address: %w", err)
	}
	img, err := key.Image(232, 232)
	if err != nil {
		return NewTOTP{}, fmt.Errorf("authenticator picture: %w", err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, img); err != nil {
		return NewTOTP{}, fmt.Errorf("authenticator picture: %w", err)
	}
	return NewTOTP{Secret: groups(text), URL: key.URL(), QR: picture.Bytes(), Sealed: base64.RawURLEncoding.EncodeToString(sealed)}, nil
}

// AddTOTP makes the offered secret count once the app has shown a code of it.
func (c Credentials) AddTOTP(tx *db.Tx, sealed, code string) error {
	p, err := changeWays(tx)
	if err != nil {
		return err
	}
	if p.SealedTOTP != nil {
		return fault.New(fault.Conflict, "You have an authenticator app already. Remove it first.")
	}
	secret, raw, err := c.openTOTP(p.ID, sealed)
	if err != nil {
		return err
	}
	step, ok := matchStep(secret, code, tx.Now())
	if !ok {
		return fault.At("code", "This is not the code of that key. Wait for the next one, and check the clock of your device.")
	}
	err = tx.Gorm().Model(&p).Updates(map[string]any{"sealed_totp": raw, "totp_step": step, "totp_wrong": 0, "totp_since": nil}).Error
	if err != nil {
		return fmt.Errorf("add authenticator: %w", err)
	}
	return tell(tx, "totp.added", "")
}

// RemoveTOTP ends the person's authenticator app for good. A second time changes nothing.
func RemoveTOTP(tx *db.Tx) error {
	p, err := changeWays(tx)
	if err != nil || p.SealedTOTP == nil {
		return err
	}
	// The step stays: a code that was used does not count again under a new secret either.
	if err := tx.Gorm().Model(&p).Updates(map[string]any{"sealed_totp": nil}).Error; err != nil {
		return fmt.Errorf("remove authenticator: %w", err)
	}
	return tell(tx, "totp.removed", "")
}

// ProveByCode gives the id of the session that follows this one, with a fresh proof. A code
// counts once. A refusal is to be committed: wrong codes are counted, and after five the person
// is refused with TooMany until the quarter of an hour is over.
func (c Credentials) ProveByCode(tx *db.Tx, session []byte, code string) (next string, refused *fault.Fault, err error) {
	p, err := lockSelf(tx)
	if err != nil {
		return "", nil, err
	}
	if p.SealedTOTP == nil {
		return "", nil, fault.New(fault.Conflict, "You have no authenticator app yet. Add one under Security.")
	}
	if err := p.mayTry(tx.Now()); err != nil {
		return "", nil, err
	}
	secret, err := c.Keyset.Open(p.SealedTOTP, totpContext(p.ID))
	if err != nil {
		return "", nil, fmt.Errorf("open authenticator secret: %w", err)
	}
	step, ok := matchStep(secret, code, tx.Now())
	if !ok {
		refused, err := wrongCode(tx, p)
		return "", refused, err
	}
	if step <= p.TOTPStep {
		return "", fault.At("code", "This code was used already. Wait for the next one."), nil
	}
	err = tx.Gorm().Model(&p).Updates(map[string]any{"totp_step": step, "totp_wrong": 0, "totp_since": nil}).Error
	if err != nil {
		return "", nil, fmt.Errorf("use code: %w", err)
	}
	next, err = prove(tx, session, "authenticator app")
	return next, nil, err
}

func (p Person) mayTry(now time.Time) error {
	if p.TOTPSince == nil || p.TOTPWrong < wrongCodes {
		return nil
	}
	wait := p.TOTPSince.Add(wrongWindow).Sub(now)
	if wait <= 0 {
		return nil
	}
	return &fault.Fault{Code: fault.TooMany, RetryAfter: wait,
		Message: fmt.Sprintf("Five codes were wrong. Codes are looked at again in %d minutes; a passkey works now.", int(wait.Minutes())+1)}
}

func wrongCode(tx *db.Tx, p Person) (*fault.Fault, error) {
	wrong, since := p.TOTPWrong+1, p.TOTPSince
	if since == nil || !tx.Now().Before(since.Add(wrongWindow)) {
		now := tx.Now()
		wrong, since = 1, &now
	}
	if err := tx.Gorm().Model(&p).Updates(map[string]any{"totp_wrong": wrong, "totp_since": since}).Error; err != nil {
		return nil, fmt.Errorf("count wrong code: %w", err)
	}
	if wrong == wrongCodes {
		if err := recordOwn(tx, "proof.refused", map[string]any{"because": "five wrong codes"}); err != nil {
			return nil, err
		}
	}
	return fault.At("code", "This code is not right. Wait for the next one, and check the clock of your device."), nil
}

func (c Credentials) openTOTP(person uuid.UUID, sealed string) (secret, raw []byte, err error) {
	raw, err = base64.RawURLEncoding.DecodeString(sealed)
	if err == nil {
		secret, err = c.Keyset.Open(raw, totpContext(person))
	}
	if err != nil {
		return nil, nil, fault.New(fault.Conflict, "This page is from another sign-in. Begin again.")
	}
	return secret, raw, nil
}

func totpContext(person uuid.UUID) string {
	return seal.Context("portal", "people", person.String(), "sealed_totp")
}

// matchStep finds the time step, one before now to one after, whose code was typed.
func matchStep(secret []byte, typed string, now time.Time) (step int64, ok bool) {
	typed = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u00a0' || r == '-' {
			return -1
		}
		return r
	}, typed)
	at := now.Unix() / totpPeriod
	for _, s := range []int64{at, at - 1, at + 1} {
		code, err := hotp.GenerateCodeCustom(plainBase32.EncodeToString(secret), uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(code), []byte(typed)) == 1 {
			return s, true
		}
	}
	return 0, false
}

func groups(text string) string {
	var b strings.Builder
	for i, r := range text {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
