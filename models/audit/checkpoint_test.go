package audit_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"

	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/audit"
)

func TestACheckpointIsASignedNoteThatOtherToolsOpen(t *testing.T) {
	tr := newTrail(t, 5)
	signed := tr.signed[5]
	v, err := note.NewVerifier(audit.VerifierKey(tr.checkpoint().Origin, tr.key.Public()))
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		t.Fatal(err)
	}
	want := "audit.jexi/ws/" + acme.String() + "/1\n5\n" + tr.tree.Root().String() + "\n"
	if n.Text != want || n.Sigs[0].Name != "audit.jexi/ws/"+acme.String()+"/1" {
		t.Fatalf("%q signed by %q", n.Text, n.Sigs[0].Name)
	}
	got, pub, err := audit.OpenCheckpoint(signed, tr.key.Public())
	if err != nil || got != tr.checkpoint() || !pub.Equal(tr.key.Public()) {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestOneKeySignsForManyTrailsWithoutMixingThem(t *testing.T) {
	tr := newTrail(t, 3)
	other := tr.checkpoint()
	other.Origin = audit.Origin(uuid.New(), 1)
	signed, err := other.Sign(tr.key)
	if err != nil {
		t.Fatal(err)
	}
	mixed := bytes.Replace(signed, []byte(other.Origin+"\n3"), []byte(tr.checkpoint().Origin+"\n3"), 1)
	for _, bad := range [][]byte{mixed, bytes.ReplaceAll(signed, []byte(other.Origin), []byte(tr.checkpoint().Origin))} {
		if _, _, err := audit.OpenCheckpoint(bad, tr.key.Public()); err == nil {
			t.Errorf("accepted: %s", bad)
		}
	}
}

func TestAnAlteredOrForeignCheckpointIsRefused(t *testing.T) {
	tr, foreign := newTrail(t, 12), newTrail(t, 12)
	signed := string(tr.signed[12])
	for name, bad := range map[string]string{
		"size":       strings.Replace(signed, "\n12\n", "\n13\n", 1),
		"zero":       strings.Replace(signed, "\n12\n", "\n012\n", 1),
		"plus":       strings.Replace(signed, "\n12\n", "\n+12\n", 1),
		"root":       strings.Replace(signed, tr.tree.Root().String(), foreign.tree.Root().String(), 1),
		"epoch":      strings.Replace(signed, "/1\n", "/2\n", 1),
		"extension":  strings.Replace(signed, "\n\n", "\nmore\n\n", 1),
		"unsigned":   signed[:strings.Index(signed, "—")],
		"empty":      "",
		"other key":  string(foreign.signed[12]),
		"no newline": signed[:len(signed)-1],
	} {
		if c, _, err := audit.OpenCheckpoint([]byte(bad), tr.key.Public()); err == nil {
			t.Errorf("%s: opened as %+v", name, c)
		}
	}
	for _, second := range []string{"012", "+12", " 12", "12 ", "1e1", "-1", ""} {
		if c, err := audit.ParseCheckpoint([]byte(strings.Replace(signed, "\n12\n", "\n"+second+"\n", 1))); err == nil {
			t.Errorf("size %q is read as %d", second, c.Size)
		}
	}
}

func TestOriginsHaveOneSpelling(t *testing.T) {
	if ws, epoch, err := audit.ParseOrigin(audit.Origin(acme, 7)); err != nil || ws != acme || epoch != 7 {
		t.Errorf("%v %d %v", ws, epoch, err)
	}
	good := audit.Origin(acme, 1)
	for _, bad := range []string{"", "x", good + "/", good + "0x", strings.ToUpper(good), strings.Replace(good, "/1", "/01", 1),
		strings.Replace(good, "/1", "/0", 1), strings.Replace(good, "/1", "/-1", 1), "audit.jexi/ws/{" + acme.String() + "}/1"} {
		if _, _, err := audit.ParseOrigin(bad); err == nil {
			t.Errorf("%q is an origin", bad)
		}
	}
}

func FuzzACheckpointHasOneSpelling(f *testing.F) {
	tr := newTrail(f, 3)
	f.Add(tr.signed[3])
	f.Fuzz(func(t *testing.T, signed []byte) {
		c, err := audit.ParseCheckpoint(signed)
		if err == nil && !bytes.HasPrefix(signed, []byte(c.Text()+"\n")) {
			t.Errorf("%q is read as %+v", signed, c)
		}
	})
}

func TestTheNextCheckpointIsSignedOnlyIfItExtendsTheLast(t *testing.T) {
	tr := newTrail(t, 20, 0, 7, 8, 13)
	next := tr.checkpoint()
	last := func(size int64) audit.Checkpoint {
		c, err := audit.ParseCheckpoint(tr.signed[size])
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, size := range []int64{0, 7, 8, 13, 20} {
		signed, err := audit.SignNext(tr.key, last(size), next, tr.read)
		if err != nil || !bytes.Equal(signed, tr.signed[20]) {
			t.Errorf("after %d: %v", size, err)
		}
	}
	if _, err := audit.SignNext(tr.key, audit.Checkpoint{}, next, tr.read); err != nil {
		t.Errorf("as the first: %v", err)
	}
	rewritten, shorter := last(13), next
	rewritten.Root[0] ^= 1
	shorter.Size = 21
	other := last(13)
	other.Origin = audit.Origin(acme, 2)
	for name, c := range map[string]struct{ last, next audit.Checkpoint }{
		"rewritten past": {rewritten, next}, "restored": {next, last(13)}, "wrong head": {last(13), audit.Checkpoint{Origin: next.Origin, Size: 20, Root: last(13).Root}},
		"other epoch": {other, next}, "wrong head, the first": {audit.Checkpoint{}, audit.Checkpoint{Origin: next.Origin, Size: 20, Root: last(13).Root}},
	} {
		if signed, err := audit.SignNext(tr.key, c.last, c.next, tr.read); !errors.Is(err, audit.ErrInconsistent) || signed != nil {
			t.Errorf("%s: %s, %v", name, signed, err)
		}
	}
	if signed, err := audit.SignNext(tr.key, last(13), shorter, tr.read); err == nil || signed != nil {
		t.Errorf("a head beyond the nodes: %s", signed)
	}
	tr.nodes[0] = audit.Hash{}
	if _, err := audit.SignNext(tr.key, last(7), next, tr.read); err != nil {
		t.Errorf("a node that no proof needs stops the signing: %v", err)
	}
	tr.nodes[6] = audit.Hash{} // the first four entries
	if signed, err := audit.SignNext(tr.key, last(7), next, tr.read); !errors.Is(err, audit.ErrInconsistent) || signed != nil {
		t.Errorf("with an altered node: %s, %v", signed, err)
	}
}

func TestAKeyIsReadInEveryFormThatPeopleHave(t *testing.T) {
	tr := newTrail(t, 4)
	file, pub := zipped(t, tr.bundle()), tr.key.Public()
	for _, key := range keyForms(tr.checkpoint().Origin, tr.key) {
		if r, err := verify(file, nil, key); err != nil || !r.Pinned || r.Fingerprint != seal.Fingerprint(pub) {
			t.Errorf("%s: %v", key, err)
		}
	}
	stranger, _ := seal.ParseSigner(seal.NewSigningKey())
	for _, key := range keyForms(tr.checkpoint().Origin, stranger) {
		refused(t, "a stranger's key", file, nil, key, "not signed by the expected key")
	}
	for _, key := range []string{"x", "sha256:12", "{}", `{"keys":[{"kty":"RSA"}]}`, "a+b+c", strings.Repeat("A", 42)} {
		if _, err := verify(file, nil, key); !errors.Is(err, audit.ErrKey) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestEarlierKeysStillCount(t *testing.T) {
	tr := newTrail(t, 6, 4)
	old := tr.key
	tr.key, _ = seal.ParseSigner(seal.NewSigningKey())
	tr.sign(t)
	b := tr.bundle()
	refused(t, "the old key is not named", zipped(t, b), nil, "", "checkpoint 1 of checkpoints.txt is not signed")
	b.Keys = []ed25519.PublicKey{tr.key.Public(), old.Public()}
	file := zipped(t, b)
	if r, err := verify(file, tr.signed[4], ""); err != nil || r.Earlier != 1 || r.Kept != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := verify(file, nil, seal.Fingerprint(tr.key.Public())); err != nil || r.Earlier != 0 {
		t.Errorf("what only another key signed is counted: %+v, %v", r, err)
	}
	refused(t, "signed by the old key only", file, nil, seal.Fingerprint(old.Public()), "not signed by the expected key")
}
