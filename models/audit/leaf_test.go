package audit_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/jexi/portal/models/audit"
)

const commitmentOfEmpty = "f686d4b98b5419a8622852c434b904a63c4971045006ff9bf4b250b0d086f97d"

func leaf() audit.Leaf {
	return audit.Leaf{Workspace: acme, Epoch: 1, Index: 41, Act: "rule.published", ObjectType: "rule", ObjectID: "r-1", Outcome: "done",
		Actor: uuid.MustParse("0f0e0d0c-0b0a-4908-8706-050403020100"), At: time.Date(2026, 3, 1, 12, 0, 0, 120000, time.UTC)}
}

func TestALeafIsSortedJSONWithoutPersonalData(t *testing.T) {
	raw, err := leaf().Encode()
	want := `{"act":"rule.published","actor_ref":"0f0e0d0c-0b0a-4908-8706-050403020100","at":"2026-03-01T12:00:00.000120Z",` +
		`"body":"` + strings.Repeat("00", 32) + `","epoch":1,"idx":41,"obj_id":"r-1","obj_type":"rule","outcome":"done","v":1,` +
		`"ws":"7e57ab1e-0000-4000-8000-00000000acae"}`
	if err != nil || string(raw) != want {
		t.Fatalf("%s, %v\nwant %s", raw, err, want)
	}
	if got, err := audit.ParseLeaf(raw); err != nil || got != leaf() {
		t.Fatalf("read back as %+v, %v", got, err)
	}
}

func TestALeafThatNeedsEscapingIsRefused(t *testing.T) {
	for name, change := range map[string]func(*audit.Leaf){
		"no act":         func(l *audit.Leaf) { l.Act = "" },
		"capital act":    func(l *audit.Leaf) { l.Act = "Rule" },
		"quote":          func(l *audit.Leaf) { l.ObjectID = `a"b` },
		"backslash":      func(l *audit.Leaf) { l.ObjectID = `a\b` },
		"brace":          func(l *audit.Leaf) { l.ObjectID = "a}b" },
		"newline":        func(l *audit.Leaf) { l.ObjectID = "a\nb" },
		"umlaut":         func(l *audit.Leaf) { l.ObjectID = "ä" },
		"long id":        func(l *audit.Leaf) { l.ObjectID = strings.Repeat("x", 201) },
		"no outcome":     func(l *audit.Leaf) { l.Outcome = "" },
		"no epoch":       func(l *audit.Leaf) { l.Epoch = 0 },
		"negative":       func(l *audit.Leaf) { l.Index = -1 },
		"far future":     func(l *audit.Leaf) { l.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"type of spaces": func(l *audit.Leaf) { l.ObjectType = "a b" },
	} {
		l := leaf()
		change(&l)
		if raw, err := l.Encode(); err == nil {
			t.Errorf("%s: written as %s", name, raw)
		}
	}
}

func TestASecondSpellingOfALeafIsRefused(t *testing.T) {
	raw, _ := leaf().Encode()
	for _, change := range [][2]string{
		{`"idx":41`, `"idx":041`}, {`"idx":41`, `"idx":41.0`}, {`"idx":41`, `"idx":-41`}, {`"idx":41`, `"idx":9223372036854775808`},
		{`"idx":41`, `"idx":`}, {`"epoch":1`, `"epoch": 1`}, {`"epoch":1`, `"epoch":0`}, {`0f0e`, `0F0e`}, {`7e57ab1e`, `7E57ab1e`},
		{`0f0e0d0c-`, `0f0e0d0c0`}, {`.000120Z`, `.00012Z`}, {`.000120Z`, `,000120Z`}, {`03-01T`, `02-30T`}, {`"v":1`, `"v":2`},
		{`"body":"00`, `"body":"0`}, {`"body":"00`, `"body":"AA`}, {`"r-1"`, `"r\u002d1"`}, {`}`, `} `}, {`{`, ` {`}, {`"done"`, `""`},
	} {
		bad := strings.Replace(string(raw), change[0], change[1], 1)
		if l, err := audit.ParseLeaf([]byte(bad)); err == nil {
			t.Errorf("%s is read as %+v", bad, l)
		}
	}
	for i := range raw {
		if _, err := audit.ParseLeaf(raw[:i]); err == nil {
			t.Errorf("the first %d bytes are read as a leaf", i)
		}
	}
}

func FuzzALeafHasOneSpelling(f *testing.F) {
	raw, _ := leaf().Encode()
	f.Add(raw)
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := audit.ParseLeaf(b)
		if err != nil {
			return
		}
		if again, err := l.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%s is read and written as %s, %v", b, again, err)
		}
		if !json.Valid(b) {
			t.Errorf("%s is not JSON", b)
		}
	})
}

func TestEveryLeafComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z0-9_.]{1,40}`)
		l := audit.Leaf{Act: word.Draw(t, "act"), ObjectType: word.Draw(t, "type"), Outcome: word.Draw(t, "outcome"),
			ObjectID: rapid.StringMatching(`[ !#-\[\]-z|~]{0,200}`).Draw(t, "id"), Epoch: rapid.IntRange(1, math.MaxInt32).Draw(t, "epoch"),
			Index: rapid.Int64Min(0).Draw(t, "idx"), At: time.UnixMicro(rapid.Int64Range(0, 1e16).Draw(t, "at")).UTC(),
			Actor: uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "actor")), Workspace: acme}
		raw, err := l.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := audit.ParseLeaf(raw); err != nil || got != l {
			t.Fatalf("%s comes back as %+v, %v", raw, got, err)
		}
	})
}

func TestTheSaltHidesAndBindsTheBody(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		salt := audit.NewSalt()
		if len(salt) != 32 || seen[string(salt)] {
			t.Fatalf("salt %x", salt)
		}
		seen[string(salt)] = true
	}
	salt, _ := hex.DecodeString(strings.Repeat("ab", 32))
	// sha256sum of the byte 01, 32 bytes ab, and {}
	if got := audit.Commit(salt, []byte("{}")); hex.EncodeToString(got[:]) != commitmentOfEmpty {
		t.Errorf("commitment %x", got)
	}
}

func TestABodyIsCanonicalAndKeepsWhatItWasGiven(t *testing.T) {
	b := audit.Body{ActorKind: "person", Actor: "Ann <\u2028>", Object: "a\xffb",
		After: map[string]any{"z": int64(1) << 60, "b": 1.50, "a": []any{"é", nil, true}, "n": 1 << 52, "deep": map[string]any{"y": 1, "x": uint64(math.MaxUint64)}}}
	raw, err := b.Encode()
	want := `{"actor":"Ann <` + "\u2028" + `>","actor_kind":"person","after":{"a":["é",null,true],"b":1.5,"deep":{"x":"18446744073709551615","y":1},` +
		`"n":4503599627370496,"z":"1152921504606846976"},"object":"a` + "\ufffd" + `b"}`
	if err != nil || string(raw) != want {
		t.Fatalf("%s, %v\nwant %s", raw, err, want)
	}
	got, err := audit.ParseBody(raw)
	if err != nil || got.Actor != b.Actor || got.After["z"] != "1152921504606846976" || got.After["n"] != json.Number("4503599627370496") {
		t.Fatalf("read back as %+v, %v", got, err)
	}
	if _, err := (audit.Body{Detail: map[string]any{"x": strings.Repeat("x", audit.MaxBody)}}).Encode(); err == nil {
		t.Error("an endless body is accepted")
	}
	if _, err := (audit.Body{Detail: map[string]any{"x": math.NaN()}}).Encode(); err == nil {
		t.Error("NaN is accepted")
	}
}
