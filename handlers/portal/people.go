package portal

import (
	"github.com/a-h/templ"
	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/models/workspace"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// ListPeople shows members and open invitations.
func (r Room) ListPeople(c *web.Ctx) error {
	p, err := web.Read(c, people)
	if err != nil {
		return err
	}
	return c.Page(view.People(c.Shell("People and roles"), p, workspace.InvitationDraft{}, nil))
}

func people(tx *db.Tx) (p view.PeopleProps, err error) {
	p.Me, p.Roles = tx.Actor().ID, workspace.Assignable(tx.Actor())
	if p.Members, err = workspace.ListMembers(tx); err != nil {
		return p, err
	}
	if p.Groups, err = workspace.ListGroups(tx); err != nil {
		return p, err
	}
	if p.Invitations, err = workspace.ListInvitations(tx); err != nil {
		return p, err
	}
	ids := []uuid.UUID{}
	for _, i := range p.Invitations {
		ids = append(ids, i.ID)
	}
	p.Mails, err = delivery.Newest(tx, ids)
	return p, err
}

// ShowRoles tells what each role may do.
func (r Room) ShowRoles(c *web.Ctx) error {
	return c.Page(view.Roles(c.Shell("What each role may do")))
}

// ShowPerson shows one member.
func (r Room) ShowPerson(c *web.Ctx) error {
	p, err := r.person(c)
	if err != nil {
		return err
	}
	return c.Page(view.Person(c.Shell(p.Member.Name), p, nil))
}

func (r Room) person(c *web.Ctx) (view.PersonProps, error) {
	id, err := c.ID("id")
	if err != nil {
		return view.PersonProps{}, err
	}
	return web.Read(c, func(tx *db.Tx) (p view.PersonProps, err error) {
		p.Me, p.Roles = tx.Actor().ID, workspace.Assignable(tx.Actor())
		if p.Member, err = workspace.FindMember(tx, id); err != nil {
			return p, err
		}
		p.Chosen = p.Member.Role
		p.Groups, err = workspace.GroupsOf(tx, id)
		return p, err
	})
}

// UpdatePerson gives a member another role.
func (r Room) UpdatePerson(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	from, role := access.Role(c.Form("from")), access.Role(c.Form("role"))
	name, err := web.Change(c, func(tx *db.Tx) (name string, err error) {
		err = knowing(c, tx, "role", string(role), func() error {
			m, err := workspace.ChangeRole(tx, id, from, role)
			name = m.Name
			return err
		})
		return name, err
	})
	if err != nil {
		return r.refuseRole(c, role, err)
	}
	c.Say(name+" is "+role.Label()+" now", "It counts from their next click.")
	return c.SeeOther(afterRole(c, id, role))
}

// afterRole is where somebody goes who may have lost the sight of people by their own change.
func afterRole(c *web.Ctx, id uuid.UUID, role access.Role) string {
	if id == c.Actor().ID && !role.May(access.SeePeople) {
		return c.Path()
	}
	return c.Path("people", id.String())
}

func (r Room) refuseRole(c *web.Ctx, chosen access.Role, err error) error {
	p, lost := r.person(c)
	if lost != nil {
		return lost
	}
	p.Chosen, p.Sure = chosen, sure(err, string(chosen))
	return c.Refuse(err, func(e ui.Errors) templ.Component { return view.Person(c.Shell(p.Member.Name), p, e) })
}

// CheckPersonRemoval says what stops when a member goes.
func (r Room) CheckPersonRemoval(c *web.Ctx) error { return r.departure(c, nil) }

// DeletePerson ends a membership.
func (r Room) DeletePerson(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	name, err := web.Change(c, func(tx *db.Tx) (string, error) {
		m, err := workspace.RemoveMember(tx, id)
		return m.Name, err
	})
	if err != nil {
		return r.departure(c, err)
	}
	if id == c.Actor().ID {
		c.Say("You have left", "Your decisions and their record stay.")
		return c.SeeOther("/workspaces")
	}
	c.Say(name+" was removed", "From their next click on, nothing of this workspace opens for them.")
	return c.SeeOther(c.Path("people"))
}

// departure is the check page, or what became of it.
func (r Room) departure(c *web.Ctx, refused error) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	p := view.DepartureProps{Me: c.Actor().ID}
	p.Departure, err = web.Read(c, func(tx *db.Tx) (d workspace.Departure, err error) {
		if p.Rules, err = rulesAsking(tx, rule.PersonKind, id); err != nil {
			return d, err
		}
		staff, err := rulebook.Staff(tx)
		if err != nil {
			return d, err
		}
		p.After = staff.Dir.Without(id)
		p.Ends = staff.Ends(p.After)
		return workspace.Departing(tx, id)
	})
	if err != nil {
		return err
	}
	page := func(e ui.Errors) templ.Component {
		return view.DeparturePage(c.Shell("Removal of "+p.Member.Name), p, e)
	}
	if refused != nil {
		return c.Refuse(refused, page)
	}
	return c.Page(page(nil))
}
