package trail

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// TrailDays is how many days the bars over the audit trail show.
const TrailDays = 90

// TrailFilter is what was asked of the audit trail, as it was typed.
type TrailFilter struct {
	Contains, Who, Area, Object, From, To string
}

// Kinds of actors that can be asked for, as values of TrailFilter.Who beside people's ids.
var actorKinds = []ui.Option{
	{Value: string(access.Person), Label: "People"},
	{Value: string(access.Link), Label: "People, by e-mail link"},
	{Value: string(access.Token), Label: "Jexi and other systems"},
	{Value: string(access.System), Label: "The portal itself"},
}

// pairs are the filter as names and values of an address.
func (f TrailFilter) pairs() []string {
	return []string{"contains", f.Contains, "who", f.Who, "area", f.Area, "object", f.Object, "from", f.From, "to", f.To}
}

// any tells that something is asked.
func (f TrailFilter) any() bool { return f != TrailFilter{} }

// TrailPage is the audit trail as somebody looks at it.
type TrailPage struct {
	Filter  TrailFilter
	Wrong   []string // typed dates that are none, and so were left out
	List    audit.Page
	State   audit.State
	Days    []audit.Day
	Found   int
	Counted bool // Found is the whole number; a search is not counted
	Members []workspace.Member
	All     bool   // the reader sees everybody's entries
	Key     string // fingerprint of what signs
}

func (p TrailPage) title() string {
	switch {
	case p.broken() != "":
		return "The audit trail is broken"
	case !p.All:
		return "Your entries in the audit trail"
	}
	return "Audit trail"
}

func (p TrailPage) lead() string {
	if !p.All {
		return "Everything that you did here. Entries are chained, so a missing or altered one shows."
	}
	return "Every change, decision and sign-in, by people, by Jexi and by the portal. Entries are chained, so a missing or altered one shows."
}

// broken is what is wrong with the chain: by the newest complete check, or with its end as it stands.
func (p TrailPage) broken() string {
	if p.State.Problem != "" {
		return p.State.Problem
	}
	if p.State.Checked != nil {
		return p.State.Checked.Problem
	}
	return ""
}

func (p TrailPage) docket(s layout.Shell) []ui.Fact {
	chain := ui.Fact{Label: "Chain", Rich: ui.Status(ui.Unbroken()), Sub: "The newest entries fit; all are not yet checked"}
	if p.broken() != "" {
		chain.Rich = ui.Status(p.brokenState())
	}
	if c := p.State.Checked; c != nil && c.Unbroken() {
		chain.Sub = "All " + ui.Thousands(int(c.Entries)) + " checked " + ui.When(c.At, s.Now)
	} else if c != nil {
		chain.Sub = "Found " + ui.When(c.At, s.Now) + ", check by " + c.By
	}
	signed := ui.Fact{Label: "Last checkpoint", Value: "None yet", Sub: "One is signed every hour"}
	if c := p.State.Signed; c != nil {
		signed = ui.Fact{Label: "Last checkpoint", Rich: ui.Time(c.At, s.Now), Under: signedUnder(s, c)}
	}
	since := ""
	if !p.State.Since.IsZero() {
		since = "since " + p.State.Since.UTC().Format("2 January 2006")
	}
	return []ui.Fact{chain,
		{Label: "Entries", Value: ui.Thousands(int(p.State.Size)), Sub: since},
		{Label: "Newest hash", Value: shortHash(p.State.Root), Mono: true, Under: checkYourself()},
		signed}
}

func (p TrailPage) brokenState() ui.State {
	s := ui.Broken()
	if c := p.State.Checked; c != nil && c.Entry >= 0 && p.State.Problem == "" {
		s.Word += " at entry " + ui.Thousands(int(c.Entry))
	}
	return s
}

func shortHash(h audit.Hash) string {
	text := h.String()
	return text[:6] + "…" + text[len(text)-5:]
}

// bars are the days, each leading to its entries. What is shown below stands out.
func (p TrailPage) bars(s layout.Shell) []ui.Bar {
	var out []ui.Bar
	for i, d := range p.Days {
		day := d.Day.Format(time.DateOnly)
		f := p.Filter
		f.From, f.To = day, day
		b := ui.Bar{Full: ui.Day(d.Day), First: d.N, Href: ui.Query(s.URL("audit"), f.pairs()...), On: p.within(day)}
		if i == 0 || i == len(p.Days)/2 || i == len(p.Days)-1 {
			b.Label = ui.DayMonth(d.Day)
		}
		out = append(out, b)
	}
	return out
}

// within tells that a day is in the period that was asked for.
func (p TrailPage) within(day string) bool {
	f := p.Filter
	return (f.From != "" || f.To != "") && day >= f.From && (f.To == "" || day <= f.To)
}

func (p TrailPage) barsText() string {
	most := audit.Day{}
	sum := 0
	for _, d := range p.Days {
		sum += d.N
		if d.N > most.N {
			most = d
		}
	}
	if sum == 0 {
		return "No entries in " + strconv.Itoa(len(p.Days)) + " days."
	}
	return "Entries per day over " + strconv.Itoa(len(p.Days)) + " days, at most " + ui.Thousands(most.N) + ", on " + ui.Day(most.Day) + "."
}

