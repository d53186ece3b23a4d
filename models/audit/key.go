package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/jexi/portal/internal/seal"
)

// ErrKey says that the key to verify with cannot be read.
var ErrKey = errors.New("the key is not readable")

// signer lends one key to a log: the note carries the log's origin as the key's name.
type signer struct {
	origin string
	key    seal.Signer
}

func (s signer) Name() string                     { return s.origin }
func (s signer) KeyHash() uint32                  { return keyHash(s.origin, s.key.Public()) }
func (s signer) Sign(text []byte) ([]byte, error) { return s.key.Sign(text), nil }

// verifier is signer's counterpart.
type verifier struct {
	origin string
	pub    ed25519.PublicKey
}

func (v verifier) Name() string                 { return v.origin }
func (v verifier) KeyHash() uint32              { return keyHash(v.origin, v.pub) }
func (v verifier) Verify(text, sig []byte) bool { return ed25519.Verify(v.pub, text, sig) }

// keyHash is the key id of C2SP signed-note for Ed25519 (type 1).
func keyHash(origin string, pub ed25519.PublicKey) uint32 {
	h := sha256.New()
	h.Write([]byte(origin + "\n\x01"))
	h.Write(pub)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// VerifierKey writes a public key as signed-note tools read it: origin+hash+base64.
func VerifierKey(origin string, pub ed25519.PublicKey) string {
	data := append([]byte{1}, pub...)
	return fmt.Sprintf("%s+%08x+%s", origin, keyHash(origin, pub), base64.StdEncoding.EncodeToString(data))
}

func parseVerifierKey(line string) (origin string, pub ed25519.PublicKey, err error) {
	if _, err := note.NewVerifier(line); err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	parts := strings.SplitN(line, "+", 3)
	data, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(data) != 1+ed25519.PublicKeySize {
		return "", nil, ErrKey
	}
	return parts[0], data[1:], nil
}

// trust tells which keys count. The zero trust takes any, since nobody named one.
type trust struct {
	keys         []ed25519.PublicKey
	fingerprints []string
}

func (t trust) named() bool { return len(t.keys)+len(t.fingerprints) > 0 }

func (t trust) includes(pub ed25519.PublicKey) bool {
	for _, k := range t.keys {
		if k.Equal(pub) {
			return true
		}
	}
	for _, f := range t.fingerprints {
		if f == seal.Fingerprint(pub) {
			return true
		}
	}
	return false
}

// parseTrust reads a key as people have it: the content of portal-keys.json, a fingerprint, a
// verifier key, or the 32 bytes in base64. "" is the zero trust.
func parseTrust(key string) (trust, error) {
	key = strings.TrimSpace(key)
	switch {
	case key == "":
		return trust{}, nil
	case strings.HasPrefix(key, "{"):
		return parseKeySet(key)
	case strings.HasPrefix(strings.ToLower(key), "sha256:"):
		sum, err := hex.DecodeString(key[len("sha256:"):])
		if err != nil || len(sum) != sha256.Size {
			return trust{}, fmt.Errorf("%w: a fingerprint is sha256: and 64 hexadecimal digits", ErrKey)
		}
		return trust{fingerprints: []string{strings.ToLower(key)}}, nil
	}
	if pub, ok := rawKey(key); ok {
		return trust{keys: []ed25519.PublicKey{pub}}, nil
	}
	_, pub, err := parseVerifierKey(key)
	if err != nil {
		return trust{}, fmt.Errorf("%w: give portal-keys.json, a fingerprint (sha256:…), a verifier key or base64", ErrKey)
	}
	return trust{keys: []ed25519.PublicKey{pub}}, nil
}

func parseKeySet(text string) (trust, error) {
	var set struct {
		Keys []struct{ Kty, Crv, X string }
	}
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		return trust{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	var t trust
	for _, k := range set.Keys {
		if pub, ok := rawKey(k.X); ok && k.Kty == "OKP" && k.Crv == "Ed25519" {
			t.keys = append(t.keys, pub)
		}
	}
	if !t.named() {
		return trust{}, fmt.Errorf("%w: no Ed25519 key in it", ErrKey)
	}
	return t, nil
}

func rawKey(text string) (ed25519.PublicKey, bool) {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	b, err := base64.RawStdEncoding.DecodeString(text)
	return b, err == nil && len(b) == ed25519.PublicKeySize
}
