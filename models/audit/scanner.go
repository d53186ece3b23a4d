package audit

import (
	"bytes"
	"encoding/hex"
	"math"
	"time"

	"github.com/google/uuid"
)

// scanner reads a form with fixed keys in a fixed order. After the first deviation it is bad
// and reads nothing more. Each method takes the literal that stands before the value.
type scanner struct {
	rest []byte
	bad  bool
}

func (s *scanner) literal(want string) {
	if s.bad || len(s.rest) < len(want) || string(s.rest[:len(want)]) != want {
		s.bad = true
		return
	}
	s.rest = s.rest[len(want):]
}

// take gives the next n bytes, nil if there are fewer.
func (s *scanner) take(before string, n int) []byte {
	s.literal(before)
	if s.bad || len(s.rest) < n {
		s.bad = true
		return nil
	}
	b := s.rest[:n]
	s.rest = s.rest[n:]
	return b
}

// text reads up to the next quote, which stays.
func (s *scanner) text(before string) string {
	s.literal(before)
	return string(s.take("", max(0, bytes.IndexByte(s.rest, '"'))))
}

func (s *scanner) number(before string) int64 {
	s.literal(before)
	digits := 0
	var n int64
	for digits < len(s.rest) && s.rest[digits] >= '0' && s.rest[digits] <= '9' {
		d := int64(s.rest[digits] - '0')
		if n > (math.MaxInt64-d)/10 || digits == 1 && n == 0 {
			s.bad = true
			return 0
		}
		n = n*10 + d
		digits++
	}
	s.bad = s.bad || digits == 0
	s.rest = s.rest[digits:]
	return n
}

// lowerHex decodes twice as many digits as dst has bytes. Capitals are bad: of all digits only
// they lack the bit 0x20. Branches would cost more than the hashes, since digits are random.
func (s *scanner) lowerHex(dst, src []byte) {
	lower := byte(0x20)
	for _, c := range src {
		lower &= c
	}
	_, err := hex.Decode(dst, src)
	s.bad = s.bad || lower == 0 || err != nil
}

func (s *scanner) hash(before string) (h Hash) {
	if b := s.take(before, 64); b != nil {
		s.lowerHex(h[:], b)
	}
	return h
}

func (s *scanner) uuid(before string) (u uuid.UUID) {
	b := s.take(before, 36)
	if b == nil {
		return u
	}
	var digits [32]byte
	n := 0
	for i, c := range b {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			s.bad = s.bad || c != '-'
			continue
		}
		digits[n] = c
		n++
	}
	s.lowerHex(u[:], digits[:])
	return u
}

func (s *scanner) time(before string) time.Time {
	b := s.take(before, len(atForm))
	if b == nil {
		return time.Time{}
	}
	t, err := time.Parse(atForm, string(b))
	if s.bad = s.bad || err != nil || b[19] != '.'; s.bad {
		return time.Time{}
	}
	return t
}
