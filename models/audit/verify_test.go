package audit_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/audit"
)

func keyForms(origin string, key seal.Signer) []string {
	pub := key.Public()
	return []string{seal.Fingerprint(pub), strings.ToUpper(seal.Fingerprint(pub)), base64.StdEncoding.EncodeToString(pub),
		base64.RawURLEncoding.EncodeToString(pub), audit.VerifierKey(origin, pub), string(key.PublicKeys())}
}

func TestBundlesOfEverySizeAreGenuine(t *testing.T) {
	v := second(t)
	for _, size := range []int{0, 1, 2, 3, 4, 7, 8, 9, 31, 33} {
		tr := newTrail(t, size, 0, size/2)
		v.both("size", zipped(t, tr.bundle()), tr.signed[int64(size/2)], "")
	}
}

func TestTheReportTellsWhatWasFound(t *testing.T) {
	v := second(t)
	tr := newTrail(t, 10, 3, 7)
	tr.entries[4].Salt, tr.entries[4].Body = nil, nil
	file := zipped(t, tr.bundle())
	r, err := verify(file, tr.signed[7], "")
	if err != nil {
		t.Fatal(err)
	}
	want := "genuine: 10 entries of 10 in the audit trail of workspace " + acme.String() + ", complete, 1 redacted (place proved); " +
		"extends 2 earlier checkpoints in the file; extends the kept checkpoint of 7 entries; signed by the key in the file, fingerprint " +
		seal.Fingerprint(tr.key.Public()) + ": compare with …/.well-known/portal-keys.json"
	if r.String() != want {
		t.Errorf("%s\nwant\n%s", r, want)
	}
	if !r.First.Equal(leafOf(t, tr.entries[0]).At) || !r.Last.Equal(leafOf(t, tr.entries[9]).At) {
		t.Errorf("from %v to %v", r.First, r.Last)
	}
	r, err = verify(file, nil, seal.Fingerprint(tr.key.Public()))
	if err != nil || !strings.HasSuffix(r.String(), "; signed by the given key "+seal.Fingerprint(tr.key.Public())) {
		t.Errorf("%s, %v", r, err)
	}
	v.both("redacted", file, tr.signed[3], "")
}

