package access

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
)

// Grant is the key to the database: this actor, this permission, this workspace.
// It can only be had from Check, ForSelf and ForSystem, so whoever holds one was allowed.
type Grant struct {
	actor      Actor
	permission Permission
	bearer     []byte
	sweep      bool
}

// Actor is who was let in. It is what the audit trail records.
func (g Grant) Actor() Actor { return g.actor }

// Permission is what they were let in for.
func (g Grant) Permission() Permission { return g.permission }

// Workspace is the one tenant this grant opens; uuid.Nil opens none.
func (g Grant) Workspace() uuid.UUID { return g.actor.Workspace }

// Bearer is the hash of the secret that was presented: it opens the one row it belongs to.
func (g Grant) Bearer() []byte { return g.bearer }

// Sweep tells that the holder may list workspaces, and nothing in them.
func (g Grant) Sweep() bool { return g.sweep }

// Valid is false for the zero Grant, which opens nothing.
func (g Grant) Valid() bool { return g.permission != "" }

// Check turns an actor and a route's permission into a Grant.
// It refuses with SignIn (nobody known), NotFound (no member of this workspace) or
// Forbidden, which names the roles that may.
func Check(a Actor, p Permission) (Grant, error) {
	ok := false
	switch {
	case p == Public:
		ok = true
	case a.Kind == Anonymous || a.Kind == "":
		return Grant{}, fault.New(fault.SignIn, "Sign in to go on.")
	case p == Self:
		ok = a.Kind == Person
	case p == DecideByLink:
		ok = a.Kind == Link
	case p == AcceptInvitation:
		ok = a.Kind == Invited
	case a.Kind == Token:
		ok = slices.Contains(a.Scopes, p)
		if !ok {
			return Grant{}, fault.New(fault.Forbidden, "This token does not have the scope %s.", p)
		}
	case a.Kind == Person && a.Workspace == uuid.Nil:
		return Grant{}, fault.Missing()
	case a.Kind == Person:
		ok = a.Role.May(p)
	}
	if !ok {
		return Grant{}, fault.New(fault.Forbidden, "Your role cannot do this. %s can.", names(Holders(p)))
	}
	return Grant{actor: a, permission: p}, nil
}

// ForBearer opens only the row that the presented secret belongs to (by its SHA-256),
// before anybody is known. Doors use it to find out whose token or link it is.
func ForBearer(hash []byte) Grant {
	return Grant{actor: Actor{Kind: Anonymous}, permission: Public, bearer: hash}
}

// ForSystem is the grant of a job or command in one workspace. name says which, for the audit trail.
func ForSystem(workspace uuid.UUID, name string) Grant {
	return Grant{actor: Actor{Kind: System, Name: name, Workspace: workspace}, permission: SystemWork}
}

// ForSweep is the grant of a job that looks for workspaces with work to do.
func ForSweep(name string) Grant {
	return Grant{actor: Actor{Kind: System, Name: name}, permission: SystemWork, sweep: true}
}

func names(roles []Role) string {
	var out []string
	for _, r := range roles {
		out = append(out, r.Label())
	}
	switch len(out) {
	case 0:
		return "Nobody"
	case 1:
		return out[0]
	}
	return strings.Join(out[:len(out)-1], ", ") + " or " + out[len(out)-1]
}

// As is the same grant held by somebody who has just been recognized. It opens no other workspace.
func (g Grant) As(a Actor) Grant {
	a.Workspace, a.Role = g.actor.Workspace, g.actor.Role
	g.actor = a
	return g
}
