package catalog

import (
	"maps"
	"slices"
	"strings"
)

// The action types are Go literals and not an embedded file: the compiler reads them,
// so there is nothing to parse at start and no error to handle.
var actionTypes = index(slices.Concat(
	registrarTypes(), dnsTypes(), hostingTypes(), mailTypes(), billingTypes(),
	crmTypes(), accountTypes(), dataTypes(), bulkTypes(),
))

func index(types []*ActionType) map[string]*ActionType {
	byKey := make(map[string]*ActionType, len(types))
	for _, t := range types {
		t.Category, _, _ = strings.Cut(t.Key, ".")
		t.Kinds = slices.Sorted(maps.Keys(t.Scopes))
		byKey[t.Key] = t
	}
	return byKey
}

// Find returns the newest version of an action type. Nobody may change what it points to.
func Find(key string) (*ActionType, bool) {
	t, ok := actionTypes[key]
	return t, ok
}

// Types returns every action type, sorted by key.
func Types() []*ActionType {
	return slices.SortedFunc(maps.Values(actionTypes), func(a, b *ActionType) int {
		return strings.Compare(a.Key, b.Key)
	})
}

// Match resolves "*", "registrar.*" or an exact key to the keys that exist today, sorted.
// It is empty when nothing matches.
func Match(glob string) []string {
	var keys []string
	for _, t := range Types() {
		if Covers(glob, t.Key) {
			keys = append(keys, t.Key)
		}
	}
	return keys
}

// Covers tells whether a glob takes in a key, also one that the catalog does not know.
func Covers(glob, key string) bool {
	if glob == "*" {
		return true
	}
	if prefix, ok := strings.CutSuffix(glob, ".*"); ok {
		return strings.HasPrefix(key, prefix+".")
	}
	return glob == key
}

// Param finds a declared parameter by name.
func (t *ActionType) Param(name string) (Param, bool) {
	for _, p := range t.Params {
		if p.Name == name {
			return p, true
		}
	}
	return Param{}, false
}

// CanDo tells whether an integration kind can carry the action out.
func (t *ActionType) CanDo(kind string) bool { return slices.Contains(t.Kinds, kind) }
