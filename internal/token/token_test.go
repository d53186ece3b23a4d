package token_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jexi/portal/internal/token"
)

func TestATokenHas256BitsInFiftyTwoLowerCaseCharacters(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		plain, hash := token.New()
		if len(plain) != 52 || plain != strings.ToLower(plain) || plain != token.Clean(plain) {
			t.Fatalf("token %q", plain)
		}
		if len(hash) != 32 || !bytes.Equal(hash, token.Hash(plain)) {
			t.Fatalf("hash %x does not belong to %q", hash, plain)
		}
		if seen[plain] {
			t.Fatal("the same token twice")
		}
		seen[plain] = true
	}
}

func TestAnAPITokenCanBeFoundByItsPrefix(t *testing.T) {
	plain, hash := token.NewAPI()
	if !strings.HasPrefix(plain, "jx_") || len(plain) != 55 || !token.Equal(hash, token.Hash(plain)) {
		t.Fatalf("token %q", plain)
	}
	if token.Equal(hash, token.Hash(strings.TrimPrefix(plain, "jx_"))) {
		t.Fatal("the prefix does not count")
	}
}

func TestALinkDamagedByMailStillFindsItsRow(t *testing.T) {
	plain, hash := token.New()
	for name, damaged := range map[string]string{
		"upper case":            strings.ToUpper(plain),
		"spaces around":         "  " + plain + "\r\n",
		"trailing bracket":      plain + ">",
		"trailing dot":          plain + ".",
		"trailing equals":       plain + "=",
		"quoted-printable":      "=3D" + plain,
		"wrapped":               plain[:30] + "\r\n " + plain[30:],
		"wrapped, soft break":   plain[:30] + "=\r\n" + plain[30:],
		"bracket and full stop": "<" + plain + ">.",
		"bracket as an entity":  plain + "&gt;",
		"encoded twice":         plain + "%3E",
		"the next sentence":     plain + ".Please",
	} {
		if !token.Equal(hash, token.Hash(damaged)) {
			t.Errorf("%s: %q is another token", name, damaged)
		}
	}
	if token.Equal(hash, token.Hash(plain[1:])) || token.Equal(nil, nil) {
		t.Error("a shortened token or an empty hash is accepted")
	}
}

func TestCleaningNeverJoinsTwoTokens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.StringMatching(`(jx_)?[a-z2-7]{52}`).Draw(t, "plain")
		if token.Clean(plain) != plain {
			t.Fatalf("%q becomes %q", plain, token.Clean(plain))
		}
	})
}

func TestACodeIsReadableAndForgivesSpelling(t *testing.T) {
	link, _ := token.New()
	for range 200 {
		code := token.Code()
		if strings.ContainsAny(code, "01OI") || len(code) != 6 {
			t.Fatalf("code %q", code)
		}
		typed := " " + strings.ToLower(code[:3]) + " - " + code[3:] + "\n"
		if got, ok := token.CleanCode(typed); !ok || got != code {
			t.Fatalf("%q is read as %q", typed, got)
		}
		if !token.Equal(token.HashCode(link, code), token.HashCode(strings.ToUpper(link), typed)) {
			t.Fatalf("%q is another code than %q", typed, code)
		}
	}
}

func TestWhatCannotBeACodeIsNotAWrongGuess(t *testing.T) {
	for _, typed := range []string{"", " ", "ABCDE", "ABCDEFG", "ABCDE0", "ABCDEI", "ÄBCDE", "ABC\x00EF"} {
		if code, ok := token.CleanCode(typed); ok {
			t.Errorf("%q is taken for the code %q", typed, code)
		}
	}
}

func TestACodeBelongsToItsLink(t *testing.T) {
	mine, _ := token.New()
	other, _ := token.New()
	if token.Equal(token.HashCode(mine, "ABCDEF"), token.HashCode(other, "ABCDEF")) {
		t.Fatal("one code opens two links")
	}
}

func TestANonceIsBoundToItsPartsKeyAndTime(t *testing.T) {
	key, other := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	now := time.Date(2026, 3, 1, 12, 59, 59, 0, time.UTC)
	n := token.Nonce(key, now, "hash", "7")
	for name, c := range map[string]struct {
		want bool
		got  bool
	}{
		"at once":           {true, token.CheckNonce(key, now, n, "hash", "7")},
		"30 minutes later":  {true, token.CheckNonce(key, now.Add(30*time.Minute), n, "hash", "7")},
		"an hour later":     {false, token.CheckNonce(key, now.Add(time.Hour), n, "hash", "7")},
		"another version":   {false, token.CheckNonce(key, now, n, "hash", "8")},
		"parts moved":       {false, token.CheckNonce(key, now, n, "hash7", "")},
		"another key":       {false, token.CheckNonce(other, now, n, "hash", "7")},
		"none":              {false, token.CheckNonce(key, now, "", "hash", "7")},
		"one part too many": {false, token.CheckNonce(key, now, n, "hash", "7", "")},
	} {
		if c.got != c.want {
			t.Errorf("%s: accepted is %v", name, c.got)
		}
	}
}
