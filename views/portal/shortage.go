package portal

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/views/ui"
)

// needs goes on after the name of a rule that is short of people.
func needs(x rulebook.Short) string {
	says := "needs " + ui.Thousands(x.Need)
	if x.Draft {
		says = "as drafted " + says
	}
	if !x.Blocks {
		return says + ", so its fallback joins in."
	}
	return says + ", so nobody can decide what it asks."
}

// ShortOf are those that ask this group.
func ShortOf(all []rulebook.Short, group uuid.UUID) (out []rulebook.Short) {
	for _, x := range all {
		if slices.Contains(x.Who, rule.Approver{Kind: rule.GroupKind, Ref: group.String()}) {
			out = append(out, x)
		}
	}
	return out
}

func shortWord(x rulebook.Short) string {
	name := x.Name
	if x.Draft {
		name = "The draft of " + name
	}
	return name + " needs " + ui.Thousands(x.Need)
}

func shortState(word string) ui.State {
	return ui.State{Word: word, Tone: ui.Warn, Glyph: ui.Triangle}
}

// Ends says what a change would leave undecidable, and how to make it all the same.
func Ends(all []rulebook.Short, after rule.Directory, again string) string {
	var out []string
	for _, x := range all {
		out = append(out, "Then "+x.Sentence(after)+"; "+x.Name+" "+needs(x))
	}
	return strings.Join(append(out, again), " ")
}
