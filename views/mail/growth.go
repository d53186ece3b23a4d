package mail

import (
	"strings"

	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rulebook"
)

// RuleGrew tells an Owner that a rule about a family of actions covers new ones.
func RuleGrew(g rulebook.Grown, actions []string, page string) Letter {
	var titles []string
	for _, key := range actions {
		if t, ok := catalog.Find(key); ok {
			key = t.Title
		}
		titles = append(titles, key)
	}
	return Letter{
		Workspace: g.Place,
		Subject:   "The rule “" + g.Rule + "” covers more now",
		Preview:   "Jexi can do something new, and this rule is about it.",
		Title:     "“" + g.Rule + "” covers more now",
		Lead:      "Jexi learned something new that belongs to a family of actions which your rule names. The rule is about it from now on; nothing else changed.",
		Facts:     []Fact{{Label: "Covered now too", Value: strings.Join(titles, ", "), Strong: true}},
		Button:    "Look at the rule", URL: page,
		After: "If the new action needs another answer, write a rule for it or change this one.",
		Small: []string{"You receive this because you are an Owner of " + g.Place + "."},
	}
}
