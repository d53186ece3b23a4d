package account

import (
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/workspace"
	view "github.com/jexi/portal/views/account"
	"github.com/jexi/portal/web"
)

// ListWorkspaces are those that the person belongs to.
func (r Room) ListWorkspaces(c *web.Ctx) error {
	places, err := web.Read(c, workspace.Mine)
	if err != nil {
		return err
	}
	return c.Page(view.Workspaces(c.Shell("Your workspaces"), places))
}

// ChooseTheme keeps light or dark, and returns to the page it was asked from.
func (r Room) ChooseTheme(c *web.Ctx) error {
	c.ChooseTheme(c.Form("theme"))
	return c.SeeOther(orHome(identity.LocalPath(c.Form("next"))))
}

// ChooseKeys keeps whether single keys lead somewhere, and returns to the page it was asked from.
func (r Room) ChooseKeys(c *web.Ctx) error {
	c.ChooseKeys(c.Form("keys") != "off")
	return c.SeeOther(orHome(identity.LocalPath(c.Form("next"))))
}
