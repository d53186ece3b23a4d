// Package token makes the secrets that people and programs carry, and the hashes
// that are stored in their place.
//
// A plain token is shown once and never stored. Hash is forgiving about what mail
// programs do to a link, so that a damaged copy still finds its row. Codes are short
// and therefore only hashed together with the token of the link they belong to.
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"strings"
)

// APIPrefix starts every API token, so that secret scanners can find a leaked one.
const APIPrefix = "jx_"

var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// New makes a token of 32 random bytes: 52 lower-case letters and digits, and its hash.
func New() (plain string, hash []byte) {
	var b [32]byte
	rand.Read(b[:])
	plain = encoding.EncodeToString(b[:])
	return plain, Hash(plain)
}

// NewAPI makes a token that starts with APIPrefix, and its hash.
func NewAPI() (plain string, hash []byte) {
	plain, _ = New()
	plain = APIPrefix + plain
	return plain, Hash(plain)
}

// Hash is the SHA-256 of a token after Clean: what is stored and looked up.
func Hash(plain string) []byte {
	sum := sha256.Sum256([]byte(Clean(plain)))
	return sum[:]
}

// length is that of a token without a prefix.
const length = 52

// Clean undoes what happens to a token on its way: upper case, line breaks, a quoted-printable
// "=3D", a trailing ">", "." or "&gt;", and to a link the next word of its sentence. Two different
// tokens never become equal by it.
func Clean(plain string) string {
	plain = strings.ReplaceAll(strings.ToLower(plain), "=3d", "")
	plain = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '2' && r <= '7' || r == '_' {
			return r
		}
		return -1
	}, plain)
	if len(plain) > length && !strings.HasPrefix(plain, APIPrefix) {
		plain = plain[:length]
	}
	return plain
}

// Equal compares two hashes in constant time. Empty never equals anything.
func Equal(a, b []byte) bool {
	return len(a) > 0 && subtle.ConstantTimeCompare(a, b) == 1
}
