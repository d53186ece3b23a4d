package portal

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// RulePage is one rule with all its versions, newest first, and what came of it lately.
type RulePage struct {
	ID       uuid.UUID
	Me       uuid.UUID // who reads
	Versions []rulebook.Version
	Use      approval.Use
	Dir      rule.Directory
	Agents   []identity.Token // that can ask today
	Live     []rule.Rule      // of the workspace
}

// otherwise are the ways around the rule, each with what guards it.
func (p RulePage) otherwise() (out []ui.Pair) {
	for _, t := range p.Body().Otherwise() {
		guard := "No rule. " + byDefault(t)
		if i := slices.IndexFunc(p.Live, func(r rule.Rule) bool { return r.Body.Effect != rule.AllowWithNotice && r.Body.Covers(t.Key) }); i >= 0 {
			guard = "“" + p.Live[i].Body.Name + "”"
			if !p.Live[i].Body.Where.Always() {
				guard += ", where its condition holds"
			}
		}
		out = append(out, ui.Pair{Label: t.Title, Value: guard})
	}
	return out
}

func byDefault(t *catalog.ActionType) string {
	if t.AsksByDefault() {
		return "The platform asks an Admin or Owner."
	}
	return "It goes ahead without a person."
}

func (p RulePage) find(states ...rulebook.VersionState) *rulebook.Version {
	i := slices.IndexFunc(p.Versions, func(v rulebook.Version) bool { return slices.Contains(states, v.State) })
	if i < 0 {
		return nil
	}
	return &p.Versions[i]
}

func (p RulePage) live() *rulebook.Version { return p.find(rulebook.Live) }

// open is the draft, or what waits for a second admin.
func (p RulePage) open() *rulebook.Version { return p.find(rulebook.Draft, rulebook.InReview) }

// Newest is the version that an edit begins from.
func (p RulePage) Newest() rulebook.Version { return p.Versions[0] }

// Body is what the rule says: what is live before what may be.
func (p RulePage) Body() rule.Body {
	return cmp.Or(p.live(), p.open(), &p.Versions[0]).Body.V
}

// Draft is what the editor opens: the draft, else the version to begin from.
func (p RulePage) Draft() rule.Body {
	return cmp.Or(p.open(), p.live(), &p.Versions[0]).Body.V
}

// Waits tells that a draft or a change waits.
func (p RulePage) Waits() bool { return p.open() != nil }

// Submitted tells that what waits was put before a second admin.
func (p RulePage) Submitted() bool { return p.find(rulebook.InReview) != nil }

// CanRetire tells that there is a live version, and no draft that stands in the way.
func (p RulePage) CanRetire() bool { return p.live() != nil && p.open() == nil }

// AsIf is the draft as a rule, to be tried as if it were live.
func (p RulePage) AsIf() []rule.Rule {
	if len(p.Versions) == 0 || p.open() == nil || p.open().Retires {
		return nil
	}
	return []rule.Rule{p.open().Rule()}
}

// mine tells that the reader made the last edit, and so cannot publish it.
func (p RulePage) mine() bool {
	v := p.open()
	return v != nil && v.EditedBy != nil && *v.EditedBy == p.Me
}

// alone tells that no second admin is there to publish anything.
func (p RulePage) alone() bool { return admins(p.Dir) < 2 }

func admins(d rule.Directory) int {
	n := 0
	for _, m := range d.People {
		if m.Active && m.Role.May(access.WriteRules) {
			n++
		}
	}
	return n
}

func versionName(n int) string { return "Version " + strconv.Itoa(n) }

// who names whoever made a change.
func who(d rule.Directory, id *uuid.UUID) string {
	if id == nil {
		return "the portal"
	}
	return d.Name(rule.Approver{Kind: rule.PersonKind, Ref: id.String()})
}

func versionState(v rulebook.Version) ui.State {
	switch v.State {
	case rulebook.Draft:
		return ui.Draft()
	case rulebook.InReview:
		return ui.WaitingToPublish()
	case rulebook.Live:
		return ui.Live()
	case rulebook.VersionOver:
		return ui.Superseded()
	case rulebook.VersionRetired:
		return ui.Retired()
	}
	return ui.State{Word: "Discarded", Tone: ui.Neutral, Glyph: ui.Slashed}
}

// lead says where the rule stands, and what that means.
func (p RulePage) lead(now time.Time) string {
	live, open := p.live(), p.open()
	says := "This rule decides nothing."
	if live != nil {
		says = versionName(live.N) + " is live."
	}
	switch {
	case open == nil && live != nil:
		return says + " No change waits."
	case open == nil && p.Versions[0].State == rulebook.VersionRetired:
		return "This rule was retired. It decides nothing any more."
	case open == nil:
		return says + " Its only draft was discarded."
	case open.Retires:
		return says + " Its retirement waits for " + p.waitsFor(now) + "."
	case open.State == rulebook.InReview:
		return says + " " + versionName(open.N) + " waits for " + p.waitsFor(now) + "; nothing changes until it is published."
	}
	return says + " " + versionName(open.N) + " is a draft; nothing changes until it is published."
}

