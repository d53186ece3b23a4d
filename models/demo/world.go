// Package demo makes the demo world: a hosting company and a registrar reseller with members
// in every role, connections, rules, and 90 days of plausible requests and decisions.
//
// It works through the same functions as the product, by the same rules, and the same every
// time. A second run finds the world and changes nothing.
// Files: world, systems, rules, history, deeds, open.
package demo

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/workspace"
)

// Tools are what seeding needs.
type Tools struct {
	AppDSN   string
	Approval approval.Room
	Safe     integration.Safe
	Agents   map[string]string // secrets of the agents' tokens by slug, from an earlier run
	Records  int               // further requests a day
	Say      func(string)
}

// Place is one workspace of the demo.
type Place struct {
	Slug, Name, About, Zone string
	PerDay                  int // asks on a working day
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
		{Slug: "northmoor", Name: "Northmoor Hosting", About: "a hosting company in Berlin", Zone: "Europe/Berlin", PerDay: 14, People: []Person{
			{"priya@northmoor.example", "Priya Raman", access.Owner},
			{"marc@northmoor.example", "Marc Lindqvist", access.Admin},
			{"hana@northmoor.example", "Hana Okafor", access.PrivacyOfficer},
			{"tomasz@northmoor.example", "Tomasz Wilk", access.Approver},
			{"ines@northmoor.example", "Inês Duarte", access.Approver},
			{"jonas@northmoor.example", "Jonas Brandt", access.Auditor},
		}, Groups: map[string][]string{"Billing approvers": {"tomasz", "ines", "marc"}, "Domain desk": {"ines", "priya"}}},
		{Slug: "tidewater", Name: "Tidewater Domains", About: "a registrar reseller in Lisbon", Zone: "Europe/Lisbon", PerDay: 5, People: []Person{
			{"rui@tidewater.example", "Rui Teixeira", access.Owner},
			{"clara@tidewater.example", "Clara Nunes", access.Admin},
			{"beth@tidewater.example", "Beth Osei", access.PrivacyOfficer},
			{"noor@tidewater.example", "Noor Haddad", access.Approver},
			{"sam@tidewater.example", "Sam Whitlock", access.Auditor},
			{"priya@northmoor.example", "Priya Raman", access.Auditor},
		}, Groups: map[string][]string{"Transfer desk": {"noor", "clara"}}},
	}
}

// Seed makes what is missing of the world and returns the secrets of the agents' tokens.
func Seed(ctx context.Context, gate *db.DB, t Tools) (map[string]string, error) {
	agents := map[string]string{}
	for _, p := range Places() {
		there, err := exists(ctx, gate, p.Slug)
		if err != nil {
			return nil, err
		}
		if there {
			agents[p.Slug] = t.Agents[p.Slug]
			continue
		}
		t.Say("Making " + p.Name + " with 90 days of history …")
		if agents[p.Slug], err = t.make(ctx, gate, p); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Slug, err)
		}
	}
	return agents, nil
}

// make builds one workspace as it was 90 days ago, plays its past, and leaves some questions open.
func (t Tools) make(ctx context.Context, gate *db.DB, p Place) (string, error) {
	now := time.Now().UTC()
	c := &clock{now.AddDate(0, 0, -historyDays-1)}
	past, err := db.Open(ctx, t.AppDSN, db.Options{Drift: c.drift, Silent: true, Connections: 2})
	if err != nil {
		return "", err
	}
	defer past.Close()
	h := &history{ctx: ctx, gate: past, clock: c, room: t.Approval, place: p, id: uuid.New(), rnd: rand.New(rand.NewPCG(20261123, uint64(len(p.Slug))))}
	secret, err := t.found(h)
	if err != nil {
		return "", err
	}
	h.plan(now, p.PerDay+t.Records)
	if err := h.play(now.Add(-time.Hour)); err != nil {
		return "", err
	}
	if err := h.in(access.ForSystem(h.id, "demo world"), delivery.SettleAll); err != nil {
		return "", err
	}
	return secret, t.leaveOpen(h, gate)
}

// found makes the workspace itself: people, groups, systems, rules and the agent's token.
func (t Tools) found(h *history) (secret string, err error) {
	p := h.place
	var groups map[string]uuid.UUID
	err = h.in(access.ForSystem(h.id, "demo world"), func(tx *db.Tx) error {
		_, err := workspace.Create(tx, workspace.Draft{Name: p.Name, Slug: p.Slug, TimeZone: p.Zone, OwnerEmail: p.People[0].Email, OwnerName: p.People[0].Name})
		if err != nil {
			return err
		}
		people, err := p.gather(tx)
		if err != nil {
			return err
		}
		for _, m := range people {
			if m.Role != access.Auditor {
				h.people = append(h.people, access.Actor{Kind: access.Person, ID: m.PersonID, Name: m.Name, Email: m.Email, Workspace: h.id, Role: m.Role})
			}
		}
		if groups, err = p.group(tx, people); err != nil {
			return err
		}
		secret, err = h.token(tx) // by nobody of them: who makes a token decides nothing that it asks
		return err
	})
	if err != nil {
		return "", err
	}
	owner := h.people[slices.IndexFunc(h.people, func(a access.Actor) bool { return a.Email == p.People[0].Email })]
	if err := h.in(h.grant(owner, access.ManageIntegrations), func(tx *db.Tx) error { return p.connect(tx, t.Safe, owner.ID) }); err != nil {
		return "", err
	}
	slices.SortFunc(h.people, func(a, b access.Actor) int { return cmp.Compare(a.Email, b.Email) })
	return secret, h.publish(groups)
}

func (h *history) token(tx *db.Tx) (string, error) {
	var scopes []string
	for _, s := range access.TokenScopes {
		scopes = append(scopes, string(s))
	}
	tok, secret, err := identity.CreateToken(tx, identity.TokenDraft{Name: "Jexi agent", Scopes: scopes, Days: identity.LongestToken})
	h.agent = access.Actor{Kind: access.Token, ID: tok.ID, Name: tok.Name, Workspace: h.id, Scopes: access.TokenScopes}
	return secret, err
}

func (p Place) gather(tx *db.Tx) (map[string]workspace.Member, error) {
	out := map[string]workspace.Member{}
	for _, who := range p.People {
		m, err := workspace.Join(tx, who.Email, who.Name, who.Role)
		if err != nil {
			return nil, err
		}
		out[who.Email] = m
	}
	return out, nil
}

func (p Place) group(tx *db.Tx, people map[string]workspace.Member) (map[string]uuid.UUID, error) {
	out := map[string]uuid.UUID{}
	for _, name := range slices.Sorted(maps.Keys(p.Groups)) {
		d := workspace.GroupDraft{Name: name}
		for _, first := range p.Groups[name] {
			d.Members = append(d.Members, people[first+"@"+p.Slug+".example"].PersonID)
		}
		g, err := workspace.CreateGroup(tx, d)
		if err != nil {
			return nil, err
		}
		out[name] = g.ID
	}
	return out, nil
}

// leaveOpen asks some questions now, on the real clock, so that mails go out and clocks run.
func (t Tools) leaveOpen(h *history, gate *db.DB) error {
	for _, ask := range openAsks(h.place.Slug) {
		err := gate.In(h.ctx, h.grant(h.agent, access.RequestActions), func(tx *db.Tx) error {
			_, _, err := t.Approval.Submit(tx, ask)
			return err
		})
		if err != nil {
			return fmt.Errorf("open ask %s: %w", ask.Type, err)
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
