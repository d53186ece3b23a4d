package portal

import (
	"github.com/a-h/templ"
	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/workspace"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// CreateInvitation has somebody invited by mail.
func (r Room) CreateInvitation(c *web.Ctx) error {
	in := workspace.InvitationDraft{Email: c.Form("email"), Name: c.Form("name"), Role: access.Role(c.Form("role"))}
	email, err := web.Change(c, func(tx *db.Tx) (string, error) {
		i, err := workspace.Invite(tx, in)
		return i.Email, err
	})
	if err != nil {
		return r.refuseInvitation(c, in, err)
	}
	c.Say("Invited "+email, "The mail is on its way. They become a member when they accept, within seven days.")
	return c.SeeOther(c.Path("people"))
}

func (r Room) refuseInvitation(c *web.Ctx, in workspace.InvitationDraft, err error) error {
	p, lost := web.Read(c, people)
	if lost != nil {
		return lost
	}
	return c.Refuse(err, func(e ui.Errors) templ.Component { return view.People(c.Shell("People and roles"), p, in, e) })
}

// CreateSending sends an invitation again.
func (r Room) CreateSending(c *web.Ctx) error {
	email, err := changeInvitation(c, workspace.SendAgain)
	if fault.Is(err, fault.Conflict) {
		return r.refuseInvitation(c, workspace.InvitationDraft{}, err)
	}
	if err != nil {
		return err
	}
	c.Say("Sent again to "+email, "The link in the new mail works for seven days, the one before it no longer.")
	return c.SeeOther(c.Path("people"))
}

// CheckInvitationRemoval asks before an invitation is taken back.
func (r Room) CheckInvitationRemoval(c *web.Ctx) error {
	i, err := invitation(c)
	if err != nil {
		return err
	}
	return c.Page(view.InvitationRemoval(c.Shell("Take back an invitation"), i, nil))
}

// DeleteInvitation takes an invitation back.
func (r Room) DeleteInvitation(c *web.Ctx) error {
	email, err := changeInvitation(c, workspace.RevokeInvitation)
	if fault.Is(err, fault.Conflict) {
		return r.refuseInvitation(c, workspace.InvitationDraft{}, err)
	}
	if err != nil {
		return err
	}
	c.Say("The invitation of "+email+" was taken back", "Its link has stopped working.")
	return c.SeeOther(c.Path("people"))
}

// changeInvitation makes one change of the invitation that the path names and returns its address.
func changeInvitation(c *web.Ctx, verb func(*db.Tx, uuid.UUID) (workspace.Invitation, error)) (string, error) {
	id, err := c.ID("id")
	if err != nil {
		return "", err
	}
	return web.Change(c, func(tx *db.Tx) (string, error) {
		i, err := verb(tx, id)
		return i.Email, err
	})
}

func invitation(c *web.Ctx) (workspace.Invitation, error) {
	id, err := c.ID("id")
	if err != nil {
		return workspace.Invitation{}, err
	}
	return web.Read(c, func(tx *db.Tx) (workspace.Invitation, error) { return workspace.FindInvitation(tx, id) })
}
