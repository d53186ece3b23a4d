package portal

import (
	"github.com/a-h/templ"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/workspace"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// NewReset says what follows when somebody's passkeys are reset, and asks why.
func (r Room) NewReset(c *web.Ctx) error { return r.reset(c, nil) }

// CreateReset takes a member's passkeys and authenticator app from them.
func (r Room) CreateReset(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	name, err := web.Change(c, func(tx *db.Tx) (string, error) {
		m, err := workspace.ResetMember(tx, id, c.Form("reason"))
		return m.Name, err
	})
	if err != nil {
		return r.reset(c, err)
	}
	c.Say("The passkeys of "+name+" were reset", "They are signed out everywhere and were told by mail. Their next sign-in link lets them add a passkey.")
	return c.SeeOther(c.Path("people", id.String()))
}

// reset is the check page, or what became of it.
func (r Room) reset(c *web.Ctx, refused error) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	found, err := web.Read(c, func(tx *db.Tx) (workspace.Reset, error) { return workspace.Resetting(tx, id) })
	if err != nil {
		return err
	}
	page := func(e ui.Errors) templ.Component {
		return view.Reset(c.Shell("Reset of "+found.Member.Name), found, c.Form("reason"), e)
	}
	if refused != nil {
		return c.Refuse(refused, page)
	}
	return c.Page(page(nil))
}
