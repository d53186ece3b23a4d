// Package modelstest is the named world of the tests: Acme with Ada (Owner), Max (Admin),
// Pia (Privacy officer), Ann and Ben (Approvers), Udo (Auditor) and the group Billing of Ann
// and Ben; and Globex with Greta (Owner), who must never see anything of Acme's.
//
// Every world is a database of its own, on real Postgres, as the app's restricted role.
package modelstest

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/pgtest"
	"github.com/jexi/portal/migrations"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/workspace"
)

// World is a database with two workspaces in it.
type World struct {
	T        testing.TB
	DB       *db.DB
	OwnerDSN string
	AppDSN   string
	Acme     Place
	Globex   Place
	drift    time.Duration
}

// Place is a workspace with its people by first name: "ada", "max", "pia", "ann", "ben", "udo"; "greta".
type Place struct {
	ID      uuid.UUID
	Slug    string
	People  map[string]workspace.Member
	Billing workspace.Group
	Agent   identity.Token // every scope
	Key     string         // the agent's secret
}

// Empty opens a migrated database with nothing in it.
func Empty(t testing.TB) *World {
	t.Helper()
	return At(t, pgtest.New(t, pgtest.Template{Hash: migrations.Hash(), Build: db.Migrate}))
}

// At opens a database that was migrated already, by its owner's address.
func At(t testing.TB, ownerDSN string) *World {
	t.Helper()
	w := &World{T: t, OwnerDSN: ownerDSN}
	var err error
	if w.AppDSN, err = db.AppDSN(w.OwnerDSN); err != nil {
		t.Fatal(err)
	}
	w.DB = w.Open()
	return w
}

// Open opens another gate to the same database, as a second process would.
func (w *World) Open() *db.DB { return w.OpenAt(w.AppDSN) }

// OpenAt is Open by another way there.
func (w *World) OpenAt(dsn string) *db.DB {
	w.T.Helper()
	d, err := db.Open(context.Background(), dsn, db.Options{Connections: 16, Drift: func() time.Duration { return w.drift }})
	if err != nil {
		w.T.Fatal(err)
	}
	w.T.Cleanup(d.Close)
	return d
}

// New makes the whole world.
func New(t testing.TB) *World {
	t.Helper()
	w := Empty(t)
	w.Fill()
	return w
}

// Fill makes the whole world in an empty database.
func (w *World) Fill() {
	w.T.Helper()
	w.Acme = w.place("Acme Hosting", "acme", map[string]access.Role{"ada": access.Owner, "max": access.Admin, "pia": access.PrivacyOfficer,
		"ann": access.Approver, "ben": access.Approver, "udo": access.Auditor})
	w.Globex = w.place("Globex Domains", "globex", map[string]access.Role{"greta": access.Owner})
}

func (w *World) place(name, slug string, people map[string]access.Role) Place {
	w.T.Helper()
	p := Place{ID: uuid.New(), Slug: slug, People: map[string]workspace.Member{}}
	owner := "ada"
	if slug == "globex" {
		owner = "greta"
	}
	w.As(access.ForSystem(p.ID, "test world"), func(tx *db.Tx) error {
		_, err := workspace.Create(tx, workspace.Draft{Name: name, Slug: slug, TimeZone: "Europe/Berlin", OwnerEmail: address(owner, slug), OwnerName: full(owner)})
		if err != nil {
			return err
		}
		for first, role := range people {
			m, err := workspace.Join(tx, address(first, slug), full(first), role)
			if err != nil {
				return err
			}
			p.People[first] = m
		}
		if slug == "acme" {
			p.Billing, err = workspace.CreateGroup(tx, workspace.GroupDraft{Name: "Billing approvers", Members: []uuid.UUID{p.People["ann"].PersonID, p.People["ben"].PersonID}})
			if err != nil {
				return err
			}
		}
		var scopes []string
		for _, s := range access.TokenScopes {
			scopes = append(scopes, string(s))
		}
		p.Agent, p.Key, err = identity.CreateToken(tx, identity.TokenDraft{Name: "agent", Scopes: scopes, Days: 90})
		return err
	})
	return p
}

func address(first, slug string) string { return first + "@" + slug + ".example" }

func full(first string) string {
	return map[string]string{"ada": "Ada Okafor", "max": "Max Lindqvist", "pia": "Pia Raman", "ann": "Ann Keller", "ben": "Ben Wilk",
		"udo": "Udo Brandt", "greta": "Greta Sand"}[first]
}

// As runs fn in a transaction by this grant and fails the test on an error.
func (w *World) As(g access.Grant, fn func(*db.Tx) error) {
	w.T.Helper()
	if err := w.Try(g, fn); err != nil {
		if f := fault.As(err); f != nil {
			w.T.Fatalf("as %s: %v %v", g.Actor().Name, err, f.Fields)
		}
		w.T.Fatalf("as %s: %v", g.Actor().Name, err)
	}
}

// Try runs fn in a transaction by this grant and returns its error.
func (w *World) Try(g access.Grant, fn func(*db.Tx) error) error {
	return Patiently(func() error { return w.DB.In(context.Background(), g, fn) })
}

// Patiently does as people and agents do who are told that the portal is too busy: it comes back.
func Patiently(fn func() error) (err error) {
	for range 100 {
		if err = fn(); !fault.Is(err, fault.Unavailable) {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

// Grant lets a person of the place in for a permission; it fails the test if the role may not.
func (w *World) Grant(p Place, first string, perm access.Permission) access.Grant {
	w.T.Helper()
	m, ok := p.People[first]
	if !ok {
		w.T.Fatalf("nobody called %s", first)
	}
	g, err := access.Check(access.Actor{Kind: access.Person, ID: m.PersonID, Name: m.Name, Email: m.Email, Workspace: p.ID, Role: m.Role}, perm)
	if err != nil {
		w.T.Fatal(err)
	}
	return g
}

// AgentGrant lets the place's agent in.
func (w *World) AgentGrant(p Place, perm access.Permission) access.Grant {
	w.T.Helper()
	g, err := access.Check(access.Actor{Kind: access.Token, ID: p.Agent.ID, Name: p.Agent.Name, Workspace: p.ID, Scopes: access.TokenScopes}, perm)
	if err != nil {
		w.T.Fatal(err)
	}
	return g
}

// Pass moves the clock that decides deadlines.
func (w *World) Pass(d time.Duration) { w.drift += d }

// Job is work that nobody does, to see whether it was enqueued.
type Job struct{}

// Kind names it.
func (Job) Kind() string { return "test" }
