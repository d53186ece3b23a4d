package token

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"
)

func TestEachListHas256ShortWordsThatCannotBeMixedUp(t *testing.T) {
	plain := regexp.MustCompile(`^[a-z]{3,9}$`)
	seen := map[string]bool{}
	for _, list := range []string{looks, objects} {
		words := strings.Fields(list)
		if len(words) != 256 {
			t.Errorf("a list has %d words", len(words))
		}
		for i, w := range words {
			if !plain.MatchString(w) || seen[w] {
				t.Errorf("%q is not plain or appears twice", w)
			}
			seen[w] = true
			for _, other := range words[:i] {
				if oneLetterApart(w, other) {
					t.Errorf("%q and %q differ by one letter only", w, other)
				}
			}
		}
	}
}

// oneLetterApart: equal after a letter is changed, or left out of the longer word.
func oneLetterApart(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	for i := range a {
		rest := a[i+1:]
		if len(a) == len(b) && a[:i]+rest == b[:i]+b[i+1:] || a[:i]+rest == b {
			return true
		}
	}
	return false
}

func TestWordsThatWereShownComeOutAgain(t *testing.T) {
	for seed, want := range map[string]string{"": "tender-parcel", "a": "snowy-mango", "request 1": "round-box"} {
		if got := Words([]byte(seed)); got != want {
			t.Errorf("Words(%q) = %q, want %q", seed, got, want)
		}
	}
	sum := sha256.Sum256([]byte(looks + objects))
	if got := hex.EncodeToString(sum[:8]); got != "b026b969169aead5" {
		t.Errorf("the lists have changed: %s", got)
	}
}

func BenchmarkWords(b *testing.B) {
	seed := []byte("0190a3c4-0000-7000-8000-000000000001")
	for b.Loop() {
		Words(seed)
	}
}
