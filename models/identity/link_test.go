package identity_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/jexi/portal/models/identity"
)

func TestOnlyPathsOfThisPortalPass(t *testing.T) {
	for _, path := range []string{"/", "/w/acme", "/w/acme/requests?state=open&before=1", "/w/acme/rules/new#top", "/w/a%2Fb"} {
		if identity.LocalPath(path) != path {
			t.Errorf("%q was refused", path)
		}
	}
	for _, path := range []string{"", "w/acme", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
		"javascript:alert(1)", "/\t/evil.example", "/\r\nLocation: //evil.example", "\t//evil.example", "/\x00", "/\u0085/x", "/%zz", "/" + strings.Repeat("a", 500), "/\xff"} {
		if got := identity.LocalPath(path); got != "" {
			t.Errorf("%q passed as %q", path, got)
		}
	}
}

// What passes stays on this portal, as a browser resolves it: control characters dropped, a
// backslash read as a slash.
func FuzzLocalPathStaysHere(f *testing.F) {
	for _, seed := range []string{"/w/acme", "//evil.example", "/\\evil.example", "/\t//evil.example", "/.//evil.example", "/..//evil.example", "/@evil.example", "/%2f/evil.example", "/?//evil.example"} {
		f.Add(seed)
	}
	base, _ := url.Parse("https://portal.example/signin")
	f.Fuzz(func(t *testing.T, next string) {
		got := identity.LocalPath(next)
		if got == "" {
			return
		}
		seen := strings.Map(func(r rune) rune {
			switch {
			case r < ' ' || r == 0x7f:
				return -1
			case r == '\\':
				return '/'
			}
			return r
		}, got)
		u, err := base.Parse(seen)
		if err != nil || u.Host != "portal.example" || u.Scheme != "https" || u.User != nil {
			t.Errorf("%q leads to %v (%v)", next, u, err)
		}
	})
}
