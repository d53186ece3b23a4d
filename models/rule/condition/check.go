package condition

import (
	"slices"
	"strconv"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/catalog"
)

// Check tells what is wrong with a condition of a rule about these actions, and what would
// be right, at the names that the editor uses: conditions.2.value, conditions.3.rows.0.op.
// A condition that can never match is wrong too.
func Check(w Condition, types []*catalog.ActionType) fault.Collect {
	c := check{types: types}
	if problem := w.misshapen(); problem != "" {
		c.Add("conditions", "%s", problem)
		return c.Collect
	}
	if c.walk(w, "conditions", true); len(c.Collect) > 0 {
		return c.Collect
	}
	if clash := neverTrue(w, types); clash != nil {
		c.Add("conditions", "This can never match: %s.", joint(clash, " and ", types, nil))
	}
	return c.Collect
}

type check struct {
	fault.Collect
	types []*catalog.ActionType
}

// walk names the parts as the editor does: conditions.2, conditions.3.rows.0.
func (c *check) walk(w Condition, name string, root bool) {
	switch {
	case w.Not != nil:
		c.walk(*w.Not, name, root)
	case w.All != nil || w.Any != nil:
		if len(w.kids()) == 0 {
			c.Add(name, "This group is empty. Add a condition or remove the group.")
		}
		for i, kid := range w.kids() {
			c.walk(kid, childName(name, root, i), false)
		}
	case w.Field != "" && root:
		c.clause(w, childName(name, true, 0))
	case w.Field != "":
		c.clause(w, name)
	}
}

func childName(name string, root bool, i int) string {
	if root {
		return name + "." + strconv.Itoa(i)
	}
	return name + ".rows." + strconv.Itoa(i)
}

func (c *check) clause(w Condition, name string) {
	f, problem := lookup(w.Field, c.types)
	if problem != "" {
		if len(c.types) > 0 { // without an action nothing can be said about its parameters
			c.Add(name+".field", "%s", problem)
		}
		return
	}
	if _, part, problem := compileLeaf(&w, f); problem != "" {
		c.Add(name+"."+part, "%s", problem)
		return
	}
	if w.Value.Currency != "" && !slices.Contains(catalog.Currencies(), w.Value.Currency) {
		c.Add(name+".currency", "%s is no currency in use. Choose one such as EUR.", w.Value.Currency)
	}
}
