package catalog

import (
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// TargetText is what an approver types to prove having read it: the domain, the client's
// id, and for a list the number of its entries. It comes from the first target parameter.
func (t *ActionType) TargetText(p Params) string {
	v, ok := p.Get(t.Target[0])
	switch {
	case !ok:
		return ""
	case v.Type == List:
		return strconv.Itoa(len(v.List))
	}
	return v.Text
}

// TargetMatches tells whether what was typed names the target. Spaces around it and NFC do
// not matter; domains and addresses are compared in canonical form.
func (t *ActionType) TargetMatches(p Params, typed string) bool {
	typed = norm.NFC.String(strings.TrimSpace(typed))
	want := t.TargetText(p)
	if want == "" || len(typed) > 1_000 {
		return false
	}
	v, _ := p.Get(t.Target[0])
	switch v.Type {
	case Domain:
		typed, _ = CanonicalDomain(typed)
	case Email:
		typed, _ = CanonicalEmail(typed)
		return strings.EqualFold(typed, want)
	}
	return typed == want
}

// TargetKey is the same for two requests exactly when every target parameter is the same.
func (t *ActionType) TargetKey(p Params) string {
	var named Params
	for _, name := range t.Target {
		if v, ok := p.Get(name); ok {
			named.names = append(named.names, name)
			named.values = append(named.values, v)
		}
	}
	return string(named.encode())
}
