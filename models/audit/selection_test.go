package audit_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jexi/portal/models/audit"
)

func TestASelectionIsProvedEntryByEntry(t *testing.T) {
	v := second(t)
	tr := newTrail(t, 21, 0, 1, 8, 13)
	for _, some := range [][]int{{}, {0}, {20}, {0, 7, 8, 20}, {3, 4, 5}} {
		file := zipped(t, tr.selected(some...))
		for size, kept := range tr.signed {
			v.both(fmt.Sprint(some, " extends ", size), file, kept, "")
		}
		r, err := verify(file, nil, "")
		if err != nil || r.Complete || r.Entries != int64(len(some)) || r.Earlier != 4 || strings.Contains(r.String(), "complete") {
			t.Errorf("%v: %s, %v", some, r, err)
		}
	}
}

func TestEveryTamperingWithASelectionIsFound(t *testing.T) {
	v := second(t)
	tr := newTrail(t, 21, 8)
	file := zipped(t, tr.selected(2, 5, 9))
	in := func(name string, change func(string) string) func(string, []byte) []byte {
		return func(n string, text []byte) []byte {
			if n == name {
				return []byte(change(string(text)))
			}
			return text
		}
	}
	swap := func(name, old, new string) func(string, []byte) []byte {
		return in(name, func(text string) string { return strings.Replace(text, old, new, 1) })
	}
	lines := func(order ...int) func(string, []byte) []byte {
		return in("entries.jsonl", func(text string) (out string) {
			l := strings.SplitAfter(text, "\n")
			for _, i := range order {
				out += l[i]
			}
			return out
		})
	}
	drop := func(name string) func(string, []byte) []byte {
		return func(n string, text []byte) []byte {
			if n == name {
				return nil
			}
			return text
		}
	}
	proof := func(i int) string { return fmt.Sprintf("proofs/%d.tlog-proof", i) }
	for name, c := range map[string]struct {
		change func(string, []byte) []byte
		why    string
	}{
		"act edited":       {swap("entries.jsonl", "rule.edited5", "rule.edited6"), "entry 5 is not in the tree"},
		"body edited":      {swap("entries.jsonl", "ann@", "eve@"), "line 1 of entries.jsonl has a body"},
		"moved":            {lines(0, 2, 1), "entry 5 stands after entry 9"},
		"repeated":         {lines(0, 0, 1, 2), "entry 2 stands after entry 2"},
		"removed":          {lines(0, 2), "there are 3 proofs for 2 entries"},
		"proof removed":    {drop(proof(5)), "entry 5 has no proof"},
		"proof of another": {swap(proof(5), "index 5", "index 4"), "entry 5 is not in the tree"},
		"proof shortened": {in(proof(5), func(s string) string {
			h := strings.SplitAfter(s, "\n")
			return strings.Join(append(h[:2:2], h[3:]...), "")
		}), "entry 5 is not in the tree"},
		"proof elsewhere": {swap(proof(5), "\n21\n", "\n22\n"), "entry 5 is not in the tree"},
		"consistency edited": {in("consistency/8.txt", func(s string) string {
			h := strings.SplitAfter(s, "\n")
			h[1], h[2] = h[2], h[1]
			return strings.Join(h, "")
		}), "does not extend the signed checkpoint of 8 entries"},
		"consistency gone":  {drop("consistency/8.txt"), "cannot show that it extends the signed checkpoint of 8 entries"},
		"taken as complete": {drop("selection.txt"), "entry 2 stands where entry 0 should be"},
	} {
		v.both(name, rezipped(t, file, c.change), nil, c.why)
	}
}

func TestASelectionCannotExtendAnotherPast(t *testing.T) {
	v := second(t)
	tr := newTrail(t, 21, 8)
	rebuilt := &trail{workspace: acme, key: tr.key, nodes: map[int64]audit.Hash{}, signed: map[int64][]byte{}}
	for i := range 21 {
		if i == 8 {
			rebuilt.sign(t)
		}
		rebuilt.add(t, "rule.other")
	}
	rebuilt.sign(t)
	v.both("rebuilt", zipped(t, rebuilt.selected(3)), tr.signed[8], "does not extend the kept checkpoint of 8 entries")
	file := zipped(t, tr.selected(3))
	v.both("the same", file, tr.signed[8], "")
	tr2 := newTrail(t, 0)
	tr2.key = tr.key
	for i := range 9 {
		tr2.add(t, fmt.Sprint("rule.x", i))
	}
	tr2.sign(t)
	refused(t, "a size without proof", file, tr2.signed[9], "", "ask for the complete bundle")
}

