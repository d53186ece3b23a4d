package account

import (
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	view "github.com/jexi/portal/views/account"
	"github.com/jexi/portal/web"
)

// ShowSecurity is how a person signs in and where they are signed in.
func (r Room) ShowSecurity(c *web.Ctx) error {
	p, err := web.Read(c, func(tx *db.Tx) (p view.SecurityProps, err error) {
		if p.Ways, err = identity.FindWays(tx); err != nil {
			return p, err
		}
		p.Sessions, err = identity.ListSessions(tx, tx.Actor().ID)
		return p, err
	})
	if err != nil {
		return err
	}
	p.Base, p.Here = security(c), identity.Session{HashedID: c.SessionHash()}.Ref()
	return c.Page(view.Security(c.Shell("Security"), p))
}

// security is the address of this page: in a workspace, or for a person by themselves.
func security(c *web.Ctx) string {
	if c.Visit().Slug != nil {
		return c.Path("security")
	}
	return "/security"
}

// EndSession signs the person out on one browser.
func (r Room) EndSession(c *web.Ctx) error {
	_, err := web.Change(c, func(tx *db.Tx) (string, error) { return "", identity.EndOwnSession(tx, c.Param("ref")) })
	if err != nil {
		return err
	}
	c.Say("Signed out there", "That browser has to sign in again.")
	return c.SeeOther(security(c))
}

// EndOtherSessions signs the person out everywhere but here.
func (r Room) EndOtherSessions(c *web.Ctx) error {
	_, err := web.Change(c, func(tx *db.Tx) (string, error) {
		_, err := identity.EndOtherSessions(tx, c.SessionHash())
		return "", err
	})
	if err != nil {
		return err
	}
	c.Say("Signed out everywhere else", "Only this browser is signed in now.")
	return c.SeeOther(security(c))
}
