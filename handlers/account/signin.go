package account

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-webauthn/webauthn/protocol"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	view "github.com/jexi/portal/views/account"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// Home leads on: to the workspaces, or to sign in.
func (r Room) Home(c *web.Ctx) error {
	if c.SignedIn() {
		return c.SeeOther("/workspaces")
	}
	return c.SeeOther("/signin")
}

// NewSignIn shows the ways to sign in.
func (r Room) NewSignIn(c *web.Ctx) error {
	next := identity.LocalPath(c.Query("next"))
	if c.SignedIn() {
		return c.SeeOther(orHome(next))
	}
	return c.Page(view.SignIn(c.Shell("Sign in"), view.SignInForm{Next: next}, nil))
}

// CreateSignIn has a link sent. The answer is the same for every address.
func (r Room) CreateSignIn(c *web.Ctx) error {
	in := view.SignInForm{Email: c.Form("email"), Next: identity.LocalPath(c.Form("next"))}
	_, err := web.Change(c, func(tx *db.Tx) (string, error) { return "", identity.AskSignIn(tx, in.Email, in.Next) })
	if err != nil {
		return r.refuseSignIn(c, in, err)
	}
	c.Remember(asked, strings.ToLower(in.Email), int(identity.SignInLinkLasts.Seconds()))
	return c.SeeOther("/signin/sent")
}

// ShowSent says what happens now.
func (r Room) ShowSent(c *web.Ctx) error { return c.Page(view.Sent(c.Shell("Check your mail"))) }

// ShowLink says whom a link signs in. It changes nothing, whoever opens it: mail scanners do.
func (r Room) ShowLink(c *web.Ctx) error {
	c.Private()
	link, err := web.Read(c, func(tx *db.Tx) (identity.SignInLink, error) { return identity.ReadSignInLink(tx, c.Param("token")) })
	if fault.Is(err, fault.Gone) {
		return r.linkEnded(c, "")
	}
	if err != nil {
		return err
	}
	if link.Ended {
		return r.afterLink(c, link)
	}
	return c.Page(showLink(c, link, "", nil))
}

// asked is what a browser is remembered for that had a link sent. In any other one the holder
// types the address as well: a scanner that sends every form in a mail signs nobody in and uses
// nothing up.
const asked = "asked"

func showLink(c *web.Ctx, link identity.SignInLink, typed string, e ui.Errors) templ.Component {
	s := c.Shell("Sign in")
	in := view.LinkForm{Action: c.Request().URL.Path, Instead: s.Person.Email, Typed: typed}
	if c.Remembers(asked, link.Person.Email) {
		in.Email = link.Person.Email
	}
	return view.Link(s, in, e)
}

// known refuses a link in another browser without the address it was sent to.
func known(c *web.Ctx, link identity.SignInLink) error {
	if link.Ended || c.Remembers(asked, link.Person.Email) || strings.EqualFold(c.Form("email"), link.Person.Email) {
		return nil
	}
	return fault.At("email", "Type the address that the link was sent to.")
}

// UseLink signs in, once.
func (r Room) UseLink(c *web.Ctx) error {
	c.Private()
	var link identity.SignInLink
	e, err := r.enter(c, func(tx *db.Tx) (e entry, err error) {
		if link, err = identity.ReadSignInLink(tx, c.Param("token")); err != nil {
			return e, err
		}
		if err := known(c, link); err != nil {
			return e, err
		}
		p, next, err := identity.UseSignInLink(tx, c.Param("token"))
		if err != nil {
			return e, err
		}
		return begin(c, tx, p, false, next)
	})
	if fault.Is(err, fault.Gone) {
		return r.ShowLink(c)
	}
	if err != nil {
		return c.Refuse(err, func(e ui.Errors) templ.Component { return showLink(c, link, c.Form("email"), e) })
	}
	return c.SeeOther(e.To)
}

// afterLink answers an ended link: who is signed in by it goes on, anybody else may ask anew.
func (r Room) afterLink(c *web.Ctx, link identity.SignInLink) error {
	if c.SignedIn() && c.Actor().ID == link.Person.ID {
		return c.SeeOther(orHome(identity.LocalPath(link.Next)))
	}
	return r.linkEnded(c, link.Next)
}

func (r Room) linkEnded(c *web.Ctx, next string) error {
	return c.PageStatus(http.StatusGone, view.LinkEnded(c.Shell("This link has ended"), next))
}

// OfferPasskeySignIn gives the browser a challenge, in a session of nobody that holds it. It may
// be asked for any number of times; the newest counts.
func (r Room) OfferPasskeySignIn(c *web.Ctx) error {
	var session string
	options, err := web.Read(c, func(tx *db.Tx) (o *protocol.CredentialAssertion, err error) {
		hash := c.SessionHash()
		if !c.SignedIn() {
			if session, hash, err = identity.StartCeremony(tx, c.Request().UserAgent(), c.Address()); err != nil {
				return nil, err
			}
		}
		return r.Credentials.OfferSignIn(tx, hash)
	})
	if err != nil {
		return err
	}
	if session != "" {
		if err := c.UseSession(session); err != nil {
			return err
		}
	}
	return c.JSON(http.StatusOK, options)
}

// SignInByPasskey signs in whoever's passkey answered. It counts as a fresh proof.
func (r Room) SignInByPasskey(c *web.Ctx) error {
	in := view.SignInForm{Next: identity.LocalPath(c.Form("next"))}
	e, err := r.enter(c, func(tx *db.Tx) (entry, error) {
		p, refused, err := r.Credentials.SignIn(tx, c.SessionHash(), c.Form("credential"))
		if refused != nil || err != nil {
			return entry{Refused: refused}, err
		}
		return begin(c, tx, p, true, in.Next)
	})
	if err != nil {
		return r.refuseSignIn(c, in, err)
	}
	return c.SeeOther(e.To)
}

func (r Room) refuseSignIn(c *web.Ctx, in view.SignInForm, err error) error {
	return c.Refuse(err, func(e ui.Errors) templ.Component { return view.SignIn(c.Shell("Sign in"), in, e) })
}

// NewSignOut asks before signing out, for those who come by address.
func (r Room) NewSignOut(c *web.Ctx) error { return c.Page(view.SignOut(c.Shell("Sign out"))) }

// CreateSignOut signs out here. It is right also for who is signed out already.
func (r Room) CreateSignOut(c *web.Ctx) error {
	if c.SignedIn() {
		_, err := web.Change(c, func(tx *db.Tx) (string, error) { return "", identity.SignOut(tx, c.SessionHash()) })
		if err != nil {
			return err
		}
	}
	if err := c.DropSession(); err != nil {
		return err
	}
	c.Say("You are signed out", "On this browser. Other browsers stay signed in until you end them under Security.")
	return c.SeeOther("/signin")
}

func orHome(path string) string {
	if path == "" {
		return "/"
	}
	return path
}
