package portal

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

func (p PeopleProps) headline(workspace string) string {
	if len(p.Members) == 1 {
		return "One person can open " + workspace
	}
	return fmt.Sprintf("%s people can open %s", ui.Spelled(len(p.Members)), workspace)
}

// lead counts the roles: "1 Owner, 1 Admin, 2 Approvers."
func (p PeopleProps) lead() string {
	out := ""
	for _, r := range access.Roles {
		n := 0
		for _, m := range p.Members {
			if m.Role == r {
				n++
			}
		}
		if n == 0 {
			continue
		}
		if out != "" {
			out += ", "
		}
		out += ui.Plural(n, r.Label(), r.Label()+"s")
	}
	return out + "."
}

func (p PeopleProps) owners() (n int) {
	for _, m := range p.Members {
		if m.Role == access.Owner {
			n++
		}
	}
	return n
}

func (p PeopleProps) inviter(i workspace.Invitation) string {
	by := "Jexi"
	for _, m := range p.Members {
		if m.PersonID == i.InvitedBy {
			by = m.Name
		}
	}
	if i.Name != "" {
		return i.Name + ", invited by " + by
	}
	return "Invited by " + by
}

func (p PeopleProps) mayTouch(s layout.Shell, i workspace.Invitation) bool {
	return s.May(access.ManagePeople) && slices.Contains(p.Roles, i.Role)
}

// named is a member's name, marked when it is the visitor's own.
func named(m workspace.Member, me uuid.UUID) string {
	if m.PersonID == me {
		return m.Name + " (you)"
	}
	return m.Name
}

// signsIn is the strongest way that a member has.
func signsIn(m workspace.Member) string {
	switch {
	case m.Passkeys > 0:
		return ui.Plural(m.Passkeys, "passkey", "passkeys")
	case m.HasTOTP:
		return "Mail and authenticator app"
	}
	return "Mail only"
}

func groupsOf(all []workspace.Group, person uuid.UUID) (out []workspace.Group) {
	for _, g := range all {
		if g.Has(person) {
			out = append(out, g)
		}
	}
	return out
}