func (p RulePage) waitsFor(now time.Time) string {
	if at := p.open().PublishAfter; at != nil {
		return ui.Until(*at, now)
	}
	return "a second admin"
}

// short is where the rule asks for more people than there are.
func (p RulePage) short() []rulebook.Short {
	return rulebook.RuleRow{Live: p.live(), Open: p.open()}.Shortages(p.Dir)
}

func (p RulePage) docket(now time.Time) []ui.Fact {
	return []ui.Fact{p.stateFact(now), p.liveFact(now), useFact(p.Use, p.Body().Effect), p.publishFact(now)}
}

func (p RulePage) stateFact(now time.Time) ui.Fact {
	v := cmp.Or(p.open(), p.live(), &p.Versions[0])
	st := versionState(*v)
	st.Word += ", " + strings.ToLower(versionName(v.N))
	f := ui.Fact{Label: "State", Rich: ui.Status(st)}
	switch {
	case v.State == rulebook.Draft:
		f.Sub = "Saved " + ui.When(v.EditedAt, now) + " by " + who(p.Dir, v.EditedBy)
	case v.SubmittedAt != nil && v.State == rulebook.InReview:
		f.Sub = "Submitted " + ui.When(*v.SubmittedAt, now) + " by " + who(p.Dir, v.EditedBy)
	case v.PublishedAt != nil:
		f.Sub = ui.When(*v.PublishedAt, now) + ", by " + who(p.Dir, v.PublishedBy)
	}
	return f
}

func (p RulePage) liveFact(now time.Time) ui.Fact {
	v := p.live()
	if v == nil {
		return ui.Fact{Label: "Live version", Value: "None", Sub: "It decides nothing"}
	}
	f := ui.Fact{Label: "Live version", Value: versionName(v.N)}
	if v.PublishedAt != nil {
		f.Sub = "since " + ui.When(*v.PublishedAt, now)
	}
	return f
}

func useFact(u approval.Use, e rule.Effect) ui.Fact {
	switch e {
	case rule.Block:
		return ui.Fact{Label: "Blocked, 30 days", Value: times(u.Blocked), Sub: "Nobody was asked"}
	case rule.AllowWithNotice:
		return ui.Fact{Label: "Went ahead, 30 days", Value: times(u.Noticed), Sub: "With a notice"}
	}
	f := ui.Fact{Label: "Asked, 30 days", Value: times(u.Asked), Sub: outcomes(u)}
	return f
}

func times(n int) string {
	switch n {
	case 0:
		return "Never"
	case 1:
		return "Once"
	}
	return ui.Thousands(n) + " times"
}

func outcomes(u approval.Use) string {
	var out []string
	for _, part := range []struct {
		n    int
		word string
	}{{u.Approved, "approved"}, {u.Declined, "declined"}, {u.Expired, "ended undecided"}, {u.Waiting, "waiting"}} {
		if part.n > 0 {
			out = append(out, ui.Thousands(part.n)+" "+part.word)
		}
	}
	return strings.Join(out, ", ")
}

func (p RulePage) publishFact(now time.Time) ui.Fact {
	v := p.open()
	f := ui.Fact{Label: "To publish", Value: "A second admin", Sub: "Nobody publishes their own edit"}
	switch {
	case v != nil && v.PublishAfter != nil:
		return ui.Fact{Label: "To publish", Value: "By itself, " + ui.Until(*v.PublishAfter, now), Sub: "No second admin, so it waits a day"}
	case p.alone():
		return ui.Fact{Label: "To publish", Value: "One day’s delay", Sub: "There is no second admin here"}
	case p.mine():
		f.Sub = "You cannot publish your own edit"
	}
	return f
}

// actionTitles are the types that patterns stand for today: "Refund a client; void an invoice".
func actionTitles(b rule.Body) string {
	var titles []string
	for _, t := range b.Resolve(catalog.Types()) {
		titles = append(titles, t.Title)
	}
	return strings.Join(titles, "; ")
}

func ruleCrumbs(s layout.Shell, p RulePage, last string) []layout.Crumb {
	crumbs := []layout.Crumb{{Label: "Approval rules", Href: s.URL("rules")}}
	if last == "" {
		return append(crumbs, layout.Crumb{Label: p.Body().Name})
	}
	return append(crumbs, layout.Crumb{Label: p.Body().Name, Href: s.URL("rules", p.ID.String())}, layout.Crumb{Label: last})
}
