package catalog

import (
	"slices"
	"testing"
)

func TestWhatComesToTheSameIsKnownAndGoesBothWays(t *testing.T) {
	for _, set := range alike() {
		for _, key := range set {
			if _, ok := Find(key); !ok || len(set) < 2 {
				t.Errorf("%s of %v is no type, or alone", key, set)
			}
			for _, other := range Alike(key) {
				if other.Key == key || !slices.ContainsFunc(Alike(other.Key), func(t *ActionType) bool { return t.Key == key }) {
					t.Errorf("%s comes to the same as %s, and not the other way round", other.Key, key)
				}
			}
		}
	}
	if got := Alike("billing.refund"); len(got) != 2 || got[0].Key == "billing.refund" {
		t.Errorf("a refund comes to the same as %d types", len(got))
	}
	if got := Alike("mail.reply.send"); len(got) != 0 {
		t.Errorf("a reply comes to the same as %v", got)
	}
}