func proofFile(t *testing.T, tr *trail, i int) []byte {
	t.Helper()
	file, err := audit.ProofFile(tr.entries[i], tr.signed[tr.tree.Size()], []ed25519.PublicKey{tr.key.Public()}, tr.read)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestOneEntryCanBeProvedByOneFile(t *testing.T) {
	tr := newTrail(t, 11, 5)
	for i := range 11 {
		file := proofFile(t, tr, i)
		r, err := verify(file, tr.signed[11], "")
		if err != nil || r.Entries != 1 || r.Size != 11 || r.Complete || r.Kept != 1 {
			t.Errorf("entry %d: %s, %v", i, r, err)
		}
		if _, err := verify(file, nil, audit.VerifierKey(tr.checkpoint().Origin, tr.key.Public())); err != nil {
			t.Errorf("entry %d with its key: %v", i, err)
		}
	}
	file := proofFile(t, tr, 6)
	p, err := audit.ParseProof(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(p.Encode(), file) {
		t.Errorf("read and written as\n%s", p.Encode())
	}
	with := func(change func(*audit.Proof)) []byte {
		p, _ := audit.ParseProof(file)
		change(&p)
		return p.Encode()
	}
	refused(t, "act edited", with(func(p *audit.Proof) { p.Extra = bytes.Replace(p.Extra, []byte("edited6"), []byte("edited7"), 1) }), nil, "", "entry 6 is not in the tree")
	refused(t, "body edited", with(func(p *audit.Proof) { p.Extra = bytes.Replace(p.Extra, []byte("ann@"), []byte("eve@"), 1) }), nil, "", "entry 6 has a body")
	refused(t, "index", with(func(p *audit.Proof) { p.Index = 7 }), nil, "", "entry 7 is not in the tree")
	refused(t, "hash", with(func(p *audit.Proof) { p.Hashes[1][0] ^= 1 }), nil, "", "entry 6 is not in the tree")
	refused(t, "no entry", with(func(p *audit.Proof) { p.Extra = nil }), nil, "", "does not carry its entry")
	refused(t, "checkpoint", with(func(p *audit.Proof) {
		p.Checkpoint = bytes.Replace(p.Checkpoint, []byte("\n11\n"), []byte("\n12\n"), 1)
	}), nil, "", "its checkpoint is not signed")
	refused(t, "older kept", file, tr.signed[5], "", "a single proof cannot show")
	refused(t, "stranger", file, nil, audit.VerifierKey(tr.checkpoint().Origin, newTrail(t, 0).key.Public()), "not signed by the expected key")
}

func TestAProofForAnEntryThatIsNotThereIsAnError(t *testing.T) {
	tr := newTrail(t, 4, 2)
	if _, err := audit.ProofFile(tr.entries[3], tr.signed[2], nil, tr.read); err == nil {
		t.Error("entry 3 is proved in a tree of 2")
	}
	endless := audit.Proof{Hashes: make([]audit.Hash, 65), Checkpoint: []byte("x\n")}
	if _, err := audit.ParseProof(endless.Encode()); err == nil {
		t.Error("a proof of 65 hashes is read")
	}
	broken := errors.New("database gone")
	b := tr.bundle()
	b.Entries = func(yield func(audit.Stored, error) bool) { yield(audit.Stored{}, broken) }
	if err := audit.WriteBundle(&bytes.Buffer{}, b); !errors.Is(err, broken) {
		t.Errorf("a failed read becomes %v", err)
	}
}

func FuzzAProofHasOneSpelling(f *testing.F) {
	f.Add([]byte("c2sp.org/tlog-proof@v1\nextra eA==\nindex 1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nx\n"))
	f.Add([]byte("c2sp.org/tlog-proof@v1\nindex 0\n\nx\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if p, err := audit.ParseProof(text); err == nil && !bytes.Equal(p.Encode(), text) {
			t.Errorf("%q is read and written as %q", text, p.Encode())
		}
	})
}

func FuzzVerifyingNeverPanicsOrTrustsAForgery(f *testing.F) {
	tr := newTrail(f, 3, 1)
	whole, some := zipped(f, tr.bundle()), zipped(f, tr.selected(1))
	f.Add(whole)
	f.Add(some)
	key := audit.VerifierKey(tr.checkpoint().Origin, tr.key.Public())
	f.Fuzz(func(t *testing.T, file []byte) {
		if r, err := verify(file, nil, key); err == nil && (r.Root != tr.tree.Root() || r.Size != 3) {
			t.Errorf("%s", r)
		}
	})
}
