package catalog

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// The action types are Go literals and not an embedded file: the compiler reads them,
// so there is nothing to parse at start and no error to handle.
var actionTypes, everyVersion = index(slices.Concat(
	registrarTypes(), dnsTypes(), hostingTypes(), mailTypes(), billingTypes(),
	crmTypes(), accountTypes(), dataTypes(), bulkTypes(), earlierTypes(),
))

// earlierTypes are the versions that newer ones took the place of. They stay for good: a request is
// shown, checked and consumed under the version it was asked under.
func earlierTypes() []*ActionType { return nil }

type version struct {
	key string
	n   int
}

func index(types []*ActionType) (newest map[string]*ActionType, every map[version]*ActionType) {
	newest, every = make(map[string]*ActionType, len(types)), make(map[version]*ActionType, len(types))
	for _, t := range types {
		t.Category, _, _ = strings.Cut(t.Key, ".")
		t.Kinds = slices.Sorted(maps.Keys(t.Scopes))
		every[version{t.Key, t.Version}] = t
		if last, ok := newest[t.Key]; !ok || last.Version < t.Version {
			newest[t.Key] = t
		}
	}
	return newest, every
}

// Add puts a further version into the catalog until remove is called. It is for tests of what a newer
// version does to requests that are there; the portal has what it was built with.
func Add(t *ActionType) (remove func()) {
	newest, every := actionTypes, everyVersion
	actionTypes, everyVersion = index(append(Versions(), t))
	return func() { actionTypes, everyVersion = newest, every }
}

// Find returns the newest version of an action type. Nobody may change what it points to.
func Find(key string) (*ActionType, bool) {
	t, ok := actionTypes[key]
	return t, ok
}

// FindVersion returns a version of an action type, also one that a newer one took the place of.
// Nobody may change what it points to.
func FindVersion(key string, n int) (*ActionType, bool) {
	t, ok := everyVersion[version{key, n}]
	return t, ok
}

// Versions returns every version of every action type, sorted by key, the oldest first.
func Versions() []*ActionType {
	return slices.SortedFunc(maps.Values(everyVersion), func(a, b *ActionType) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), a.Version-b.Version)
	})
}

// Types returns the newest version of every action type, sorted by key.
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
