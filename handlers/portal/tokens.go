package portal

import (
	"github.com/a-h/templ"
	"github.com/google/uuid"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/workspace"
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
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	t, err := web.Read(c, func(tx *db.Tx) (identity.Token, error) { return identity.FindToken(tx, id) })
	if err != nil {
		return err
	}
	return c.Page(view.TokenRemoval(c.Shell("Revoke a token"), t))
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
