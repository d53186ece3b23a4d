package token

import (
	"encoding/base64"
	"strconv"
	"time"
)

// NonceLasts is the least time a nonce is accepted; the most is twice as long.
const NonceLasts = 30 * time.Minute

// Nonce binds a form to what it was made for (the token's hash, the version of the request).
// key is the server's own, at least 32 bytes.
func Nonce(key []byte, now time.Time, parts ...string) string {
	return nonce(key, bucket(now), parts)
}

// CheckNonce tells whether Nonce made got with the same key and parts, not too long before now.
func CheckNonce(key []byte, now time.Time, got string, parts ...string) bool {
	b := bucket(now)
	fresh := Equal([]byte(got), []byte(nonce(key, b, parts)))
	older := Equal([]byte(got), []byte(nonce(key, b-1, parts)))
	return fresh || older
}

func bucket(now time.Time) int64 { return now.Unix() / int64(NonceLasts/time.Second) }

func nonce(key []byte, bucket int64, parts []string) string {
	if len(key) < 32 {
		panic("token: a nonce key has at least 32 bytes")
	}
	all := append([]string{"nonce", strconv.FormatInt(bucket, 10)}, parts...)
	return base64.RawURLEncoding.EncodeToString(mac(key, all...))
}
