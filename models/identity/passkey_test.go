package identity_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/modelstest"
)

func TestTheFirstPasskeyNeedsNoProofAndEveryOtherChangeDoes(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	d, dev := sit(t, w, w.Acme, "ada"), newDevice(t)
	must(t, d.add(dev, "Desk"))
	wants(t, d.add(newDevice(t), "Phone"), fault.ProofNeeded)
	ref := d.ways1().Ref()
	wants(t, d.as(func(tx *db.Tx) error { _, err := identity.RemovePasskey(tx, ref); return err }), fault.ProofNeeded)
	wants(t, d.as(func(tx *db.Tx) error { _, err := d.ways.OfferTOTP(tx); return err }), fault.ProofNeeded)

	refused, err := d.prove(dev)
	if refused != nil || err != nil {
		t.Fatal(refused, err)
	}
	must(t, d.add(newDevice(t), "Phone"))
	w.Pass(access.ProofLasts)
	wants(t, d.add(newDevice(t), "Key ring"), fault.ProofNeeded)
	if got, want := d.acts(), []string{"member.joined", "passkey.added", "proof.shown", "passkey.added"}; !slices.Equal(got, want) {
		t.Errorf("recorded %v, want %v", got, want)
	}
}

func TestAProofRenewsTheSessionAndTheOldIdOpensNothing(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	d, dev := sit(t, w, w.Acme, "ada"), newDevice(t)
	must(t, d.add(dev, "Desk"))
	before := d.session
	w.Pass(50 * time.Minute)
	if _, err := d.prove(dev); err != nil {
		t.Fatal(err)
	}
	if _, ok := d.visit(before); ok {
		t.Error("the old id still opens the door")
	}
	v, ok := d.visit(d.session)
	if !ok || v.ProofAt == nil || v.At.Sub(*v.ProofAt) > time.Minute {
		t.Errorf("the new one: %v %+v", ok, v)
	}
	// A proof does not prolong the day that a session lasts.
	for range 24 {
		w.Pass(58 * time.Minute)
		d.anonymous(func(tx *db.Tx) error { return identity.Seen(tx, d.hash()) })
	}
	if _, ok := d.visit(d.session); ok {
		t.Error("the session outlived a day")
	}
}

