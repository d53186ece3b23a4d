package seal

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Signer signs with one Ed25519 key. Earlier keys are only published, so that what they
// signed can still be verified.
type Signer struct {
	key     ed25519.PrivateKey
	earlier []ed25519.PublicKey
}

// ParseSigner reads a base64 seed of 32 bytes, optionally followed by ",pub:" and the base64
// public key of an earlier key, several times. Errors never show key material.
func ParseSigner(encoded string) (Signer, error) {
	parts := strings.Split(strings.TrimSpace(encoded), ",")
	seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(parts[0]))
	if err != nil || len(seed) != ed25519.SeedSize {
		return Signer{}, errors.New("the signing key is not a base64 seed of 32 bytes")
	}
	s := Signer{key: ed25519.NewKeyFromSeed(seed)}
	for i, part := range parts[1:] {
		pub, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(part), "pub:"))
		if err != nil || len(pub) != ed25519.PublicKeySize || !strings.Contains(part, "pub:") {
			return Signer{}, fmt.Errorf("earlier key %d is not pub: and a base64 public key", i+1)
		}
		s.earlier = append(s.earlier, pub)
	}
	return s, nil
}

// NewSigningKey makes a random seed in the form that ParseSigner reads.
func NewSigningKey() string {
	var seed [ed25519.SeedSize]byte
	rand.Read(seed[:])
	return base64.StdEncoding.EncodeToString(seed[:])
}

// Sign is the Ed25519 signature (64 bytes) over message.
func (s Signer) Sign(message []byte) []byte { return ed25519.Sign(s.key, message) }

// Public is the key that verifies what Sign signs.
func (s Signer) Public() ed25519.PublicKey { return s.key.Public().(ed25519.PublicKey) }

// KeyID names the signing key in signatures and in the list of published keys.
func (s Signer) KeyID() string { return KeyID(s.Public()) }

// Find gives the published key of this id: the signing key or an earlier one.
func (s Signer) Find(id string) (ed25519.PublicKey, bool) {
	for _, pub := range s.Published() {
		if KeyID(pub) == id {
			return pub, true
		}
	}
	return nil, false
}

// Derive gives 32 secret bytes for another purpose (a nonce key, a cookie key). They do not
// tell anything about the signing key, and change when it is rotated.
func (s Signer) Derive(purpose string) []byte {
	derived, err := hkdf.Key(sha256.New, s.key.Seed(), nil, "jexi portal "+purpose, 32)
	if err != nil {
		panic(err) // only for lengths over 8 KiB
	}
	return derived
}

// KeyID is the first 16 hexadecimal digits of Fingerprint.
func KeyID(pub ed25519.PublicKey) string {
	sum := sha256.Sum256(pub)
	return hex.EncodeToString(sum[:8])
}

// Fingerprint is what two people compare: "sha256:" and the hexadecimal SHA-256 of the key.
func Fingerprint(pub ed25519.PublicKey) string {
	sum := sha256.Sum256(pub)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Published are the keys that verify what this portal signs and signed, the signing key first.
func (s Signer) Published() []ed25519.PublicKey {
	return append([]ed25519.PublicKey{s.Public()}, s.earlier...)
}

type publicKey struct {
	Type        string `json:"kty"`
	Curve       string `json:"crv"`
	Use         string `json:"use"`
	Algorithm   string `json:"alg"`
	ID          string `json:"kid"`
	X           string `json:"x"`
	Fingerprint string `json:"fingerprint"`
}

// PublicKeys is the content of /.well-known/portal-keys.json: a JSON Web Key Set (RFC 7517
// and 8037), the signing key first.
func (s Signer) PublicKeys() []byte {
	var set struct {
		Keys []publicKey `json:"keys"`
	}
	for _, pub := range s.Published() {
		x := base64.RawURLEncoding.EncodeToString(pub)
		set.Keys = append(set.Keys, publicKey{"OKP", "Ed25519", "sig", "EdDSA", KeyID(pub), x, Fingerprint(pub)})
	}
	out, err := json.MarshalIndent(set, "", "  ")
	if err != nil {
		panic(err) // strings only
	}
	return append(out, '\n')
}
