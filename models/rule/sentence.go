package rule

import (
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule/condition"
)

// Directory is what sentences and checks need to know of one workspace.
type Directory struct {
	People       []Person
	Groups       map[string]string // id to name
	Integrations condition.Names   // id to name
}

// Person is a member as approvals see them.
type Person struct {
	ID     uuid.UUID
	Name   string
	Role   access.Role
	Groups []string // ids
	Active bool     // signed up, not suspended, not left
}

// Name is an approver in words: "Billing approvers", "Admins", "Ann Lee".
func (d Directory) Name(a Approver) string {
	switch a.Kind {
	case OwnerKind:
		return "the integration’s owner"
	case RoleKind:
		return access.Role(a.Ref).Label() + "s"
	case GroupKind:
		if name, ok := d.Groups[a.Ref]; ok {
			return name
		}
		return "a group that no longer exists"
	}
	for _, p := range d.People {
		if p.ID.String() == a.Ref {
			return p.Name
		}
	}
	return "a person who has left"
}

func (d Directory) names(set []Approver, join func([]string) string) string {
	var out []string
	for _, a := range set {
		out = append(out, d.Name(a))
	}
	if len(out) == 0 {
		return condition.Blank
	}
	return join(out)
}

// Sentence says the rule in words: "Refund a client over 50.00 EUR: any 2 of Billing approvers, within 4 h".
func (b *Body) Sentence(types []*catalog.ActionType, dir Directory) string {
	matched := b.Resolve(types)
	out := b.actionWords(matched)
	if len(b.Integrations) > 0 {
		out += " through " + dir.Integrations.Or(b.Integrations)
	}
	if len(b.Workflows) > 0 {
		out += " in the workflow " + condition.OrList(b.Workflows)
	}
	return out + condition.After(b.Where, matched, dir.Integrations) + ": " + b.effectWords(dir)
}

func (b *Body) actionWords(matched []*catalog.ActionType) string {
	if len(b.Actions) == 1 {
		if b.Actions[0] == "*" {
			return "Any action"
		}
		if prefix, ok := strings.CutSuffix(b.Actions[0], ".*"); ok {
			return "Any " + strings.ReplaceAll(prefix, ".", " ") + " action"
		}
	}
	var titles []string
	for i, t := range matched {
		if title := t.Title; i == 0 {
			titles = append(titles, title)
		} else {
			titles = append(titles, strings.ToLower(title[:1])+title[1:])
		}
	}
	switch n := len(titles); {
	case n == 0:
		return "No known action"
	case n > 3:
		return "Any of " + strconv.Itoa(n) + " kinds of action"
	}
	return condition.OrList(titles)
}

func (b *Body) effectWords(dir Directory) string {
	switch b.Effect {
	case Block:
		return "blocked"
	case AllowWithNotice:
		if len(b.Notify) == 0 {
			return "allowed"
		}
		return "allowed, with notice to " + dir.names(b.Notify, condition.AndList)
	}
	var stages []string
	for _, s := range b.Stages {
		stages = append(stages, s.Sentence(dir))
	}
	out := strings.Join(stages, ", then ") + ", within " + b.DecideWithin.String()
	if b.CoolingOff > 0 {
		out += ", with " + b.CoolingOff.String() + " to object"
	}
	return out
}

// Sentence says who must agree: "any 2 of Billing approvers".
func (s Stage) Sentence(dir Directory) string {
	switch s.Mode {
	case Everyone:
		out := "all of " + dir.names(s.Who, condition.AndList)
		if s.Min > 1 {
			out += ", at least " + strconv.Itoa(s.Min)
		}
		return out
	case PerGroup:
		var parts []string
		for _, g := range s.Groups {
			parts = append(parts, strconv.Itoa(g.Min)+" of "+dir.Name(g.Who))
		}
		return condition.AndList(parts)
	}
	if len(s.Who) == 1 && (s.Who[0].Kind == PersonKind || s.Who[0].Kind == OwnerKind) && s.Min < 2 {
		return dir.Name(s.Who[0])
	}
	return "any " + strconv.Itoa(max(s.Min, 1)) + " of " + dir.names(s.Who, condition.OrList)
}
