package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"strings"
)

// CodeLength is the number of characters of a code.
const CodeLength = 6

// codeAlphabet has 32 characters and leaves out 0, O, 1 and I.
const codeAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// Code makes a code of six characters that a person can copy from a mail: 30 random bits.
func Code() string {
	var b [CodeLength]byte
	rand.Read(b[:])
	for i := range b {
		b[i] = codeAlphabet[b[i]%32]
	}
	return string(b[:])
}

// CleanCode is a typed code as Code made it: upper case, without spaces and dashes.
// ok is false for what cannot be a code at all, which is not a wrong guess.
func CleanCode(typed string) (code string, ok bool) {
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\t' || r == '\u00a0' {
			return -1
		}
		return r
	}, strings.ToUpper(strings.TrimSpace(typed)))
	if len(code) != CodeLength {
		return "", false
	}
	for _, r := range code {
		if !strings.ContainsRune(codeAlphabet, r) {
			return "", false
		}
	}
	return code, true
}

// HashCode is what is stored of a code. It is keyed with the plain token of its link, which
// is stored nowhere: whoever reads the table cannot try the 2^30 codes.
func HashCode(link, code string) []byte {
	code, _ = CleanCode(code)
	return mac([]byte(Clean(link)), "code", code)
}

func mac(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p))
		h.Write(sum[:])
	}
	return h.Sum(nil)
}