func (p TrailPage) whoOptions() []ui.Option {
	out := append([]ui.Option{{Value: "", Label: "Anyone"}}, actorKinds...)
	for _, m := range p.Members {
		out = append(out, ui.Option{Value: m.PersonID.String(), Label: m.Name})
	}
	if f := p.Filter.Who; f != "" && !slices.ContainsFunc(out, func(o ui.Option) bool { return o.Value == f }) {
		out = append(out, ui.Option{Value: f, Label: "Somebody who left"})
	}
	return out
}

func areaOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Anything"}}
	for _, a := range entryAreas() {
		out = append(out, ui.Option{Value: a.key, Label: a.label})
	}
	return out
}

// count is how many fit, in words.
func (p TrailPage) count() string {
	switch {
	case !p.Counted && p.List.Older == 0 && p.List.Newer == 0:
		return ui.Plural(len(p.List.Rows), "entry", "entries")
	case !p.Counted:
		return "A search looks at 10,000 entries a page"
	case p.Found > audit.Most:
		return "Over " + ui.Thousands(audit.Most) + " entries"
	}
	return ui.Plural(p.Found, "entry", "entries")
}

// active are the parts of the filter as chips that take them away.
func (p TrailPage) active(s layout.Shell) []ui.ChipProps {
	var out []ui.ChipProps
	without := func(label string, change func(*TrailFilter)) {
		f := p.Filter
		change(&f)
		out = append(out, ui.ChipProps{Label: label, Href: ui.Query(s.URL("audit"), f.pairs()...)})
	}
	f := p.Filter
	if f.Contains != "" {
		without("“"+ui.Shown(f.Contains)+"”", func(f *TrailFilter) { f.Contains = "" })
	}
	if f.Who != "" {
		without(labelOf(p.whoOptions(), f.Who), func(f *TrailFilter) { f.Who = "" })
	}
	if f.Area != "" {
		without(labelOf(areaOptions(), f.Area), func(f *TrailFilter) { f.Area = "" })
	}
	if f.Object != "" {
		without("About "+p.objectName(), func(f *TrailFilter) { f.Object = "" })
	}
	if period := f.period(); period != "" {
		without(period, func(f *TrailFilter) { f.From, f.To = "", "" })
	}
	return out
}

func labelOf(options []ui.Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Label
		}
	}
	return value
}

func (p TrailPage) objectName() string {
	for _, r := range p.List.Rows {
		if r.Body.Object != "" {
			return ui.Shown(r.Body.Object)
		}
	}
	return "one object"
}

// period says from when to when: "17 Nov 2026 to 23 Nov 2026".
func (f TrailFilter) period() string {
	from, to := asDay(f.From), asDay(f.To)
	switch {
	case from == to:
		return from
	case to == "":
		return "From " + from
	case from == "":
		return "Up to " + to
	}
	return from + " to " + to
}

func asDay(typed string) string {
	t, err := time.Parse(time.DateOnly, typed)
	if err != nil {
		return typed
	}
	return ui.Day(t)
}

// Words say what a selection holds, for the file that is handed out.
func (p TrailPage) Words(reader string) string {
	var parts []string
	for _, c := range p.active(layout.Shell{}) {
		parts = append(parts, c.Label)
	}
	if !p.All {
		parts = append(parts, "what "+reader+" did")
	}
	return strings.Join(parts, "; ")
}

func (p TrailPage) pager(s layout.Shell) ui.PagerProps {
	at := func(name string, idx int64) string {
		if idx == 0 {
			return ""
		}
		return ui.Query(s.URL("audit"), append(p.Filter.pairs(), name, strconv.FormatInt(idx, 10))...)
	}
	out := ui.PagerProps{Newer: at("after", p.List.Newer), Older: at("before", p.List.Older)}
	if rows := p.List.Rows; len(rows) > 0 {
		out.Range = ui.Thousands(int(rows[len(rows)-1].Index)) + " to " + ui.Thousands(int(rows[0].Index))
	}
	return out
}

// hidden are the filter's values for a form that carries them along.
func (f TrailFilter) hidden() [][2]string {
	var out [][2]string
	for p := range slices.Chunk(f.pairs(), 2) {
		if p[1] != "" {
			out = append(out, [2]string{p[0], p[1]})
		}
	}
	return out
}

// exports is the page that hands out what this filter leaves.
func (f TrailFilter) exports(s layout.Shell) string {
	return ui.Query(s.URL("audit", "exports", "new"), f.pairs()...)
}

// sameDay tells that two entries stand under one heading.
func sameDay(a, b time.Time) bool {
	return a.UTC().Format(time.DateOnly) == b.UTC().Format(time.DateOnly)
}

func (p TrailPage) emptyText() string {
	if p.List.Older > 0 {
		return "Older entries were not looked at yet: go on with Older."
	}
	return "Nothing in the trail fits what was asked."
}

// CheckWords say what a check compared that found nothing wrong.
func CheckWords(in audit.Inspection) string {
	out := "All " + ui.Plural(int(in.Entries), "entry", "entries") + " were computed anew"
	if in.Checkpoints > 0 {
		out += " and fit " + ui.Plural(in.Checkpoints, "signed checkpoint", "signed checkpoints")
	}
	return out + ". A new checkpoint is signed."
}
