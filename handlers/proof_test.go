package handlers_test

import (
	"encoding/base32"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
)

// app is an authenticator app that knows the secret.
type app string

func (a app) code(h *house) string {
	h.t.Helper()
	var now time.Time
	h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) error { now = tx.Now(); return nil })
	code, err := totp.GenerateCode(string(a), now)
	must(h.t, err)
	return code
}

var keyForm = regexp.MustCompile(`(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}`)

// addApp enrols an app by the key on the page.
func (b *browser) addApp() app {
	b.h.t.Helper()
	p := b.get("/security/authenticator/new").shows(200, "Scan the picture")
	a := app(strings.ReplaceAll(keyForm.FindString(p.Text()), " ", ""))
	b.submit(p, "/authenticator", url.Values{"code": {a.code(b.h)}}).shows(200, "Authenticator app added", "An authenticator app protects your account")
	return a
}

func TestAnAuthenticatorAppWorksWithoutJavaScript(t *testing.T) {
	h := open(t)
	b := h.signIn(h.Acme, "ada")
	b.get("/proof?next=/w/acme/security").shows(200, "Add a passkey first", "Add an authenticator app")
	p := b.get("/w/acme/security/authenticator/new").shows(200, "Type this key")
	key := keyForm.FindString(p.Text())
	if !strings.Contains(p.Body, `src="data:image/png;base64,`) {
		t.Error("no picture to scan")
	}
	// A wrong code keeps the key that the phone has scanned.
	p = b.submit(p, "/authenticator", url.Values{"code": {"000000"}}).shows(422, "This is not the code of that key", key)
	a := app(strings.ReplaceAll(key, " ", ""))
	b.submit(p, "/authenticator", url.Values{"code": {a.code(h)}}).shows(200, "An authenticator app protects your account")
	h.mail("ada@acme.example", "An authenticator app was added")
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(string(a))
	must(t, err)
	if h.count("select count(*) from people where encode(sealed_totp, 'hex') like ?", "%"+hex.EncodeToString(raw)+"%") != 0 {
		t.Error("the secret lies open in the database")
	}

	// Step-up: the page that needs it sends there and takes the person back, with a new id.
	h.Pass(time.Minute)
	before := b.id()
	p = b.get("/w/acme/security/authenticator/removal").shows(200, "Show that it is you", "Six digits")
	p = b.submit(p, "/proof", url.Values{"code": {"000000"}}).shows(422, "This code is not right")
	p = b.submit(p, "/proof", url.Values{"code": {a.code(h)}}).shows(200, "Remove the authenticator app?", "You have no passkey")
	if b.id() == before {
		t.Error("the proof kept the session id")
	}
	old := h.visitor()
	old.plant("jexi", before)
	old.get("/security").shows(200, "Work e-mail")
	b.submit(p, "/authenticator/removal", nil).shows(200, "Authenticator app removed", "You sign in by mail alone")
	h.mail("ada@acme.example", "An authenticator app was removed")
	for _, act := range []string{"totp.added", "proof.shown", "totp.removed"} {
		if h.acts(h.Acme, "ada", act) != 1 {
			t.Errorf("%s is not on the audit trail", act)
		}
	}
}

func TestAProofThatIsTooOldIsAskedForAgainAndTheFormKept(t *testing.T) {
	h := open(t)
	b := h.signIn(h.Acme, "ada")
	a := b.addApp()
	h.Pass(time.Minute)
	p := b.submit(b.get("/security/authenticator/removal"), "/proof", url.Values{"code": {a.code(h)}}).shows(200, "Remove the authenticator app?")
	h.Pass(access.ProofLasts)
	kept := b.submit(p, "/authenticator/removal", nil).shows(403, "Show that it is you", "Send it again")
	b.submit(b.get("/proof"), "/proof", url.Values{"code": {a.code(h)}}).shows(200, "You have shown that it is you", "It counts until")
	b.submit(kept, "/authenticator/removal", nil).shows(200, "Authenticator app removed")
}

func TestFiveWrongCodesRestForAQuarterOfAnHour(t *testing.T) {
	h := open(t)
	b := h.signIn(h.Acme, "ada")
	a := b.addApp()
	h.Pass(time.Minute)
	for range 5 {
		b.submit(b.get("/proof"), "/proof", url.Values{"code": {"000000"}}).shows(422, "This code is not right")
	}
	p := b.submit(b.get("/proof"), "/proof", url.Values{"code": {a.code(h)}}).shows(http.StatusTooManyRequests, "Five codes were wrong")
	if p.Header.Get("Retry-After") == "" {
		t.Error("not said when to come back")
	}
	// The same wrong try sent twice counts once.
	max := h.signIn(h.Acme, "max")
	other := max.addApp()
	h.Pass(time.Minute)
	form := max.get("/proof")
	for range 9 {
		max.submit(form, "/proof", url.Values{"code": {"000000"}}).shows(422, "This code is not right")
	}
	max.submit(max.get("/proof"), "/proof", url.Values{"code": {other.code(h)}}).shows(200, "You have shown that it is you")
}

func TestAPasskeyOfAnEmptyFormSaysWhatToDo(t *testing.T) {
	h := open(t)
	b := h.visitor()
	b.submit(b.get("/signin"), "/signin/passkey", nil).shows(422, "Passkeys need JavaScript", "Work e-mail")
	for _, junk := range []string{"{}", "null", "[]", strings.Repeat("[", 9000), `{"id":"x","rawId":"x","type":"public-key","response":{}}`} {
		b.submit(b.get("/signin"), "/signin/passkey", url.Values{"credential": {junk}}).shows(422, "There is a problem")
	}
}
