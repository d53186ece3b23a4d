// Package account is the door of people as themselves: signing in and out, proving anew who
// they are, their passkeys, authenticator app and sessions, and the list of their workspaces.
//
// It promises that nothing tells which addresses exist, that a link or a challenge counts once,
// and that every sign-in and proof gives the browser a new session id.
// Files: account, signin, proof, security, passkeys, authenticator, workspaces.
package account

import (
	"encoding/json"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/web"
)

// Room answers for people's own accounts.
type Room struct {
	Credentials identity.Credentials
}

// entry is how a sign-in or proof went: a session for the browser, "" when it keeps the one it
// has, and where to go next; or a refusal that was recorded.
type entry struct {
	Session string
	To      string
	Refused *fault.Fault
}

// enter carries a sign-in or proof out once and gives the browser its session. A second click
// gets the same session: the answer is kept for it, sealed, since it holds the session's id.
func (r Room) enter(c *web.Ctx, fn func(*db.Tx) (entry, error)) (entry, error) {
	place := seal.Context("portal", "operations", "entry", "result")
	sealed, _, err := web.Once(c, func(tx *db.Tx) ([]byte, error) {
		e, err := fn(tx)
		if err != nil {
			return nil, err
		}
		plain, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		return r.Credentials.Keyset.Seal(plain, place)
	})
	if err != nil {
		return entry{}, err
	}
	plain, err := r.Credentials.Keyset.Open(sealed, place)
	if err != nil {
		return entry{}, err
	}
	var e entry
	if err := json.Unmarshal(plain, &e); err != nil {
		return entry{}, err
	}
	if e.Refused != nil {
		return e, e.Refused
	}
	if e.Session == "" {
		return e, nil
	}
	return e, c.UseSession(e.Session)
}

// landing is where somebody goes who has just signed in: where they wanted to, else to their
// only workspace, else to the list.
func landing(tx *db.Tx, next string) (string, error) {
	if next = identity.LocalPath(next); next != "" {
		return next, nil
	}
	places, err := workspace.Mine(tx)
	if err != nil {
		return "", err
	}
	if len(places) == 1 {
		return "/w/" + places[0].Slug, nil
	}
	return "/workspaces", nil
}

// begin starts a session for a person who has just been recognized; the browser's former one ends.
func begin(c *web.Ctx, tx *db.Tx, p identity.Person, proved bool, next string) (e entry, err error) {
	if former := c.SessionHash(); former != nil {
		if err := identity.EndSession(tx, former); err != nil {
			return e, err
		}
	}
	if e.Session, err = identity.StartSession(tx, &p.ID, proved, c.Request().UserAgent(), c.Address()); err != nil {
		return e, err
	}
	e.To, err = landing(tx, next)
	return e, err
}
