package portal

import (
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/models/workspace"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// ListGroups shows the groups that rules can ask.
func (r Room) ListGroups(c *web.Ctx) error {
	p, err := web.Read(c, func(tx *db.Tx) (p view.GroupsProps, err error) {
		if p.Members, err = workspace.ListMembers(tx); err != nil {
			return p, err
		}
		if p.Groups, err = workspace.ListGroups(tx); err != nil {
			return p, err
		}
		staff, err := rulebook.Staff(tx)
		p.Short = staff.Short()
		return p, err
	})
	if err != nil {
		return err
	}
	return c.Page(view.Groups(c.Shell("Groups"), p))
}

// NewGroup is the form of a new group.
func (r Room) NewGroup(c *web.Ctx) error {
	members, err := web.Read(c, workspace.ListMembers)
	if err != nil {
		return err
	}
	return c.Page(view.Group(c.Shell("New group"), view.GroupForm{Members: members}, nil, nil))
}

// CreateGroup makes a group.
func (r Room) CreateGroup(c *web.Ctx) error {
	in := groupDraft(c)
	to, err := web.Change(c, func(tx *db.Tx) (string, error) {
		_, err := workspace.CreateGroup(tx, in)
		return c.Path("groups"), err
	})
	if err != nil {
		members, lost := web.Read(c, workspace.ListMembers)
		if lost != nil {
			return lost
		}
		return c.Refuse(err, func(e ui.Errors) templ.Component {
			return view.Group(c.Shell("New group"), view.GroupForm{Draft: in, Members: members}, nil, e)
		})
	}
	c.Say("Group made", "Rules can ask it from now on. None does yet.")
	return c.SeeOther(to)
}

// ShowGroup shows one group, as a form for whoever may change it.
func (r Room) ShowGroup(c *web.Ctx) error {
	g, err := loadGroup(c)
	if err != nil {
		return err
	}
	return c.Page(view.Group(c.Shell(g.Name), g.form(), g.rules, nil))
}

// UpdateGroup saves a group. Where that leaves a rule that nobody could decide under, it takes a
// second, knowing click.
func (r Room) UpdateGroup(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	in := groupDraft(c)
	to, err := web.Change(c, func(tx *db.Tx) (string, error) {
		return c.Path("groups"), knowing(c, tx, "members", chosen(in), func() error {
			_, err := workspace.UpdateGroup(tx, id, in)
			return err
		})
	})
	if err != nil {
		return r.refuseGroup(c, in, err)
	}
	c.Say("Group saved", "Open requests ask the people who are in it when they vote.")
	return c.SeeOther(to)
}

func (r Room) refuseGroup(c *web.Ctx, in workspace.GroupDraft, err error) error {
	g, lost := loadGroup(c)
	if lost != nil {
		return lost
	}
	form := g.form()
	form.Draft, form.Sure = in, sure(err, chosen(in))
	if fault.Is(err, fault.Stale) {
		form.Now, form.Draft.Version = &g.Group, version(c, err, g.Version)
	}
	return c.Refuse(err, func(e ui.Errors) templ.Component { return view.Group(c.Shell(g.Name), form, g.rules, e) })
}

// CheckGroupRemoval asks before a group is deleted, or says which rules need it.
func (r Room) CheckGroupRemoval(c *web.Ctx) error {
	g, err := loadGroup(c)
	if err != nil {
		return err
	}
	return c.Page(view.GroupRemoval(c.Shell("Removal of "+g.Name), g.Group, g.rules, nil))
}

// DeleteGroup deletes a group that no live rule asks.
func (r Room) DeleteGroup(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	n, _ := c.FormInt("version")
	name, err := web.Change(c, func(tx *db.Tx) (string, error) {
		rules, err := rulesAsking(tx, rule.GroupKind, id)
		if err != nil {
			return "", err
		}
		g, err := workspace.DeleteGroup(tx, id, n, rules)
		return g.Name, err
	})
	if err != nil {
		return r.refuseGroupRemoval(c, err)
	}
	c.Say("The group "+name+" was deleted", "The people who were in it stay members.")
	return c.SeeOther(c.Path("groups"))
}

func (r Room) refuseGroupRemoval(c *web.Ctx, err error) error {
	g, lost := loadGroup(c)
	if lost != nil {
		return lost
	}
	return c.Refuse(err, func(e ui.Errors) templ.Component {
		return view.GroupRemoval(c.Shell("Removal of "+g.Name), g.Group, g.rules, e)
	})
}

// group is a group with what its pages need besides.
type group struct {
	workspace.Group
	members []workspace.Member
	rules   []string
	staff   rulebook.Staffing
}

func (g group) form() view.GroupForm {
	return view.GroupForm{ID: g.ID, Members: g.members, Short: view.ShortOf(g.staff.Short(), g.ID), Dir: g.staff.Dir,
		Draft: workspace.GroupDraft{Name: g.Name, Description: g.Description, Members: g.Group.Members, Version: g.Version}}
}

// loadGroup reads the group that the path names.
func loadGroup(c *web.Ctx) (group, error) {
	id, err := c.ID("id")
	if err != nil {
		return group{}, err
	}
	return web.Read(c, func(tx *db.Tx) (g group, err error) {
		if g.Group, err = workspace.FindGroup(tx, id); err != nil {
			return g, err
		}
		if g.members, err = workspace.ListMembers(tx); err != nil {
			return g, err
		}
		if g.staff, err = rulebook.Staff(tx); err != nil {
			return g, err
		}
		g.rules, err = rulesAsking(tx, rule.GroupKind, id)
		return g, err
	})
}

// chosen is a group's choice of people as a text.
func chosen(d workspace.GroupDraft) string {
	ids := []string{"people"}
	for _, id := range d.Members {
		ids = append(ids, id.String())
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// rulesAsking are the names of the live rules that ask a person or group.
func rulesAsking(tx *db.Tx, kind rule.ApproverKind, id uuid.UUID) ([]string, error) {
	live, err := rulebook.LiveRules(tx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, l := range live {
		if l.Body.Asks(rule.Approver{Kind: kind, Ref: id.String()}) {
			names = append(names, l.Body.Name)
		}
	}
	return names, nil
}

func groupDraft(c *web.Ctx) workspace.GroupDraft {
	n, _ := c.FormInt("version")
	d := workspace.GroupDraft{Name: c.Form("name"), Description: c.Form("description"), Version: n}
	for _, text := range c.Forms("members") {
		id, _ := uuid.Parse(text) // what is no id is nobody, which the model refuses
		d.Members = append(d.Members, id)
	}
	return d
}