func leafOf(t *testing.T, e audit.Stored) audit.Leaf {
	t.Helper()
	l, err := audit.ParseLeaf(e.Leaf)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// renumbered is e at another place, with its body.
func renumbered(t *testing.T, e audit.Stored, idx int64) audit.Stored {
	t.Helper()
	l := leafOf(t, e)
	l.Index = idx
	raw, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return audit.Stored{Leaf: raw, Salt: e.Salt, Body: e.Body}
}

func inOrder(t *testing.T, entries []audit.Stored) []audit.Stored {
	for i := range entries {
		entries[i] = renumbered(t, entries[i], int64(i))
	}
	return entries
}

func replaced(e audit.Stored, old, new string) audit.Stored {
	return audit.Stored{Leaf: bytes.Replace(e.Leaf, []byte(old), []byte(new), 1), Salt: e.Salt, Body: bytes.Replace(e.Body, []byte(old), []byte(new), 1)}
}

func TestEveryTamperingWithACompleteBundleIsFound(t *testing.T) {
	v := second(t)
	tr, other := newTrail(t, 20, 8, 16), newTrail(t, 20)
	edit := func(i int, change func(audit.Stored) audit.Stored) func([]audit.Stored) []audit.Stored {
		return func(e []audit.Stored) []audit.Stored { e[i] = change(e[i]); return e }
	}
	for name, c := range map[string]struct {
		change func([]audit.Stored) []audit.Stored
		why    string
	}{
		"nothing": {func(e []audit.Stored) []audit.Stored { return e }, ""},
		"act edited": {edit(3, func(e audit.Stored) audit.Stored { return replaced(e, "rule.edited3", "rule.edited4") }),
			"entries from 0 to 7 are not those of the signed checkpoint of 8 entries"},
		"the last edited": {edit(19, func(e audit.Stored) audit.Stored { return replaced(e, `"done"`, `"none"`) }), "entries from 16 to 19 are not those of the signed checkpoint:"},
		"body edited":     {edit(12, func(e audit.Stored) audit.Stored { return replaced(e, "ann@", "eve@") }), "entry 12 has a body that is not the recorded one"},
		"salt edited":     {edit(12, func(e audit.Stored) audit.Stored { e.Salt = audit.NewSalt(); return e }), "entry 12 has a body that is not the recorded one"},
		"body and commitment edited": {edit(12, func(e audit.Stored) audit.Stored { return stored(t, leafOf(t, e), audit.Body{Actor: "Eve"}) }),
			"entries from 8 to 15 are not those"},
		"deleted":                  {func(e []audit.Stored) []audit.Stored { return slices.Delete(e, 5, 6) }, "entry 6 stands where entry 5 should be"},
		"deleted and renumbered":   {func(e []audit.Stored) []audit.Stored { return inOrder(t, slices.Delete(e, 5, 6)) }, "entries from 0 to 7 are not those"},
		"the first deleted":        {func(e []audit.Stored) []audit.Stored { return e[1:] }, "entry 1 stands where entry 0 should be"},
		"reordered":                {func(e []audit.Stored) []audit.Stored { e[5], e[6] = e[6], e[5]; return e }, "entry 6 stands where entry 5 should be"},
		"reordered and renumbered": {func(e []audit.Stored) []audit.Stored { e[5], e[6] = e[6], e[5]; return inOrder(t, e) }, "entries from 0 to 7 are not those"},
		"inserted":                 {func(e []audit.Stored) []audit.Stored { return slices.Insert(e, 9, e[8]) }, "entry 8 stands where entry 9 should be"},
		"inserted and renumbered":  {func(e []audit.Stored) []audit.Stored { return inOrder(t, slices.Insert(e, 9, e[8])) }, "entries from 8 to 15 are not those"},
		"truncated":                {func(e []audit.Stored) []audit.Stored { return e[:18] }, "the checkpoint covers 20 entries, but the bundle ends after 18"},
		"emptied":                  {func([]audit.Stored) []audit.Stored { return nil }, "ends after 0"},
		"appended":                 {func(e []audit.Stored) []audit.Stored { return append(e, renumbered(t, e[19], 20)) }, "the checkpoint covers 20 entries, but the bundle holds more"},
		"another trail's":          {func([]audit.Stored) []audit.Stored { return other.entries }, "are not those of"},
		"another workspace": {edit(2, func(e audit.Stored) audit.Stored {
			return replaced(e, acme.String(), strings.Repeat("0", 8)+acme.String()[8:])
		}), "entry 2 belongs to another trail"},
		"another epoch":    {edit(2, func(e audit.Stored) audit.Stored { return replaced(e, `"epoch":1`, `"epoch":2`) }), "entry 2 belongs to another trail"},
		"not a leaf":       {edit(2, func(e audit.Stored) audit.Stored { return replaced(e, `"v":1`, `"v":1,"x":1`) }), "entry 2 is not an entry"},
		"two lines in one": {edit(2, func(e audit.Stored) audit.Stored { e.Body = slices.Concat(e.Body, []byte("}\n"), e.Leaf); return e }), "entry 3 is not written as the portal writes it"},
	} {
		b := tr.bundle()
		b.Entries = all(c.change(slices.Clone(tr.entries)))
		v.both(name, zipped(t, b), nil, c.why)
	}
}

func TestABodyThatIsNotJSONCannotHideAnotherEntry(t *testing.T) {
	v := second(t)
	tr := newTrail(t, 0)
	evil := []byte(`{},"leaf":{"act":"nothing"}`)
	l, salt := leaf(), audit.NewSalt()
	l.Index, l.Body = 0, audit.Commit(salt, evil)
	raw, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	tr.entries = []audit.Stored{{Leaf: raw, Salt: salt, Body: evil}}
	tr.tree.Append(audit.LeafHash(raw))
	tr.sign(t)
	v.both("a body with a second leaf", zipped(t, tr.bundle()), nil, "entry 0 has a body")
}

func TestAKeptCheckpointFindsWhatTheSignerDid(t *testing.T) {
	v := second(t)
	tr := newTrail(t, 20, 8, 16)
	kept := tr.signed[16]
	rebuilt := &trail{workspace: acme, key: tr.key, nodes: map[int64]audit.Hash{}, signed: map[int64][]byte{}}
	for i := range 22 {
		rebuilt.add(t, "rule.other"+string(rune('a'+i)))
	}
	rebuilt.sign(t)
	forged := zipped(t, rebuilt.bundle())
	v.both("all rebuilt and signed again, nothing kept", forged, nil, "")
	v.both("all rebuilt and signed again", forged, kept, "entries from 0 to 15 are not those of the kept checkpoint of 16 entries")

	cut := newTrail(t, 0)
	cut.key, cut.entries, cut.nodes, cut.signed = tr.key, tr.entries[:8], tr.nodes, map[int64][]byte{8: tr.signed[8]}
	for _, e := range cut.entries {
		cut.tree.Append(audit.LeafHash(e.Leaf))
	}
	v.both("cut at an older checkpoint, nothing kept", zipped(t, cut.bundle()), nil, "")
	v.both("cut at an older checkpoint", zipped(t, cut.bundle()), kept, "the kept checkpoint has 16 entries, this trail only 8")

	stranger := newTrail(t, 20)
	v.both("signed by a stranger", zipped(t, stranger.bundle()), kept, "the kept checkpoint is not signed by the expected key")
	v.both("an edited kept checkpoint", zipped(t, tr.bundle()), bytes.Replace(kept, []byte("\n16\n"), []byte("\n15\n"), 1), "the kept checkpoint is not signed")
	refused(t, "an empty kept checkpoint", zipped(t, tr.bundle()), []byte("\n"), "", "the kept checkpoint is empty")
	refused(t, "no checkpoint", zipped(t, tr.bundle()), []byte("hello\n"), "", "the kept checkpoint is not a signed checkpoint")
}

func TestACheckpointOfAnotherTrailProvesNothing(t *testing.T) {
	v, tr := second(t), newTrail(t, 9)
	other := &trail{workspace: uuid.New(), key: tr.key, nodes: map[int64]audit.Hash{}, signed: map[int64][]byte{}}
	other.add(t, "rule.edited")
	other.sign(t)
	longer := tr.checkpoint()
	longer.Size = 10
	ahead, err := longer.Sign(tr.key)
	if err != nil {
		t.Fatal(err)
	}
	for _, foreign := range [][]byte{other.signed[1], ahead} {
		b := tr.bundle()
		b.Earlier = func(yield func([]byte, error) bool) { yield(foreign, nil) }
		v.both("earlier", zipped(t, b), nil, "checkpoint 1 of checkpoints.txt belongs to another or a longer trail")
	}
	v.both("kept", zipped(t, tr.bundle()), other.signed[1], "the kept checkpoint is of another trail")
	v.both("kept ahead", zipped(t, tr.bundle()), ahead, "the kept checkpoint has 10 entries, this trail only 9")
}

func TestAnEndlessLineIsRefused(t *testing.T) {
	tr := newTrail(t, 0)
	for _, long := range []int{audit.MaxBody - 100, audit.MaxBody + 4<<10, 3 * audit.MaxBody} {
		tr.tree, tr.signed = audit.Frontier{}, map[int64][]byte{}
		body := []byte(`{"x":"` + strings.Repeat("x", long) + `"}`)
		l, salt := leaf(), audit.NewSalt()
		l.Index, l.Body = 0, audit.Commit(salt, body)
		raw, err := l.Encode()
		if err != nil {
			t.Fatal(err)
		}
		tr.entries = []audit.Stored{{Leaf: raw, Salt: salt, Body: body}}
		tr.tree.Append(audit.LeafHash(raw))
		tr.sign(t)
		file := zipped(t, tr.bundle())
		if _, err := verify(file, nil, ""); long < audit.MaxBody && err != nil {
			t.Errorf("%d bytes: %v", long, err)
		} else if long > audit.MaxBody {
			refused(t, "long", file, nil, "", "entry 0 is too long")
		}
	}
}

func TestAKeptCheckpointMayComeOutOfAMail(t *testing.T) {
	tr := newTrail(t, 20, 8, 16)
	mailed := []byte("\r\n\r\n" + strings.ReplaceAll(string(tr.signed[8])+"\n"+string(tr.signed[16]), "\n", "\r\n"))
	r, err := verify(zipped(t, tr.bundle()), mailed, "")
	if err != nil || r.Kept != 2 || r.KeptSize != 16 || !strings.Contains(r.String(), "extends 2 kept checkpoints of up to 16 entries") {
		t.Errorf("%s, %v", r, err)
	}
}

// rezipped gives the bundle with its members changed; a nil member is left out.
func rezipped(t *testing.T, file []byte, change func(name string, text []byte) []byte, more ...string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	write := func(name string, text []byte) {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if text = change(f.Name, text); text != nil {
			write(f.Name, text)
		}
	}
	for _, name := range more {
		write(name, []byte("x"))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAChangedMemberIsFound(t *testing.T) {
	v := second(t)
	tr, stranger := newTrail(t, 9, 4), newTrail(t, 9)
	file := zipped(t, tr.bundle())
	same := func(_ string, text []byte) []byte { return text }
	swap := func(name, old, new string) func(string, []byte) []byte {
		return func(n string, text []byte) []byte {
			if n == name {
				return bytes.Replace(text, []byte(old), []byte(new), 1)
			}
			return text
		}
	}
	without := func(name string) func(string, []byte) []byte {
		return func(n string, text []byte) []byte {
			if n == name {
				return nil
			}
			return text
		}
	}
	v.both("untouched", rezipped(t, file, same), nil, "")
	v.both("size", rezipped(t, file, swap("checkpoint.txt", "\n9\n", "\n8\n")), nil, "its checkpoint is not signed by the expected key, or altered")
	v.both("earlier size", rezipped(t, file, swap("checkpoints.txt", "\n4\n", "\n5\n")), nil, "checkpoint 1 of checkpoints.txt is not signed")
	v.both("longer earlier", rezipped(t, file, swap("checkpoints.txt", string(tr.signed[4]), string(stranger.signed[9]))), nil, "checkpoint 1 of checkpoints.txt")
	v.both("keys", rezipped(t, file, swap("keys.txt", audit.VerifierKey(tr.checkpoint().Origin, tr.key.Public()),
		audit.VerifierKey(tr.checkpoint().Origin, stranger.key.Public()))), nil, "its checkpoint is not signed")
	v.both("keys of another trail", rezipped(t, file, swap("keys.txt", audit.VerifierKey(tr.checkpoint().Origin, tr.key.Public()),
		audit.VerifierKey(audit.Origin(acme, 2), tr.key.Public()))), nil, "its list of keys")
	v.both("no entries", rezipped(t, file, without("entries.jsonl")), nil, "the bundle has no entries.jsonl")
	v.both("no keys", rezipped(t, file, without("keys.txt")), nil, "the bundle has no keys.txt")
	v.both("no checkpoint", rezipped(t, file, without("checkpoint.txt")), nil, "the bundle has no checkpoint.txt")
	v.both("cut line", rezipped(t, file, func(name string, text []byte) []byte {
		if name == "entries.jsonl" {
			return text[:len(text)-1]
		}
		return text
	}), nil, "entry 8 is not written as the portal writes it")
	refused(t, "a foreign file", rezipped(t, file, same, "proofs/../evil"), nil, "", "a file that does not belong")
	refused(t, "entries twice", rezipped(t, file, same, "entries.jsonl"), nil, "", "entries.jsonl twice")
	refused(t, "half a file", file[:len(file)/2], nil, "", "cut off")
	refused(t, "nothing", nil, nil, "", "neither a bundle (ZIP) nor a .tlog-proof")
}

func TestNoFlippedByteMakesADifferentTruth(t *testing.T) {
	tr := newTrail(t, 3, 2)
	file := zipped(t, tr.bundle())
	want, err := verify(file, tr.signed[2], "")
	if err != nil {
		t.Fatal(err)
	}
	for i := range file {
		bad := bytes.Clone(file)
		bad[i] ^= 0x20
		if r, err := verify(bad, tr.signed[2], ""); err == nil && r != want && r.Earlier == want.Earlier {
			t.Errorf("byte %d flipped: %s", i, r)
		}
	}
}
