package portal

import (
	"github.com/a-h/templ"
	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/views/layout"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// ListTokens shows the workspace's tokens, never their secrets.
func (r Room) ListTokens(c *web.Ctx) error {
	p, err := web.Read(c, func(tx *db.Tx) (p view.TokensProps, err error) {
		if p.Members, err = workspace.ListMembers(tx); err != nil {
			return p, err
		}
		p.Tokens, err = identity.ListTokens(tx)
		return p, err
	})
	if err != nil {
		return err
	}
	return c.Page(view.Tokens(c.Shell("Tokens"), p))
}

// NewToken is the form of a new token.
func (r Room) NewToken(c *web.Ctx) error {
	return c.Page(view.TokenForm(c.Shell("New token"), identity.TokenDraft{Days: 90}, nil))
}

// CreateToken makes a token and shows its secret in this one answer. Only the id is kept for a
// second click, which therefore cannot show it again.
func (r Room) CreateToken(c *web.Ctx) error {
	days, _ := c.FormInt("days")
	in := identity.TokenDraft{Name: c.Form("name"), Scopes: c.Forms("scopes"), Days: days}
	secret := ""
	id, again, err := web.Once(c, func(tx *db.Tx) ([]byte, error) {
		t, plain, err := identity.CreateToken(tx, in)
		secret = plain
		return t.ID[:], err
	})
	if err != nil {
		return c.Refuse(err, func(e ui.Errors) templ.Component { return view.TokenForm(c.Shell("New token"), in, e) })
	}
	if again {
		secret = ""
	}
	return r.showMade(c, id, secret)
}

func (r Room) showMade(c *web.Ctx, made []byte, secret string) error {
	id, err := uuid.FromBytes(made)
	if err != nil {
		return err
	}
	t, err := web.Read(c, func(tx *db.Tx) (identity.Token, error) { return identity.FindToken(tx, id) })
	if err != nil {
		return err
	}
	return c.Page(view.TokenMade(c.Shell(t.Name), t, secret))
}

// CheckTokenRemoval asks before a token is revoked.
func (r Room) CheckTokenRemoval(c *web.Ctx) error {
	p, err := tokenPage(c)
	if err != nil {
		return err
	}
	return c.Page(view.TokenRemoval(c.Shell("Revoke a token"), p.Token))
}

// DeleteToken revokes a token at once.
func (r Room) DeleteToken(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	name, err := web.Change(c, func(tx *db.Tx) (string, error) {
		t, err := identity.RevokeToken(tx, id)
		return t.Name, err
	})
	if err != nil {
		return err
	}
	c.Say("The token "+name+" was revoked", "Whatever used it is refused from now on.")
	return c.SeeOther(c.Path("tokens"))
}

// NewTokenPause asks why an agent is to be paused.
func (r Room) NewTokenPause(c *web.Ctx) error {
	p, err := tokenPage(c)
	if err != nil {
		return err
	}
	if p.PausedAt != nil || !p.Acts(c.Now()) {
		return c.SeeOther(c.Path("tokens"))
	}
	return c.Page(view.TokenPause(c.Shell("Pause a token"), p, "", nil))
}

// CreateTokenPause stops an agent.
func (r Room) CreateTokenPause(c *web.Ctx) error {
	t, err := changePause(c, approval.PauseAgent)
	if err != nil {
		return refusePause(c, err, "Pause a token", view.TokenPause)
	}
	c.Say("The token "+t+" is paused", "It asks and acts on nothing until an Owner or Admin resumes it.")
	return c.SeeOther(c.Path("tokens"))
}

// NewTokenResumption asks why an agent may act again.
func (r Room) NewTokenResumption(c *web.Ctx) error {
	p, err := tokenPage(c)
	if err != nil {
		return err
	}
	if p.PausedAt == nil {
		return c.SeeOther(c.Path("tokens"))
	}
	return c.Page(view.TokenResumption(c.Shell("Resume a token"), p, "", nil))
}

// CreateTokenResumption lets an agent act again.
func (r Room) CreateTokenResumption(c *web.Ctx) error {
	t, err := changePause(c, approval.ResumeAgent)
	if err != nil {
		return refusePause(c, err, "Resume a token", view.TokenResumption)
	}
	c.Say("The token "+t+" acts again", "It can ask, and use what was approved, from now on.")
	return c.SeeOther(c.Path("tokens"))
}

// changePause pauses or resumes the agent that the path names, and tells its name.
func changePause(c *web.Ctx, verb func(*db.Tx, uuid.UUID, string) (identity.Token, error)) (string, error) {
	id, err := c.ID("id")
	if err != nil {
		return "", err
	}
	return web.Change(c, func(tx *db.Tx) (string, error) {
		t, err := verb(tx, id, c.Form("reason"))
		return t.Name, err
	})
}

func refusePause(c *web.Ctx, err error, title string, form func(layout.Shell, view.TokenPage, string, ui.Errors) templ.Component) error {
	if fault.As(err) == nil {
		return err
	}
	p, lost := tokenPage(c)
	if lost != nil {
		return lost
	}
	return c.Refuse(err, func(e ui.Errors) templ.Component { return form(c.Shell(title), p, c.Form("reason"), e) })
}

// tokenPage is the token that the path names, as its pages show it.
func tokenPage(c *web.Ctx) (p view.TokenPage, err error) {
	id, err := c.ID("id")
	if err != nil {
		return p, err
	}
	return web.Read(c, func(tx *db.Tx) (p view.TokenPage, err error) {
		if p.Members, err = workspace.ListMembers(tx); err != nil {
			return p, err
		}
		p.Token, err = identity.FindToken(tx, id)
		return p, err
	})
}