func TestAPasskeySignsItsPersonInAndNobodyElse(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	ada, dev := sit(t, w, w.Acme, "ada"), newDevice(t)
	must(t, ada.add(dev, "Desk"))
	p, refused, err := ada.signIn(dev, nil)
	if err != nil || refused != nil || p.ID != w.Acme.People["ada"].PersonID {
		t.Fatalf("%v %v %+v", err, refused, p)
	}
	greta := w.Globex.People["greta"].PersonID
	wrong := map[string]func(d *device){
		"another person's handle": func(d *device) { d.handle = greta[:] },
		"nobody's handle":         func(d *device) { d.handle = []byte("0123456789abcdef") },
		"no handle":               func(d *device) { d.handle = nil },
		"another site":            func(d *device) { d.origin = "https://portal.example.evil" },
		"another site's key":      func(d *device) { d.rp = "evil.example" },
		"no user verification":    func(d *device) { d.flags = present },
		"no user":                 func(d *device) { d.flags = verified },
		"another key":             func(d *device) { d.key = newDevice(t).key },
		"another id":              func(d *device) { d.id = []byte("something else that is long enough") },
	}
	for name, change := range wrong {
		bad := *dev
		change(&bad)
		if _, _, err := ada.signIn(&bad, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		dev.count = bad.count
	}
	must(t, ada.World.Try(access.ForSystem(w.Acme.ID, "test"), func(tx *db.Tx) error {
		return tx.Gorm().Exec("update people set disabled_at = ? where id = ?", tx.Now(), w.Acme.People["ada"].PersonID).Error
	}))
	if _, _, err := ada.signIn(dev, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("a disabled person: %v", err)
	}
}

func TestAChallengeCountsOnceForWhatItWasMadeAndFiveMinutes(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	d, dev := sit(t, w, w.Acme, "ada"), newDevice(t)
	must(t, d.add(dev, "Desk"))

	var answer string
	var session []byte
	keep := func(o *protocol.CredentialAssertion, s []byte) { answer, session = dev.get(o), s }
	if _, _, err := d.signIn(dev, keep); err != nil {
		t.Fatal(err)
	}
	_, _, err := d.finish(session, answer)
	wants(t, err, fault.Invalid)

	session = d.ceremony()
	d.anonymous(func(tx *db.Tx) error {
		o, err := d.ways.OfferSignIn(tx, session)
		answer = dev.get(o)
		return err
	})
	w.Pass(5 * time.Minute)
	_, _, err = d.finish(session, answer)
	wants(t, err, fault.Invalid)

	// A challenge to prove is none to sign in, and one session's none of another's.
	d.must(func(tx *db.Tx) error {
		o, err := d.ways.OfferProof(tx, d.hash())
		answer = dev.get(o)
		return err
	})
	_, _, err = d.finish(d.hash(), answer)
	wants(t, err, fault.Invalid)
	_, _, err = d.finish(d.ceremony(), answer)
	wants(t, err, fault.Invalid)
}

func TestOfTheSameAnswerTwiceAtOnceOneCounts(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	d, dev := sit(t, w, w.Acme, "ada"), newDevice(t)
	dev.still = true
	must(t, d.add(dev, "Desk"))
	session, answer := d.ceremony(), ""
	d.anonymous(func(tx *db.Tx) error {
		o, err := d.ways.OfferSignIn(tx, session)
		answer = dev.get(o)
		return err
	})
	won := atOnce(8, func() bool { _, refused, err := d.finish(session, answer); return err == nil && refused == nil })
	if won != 1 {
		t.Errorf("%d of 8 signed in", won)
	}
}

func TestACopiedPasskeyIsRefusedAndThatIsRecorded(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	d, dev := sit(t, w, w.Acme, "ada"), newDevice(t)
	must(t, d.add(dev, "Desk"))
	copied := *dev
	for range 2 {
		if _, _, err := d.signIn(dev, nil); err != nil {
			t.Fatal(err)
		}
	}
	_, refused, err := d.signIn(&copied, nil)
	if err != nil || refused == nil {
		t.Fatalf("a copy: %v %v", refused, err)
	}
	if got := d.acts(); got[len(got)-1] != "passkey.refused" {
		t.Errorf("recorded %v", got)
	}
	if _, refused, err := d.signIn(dev, nil); refused != nil || err != nil {
		t.Errorf("the original, whose counter rises: %v %v", refused, err)
	}
}

func TestOfAPasskeyAndItsCopyAtOnceOneIsAccepted(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	d, dev := sit(t, w, w.Acme, "ada"), newDevice(t)
	must(t, d.add(dev, "Desk"))
	won := atOnce(8, func() bool {
		copied := *dev
		_, refused, err := d.signIn(&copied, nil)
		return refused == nil && err == nil
	})
	if won != 1 {
		t.Errorf("%d of 8 with the same counter", won)
	}
}

func TestOnlyOnesOwnPasskeysCanBeTouched(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	ada, greta := sit(t, w, w.Acme, "ada"), sit(t, w, w.Globex, "greta")
	dev := newDevice(t)
	must(t, ada.add(dev, "Desk"))
	ref := ada.ways1().Ref()
	for name, touch := range map[string]func(*db.Tx) error{
		"rename": func(tx *db.Tx) error { return identity.RenamePasskey(tx, ref, "Mine") },
		"remove": func(tx *db.Tx) error { _, err := identity.RemovePasskey(tx, ref); return err },
		"read":   func(tx *db.Tx) error { _, err := identity.FindPasskey(tx, ref); return err },
	} {
		if err := greta.as(touch); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The same key under another account would sign in two people.
	wants(t, greta.add(dev, "Stolen"), fault.Invalid)
}

func TestANameIsCheckedBeforeTheDeviceMakesAKey(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	d := sit(t, w, w.Acme, "ada")
	for _, name := range []string{"", "  ", "a\u202eb", "a\x00b"} {
		err := d.as(func(tx *db.Tx) error { _, err := d.ways.OfferPasskey(tx, d.hash(), name); return err })
		wants(t, err, fault.Invalid)
	}
}

func TestPasskeysNeedAHostName(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	d := sit(t, w, w.Acme, "ada")
	d.ways.Base.Host = "192.0.2.1:8080"
	wants(t, d.add(newDevice(t), "Desk"), fault.Conflict)
}

// ways1 is the person's first passkey.
func (d *desk) ways1() (k identity.Passkey) {
	d.t.Helper()
	d.must(func(tx *db.Tx) error {
		w, err := identity.FindWays(tx)
		k = w.Passkeys[0]
		return err
	})
	return k
}

// visit is what the door finds for a session's id.
func (d *desk) visit(session string) (v identity.Visit, ok bool) {
	d.anonymous(func(tx *db.Tx) (err error) {
		v, ok, err = identity.Enter(tx, token.Hash(session), "")
		return err
	})
	return v, ok
}

// ceremony is a session of nobody.
func (d *desk) ceremony() (hash []byte) {
	d.anonymous(func(tx *db.Tx) (err error) {
		_, hash, err = identity.StartCeremony(tx, "test", "192.0.2.1")
		return err
	})
	return hash
}

// signIn goes through the ceremony; seen is told of the challenge, and answers it if not nil.
func (d *desk) signIn(dev *device, seen func(*protocol.CredentialAssertion, []byte)) (identity.Person, *fault.Fault, error) {
	session, answer := d.ceremony(), ""
	d.anonymous(func(tx *db.Tx) error {
		o, err := d.ways.OfferSignIn(tx, session)
		answer = dev.get(o)
		if seen != nil {
			seen(o, session)
		}
		return err
	})
	return d.finish(session, answer)
}

func (d *desk) finish(session []byte, answer string) (p identity.Person, refused *fault.Fault, err error) {
	g, err := access.Check(access.Actor{}, access.Public)
	must(d.t, err)
	err = d.Try(g, func(tx *db.Tx) (err error) {
		p, refused, err = d.ways.SignIn(tx, session, answer)
		return err
	})
	return p, refused, err
}

// atOnce runs fn n times together and counts how often it won.
func atOnce(n int, fn func() bool) (won int) {
	var all sync.WaitGroup
	var mu sync.Mutex
	start := make(chan struct{})
	for range n {
		all.Go(func() {
			<-start
			if fn() {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	close(start)
	all.Wait()
	return won
}
