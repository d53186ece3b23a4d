package audit

import (
	"bytes"
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

// lowerHex decodes twice as many digits as dst has bytes. Capitals are bad.
func (s *scanner) lowerHex(dst, src []byte) {
	for i := range dst {
		high, low := nibble(src[2*i]), nibble(src[2*i+1])
		s.bad = s.bad || high > 15 || low > 15
		dst[i] = high<<4 | low
	}
}

func nibble(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 0xff
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
