package portal

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rule/condition"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// RuleEditor is a rule as it is being written. Without versions it is a new one.
type RuleEditor struct {
	RulePage
	Form    rule.Editor
	Edit    int // the count that the form was made from
	Systems []integration.Connection
	Added   string     // where a place was added just now
	Removed string     // where one was removed
	Stored  *rule.Body // what is saved, when the form met a changed rule
	Read    rule.Body  // the form, as far as it can be read
	Unread  bool       // something in it cannot be
}

func (p RuleEditor) isNew() bool { return p.ID == uuid.Nil }

func (p RuleEditor) title() string {
	if p.isNew() {
		return "New rule"
	}
	return p.Draft().Name
}

func (p RuleEditor) situation(s layout.Shell) string {
	live, open := p.live(), p.open()
	switch {
	case p.isNew():
		return "Nothing changes until a second admin publishes it."
	case open != nil && live != nil:
		return versionName(live.N) + " is live. You are editing " + lower(versionName(open.N)) + "; nothing changes until it is published."
	case open != nil:
		return "You are editing " + lower(versionName(open.N)) + "; nothing changes until it is published."
	case live != nil:
		return versionName(live.N) + " is live. What you save becomes a draft; nothing changes until it is published."
	}
	return "It decides nothing now. What you save becomes a draft; nothing changes until it is published."
}

func (p RuleEditor) action(s layout.Shell) string {
	if p.isNew() {
		return s.URL("rules", "new")
	}
	return s.URL("rules", p.ID.String(), "draft")
}

func (p RuleEditor) crumbs(s layout.Shell) []layout.Crumb {
	if p.isNew() {
		return []layout.Crumb{{Label: "Approval rules", Href: s.URL("rules")}, {Label: "New rule"}}
	}
	return ruleCrumbs(s, p.RulePage, "Draft")
}

// refresh lets a control show at once what follows from it. Without JavaScript a button does.
func (p RuleEditor) refresh(s layout.Shell, do string) templ.Attributes {
	vals, _ := json.Marshal(map[string]string{"do": do})
	return templ.Attributes{"hx-post": p.action(s), "hx-target": "#editor", "hx-swap": "outerMorph", "hx-vals": string(vals)}
}

// addAttrs are those of a button that adds; it takes the focus of a place that was removed.
func (p RuleEditor) addAttrs(s layout.Shell, to string) templ.Attributes {
	attrs := p.refresh(s, "add "+to)
	if p.Removed == to {
		attrs["autofocus"] = true
	}
	return attrs
}

// types are what the rule is about, as far as it is chosen.
func (p RuleEditor) types() []*catalog.ActionType {
	b := rule.Body{Actions: p.Form.Actions}
	return b.Resolve(catalog.Types())
}

func (p RuleEditor) chosenActions() string {
	b := rule.Body{Actions: p.Form.Actions}
	var out []string
	for _, a := range p.Form.Actions {
		if family, ok := actionFamily(a); ok {
			out = append(out, family)
		}
	}
	for _, t := range b.Resolve(catalog.Types()) {
		if slices.Contains(p.Form.Actions, t.Key) {
			out = append(out, lower(t.Title))
		}
	}
	switch n := len(out); {
	case n == 0:
		return "Choose what Jexi wants to do"
	case n > 3:
		return "wants to " + strings.Join(out[:2], ", ") + " and " + strconv.Itoa(n-2) + " others"
	}
	return "wants to " + condition.OrList(out)
}

// actionFamily says what a pattern such as "registrar.*" covers.
func actionFamily(pattern string) (string, bool) {
	if pattern == "*" {
		return "do anything at all", true
	}
	family, ok := strings.CutSuffix(pattern, ".*")
	if !ok {
		return "", false
	}
	for _, g := range actionGroups() {
		if g.Key == family {
			return "do anything about " + lowerWord(g.Name), true
		}
	}
	return "do any " + strings.ReplaceAll(family, ".", " ") + " action", true
}

// lowerWord leaves abbreviations alone.
func lowerWord(s string) string {
	if len(s) > 1 && s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return lower(s)
}

// actionGroup is a family of action types in the chooser.
type actionGroup struct {
	Key, Name string
	Types     []*catalog.ActionType
}

