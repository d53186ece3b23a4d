package account

import (
	"github.com/a-h/templ"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	view "github.com/jexi/portal/views/account"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// NewAuthenticator shows a key for an authenticator app. Nothing is stored until a code of it came.
func (r Room) NewAuthenticator(c *web.Ctx) error {
	key, err := web.Read(c, r.Credentials.OfferTOTP)
	if err != nil {
		return err
	}
	return c.Page(view.NewAuthenticator(c.Shell("Add an authenticator app"), security(c), key, nil))
}

// CreateAuthenticator makes the key count.
func (r Room) CreateAuthenticator(c *web.Ctx) error {
	sealed := c.Form("key")
	_, err := web.Change(c, func(tx *db.Tx) (string, error) {
		return "", r.Credentials.AddTOTP(tx, sealed, c.Form("code"))
	})
	if err != nil {
		return r.refuseAuthenticator(c, sealed, err)
	}
	c.Say("Authenticator app added", "Its codes prove that it is you, where a passkey would. We have told you by mail as well.")
	return c.SeeOther(security(c))
}

func (r Room) refuseAuthenticator(c *web.Ctx, sealed string, err error) error {
	key, lost := web.Read(c, func(tx *db.Tx) (identity.NewTOTP, error) { return r.Credentials.ShowTOTP(tx, sealed) })
	if lost != nil {
		return err
	}
	return c.Refuse(err, func(e ui.Errors) templ.Component {
		return view.NewAuthenticator(c.Shell("Add an authenticator app"), security(c), key, e)
	})
}

// CheckAuthenticatorRemoval says what ends with it.
func (r Room) CheckAuthenticatorRemoval(c *web.Ctx) error {
	ways, err := web.Read(c, func(tx *db.Tx) (identity.Ways, error) {
		if err := identity.MayChangeWays(tx); err != nil {
			return identity.Ways{}, err
		}
		return identity.FindWays(tx)
	})
	if err != nil {
		return err
	}
	if !ways.TOTP {
		return c.SeeOther(security(c))
	}
	return c.Page(view.RemoveAuthenticator(c.Shell("Remove authenticator app"), security(c), len(ways.Passkeys) == 0))
}

// DeleteAuthenticator ends it for good.
func (r Room) DeleteAuthenticator(c *web.Ctx) error {
	_, err := web.Change(c, func(tx *db.Tx) (string, error) { return "", identity.RemoveTOTP(tx) })
	if err != nil {
		return err
	}
	c.Say("Authenticator app removed", "Its codes prove nothing any more. We have told you by mail as well.")
	return c.SeeOther(security(c))
}
