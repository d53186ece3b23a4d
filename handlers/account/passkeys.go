package account

import (
	"net/http"

	"github.com/a-h/templ"
	"github.com/go-webauthn/webauthn/protocol"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	view "github.com/jexi/portal/views/account"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// NewPasskey shows how to add one. It needs a proof, but for the first.
func (r Room) NewPasskey(c *web.Ctx) error {
	_, err := web.Read(c, func(tx *db.Tx) (string, error) { return "", identity.MayChangeWays(tx) })
	if err != nil {
		return err
	}
	return c.Page(view.NewPasskey(c.Shell("Add a passkey"), security(c), view.Device(c.Request().UserAgent()), nil))
}

// OfferPasskey gives the browser what it needs to make one.
func (r Room) OfferPasskey(c *web.Ctx) error {
	options, err := web.Read(c, func(tx *db.Tx) (*protocol.CredentialCreation, error) {
		return r.Credentials.OfferPasskey(tx, c.SessionHash(), c.Form("name"))
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, options)
}

// CreatePasskey keeps the passkey that the device made.
func (r Room) CreatePasskey(c *web.Ctx) error {
	name := c.Form("name")
	_, err := web.Change(c, func(tx *db.Tx) (string, error) {
		_, err := r.Credentials.AddPasskey(tx, c.SessionHash(), name, c.Form("credential"))
		return "", err
	})
	if err != nil {
		return c.Refuse(err, func(e ui.Errors) templ.Component {
			return view.NewPasskey(c.Shell("Add a passkey"), security(c), name, e)
		})
	}
	c.Say("Passkey added", "We have told you by mail as well. It signs you in from now on.")
	return c.SeeOther(security(c))
}

// EditPasskey shows the name to change.
func (r Room) EditPasskey(c *web.Ctx) error {
	k, err := r.passkey(c)
	if err != nil {
		return err
	}
	return c.Page(view.EditPasskey(c.Shell("Rename passkey"), security(c), k, k.Name, nil))
}

// UpdatePasskey gives it another name.
func (r Room) UpdatePasskey(c *web.Ctx) error {
	name := c.Form("name")
	_, err := web.Change(c, func(tx *db.Tx) (string, error) { return "", identity.RenamePasskey(tx, c.Param("ref"), name) })
	if err == nil {
		return c.SeeOther(security(c))
	}
	k, lost := r.passkey(c)
	if lost != nil {
		return lost
	}
	return c.Refuse(err, func(e ui.Errors) templ.Component {
		return view.EditPasskey(c.Shell("Rename passkey"), security(c), k, name, e)
	})
}

// CheckPasskeyRemoval says what ends with it.
func (r Room) CheckPasskeyRemoval(c *web.Ctx) error {
	var ways identity.Ways
	k, err := web.Read(c, func(tx *db.Tx) (k identity.Passkey, err error) {
		if err := identity.MayChangeWays(tx); err != nil {
			return k, err
		}
		if ways, err = identity.FindWays(tx); err != nil {
			return k, err
		}
		return identity.FindPasskey(tx, c.Param("ref"))
	})
	if err != nil {
		return err
	}
	last := len(ways.Passkeys) == 1 && !ways.TOTP
	return c.Page(view.RemovePasskey(c.Shell("Remove passkey"), security(c), k, last))
}

// DeletePasskey ends it for good.
func (r Room) DeletePasskey(c *web.Ctx) error {
	_, err := web.Change(c, func(tx *db.Tx) (string, error) {
		_, err := identity.RemovePasskey(tx, c.Param("ref"))
		return "", err
	})
	if err != nil {
		return err
	}
	c.Say("Passkey removed", "It signs nobody in any more. We have told you by mail as well.")
	return c.SeeOther(security(c))
}

func (r Room) passkey(c *web.Ctx) (identity.Passkey, error) {
	return web.Read(c, func(tx *db.Tx) (identity.Passkey, error) { return identity.FindPasskey(tx, c.Param("ref")) })
}