func actionGroups() []actionGroup {
	names := map[string]string{"registrar": "Domains", "dns": "DNS", "hosting": "Hosting", "mail": "Mail", "billing": "Money",
		"crm": "CRM", "account": "Accounts", "data": "Data", "bulk": "Many at once"}
	var out []actionGroup
	for _, t := range catalog.Types() {
		key, _, _ := strings.Cut(t.Key, ".")
		if n := len(out); n == 0 || out[n-1].Key != key {
			out = append(out, actionGroup{Key: key, Name: names[key]})
		}
		out[len(out)-1].Types = append(out[len(out)-1].Types, t)
	}
	return out
}

// patterns are the chosen ones that the chooser has no line for.
func (p RuleEditor) patterns() []string {
	known := map[string]bool{"*": true}
	for _, g := range actionGroups() {
		known[g.Key+".*"] = true
		for _, t := range g.Types {
			known[t.Key] = true
		}
	}
	var out []string
	for _, a := range p.Form.Actions {
		if !known[a] && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

func (p RuleEditor) through(id uuid.UUID) bool {
	return slices.Contains(p.Form.Integrations, id.String())
}

// offered are the systems to choose from: the live ones, and what was chosen before.
func (p RuleEditor) offered() []integration.Connection {
	return slices.DeleteFunc(slices.Clone(p.Systems), func(c integration.Connection) bool { return !c.Live() && !p.through(c.ID) })
}

// differing are the lines in which what is saved now differs from what was typed.
func (p RuleEditor) differing() []ui.Change { return differences(*p.Stored, p.Read, p.Dir) }

// pool is who can be named in a stage, by kind.
type pool struct {
	Label   string
	Options []ui.Option
}

func (p RuleEditor) pools(owner bool) []pool {
	var groups, roles, people []ui.Option
	for id, name := range p.Dir.Groups {
		groups = append(groups, ui.Option{Value: rule.Approver{Kind: rule.GroupKind, Ref: id}.Key(), Label: name})
	}
	slices.SortFunc(groups, func(a, b ui.Option) int { return strings.Compare(a.Label, b.Label) })
	for _, r := range deciders() {
		roles = append(roles, ui.Option{Value: rule.Approver{Kind: rule.RoleKind, Ref: string(r)}.Key(), Label: r.Label() + "s"})
	}
	if owner {
		roles = append(roles, ui.Option{Value: rule.Approver{Kind: rule.OwnerKind}.Key(), Label: "The integration’s owner"})
	}
	for _, m := range p.Dir.People {
		if m.Active && m.Role.May(access.DecideRequest) {
			people = append(people, ui.Option{Value: rule.Approver{Kind: rule.PersonKind, Ref: m.ID.String()}.Key(), Label: m.Name})
		}
	}
	return []pool{{"Groups", groups}, {"Roles", roles}, {"People", people}}
}

// gone names a chosen approver that no pool offers any more, "" if one does.
func gone(key string, pools []pool, d rule.Directory) string {
	for _, p := range pools {
		if slices.ContainsFunc(p.Options, func(o ui.Option) bool { return o.Value == key }) {
			return ""
		}
	}
	if key == "" {
		return ""
	}
	return ui.Upper(d.Name(rule.ParseApprover(key)))
}

// reach says how many people a set of approvers reaches today, and who they are.
func (p RuleEditor) reach(keys []string) (count, names string) {
	var set []rule.Approver
	for _, key := range keys {
		set = append(set, rule.ParseApprover(key))
	}
	var all []string
	for _, m := range p.Dir.Asked(set) {
		all = append(all, m.Name)
	}
	if len(all) == 0 {
		return "", ""
	}
	return ui.Plural(len(all), "person", "people"), strings.Join(all, ", ")
}

func units() []ui.Option {
	return []ui.Option{{Value: string(rule.InMinutes), Label: "minutes"}, {Value: string(rule.InHours), Label: "hours"}, {Value: string(rule.InDays), Label: "days"}}
}

func modes() []ui.Option {
	return []ui.Option{{Value: string(rule.AnyOne), Label: "Any one of"}, {Value: string(rule.Quorum), Label: "At least"},
		{Value: string(rule.Everyone), Label: "All, at least"}, {Value: string(rule.PerGroup), Label: "From each of"}}
}

// orBlank shows a place to choose in where nothing is chosen yet.
func orBlank(keys []string) []string {
	if len(keys) == 0 {
		return []string{""}
	}
	return keys
}

func shares(s rule.StageForm) []rule.ShareForm {
	if len(s.Groups) == 0 {
		return []rule.ShareForm{{Min: "1"}}
	}
	return s.Groups
}
