package portal

import (
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/views/ui"
)

// inShort is a role in one sentence, for whoever chooses it.
func inShort(r access.Role) string {
	switch r {
	case access.Owner:
		return "Everything, and the only one who makes Owners."
	case access.Admin:
		return "Connects systems, writes rules, manages people and tokens."
	case access.PrivacyOfficer:
		return "Reads everything but tokens, and may pause a system."
	case access.Approver:
		return "Sees and decides the requests addressed to them."
	case access.Auditor:
		return "Reads everything but tokens, changes and decides nothing."
	}
	return ""
}

// area is one part of the workspace and what a role may do there, in words that follow the policy.
type area struct {
	name string
	may  func(access.Role) string
}

const nothing = "Nothing"

func areas() []area {
	return []area{
		{"Overview", func(r access.Role) string { return either(r, access.SeeOverview, "Sees it", nothing) }},
		{"Approval requests", func(r access.Role) string {
			sees := either(r, access.SeeRequests, "Sees all", either(r, access.SeeOwnRequests, "Sees those addressed to them", nothing))
			return sees + ", " + either(r, access.DecideRequest, "decides when named", "never decides")
		}},
		{"Approval rules", func(r access.Role) string {
			return either(r, access.WriteRules, "Reads, writes and publishes", either(r, access.SeeRules, "Reads", nothing))
		}},
		{"Integrations", func(r access.Role) string {
			sees := either(r, access.SeeIntegrations, "Sees them", nothing)
			return either(r, access.ManageIntegrations, "Connects, changes, pauses and removes", either(r, access.PauseIntegration, "Sees and pauses them", sees))
		}},
		{"Audit trail", func(r access.Role) string {
			return either(r, access.ReadAudit, "Reads, checks and downloads all", either(r, access.ReadOwnAudit, "Reads their own entries", nothing))
		}},
		{"People, roles and groups", func(r access.Role) string {
			if r.May(access.ManagePeople) {
				if r == access.Owner {
					return "Changes everybody"
				}
				return "Changes everybody but Owners"
			}
			return either(r, access.SeePeople, "Sees them", nothing)
		}},
		{"Workspace settings", func(r access.Role) string {
			return either(r, access.ManageWorkspace, "Changes them", either(r, access.SeePeople, "Sees them", nothing))
		}},
		{"API tokens", func(r access.Role) string { return either(r, access.ManageTokens, "Makes and revokes", nothing) }},
	}
}

func either(r access.Role, p access.Permission, yes, no string) string {
	if r.May(p) {
		return yes
	}
	return no
}

func roleColumns() []ui.Column {
	out := []ui.Column{{Label: "Area"}}
	for _, r := range access.Roles {
		out = append(out, ui.Column{Label: r.Label()})
	}
	return out
}
