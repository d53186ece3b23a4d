package approval

import (
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
)

// Directory is what sentences and checks need to know of one workspace.
type Directory struct {
	People       []Person
	Groups       map[string]string // id to name
	Integrations map[string]string // id to name
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
		return "the integration's owner"
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
	return join(out)
}

// Sentence says a condition in words, without capital and full stop.
func Sentence(c Condition, types []*catalog.ActionType, dir Directory) string {
	switch {
	case c.Always():
		return "always"
	case c.All != nil:
		return joint(c.All, " and ", types, dir)
	case c.Any != nil:
		return joint(c.Any, " or ", types, dir)
	case c.Not != nil && c.Not.Field == "":
		return "not (" + Sentence(*c.Not, types, dir) + ")"
	case c.Not != nil:
		return clauseWords(*c.Not, types, dir, false)
	}
	return clauseWords(c, types, dir, true)
}

func joint(kids []Condition, word string, types []*catalog.ActionType, dir Directory) string {
	var out []string
	for _, k := range kids {
		text := Sentence(k, types, dir)
		if len(kids) > 1 && len(k.All)+len(k.Any) > 1 {
			text = "(" + text + ")"
		}
		out = append(out, text)
	}
	return strings.Join(out, word)
}

func clauseWords(c Condition, types []*catalog.ActionType, dir Directory, holds bool) string {
	f, problem := lookup(c.Field, types)
	if problem != "" {
		f = &Field{Name: c.Field, Label: strings.TrimPrefix(c.Field, "params.")}
	}
	if f.Name == "time.business" {
		return map[bool]string{true: "it is in business hours", false: "it is outside business hours"}[(c.Value.Text == "true") == holds]
	}
	if text := countWords(c, f, types); text != "" && holds {
		return text
	}
	wanted := wantedText(c.Value, f)
	if f.Name == "integration" {
		wanted = dir.integrations(c.Value)
	}
	return statement(f.Label, opWords(f, c.Op), c.Each, wanted, holds)
}

// countWords says "at least 1 refund in 30 days" for a window that counts.
func countWords(c Condition, f *Field, types []*catalog.ActionType) string {
	how := map[Op]string{More: "more than", AtLeast: "at least", Less: "fewer than", AtMost: "at most", Is: "exactly"}[c.Op]
	if how == "" || f.window.Same == "" || f.window.Sum != "" {
		return ""
	}
	what := noun(types)
	if c.Value.Text != "1" {
		what += "s"
	}
	return how + " " + c.Value.Text + " " + what + scope(f.window, types) + " in " + span(f.window.Hours)
}

func (d Directory) integrations(o Operand) string {
	if o.List == nil {
		o.List = []Operand{o}
	}
	var out []string
	for _, id := range o.List {
		name, ok := d.Integrations[id.Text]
		if !ok {
			name = "an integration that no longer exists"
		}
		out = append(out, name)
	}
	return orList(out)
}

// Sentence says the rule in words: "Refund a client over 50.00 EUR: any 2 of Billing approvers, within 4 h".
func (b *Body) Sentence(types []*catalog.ActionType, dir Directory) string {
	matched := b.Resolve(types)
	out := b.actionWords(matched)
	if len(b.Integrations) > 0 {
		out += " through " + dir.integrations(OneOf(b.Integrations...))
	}
	if len(b.Workflows) > 0 {
		out += " in the workflow " + orList(b.Workflows)
	}
	return out + whenWords(b.Where, matched, dir) + ": " + b.effectWords(dir)
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
			titles = append(titles, lowerFirst(title))
		}
	}
	switch n := len(titles); {
	case n == 0:
		return "No known action"
	case n > 3:
		return "Any of " + strconv.Itoa(n) + " kinds of action"
	}
	return orList(titles)
}

// whenWords puts an amount right after the action: "over 50.00 EUR and …".
func whenWords(c Condition, types []*catalog.ActionType, dir Directory) string {
	if c.Always() {
		return ""
	}
	first, rest := c, []Condition(nil)
	if len(c.All) > 0 {
		first, rest = c.All[0], c.All[1:]
	}
	f, problem := lookup(first.Field, types)
	how := map[Op]string{More: "over", AtLeast: "of at least", Less: "under", AtMost: "of at most"}[first.Op]
	if problem != "" || !f.Money() || f.param == "" || how == "" {
		return " when " + Sentence(c, types, dir)
	}
	out := " " + how + " " + wantedText(first.Value, f)
	if len(rest) > 0 {
		out += " and " + joint(rest, " and ", types, dir)
	}
	return out
}

func (b *Body) effectWords(dir Directory) string {
	switch b.Effect {
	case Block:
		return "blocked"
	case AllowWithNotice:
		if len(b.Notify) == 0 {
			return "allowed"
		}
		return "allowed, with notice to " + dir.names(b.Notify, andList)
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
		out := "all of " + dir.names(s.Who, andList)
		if s.Min > 1 {
			out += ", at least " + strconv.Itoa(s.Min)
		}
		return out
	case PerGroup:
		var parts []string
		for _, g := range s.Groups {
			parts = append(parts, strconv.Itoa(g.Min)+" of "+dir.Name(g.Who))
		}
		return andList(parts)
	}
	if len(s.Who) == 1 && (s.Who[0].Kind == PersonKind || s.Who[0].Kind == OwnerKind) && s.Min < 2 {
		return dir.Name(s.Who[0])
	}
	return "any " + strconv.Itoa(max(s.Min, 1)) + " of " + dir.names(s.Who, orList)
}
