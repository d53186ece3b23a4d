package identity_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/modelstest"
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

func TestSixLinksAnHourAreMadeAlsoWhenManyAreAskedForAtOnce(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	make := func() (ok bool) {
		w.As(access.ForSystem(uuid.Nil, "mail"), func(tx *db.Tx) (err error) {
			_, _, ok, err = identity.MakeSignInLink(tx, "ada@acme.example", "")
			return err
		})
		return ok
	}
	if made := atOnce(16, make); made != 6 {
		t.Errorf("%d links", made)
	}
	w.Pass(61 * time.Minute)
	if !make() {
		t.Error("none an hour later")
	}
}

func TestTheJobsArgumentsKeepTheirFormOverReleases(t *testing.T) {
	for want, args := range map[string]river.JobArgs{
		`sign_in_mail {"email":"ada@acme.example","next":"/w/acme"}`: identity.SignInMail{Email: "ada@acme.example", Next: "/w/acme"},
		`credential_mail {"person":"11111111-1111-4111-8111-111111111111","act":"passkey.added","name":"Desk","at":"2026-11-23T09:02:14Z"}`: identity.CredentialMail{
			Person: uuid.MustParse("11111111-1111-4111-8111-111111111111"), Act: "passkey.added", Name: "Desk", At: time.Date(2026, 11, 23, 9, 2, 14, 0, time.UTC)},
	} {
		b, err := json.Marshal(args)
		if got := args.Kind() + " " + string(b); err != nil || got != want {
			t.Errorf("%s, want %s", got, want)
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
