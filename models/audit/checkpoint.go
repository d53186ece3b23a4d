package audit

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"

	"github.com/jexi/portal/internal/seal"
)

// ErrInconsistent says that the tree does not continue what was signed before. Nothing is
// signed then: somebody altered or restored the database.
var ErrInconsistent = errors.New("the audit tree does not continue its last signed checkpoint")

// Checkpoint is the state of a tree: so many entries have this root.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   Hash
}

const originStart = "audit.jexi/ws/"

// Origin names the tree of a workspace in one epoch. A restored database begins a new epoch.
func Origin(workspace uuid.UUID, epoch int) string {
	return originStart + workspace.String() + "/" + strconv.Itoa(epoch)
}

// ParseOrigin reads what Origin wrote.
func ParseOrigin(origin string) (workspace uuid.UUID, epoch int, err error) {
	id, number, _ := strings.Cut(strings.TrimPrefix(origin, originStart), "/")
	workspace, err = uuid.Parse(id)
	epoch, nerr := strconv.Atoi(number)
	if err != nil || nerr != nil || epoch < 1 || Origin(workspace, epoch) != origin {
		return uuid.Nil, 0, errors.New("not the origin of an audit trail")
	}
	return workspace, epoch, nil
}

// Text is the body of the note: three lines of C2SP tlog-checkpoint.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
}

// Sign gives the signed note. Use SignNext for a tree that was signed before.
func (c Checkpoint) Sign(key seal.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: c.Text()}, signer{c.Origin, key})
}

// SignNext signs next if the stored nodes give its root and show that it extends last (the zero
// Checkpoint if there is none). Otherwise it gives ErrInconsistent.
func SignNext(key seal.Signer, last, next Checkpoint, nodes Nodes) ([]byte, error) {
	root, err := Root(next.Size, nodes)
	if err != nil {
		return nil, fmt.Errorf("audit: root of %d entries: %w", next.Size, err)
	}
	if root != next.Root || last.Origin != "" && (last.Origin != next.Origin || last.Size > next.Size) {
		return nil, ErrInconsistent
	}
	if last.Origin != "" {
		proof, err := ProveConsistency(last.Size, next.Size, nodes)
		if err != nil {
			return nil, fmt.Errorf("audit: consistency from %d to %d: %w", last.Size, next.Size, err)
		}
		if !CheckConsistency(proof, last.Size, last.Root, next.Size, next.Root) {
			return nil, ErrInconsistent
		}
	}
	return next.Sign(key)
}

// ParseCheckpoint reads a signed note without verifying who signed it.
func ParseCheckpoint(signed []byte) (Checkpoint, error) {
	_, err := note.Open(signed, nil)
	var unverified *note.UnverifiedNoteError
	if !errors.As(err, &unverified) {
		return Checkpoint{}, errors.New("not a signed checkpoint")
	}
	return parseText(unverified.Note.Text)
}

// OpenCheckpoint reads a signed note and verifies it with one of the keys, which it names.
func OpenCheckpoint(signed []byte, keys ...ed25519.PublicKey) (Checkpoint, ed25519.PublicKey, error) {
	c, err := ParseCheckpoint(signed)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	for _, pub := range keys {
		if _, err := note.Open(signed, note.VerifierList(verifier{c.Origin, pub})); err == nil {
			return c, pub, nil
		}
	}
	return Checkpoint{}, nil, errors.New("not signed by the expected key, or altered after signing")
}

// parseText accepts exactly what Text writes: no extension lines, no second spelling.
func parseText(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return Checkpoint{}, errors.New("a checkpoint has three lines")
	}
	c := Checkpoint{Origin: lines[0]}
	if _, _, err := ParseOrigin(c.Origin); err != nil {
		return Checkpoint{}, err
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	root, ok := parseHash(lines[2])
	c.Size, c.Root = size, root
	if err != nil || !ok || size < 0 || c.Text() != text {
		return Checkpoint{}, errors.New("a checkpoint has a size and a root")
	}
	return c, nil
}

func parseHash(text string) (h Hash, ok bool) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != len(h) {
		return h, false
	}
	return Hash(b), true
}
