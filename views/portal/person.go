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

func (p PersonProps) mayChange(s layout.Shell) bool {
	return s.May(access.ManagePeople) && slices.Contains(p.Roles, p.Member.Role)
}

func (p DepartureProps) endsTitle() string {
	if len(p.Ends) == 1 {
		return "Then nobody can decide under one rule"
	}
	return "Then nobody can decide under " + strings.ToLower(ui.Spelled(len(p.Ends))) + " rules"
}

// mayReset tells whether there is something to reset, and it is not one's own.
func (p PersonProps) mayReset() bool {
	return p.Member.PersonID != p.Me && (p.Member.Passkeys > 0 || p.Member.HasTOTP)
}

func (p PersonProps) removal() string { return removalOf(p.Member, p.Me) }

func removalOf(m workspace.Member, me uuid.UUID) string {
	if m.PersonID == me {
		return "Leave this workspace"
	}
	return "Remove " + m.Name
}

func leaving(s layout.Shell, m workspace.Member, me uuid.UUID) string {
	if m.PersonID == me {
		return "Leave " + s.Workspace.Name + "?"
	}
	return "Remove " + m.Name + " from " + s.Workspace.Name + "?"
}

func closing(m workspace.Member, me uuid.UUID) string {
	if m.PersonID == me {
		return "From your next click on, nothing of this workspace opens for you."
	}
	return "From their next click on, nothing of this workspace opens for them."
}

// departureStops lists what ends with a membership.
func departureStops(d workspace.Departure, rules []string) []ui.Pair {
	var groups, invited []string
	for _, g := range d.Groups {
		groups = append(groups, g.Name+", "+left(len(g.Members)-1))
	}
	for _, i := range d.Invitations {
		invited = append(invited, i.Email)
	}
	return []ui.Pair{
		{Label: "Membership", Value: d.Member.Role.Label() + " since " + ui.Day(d.Member.RoleSince)},
		{Label: "Groups", Value: listed(groups)},
		{Label: "Rules that ask them by name", Value: listed(rules)},
		{Label: "Open invitations that they sent", Value: listed(invited)},
	}
}

func departureStays(d workspace.Departure) []ui.Pair {
	var tokens []string
	for _, t := range d.Tokens {
		tokens = append(tokens, t.Name)
	}
	out := []ui.Pair{{Label: "Decisions and audit entries", Value: "All, with their name"}}
	if len(tokens) > 0 {
		out = append(out, ui.Pair{Label: "API tokens that they made", Value: listed(tokens) + ". They go on working: revoke those that only this person used."})
	}
	return out
}

func listed(names []string) string {
	if len(names) == 0 {
		return "None"
	}
	return strings.Join(names, ", ")
}

// left says who stays in a group.
func left(n int) string {
	switch n {
	case 0:
		return "where nobody stays"
	case 1:
		return "where 1 person stays"
	}
	return "where " + ui.Thousands(n) + " people stay"
}
