package layout

import (
	"strings"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/views/ui"
)

// Area is one page of the menu, by its part of the address.
type Area string

const (
	Overview     Area = ""
	Requests     Area = "requests"
	Rules        Area = "rules"
	Integrations Area = "integrations"
	Audit        Area = "audit"
	People       Area = "people"
	Groups       Area = "groups"
	Tokens       Area = "tokens"
	Settings     Area = "settings"
	Security     Area = "security"
)

type menuItem struct {
	area  Area
	label string
	need  access.Permission // "" for everybody
	key   string            // after "g", where single keys are on
}

type menuGroup struct {
	label string
	items []menuItem
}

// menu is the whole of it; groups that are left empty are not shown.
func menu() []menuGroup {
	return []menuGroup{
		{"", []menuItem{{Overview, "Overview", access.SeeOverview, "o"}}},
		{"Control", []menuItem{
			{Requests, "Approval requests", access.SeeOwnRequests, "a"},
			{Rules, "Approval rules", access.SeeRules, "r"},
			{Integrations, "Integrations", access.SeeIntegrations, "i"},
		}},
		{"Evidence", []menuItem{{Audit, "Audit trail", access.ReadOwnAudit, "t"}}},
		{"Workspace", []menuItem{
			{People, "People and roles", access.SeePeople, "p"},
			{Groups, "Groups", access.SeePeople, ""},
			{Tokens, "Tokens", access.ManageTokens, ""},
			{Settings, "Settings", access.SeePeople, ""},
			{Security, "Security", "", ""},
		}},
	}
}

// visible is the menu as this role sees it.
func (s Shell) visible() []menuGroup {
	var out []menuGroup
	for _, g := range menu() {
		var items []menuItem
		for _, it := range g.items {
			if it.need == "" || s.May(it.need) {
				items = append(items, it)
			}
		}
		if len(items) > 0 {
			out = append(out, menuGroup{g.label, items})
		}
	}
	return out
}

// Pages are those of the menu that this role may open and whose label contains the text, and the help.
func (s Shell) Pages(text string) (out []ui.Finding) {
	for _, g := range append(s.visible(), menuGroup{"", []menuItem{{area: "help", label: "Help"}}}) {
		for _, it := range g.items {
			if strings.Contains(strings.ToLower(it.label), strings.ToLower(text)) {
				out = append(out, ui.Finding{Title: it.label, Href: s.address(it.area)})
			}
		}
	}
	return out
}

func (s Shell) address(a Area) string {
	if a == Overview {
		return s.URL()
	}
	return s.URL(string(a))
}

// current tells whether the request is for this area or a page below it.
func (s Shell) current(a Area) bool {
	if a == Overview {
		return strings.TrimSuffix(s.Path, "/") == s.URL()
	}
	return s.Path == s.address(a) || strings.HasPrefix(s.Path, s.address(a)+"/")
}
