package portal

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

func (p GroupsProps) headline() string {
	switch n := len(p.Groups); n {
	case 0:
		return "No groups yet"
	case 1:
		return "One group can be asked"
	default:
		return ui.Spelled(n) + " groups can be asked"
	}
}

func (p GroupForm) title() string {
	switch {
	case p.ID == uuid.Nil:
		return "New group"
	case p.Now != nil:
		return p.Now.Name
	}
	return p.Draft.Name
}

func (p GroupForm) lead(rules []string) string {
	switch {
	case p.ID == uuid.Nil:
		return "Nothing asks it until a rule names it."
	case len(rules) == 0:
		return "No live rule asks it."
	}
	return "Asked by “" + strings.Join(rules, "”, “") + "”. Open requests ask the people who are in it when they vote."
}

func (p GroupForm) shortTitle() string {
	if len(p.Short) == 1 {
		return "A rule asks for more people than there are"
	}
	return ui.Spelled(len(p.Short)) + " rules ask for more people than there are"
}

func (p GroupForm) act() string {
	if p.ID == uuid.Nil {
		return "Make the group"
	}
	return "Save the group"
}

func (p GroupForm) action(s layout.Shell) string {
	if p.ID == uuid.Nil {
		return s.URL("groups")
	}
	return s.URL("groups", p.ID.String())
}

func (p GroupForm) has(person uuid.UUID) bool { return slices.Contains(p.Draft.Members, person) }

func (p GroupForm) differences() []ui.Change {
	return []ui.Change{
		{Label: "Name", Before: p.Now.Name, After: p.Draft.Name},
		{Label: "What it is for", Before: p.Now.Description, After: p.Draft.Description},
		{Label: "People", Before: names(p.Members, p.Now.Members), After: names(p.Members, p.Draft.Members)},
	}
}

// names writes the members among ids in the list's order.
func names(members []workspace.Member, ids []uuid.UUID) string {
	var out []string
	for _, m := range members {
		if slices.Contains(ids, m.PersonID) {
			out = append(out, m.Name)
		}
	}
	return strings.Join(out, ", ")
}

// asMember says under a name what the choice means.
func asMember(m workspace.Member) string {
	if !m.Role.May(access.DecideRequest) {
		return m.Role.Label() + ", who never decides"
	}
	return m.Role.Label()
}

func orNone(text string) string {
	if text == "" {
		return "None"
	}
	return text
}
