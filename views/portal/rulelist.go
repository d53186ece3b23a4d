package portal

import (
	"math"
	"strings"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// RuleList is the workspace's rules, what came of each lately, and what no rule guards.
type RuleList struct {
	All       []rulebook.RuleRow
	Use       map[uuid.UUID]approval.Use
	Dir       rule.Directory
	Unguarded []*catalog.ActionType
	Show      string // "", "waiting" or "retired"
}

// fits tells whether a rule is in a view of the list.
func fits(r rulebook.RuleRow, show string) bool {
	switch show {
	case "waiting":
		return r.Open != nil
	case "retired":
		return r.Live == nil && r.Open == nil
	}
	return r.Live != nil || r.Open != nil
}

func (l RuleList) rows() []rulebook.RuleRow { return l.in(l.Show) }

func (l RuleList) in(show string) []rulebook.RuleRow {
	var out []rulebook.RuleRow
	for _, r := range l.All {
		if fits(r, show) {
			out = append(out, r)
		}
	}
	return out
}

func (l RuleList) chips(s layout.Shell) []ui.ChipProps {
	chip := func(show, label string) ui.ChipProps {
		return ui.ChipProps{Label: label + " " + ui.Thousands(len(l.in(show))), Href: ui.Query(s.URL("rules"), "show", show), On: l.Show == show}
	}
	return []ui.ChipProps{chip("", "In use"), chip("waiting", "Drafts and changes"), chip("retired", "Retired")}
}

func (l RuleList) situation() string {
	live, review := 0, 0
	for _, r := range l.All {
		if r.Live != nil {
			live++
		}
		if r.Open != nil && r.Open.State == rulebook.InReview {
			review++
		}
	}
	says := "No rule is live yet"
	switch {
	case len(l.All) == 0:
		return "No rules yet"
	case live == 1:
		says = "One rule is live"
	case live > 1:
		says = ui.Spelled(live) + " rules are live"
	}
	switch review {
	case 0:
		return says
	case 1:
		return says + ", one change waits for a second admin"
	}
	return says + ", " + strings.ToLower(ui.Spelled(review)) + " changes wait for a second admin"
}

func ruleState(r rulebook.RuleRow) ui.State {
	switch {
	case r.Live != nil:
		return ui.Live()
	case r.Open != nil:
		return versionState(*r.Open)
	}
	return ui.Retired()
}

// ruleWaits says what waits beside the live version.
func ruleWaits(r rulebook.RuleRow) string {
	switch {
	case r.Open == nil && r.Live == nil:
		return ""
	case r.Open == nil:
		return versionName(r.Live.N)
	case r.Live == nil:
		return versionName(r.Open.N)
	case r.Open.Retires:
		return "Retirement waits for a second admin"
	case r.Open.State == rulebook.InReview:
		return versionName(r.Open.N) + " waits for a second admin"
	}
	return versionName(r.Open.N) + " is a draft"
}

// figureOf is the figure of the last 30 days that fits what the rule does.
func figureOf(u approval.Use, e rule.Effect) (figure, word string) {
	switch e {
	case rule.Block:
		return ui.Thousands(u.Blocked), "blocked"
	case rule.AllowWithNotice:
		return ui.Thousands(u.Noticed), "went ahead"
	}
	return ui.Thousands(u.Asked), ""
}

// share is how many of the decided ones were approved; of few, the counts say more.
func share(u approval.Use) (figure, base string) {
	decided := u.Approved + u.Declined
	if decided == 0 {
		return "", ""
	}
	percent := int(math.Round(100 * float64(u.Approved) / float64(decided)))
	return ui.Thousands(percent) + " %", ui.Thousands(u.Approved) + " of " + ui.Thousands(decided)
}
