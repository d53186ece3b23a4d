package portal

import (
	"github.com/jexi/portal/models/jump"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// JumpPage is what was typed, cleaned, and what it names.
type JumpPage struct {
	Query string
	Found jump.Found
}

// kinds are those of the short lists, in the order in which they come.
var kinds = []struct {
	kind       jump.Kind
	area       layout.Area
	word, many string
}{
	{jump.Rule, layout.Rules, "Approval rule", "Approval rules"},
	{jump.Integration, layout.Integrations, "Integration", "Integrations"},
	{jump.Person, layout.People, "Person", "People"},
	{jump.Group, layout.Groups, "Group", "Groups"},
	{jump.Token, layout.Tokens, "Token", "Tokens"},
}

// Groups are the findings with their addresses, pages first. Empty ones are left out.
func (p JumpPage) Groups(s layout.Shell) (out []ui.Findings) {
	add := func(kind, many string, all []ui.Finding) {
		if len(all) > 0 {
			out = append(out, ui.Findings{Kind: kind, Many: many, All: all})
		}
	}
	add("Page", "Pages", s.Pages(p.Query))
	var requests []ui.Finding
	for _, r := range p.Found.Requests {
		requests = append(requests, ui.Finding{Title: r.Sentence, Sub: requestState(r.State, r.ForMe).Word + ", " + rowSub(r), Href: s.URL("requests", r.ID.String())})
	}
	add("Approval request", "Approval requests", requests)
	for _, n := range kinds {
		var all []ui.Finding
		for _, f := range p.Found.Named {
			if f.Kind == n.kind {
				all = append(all, ui.Finding{Title: f.Name, Sub: f.Sub, Href: namedAt(s, n.area, f)})
			}
		}
		add(n.word, n.many, all)
	}
	if p.Query != "" {
		add("Audit trail", "Audit trail", []ui.Finding{{Title: "Search the audit trail for “" + p.Query + "”", Href: ui.Query(s.URL("audit"), "contains", p.Query)}})
	}
	return out
}

// namedAt is where a named thing is looked at. A token has no page of its own.
func namedAt(s layout.Shell, area layout.Area, f jump.Named) string {
	if area == layout.Tokens {
		return s.URL(string(area))
	}
	return s.URL(string(area), f.ID.String())
}

func (p JumpPage) title() string {
	if p.Query == "" {
		return "Search or jump to"
	}
	return "Search for “" + p.Query + "”"
}

func (p JumpPage) lead(s layout.Shell) string {
	n := len(p.Found.Requests) + len(p.Found.Named) + len(s.Pages(p.Query))
	switch {
	case p.Query == "":
		return "A request by its number, its two words, its ticket or what it is about; anything else by its name."
	case n == 0:
		return "Nothing that you may open is called that. Try a request's number, its two words, its ticket, or a name."
	}
	return ui.Plural(n, "thing is", "things are") + " called that. At most eight of each kind are shown."
}
