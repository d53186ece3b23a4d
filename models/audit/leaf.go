package audit

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// SaltSize is what makes a commitment tell nothing about its body.
const SaltSize = 32

// Leaf is the half of an entry that stays for ever. It holds no personal data: Actor is a
// random reference, and Body a commitment to the other half, which may be erased.
type Leaf struct {
	Workspace  uuid.UUID
	Epoch      int
	Index      int64
	At         time.Time // to the microsecond
	Act        string
	ObjectType string
	ObjectID   string
	Outcome    string
	Actor      uuid.UUID
	Body       Hash
}

// NewSalt makes the random salt of one body.
func NewSalt() []byte {
	salt := make([]byte, SaltSize)
	rand.Read(salt)
	return salt
}

// Commit is the commitment to an encoded body: SHA-256(0x01 || salt || body).
func Commit(salt, body []byte) Hash {
	b := append(make([]byte, 0, 1024), 1)
	return sha256.Sum256(append(append(b, salt...), body...))
}

const atForm = "2006-01-02T15:04:05.000000Z"

// Encode is the one way to write the leaf: JSON with sorted keys, without spaces and without
// escapes, so that any program can repeat it. It refuses text that would need escaping.
func (l Leaf) Encode() ([]byte, error) {
	before, after, err := l.aroundPlace()
	if err != nil {
		return nil, err
	}
	b := append(make([]byte, 0, 448), before...)
	b = strconv.AppendInt(b, int64(l.Epoch), 10)
	b = append(b, `,"idx":`...)
	b = strconv.AppendInt(b, l.Index, 10)
	return append(b, after...), nil
}

// aroundPlace is the encoded leaf but for its place in the tree, which the database fills in when
// the tree's head is locked: what stands before the epoch, and what stands after the index.
func (l Leaf) aroundPlace() (before, after string, err error) {
	if err := l.check(); err != nil {
		return "", "", err
	}
	b := append(make([]byte, 0, 320), `{"act":"`...)
	b = append(b, l.Act...)
	b = append(b, `","actor_ref":"`...)
	b = appendUUID(b, l.Actor)
	b = append(b, `","at":"`...)
	b = l.At.UTC().AppendFormat(b, atForm)
	b = append(b, `","body":"`...)
	b = hex.AppendEncode(b, l.Body[:])
	before = string(append(b, `","epoch":`...))
	b = append(b[:0], `,"obj_id":"`...)
	b = append(b, l.ObjectID...)
	b = append(b, `","obj_type":"`...)
	b = append(b, l.ObjectType...)
	b = append(b, `","outcome":"`...)
	b = append(b, l.Outcome...)
	b = append(b, `","v":1,"ws":"`...)
	b = appendUUID(b, l.Workspace)
	return before, string(append(b, `"}`...)), nil
}

func (l Leaf) check() error {
	switch {
	case !word(l.Act) || !word(l.ObjectType) || !word(l.Outcome):
		return fmt.Errorf("audit: %q, %q, %q are not words of a-z, 0-9, _ and .", l.Act, l.ObjectType, l.Outcome)
	case !plain(l.ObjectID):
		return fmt.Errorf("audit: the object id %q is not up to 200 printable characters", l.ObjectID)
	case l.Epoch < 1 || l.Index < 0:
		return fmt.Errorf("audit: no entry %d in epoch %d", l.Index, l.Epoch)
	case l.At.UTC().Year() < 1 || l.At.UTC().Year() > 9999:
		return errors.New("audit: an entry needs a time")
	}
	return nil
}

var errLeaf = errors.New("is not an entry as the portal writes it")

// ParseLeaf reads exactly what Encode writes: whatever it accepts, Encode gives back byte by byte.
func ParseLeaf(b []byte) (Leaf, error) {
	s := scanner{rest: b}
	l := Leaf{
		Act: s.text(`{"act":"`), Actor: s.uuid(`","actor_ref":"`), At: s.time(`","at":"`), Body: s.hash(`","body":"`),
		Epoch: int(s.number(`","epoch":`)), Index: s.number(`,"idx":`), ObjectID: s.text(`,"obj_id":"`),
		ObjectType: s.text(`","obj_type":"`), Outcome: s.text(`","outcome":"`), Workspace: s.uuid(`","v":1,"ws":"`),
	}
	s.literal(`"}`)
	if s.bad || len(s.rest) > 0 || l.check() != nil {
		return Leaf{}, errLeaf
	}
	return l, nil
}

// word is a dotted name in lower case.
func word(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '.' {
			return false
		}
	}
	return s != "" && len(s) <= 100
}

// plain is printable ASCII that needs no escape, and no brace: the first } ends a leaf.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '{' || c == '}' {
			return false
		}
	}
	return len(s) <= 200
}

func appendUUID(b []byte, u uuid.UUID) []byte {
	var text [36]byte
	hex.Encode(text[:8], u[:4])
	hex.Encode(text[9:13], u[4:6])
	hex.Encode(text[14:18], u[6:8])
	hex.Encode(text[19:23], u[8:10])
	hex.Encode(text[24:], u[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return append(b, text[:]...)
}
