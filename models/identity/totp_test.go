package identity_test

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/modelstest"
)

// app is an authenticator app that knows the secret.
type app struct{ secret string }

func (a app) code(t *testing.T, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(a.secret, at)
	must(t, err)
	return code
}

// addApp enrols an app by its QR address, as a phone would.
func (d *desk) addApp() app {
	d.t.Helper()
	var key identity.NewTOTP
	d.must(func(tx *db.Tx) (err error) { key, err = d.ways.OfferTOTP(tx); return err })
	u, err := url.Parse(key.URL)
	must(d.t, err)
	a := app{u.Query().Get("secret")}
	if typed := strings.ReplaceAll(key.Secret, " ", ""); typed != a.secret {
		d.t.Errorf("to type %s, to scan %s", typed, a.secret)
	}
	d.must(func(tx *db.Tx) error { return d.ways.AddTOTP(tx, key.Sealed, a.code(d.t, tx.Now())) })
	return a
}

// try types a code and takes over the session that follows.
func (d *desk) try(code string) (refused *fault.Fault, err error) {
	next := ""
	err = d.as(func(tx *db.Tx) (err error) {
		next, refused, err = d.ways.ProveByCode(tx, d.hash(), code)
		return err
	})
	if next != "" {
		d.session, d.proof = next, d.now()
	}
	return refused, err
}

func TestACodeProvesOnceAlsoTheOneThatAddedTheApp(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	d := sit(t, w, w.Acme, "ada")
	a := d.addApp()
	refused, err := d.try(a.code(t, d.now()))
	if err != nil || refused == nil || !strings.Contains(refused.Message, "used already") {
		t.Errorf("the code that added the app: %v %v", refused, err)
	}
	w.Pass(30 * time.Second)
	code := a.code(t, d.now())
	if refused, err := d.try(" " + code[:3] + " " + code[3:]); refused != nil || err != nil {
		t.Fatalf("a fresh code: %v %v", refused, err)
	}
	if refused, _ := d.try(code); refused == nil {
		t.Error("a code counted twice")
	}
	if got, want := d.acts(), []string{"member.joined", "totp.added", "proof.shown"}; !slices.Equal(got, want) {
		t.Errorf("recorded %v, want %v", got, want)
	}
}

func TestOfTheSameCodeTwiceAtOnceOneCounts(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	d := sit(t, w, w.Acme, "ada")
	a := d.addApp()
	w.Pass(30 * time.Second)
	code := a.code(t, d.now())
	// Each from a browser of its own, so that it is the code and not the session that ends.
	won := atOnce(8, func() bool {
		other := sit(t, w, w.Acme, "ada")
		other.ways = d.ways
		refused, err := other.try(code)
		return refused == nil && err == nil
	})
	if won != 1 {
		t.Errorf("the code counted %d times of 8", won)
	}
}

func TestACodeCountsOneStepBeforeAndAfterItsTimeAndNotTwo(t *testing.T) {
	t.Parallel()
	for steps, counts := range map[int]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		t.Run(fmt.Sprint(steps), func(t *testing.T) {
			w := modelstest.New(t)
			d := sit(t, w, w.Acme, "ada")
			a := d.addApp()
			w.Pass(10 * time.Minute)
			refused, err := d.try(a.code(t, d.now().Add(time.Duration(steps)*30*time.Second)))
			if err != nil || counts != (refused == nil) {
				t.Errorf("%v %v", refused, err)
			}
		})
	}
}

func TestAfterFiveWrongCodesAlsoTheRightOneWaits(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	d := sit(t, w, w.Acme, "ada")
	a := d.addApp()
	for range 5 {
		if refused, err := d.try("000000x"); refused == nil || err != nil {
			t.Fatalf("a wrong code: %v %v", refused, err)
		}
	}
	w.Pass(time.Minute)
	_, err := d.try(a.code(t, d.now()))
	wants(t, err, fault.TooMany)
	if f := fault.As(err); f == nil || f.RetryAfter < 13*time.Minute || f.RetryAfter > 15*time.Minute {
		t.Errorf("to wait: %v", err)
	}
	w.Pass(14 * time.Minute)
	if refused, err := d.try(a.code(t, d.now())); refused != nil || err != nil {
		t.Errorf("a quarter of an hour later: %v %v", refused, err)
	}
	if got := d.acts(); !slices.Contains(got, "proof.refused") {
		t.Errorf("recorded %v", got)
	}
}

func TestASecretIsSealedForItsPersonAndNothingCountsBeforeACode(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	ada, max := sit(t, w, w.Acme, "ada"), sit(t, w, w.Acme, "max")
	max.ways = ada.ways
	var key identity.NewTOTP
	ada.must(func(tx *db.Tx) (err error) { key, err = ada.ways.OfferTOTP(tx); return err })
	a := app{strings.ReplaceAll(key.Secret, " ", "")}
	wants(t, max.as(func(tx *db.Tx) error { return max.ways.AddTOTP(tx, key.Sealed, a.code(t, tx.Now())) }), fault.Conflict)
	wants(t, ada.as(func(tx *db.Tx) error { return ada.ways.AddTOTP(tx, key.Sealed, "123") }), fault.Invalid)
	_, err := ada.try(a.code(t, ada.now()))
	wants(t, err, fault.Conflict)
}

func TestAnAppIsRemovedOnlyWithAProof(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	d := sit(t, w, w.Acme, "ada")
	a := d.addApp()
	wants(t, d.as(identity.RemoveTOTP), fault.ProofNeeded)
	w.Pass(time.Minute)
	if refused, err := d.try(a.code(t, d.now())); refused != nil || err != nil {
		t.Fatal(refused, err)
	}
	d.must(identity.RemoveTOTP)
	w.Pass(time.Minute)
	_, err := d.try(a.code(t, d.now()))
	wants(t, err, fault.Conflict)
}

func TestNobodyAddsAWayFromASessionThatEndedMeanwhile(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	d := sit(t, w, w.Acme, "ada")
	var key identity.NewTOTP
	d.must(func(tx *db.Tx) (err error) { key, err = d.ways.OfferTOTP(tx); return err })
	a := app{strings.ReplaceAll(key.Secret, " ", "")}
	m := w.Acme.People["ada"]
	g, err := access.Check(access.Actor{Kind: access.Person, ID: m.PersonID, Name: m.Name, Session: hex.EncodeToString(d.hash())}, access.Self)
	must(t, err)
	add := func(tx *db.Tx) error { return d.ways.AddTOTP(tx, key.Sealed, a.code(t, tx.Now())) }
	d.must(func(tx *db.Tx) error { return identity.EndSession(tx, d.hash()) })
	wants(t, d.Try(g, add), fault.SignIn)
}
