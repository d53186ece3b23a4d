package identity_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/modelstest"
)

// desk is one person of the world with a session of theirs.
type desk struct {
	*modelstest.World
	t       *testing.T
	ways    identity.Credentials
	place   modelstest.Place
	first   string
	session string // the cookie's id
	proof   time.Time
}

func sit(t *testing.T, w *modelstest.World, p modelstest.Place, first string) *desk {
	t.Helper()
	encoded, err := seal.NewKeyset()
	must(t, err)
	keyset, err := seal.ParseKeyset(encoded)
	must(t, err)
	d := &desk{World: w, t: t, place: p, first: first,
		ways: identity.Credentials{Base: &url.URL{Scheme: "https", Host: "portal.example"}, Keyset: keyset}}
	id := p.People[first].PersonID
	d.anonymous(func(tx *db.Tx) (err error) {
		d.session, err = identity.StartSession(tx, &id, false, "test", "192.0.2.1")
		return err
	})
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// grant is the person's own door, with the proof their session has.
func (d *desk) grant() access.Grant {
	m := d.place.People[d.first]
	g, err := access.Check(access.Actor{Kind: access.Person, ID: m.PersonID, Name: m.Name, Email: m.Email, ProofAt: d.proof}, access.Self)
	must(d.t, err)
	return g
}

func (d *desk) as(fn func(*db.Tx) error) error { return d.Try(d.grant(), fn) }

func (d *desk) must(fn func(*db.Tx) error) {
	d.t.Helper()
	must(d.t, d.as(fn))
}

func (d *desk) anonymous(fn func(*db.Tx) error) {
	d.t.Helper()
	g, err := access.Check(access.Actor{}, access.Public)
	must(d.t, err)
	d.As(g, fn)
}

func (d *desk) hash() []byte { return token.Hash(d.session) }

// add registers the device's passkey.
func (d *desk) add(dev *device, name string) error {
	return d.as(func(tx *db.Tx) error {
		options, err := d.ways.OfferPasskey(tx, d.hash(), name)
		if err != nil {
			return err
		}
		_, err = d.ways.AddPasskey(tx, d.hash(), name, dev.create(options))
		return err
	})
}

// prove shows the device's passkey and takes over the session that follows.
func (d *desk) prove(dev *device) (refused *fault.Fault, err error) {
	var next string
	err = d.as(func(tx *db.Tx) error {
		options, err := d.ways.OfferProof(tx, d.hash())
		if err != nil {
			return err
		}
		next, refused, err = d.ways.ProveByPasskey(tx, d.hash(), dev.get(options))
		return err
	})
	if next != "" {
		d.session, d.proof = next, d.now()
	}
	return refused, err
}

func (d *desk) now() (t time.Time) {
	d.must(func(tx *db.Tx) error { t = tx.Now(); return nil })
	return t
}

func wants(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Errorf("answered %v, want %s", err, code)
	}
}

// acts are what a workspace's audit trail holds about a person, oldest first.
func (d *desk) acts() (acts []string) {
	d.t.Helper()
	d.As(access.ForSystem(d.place.ID, "test"), func(tx *db.Tx) error {
		return tx.Gorm().Raw("select act from audit_leaves where workspace_id = ? and object_id = ? order by idx", tx.Workspace(),
			d.place.People[d.first].PersonID.String()).Scan(&acts).Error
	})
	return acts
}
