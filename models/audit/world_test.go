package audit_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/audit"
)

// trail is an audit trail in memory: what the database holds of one workspace.
type trail struct {
	workspace uuid.UUID
	key       seal.Signer
	entries   []audit.Stored
	tree      audit.Frontier
	nodes     map[int64]audit.Hash
	signed    map[int64][]byte // by size
}

var acme = uuid.MustParse("7e57ab1e-0000-4000-8000-00000000acae")

func newTrail(t testing.TB, size int, checkpoints ...int) *trail {
	t.Helper()
	key, err := seal.ParseSigner(seal.NewSigningKey())
	if err != nil {
		t.Fatal(err)
	}
	tr := &trail{workspace: acme, key: key, nodes: map[int64]audit.Hash{}, signed: map[int64][]byte{}}
	for n := 0; ; n++ {
		if slices.Contains(checkpoints, n) || n == size {
			tr.sign(t)
		}
		if n == size {
			return tr
		}
		tr.add(t, fmt.Sprintf("rule.edited%d", n))
	}
}

func (tr *trail) add(t testing.TB, act string) {
	t.Helper()
	idx := tr.tree.Size()
	body := audit.Body{ActorKind: "person", Actor: "Ann Ä <b>", Email: "ann@acme.example", From: "192.0.2.7",
		Object: "Refunds } over {50 €", Before: map[string]any{"limit": "50.00"}, After: map[string]any{"limit": idx, "}": nil}}
	tr.entries = append(tr.entries, stored(t, audit.Leaf{Workspace: tr.workspace, Epoch: 1, Index: idx, Act: act, ObjectType: "rule",
		ObjectID: uuid.NewString(), Outcome: "done", Actor: uuid.New(), At: time.Date(2026, 3, 1, 0, 0, int(idx), 123456789, time.UTC)}, body))
	for _, n := range tr.tree.Append(audit.LeafHash(tr.entries[idx].Leaf)) {
		tr.nodes[n.Pos] = n.Hash
	}
}

func stored(t testing.TB, l audit.Leaf, body audit.Body) audit.Stored {
	t.Helper()
	raw, err := body.Encode()
	if err != nil {
		t.Fatal(err)
	}
	salt := audit.NewSalt()
	l.Body = audit.Commit(salt, raw)
	leaf, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return audit.Stored{Leaf: leaf, Salt: salt, Body: raw}
}

func (tr *trail) read(positions []int64) ([]audit.Hash, error) {
	var out []audit.Hash
	for _, p := range positions {
		h, ok := tr.nodes[p]
		if !ok {
			return nil, fmt.Errorf("node %d is not stored", p)
		}
		out = append(out, h)
	}
	return out, nil
}

func (tr *trail) checkpoint() audit.Checkpoint {
	return audit.Checkpoint{Origin: audit.Origin(tr.workspace, 1), Size: tr.tree.Size(), Root: tr.tree.Root()}
}

func (tr *trail) sign(t testing.TB) {
	t.Helper()
	signed, err := tr.checkpoint().Sign(tr.key)
	if err != nil {
		t.Fatal(err)
	}
	tr.signed[tr.tree.Size()] = signed
}

func (tr *trail) bundle() audit.Bundle {
	last := tr.tree.Size()
	var sizes []int64
	for size := range tr.signed {
		if size != last {
			sizes = append(sizes, size)
		}
	}
	slices.Sort(sizes)
	return audit.Bundle{
		Checkpoint: tr.signed[last], Keys: []ed25519.PublicKey{tr.key.Public()}, Nodes: tr.read,
		Entries: all(slices.Clone(tr.entries)),
		Earlier: func(yield func([]byte, error) bool) {
			for _, size := range sizes {
				if !yield(tr.signed[size], nil) {
					return
				}
			}
		},
	}
}

// selected is a bundle of some entries.
func (tr *trail) selected(indexes ...int) audit.Bundle {
	b := tr.bundle()
	var some []audit.Stored
	for _, i := range indexes {
		some = append(some, tr.entries[i])
	}
	b.Entries, b.Selection = all(some), "what Ann did"
	return b
}

func all(entries []audit.Stored) iter.Seq2[audit.Stored, error] {
	return func(yield func(audit.Stored, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func zipped(t testing.TB, b audit.Bundle) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := audit.WriteBundle(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func verify(file, kept []byte, key string) (audit.Report, error) {
	return audit.Verify(bytes.NewReader(file), int64(len(file)), kept, key)
}

// twice is a finding that names its place two times.
var twice = regexp.MustCompile(`^entry \d+ (entr|the )`)

// refused wants Verify to say why in one line.
func refused(t *testing.T, name string, file, kept []byte, key, why string) {
	t.Helper()
	r, err := verify(file, kept, key)
	if err == nil || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "\n") || twice.MatchString(err.Error()) || r.Entries != 0 {
		t.Errorf("%s: %v, want one line with %q", name, err, why)
	}
}
