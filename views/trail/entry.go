package trail

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// entryName is how people call an entry: its place in the tree.
func entryName(idx int64) string { return "Entry " + ui.Thousands(int(idx)) }

// entryWho is who did it, as the entry knows them.
func entryWho(r audit.Row) ui.Who {
	b := r.Body
	w := ui.Who{Name: ui.Shown(b.Actor)}
	var sub []string
	switch access.Kind(b.ActorKind) {
	case access.System:
		w = ui.Who{Name: "The portal", Kind: ui.ABot, Short: "SY"}
		sub = append(sub, b.Actor)
	case access.Token:
		w.Kind = ui.ABot
		sub = append(sub, "API token")
	case access.Link:
		sub = append(sub, "e-mail link")
	case access.Invited:
		sub = append(sub, "invitation")
	case access.Person:
		if b.Role != "" {
			sub = append(sub, access.Role(b.Role).Label())
		}
	}
	if w.Name == "" {
		w.Name = "Nobody signed in"
	}
	if b.From != "" {
		sub = append(sub, b.From)
	}
	w.Sub = strings.Join(sub, ", ")
	return w
}

func entryObject(r audit.Row) string {
	if r.Body.Object != "" {
		return ui.Shown(r.Body.Object)
	}
	return ui.Upper(strings.ReplaceAll(r.ObjectType, "_", " "))
}

// objectPage is where the thing itself is shown, "" if it has no page that lasts.
func objectPage(s layout.Shell, r audit.Row) string {
	may := map[string]access.Permission{"request": access.SeeOwnRequests, "rule": access.SeeRules, "integration": access.SeeIntegrations}
	if need, ok := may[r.ObjectType]; ok && s.May(need) {
		return s.URL(r.ObjectType+"s", r.ObjectID)
	}
	return ""
}

// EntryPage is one entry of the audit trail.
type EntryPage struct {
	audit.Shown
}

func (p EntryPage) title() string {
	if p.Altered != "" {
		return entryName(p.Index) + " was altered"
	}
	return entryWords(p.Row)
}

func (p EntryPage) docket(now time.Time) []ui.Fact {
	who := entryWho(p.Row)
	facts := []ui.Fact{
		{Label: "Who", Value: who.Name, Sub: who.Sub},
		{Label: "When", Rich: ui.TimeAs(p.At, ui.When(p.At, now)), Sub: ui.Relative(p.At, now)},
		{Label: "On", Value: entryObject(p.Row), Sub: ui.Upper(strings.ReplaceAll(p.ObjectType, "_", " "))},
		{Label: "Result", Rich: ui.Status(entryResult(p.Row))},
	}
	if p.Erased {
		facts[0].Value, facts[0].Sub = "Erased", "The content was erased"
		facts[2].Sub = ""
	}
	return facts
}

// circumstances are by which right and from where it was done.
func (p EntryPage) circumstances() []ui.Pair {
	b := p.Body
	out := []ui.Pair{{Label: "At", Value: p.At.UTC().Format("2 January 2006, 15:04:05.000000 UTC")}}
	add := func(label, value string, mono bool) {
		if value != "" {
			out = append(out, ui.Pair{Label: label, Value: ui.Shown(value), Mono: mono})
		}
	}
	add("E-mail", b.Email, false)
	add("Role", access.Role(b.Role).Label(), false)
	add("By the permission", b.Permission, true)
	add("From address", b.From, true)
	add("Request", b.Request, true)
	add("Act", p.Act, true)
	add("Object", p.ObjectID, true)
	return out
}

// changes are what the entry says about before and after, one line a fact.
func (p EntryPage) changes() []ui.Change {
	before, after := flat(p.Body.Before), flat(p.Body.After)
	var out []ui.Change
	for _, name := range union(before, after) {
		if before[name] != "" || after[name] != "" {
			out = append(out, ui.Change{Label: name, Before: ui.Shown(before[name]), After: ui.Shown(after[name])})
		}
	}
	return out
}

// details are whatever else the entry tells, but for what its title says.
func (p EntryPage) details() []ui.Pair {
	facts := flat(p.Body.Detail)
	var out []ui.Pair
	for _, name := range union(facts, nil) {
		if facts[name] != "" && name != "sentence" {
			text := factText(facts[name])
			coded := len(text) > 30 && !strings.Contains(text, " ") // a digest, a signature
			out = append(out, ui.Pair{Label: factLabel(name), Value: ui.Shown(text), Mono: coded})
		}
	}
	return out
}

// factLabel reads a nested name: "reasons.2.text" becomes "Reasons 2: text".
func factLabel(name string) string {
	var b strings.Builder
	for i, part := range strings.Split(strings.ReplaceAll(name, "_", " "), ".") {
		_, err := strconv.Atoi(part)
		switch {
		case i == 0:
			part = ui.Upper(part)
		case err == nil:
			b.WriteString(" ")
		default:
			b.WriteString(": ")
		}
		b.WriteString(part)
	}
	return b.String()
}

// factText writes a moment as people read it, and anything else as it is.
func factText(text string) string {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return ui.FullTime(t)
	}
	return text
}

func union(a, b map[string]string) []string {
	var names []string
	for name := range a {
		names = append(names, name)
	}
	for name := range b {
		if _, both := a[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// flat turns nested facts into names with dots and plain text.
func flat(facts map[string]any) map[string]string {
	out := map[string]string{}
	for name, v := range facts {
		flatten(out, name, v)
	}
	return out
}

func flatten(out map[string]string, name string, v any) {
	switch v := v.(type) {
	case nil:
		out[name] = ""
	case map[string]any:
		for k, inner := range v {
			flatten(out, name+"."+k, inner)
		}
	case []any:
		if text, plain := joined(v); plain {
			out[name] = text
			return
		}
		for i, inner := range v {
			at := name + "." + strconv.Itoa(i+1)
			if len(v) == 1 {
				at = name
			}
			flatten(out, at, inner)
		}
	case bool:
		out[name] = map[bool]string{true: "yes", false: "no"}[v]
	default:
		out[name] = fmt.Sprint(v)
	}
}

// joined writes a list of texts and numbers in one line; plain is false for anything else.
func joined(list []any) (text string, plain bool) {
	var parts []string
	for _, v := range list {
		switch v.(type) {
		case string, json.Number, bool:
			parts = append(parts, fmt.Sprint(v))
		default:
			return "", false
		}
	}
	return strings.Join(parts, ", "), true
}

// hashes are what somebody compares who checks the entry for themselves.
func (p EntryPage) hashes() []ui.Pair {
	out := []ui.Pair{
		{Label: "Place", Value: fmt.Sprintf("%s of %s, counted from 0", ui.Thousands(int(p.Index)), ui.Thousands(int(p.Size)))},
		{Label: "Hash in the tree", Value: p.Hash.String(), Mono: true},
	}
	if p.Leaf.Act != "" {
		out = append(out, ui.Pair{Label: "Hash of its content", Value: fmt.Sprintf("%x", p.Leaf.Body[:]), Mono: true})
	}
	return out
}
