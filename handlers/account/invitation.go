package account

import (
	"github.com/a-h/templ"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/workspace"
	view "github.com/jexi/portal/views/account"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// ShowInvitation says who invites whom to what. It changes nothing, whoever opens it.
func (r Room) ShowInvitation(c *web.Ctx) error {
	c.Private()
	w, err := web.Read(c, workspace.Invited)
	if err != nil {
		return err
	}
	return c.Page(view.Invitation(c.Shell("Join "+w.Workspace), invitationForm(c, w, w.Name), nil))
}

// AcceptInvitation makes the person a member. Somebody new is signed in, for the mail has proved
// their address; somebody with an account signs in as always.
func (r Room) AcceptInvitation(c *web.Ctx) error {
	c.Private()
	name := c.Form("name")
	e, err := r.enter(c, func(tx *db.Tx) (entry, error) {
		a, err := workspace.Accept(tx, name)
		if err != nil {
			return entry{}, err
		}
		return join(c, tx, a)
	})
	if err != nil {
		return r.refuseInvitation(c, name, err)
	}
	c.Say("You have joined", "Under Security you can add a passkey, so that you need no mail to sign in.")
	return c.SeeOther(e.To)
}

// join is where an accepted invitation leads: in as the new person; else to the workspace, whose
// door asks whoever is not signed in. A session of somebody else ends, so that it is not taken for this one.
func join(c *web.Ctx, tx *db.Tx, a workspace.Accepted) (entry, error) {
	to := "/w/" + a.Slug
	if a.New {
		return begin(c, tx, a.Person, false, to)
	}
	if c.SignedIn() && c.Visit().PersonID != a.Person.ID {
		return entry{To: to}, identity.EndSession(tx, c.SessionHash())
	}
	return entry{To: to}, nil
}

func (r Room) refuseInvitation(c *web.Ctx, name string, err error) error {
	w, lost := web.Read(c, workspace.Invited)
	if lost != nil {
		return lost
	}
	return c.Refuse(err, func(e ui.Errors) templ.Component {
		return view.Invitation(c.Shell("Join "+w.Workspace), invitationForm(c, w, name), e)
	})
}

func invitationForm(c *web.Ctx, w workspace.Welcome, name string) view.InvitationForm {
	f := view.InvitationForm{Action: c.Request().URL.Path, Welcome: w, Name: name}
	if c.SignedIn() && c.Visit().Email != w.Email {
		f.Instead = c.Visit().Email
	}
	return f
}
