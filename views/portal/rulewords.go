package portal

import (
	"slices"
	"strconv"
	"strings"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rule/condition"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/views/ui"
)

// told is all that a rule says, always in the same order, so that two versions can be laid side
// by side. What it says nothing of is "".
func told(b rule.Body, d rule.Directory) []ui.Pair {
	types := b.Resolve(catalog.Types())
	out := []ui.Pair{
		{Label: "Name", Value: b.Name}, {Label: "Why", Value: b.Reason},
		{Label: "Jexi wants to", Value: coverage(b)},
		{Label: "In the systems", Value: through(b, d)}, {Label: "In the workflows", Value: condition.OrList(b.Workflows)},
		{Label: "When", Value: ui.Upper(condition.Sentence(b.Where, types, d.Integrations))},
		{Label: "Then", Value: effectWord(b, d)},
	}
	asks := b
	if b.Effect != rule.RequireApproval {
		asks = rule.Body{Exclude: rule.Exclude{RuleEditorHours: new(int)}}
	}
	return append(out, toldOfAsking(asks, d)...)
}

func toldOfAsking(b rule.Body, d rule.Directory) []ui.Pair {
	var decide, fallback []string
	for _, s := range b.Stages {
		decide = append(decide, s.Sentence(d))
		if len(s.Fallback) > 0 {
			fallback = append(fallback, ui.Upper(listOf(s.Fallback, d)))
		}
	}
	return []ui.Pair{
		{Label: "Who decides", Value: ui.Upper(strings.Join(decide, ", then "))}, {Label: "If too few can decide", Value: strings.Join(fallback, ", then ")},
		{Label: "May not decide", Value: excluded(b.Exclude, d)}, {Label: "One person, several stages", Value: spoken(b.SamePerson, "Allowed")},
		{Label: "Proof", Value: spoken(b.Proof > 0, proofWord(b.Proof))}, {Label: "Declining", Value: spoken(b.DenyWithReason, "Needs a reason")},
		{Label: "Time to decide", Value: spoken(b.DecideWithin > 0, b.DecideWithin.String())},
		{Label: "Time to carry out", Value: spoken(b.ExecuteWithin > 0, b.ExecuteWithin.String())},
		{Label: "Time to object", Value: spoken(b.CoolingOff > 0, b.CoolingOff.String())},
	}
}

func spoken(ok bool, text string) string {
	if ok {
		return text
	}
	return ""
}

// coverage names the types that a rule is about; of whole families also which pattern it is.
func coverage(b rule.Body) string {
	titles := actionTitles(b)
	for _, a := range b.Actions {
		if strings.HasSuffix(a, "*") {
			return strings.Join(slices.Sorted(slices.Values(b.Actions)), ", ") + ", today " + ui.Plural(len(b.Resolve(catalog.Types())), "kind", "kinds") + ": " + titles
		}
	}
	return titles
}

func through(b rule.Body, d rule.Directory) string {
	if len(b.Integrations) == 0 {
		return ""
	}
	return d.Integrations.Or(b.Integrations)
}

func effectWord(b rule.Body, d rule.Directory) string {
	switch b.Effect {
	case rule.Block:
		return "Block it"
	case rule.AllowWithNotice:
		return "Let it go ahead, with a notice to " + listOf(b.Notify, d)
	}
	return "Ask people first"
}

func listOf(set []rule.Approver, d rule.Directory) string {
	var out []string
	for _, a := range set {
		out = append(out, d.Name(a))
	}
	return condition.AndList(out)
}

func excluded(e rule.Exclude, d rule.Directory) string {
	var out []string
	if h := e.EditorHours(); h > 0 {
		out = append(out, "who changed this rule in the last "+rule.Minutes(h*60).String())
	}
	if e.WorkflowAuthor {
		out = append(out, "the author of the workflow")
	}
	if e.WorkflowEditorDays > 0 {
		out = append(out, "who changed the workflow in the last "+ui.Plural(e.WorkflowEditorDays, "day", "days"))
	}
	for _, r := range e.Roles {
		out = append(out, r.Label()+"s")
	}
	for _, id := range e.People {
		out = append(out, d.Name(rule.Approver{Kind: rule.PersonKind, Ref: id}))
	}
	return ui.Upper(condition.AndList(out))
}

func proofWord(p catalog.Proof) string {
	switch p {
	case catalog.Code:
		return "The code from the mail"
	case catalog.CodeTarget:
		return "The code from the mail, and the target typed"
	case catalog.StepUp:
		return "A fresh passkey or authenticator code"
	case catalog.StepUpOnly:
		return "A fresh passkey or authenticator code, and no link in any mail"
	}
	return "As the risk asks"
}

func proofs() []ui.Option {
	var out []ui.Option
	for p := catalog.NoProof; p <= catalog.StepUpOnly; p++ {
		out = append(out, ui.Option{Value: strconv.Itoa(int(p)), Label: proofWord(p)})
	}
	return out
}

// differences are the lines in which two versions differ.
func differences(before, after rule.Body, d rule.Directory) []ui.Change {
	var out []ui.Change
	was := told(before, d)
	for i, now := range told(after, d) {
		if was[i].Value != now.Value {
			out = append(out, ui.Change{Label: now.Label, Before: was[i].Value, After: now.Value})
		}
	}
	return out
}

// lines are what a rule says, without what it says nothing of, its name and its reason.
func lines(b rule.Body, d rule.Directory) []ui.Pair {
	var out []ui.Pair
	for _, p := range told(b, d)[2:] {
		if p.Value != "" {
			out = append(out, p)
		}
	}
	return out
}

func ruleSentence(b rule.Body, d rule.Directory) string { return b.Sentence(catalog.Types(), d) }

// cel is the rule's When for whoever reads Common Expression Language more easily.
func cel(b rule.Body) string {
	var parts []string
	for _, a := range b.Actions {
		part := "action == " + strconv.Quote(a)
		if family, ok := strings.CutSuffix(a, "*"); ok {
			part = "action.startsWith(" + strconv.Quote(family) + ")"
		}
		parts = append(parts, part)
	}
	text := "(" + strings.Join(parts, " || ") + ")"
	if len(b.Integrations) > 0 {
		text += "\n&& integration in " + quoted(b.Integrations)
	}
	if len(b.Workflows) > 0 {
		text += "\n&& workflow in " + quoted(b.Workflows)
	}
	if !b.Where.Always() {
		text += "\n&& (" + condition.CEL(b.Where, b.Resolve(catalog.Types())) + ")"
	}
	return text
}

func quoted(list []string) string {
	var out []string
	for _, text := range list {
		out = append(out, strconv.Quote(text))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// before is the version that v took the place of, or would; nil for the first.
func (p RulePage) before(v rulebook.Version) *rulebook.Version {
	for i := range p.Versions {
		o := &p.Versions[i]
		if o.N < v.N && o.PublishedAt != nil {
			return o
		}
	}
	return nil
}

// deciders are the roles that can be asked.
func deciders() []access.Role {
	var out []access.Role
	for _, r := range access.Roles {
		if r.May(access.DecideRequest) {
			out = append(out, r)
		}
	}
	return out
}
