// Package demo makes the demo world: a hosting company and a registrar reseller with members
// in every role, connections, rules, and 90 days of plausible requests and decisions.
//
// It works through the same functions as the product, by the same rules, and the same every
// time. A second run finds the world and changes nothing.
// Files: world, people, rules, history.
package demo

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	approval "github.com/jexi/portal/models/request"
	"github.com/jexi/portal/models/workspace"
)

// Tools are what seeding needs.
type Tools struct {
	Approval approval.Room
	Keyset   seal.Keyset
	Records  int // further requests
}

// Place is one workspace of the demo.
type Place struct {
	Slug, Name, About, Zone string
	People                  []Person
	Groups                  map[string][]string // name to first parts of addresses
}

// Person is somebody who can sign in.
type Person struct {
	Email, Name string
	Role        access.Role
}

// Places are the demo's workspaces and who can sign in to them.
func Places() []Place {
	return []Place{
		{Slug: "northmoor", Name: "Northmoor Hosting", About: "a hosting company in Berlin", Zone: "Europe/Berlin", People: []Person{
			{"priya@northmoor.example", "Priya Raman", access.Owner},
			{"marc@northmoor.example", "Marc Lindqvist", access.Admin},
			{"hana@northmoor.example", "Hana Okafor", access.PrivacyOfficer},
			{"tomasz@northmoor.example", "Tomasz Wilk", access.Approver},
			{"ines@northmoor.example", "Inês Duarte", access.Approver},
			{"jonas@northmoor.example", "Jonas Brandt", access.Auditor},
		}, Groups: map[string][]string{"Billing approvers": {"tomasz", "ines", "marc"}, "Domain desk": {"ines", "priya"}}},
		{Slug: "tidewater", Name: "Tidewater Domains", About: "a registrar reseller in Lisbon", Zone: "Europe/Lisbon", People: []Person{
			{"rui@tidewater.example", "Rui Teixeira", access.Owner},
			{"clara@tidewater.example", "Clara Nunes", access.Admin},
			{"beth@tidewater.example", "Beth Osei", access.PrivacyOfficer},
			{"noor@tidewater.example", "Noor Haddad", access.Approver},
			{"sam@tidewater.example", "Sam Whitlock", access.Auditor},
			{"priya@northmoor.example", "Priya Raman", access.Auditor},
		}, Groups: map[string][]string{"Transfer desk": {"noor", "clara"}}},
	}
}

// Seed makes what is missing of the world.
func Seed(ctx context.Context, gate *db.DB, t Tools) error {
	for _, p := range Places() {
		there, err := exists(ctx, gate, p.Slug)
		if err != nil {
			return err
		}
		if there {
			continue
		}
		if err := gate.In(ctx, access.ForSystem(uuid.New(), "demo world"), func(tx *db.Tx) error { return p.make(tx) }); err != nil {
			return fmt.Errorf("%s: %w", p.Slug, err)
		}
	}
	return nil
}

func exists(ctx context.Context, gate *db.DB, slug string) (there bool, err error) {
	err = gate.In(ctx, access.ForSweep("demo world"), func(tx *db.Tx) error {
		_, err := workspace.BySlug(tx, slug)
		there = err == nil
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	})
	return there, err
}

func (p Place) make(tx *db.Tx) error {
	_, err := workspace.Create(tx, workspace.Draft{Name: p.Name, Slug: p.Slug, TimeZone: p.Zone, OwnerEmail: p.People[0].Email, OwnerName: p.People[0].Name})
	if err != nil {
		return err
	}
	for _, who := range p.People[1:] {
		if _, err := workspace.Join(tx, who.Email, who.Name, who.Role); err != nil {
			return err
		}
	}
	return nil
}
