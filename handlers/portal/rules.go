package portal

import (
	"github.com/a-h/templ"
	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// ListRules shows the rules, each as a sentence.
func (r Room) ListRules(c *web.Ctx) error {
	l, err := web.Read(c, ruleList)
	if err != nil {
		return err
	}
	if show := c.Query("show"); show == "waiting" || show == "retired" {
		l.Show = show
	}
	return c.Page(view.Rules(c.Shell("Approval rules"), l))
}

func ruleList(tx *db.Tx) (l view.RuleList, err error) {
	if l.All, err = rulebook.ListRules(tx); err != nil {
		return l, err
	}
	if l.Use, err = approval.RuleUse(tx); err != nil {
		return l, err
	}
	if l.Dir, err = rulebook.Directory(tx); err != nil {
		return l, err
	}
	var live []rule.Rule
	for _, row := range l.All {
		if row.Live != nil {
			live = append(live, row.Live.Rule())
		}
	}
	l.Unguarded, err = rulebook.Unguarded(tx, live)
	return l, err
}

// ShowRule shows one rule, whatever its state.
func (r Room) ShowRule(c *web.Ctx) error {
	p, err := rulePage(c)
	if err != nil {
		return err
	}
	return c.Page(view.Rule(c.Shell(p.Body().Name), p, nil))
}

// rulePage is the rule that the path names.
func rulePage(c *web.Ctx) (view.RulePage, error) {
	id, err := c.ID("id")
	if err != nil {
		return view.RulePage{}, err
	}
	return web.Read(c, func(tx *db.Tx) (view.RulePage, error) { return loadRule(tx, id) })
}

func loadRule(tx *db.Tx, id uuid.UUID) (p view.RulePage, err error) {
	p.ID, p.Me = id, tx.Actor().ID
	if p.Versions, err = rulebook.Versions(tx, id); err != nil {
		return p, err
	}
	use, err := approval.RuleUse(tx)
	if err != nil {
		return p, err
	}
	p.Use = use[id]
	if p.Agents, err = agents(tx); err != nil {
		return p, err
	}
	if p.Live, err = rulebook.LiveRules(tx); err != nil {
		return p, err
	}
	p.Dir, err = rulebook.Directory(tx)
	return p, err
}

// draftPage shows a page about what waits to be published; where nothing does any more, the rule.
func draftPage(c *web.Ctx, page func(view.RulePage) templ.Component) error {
	p, err := rulePage(c)
	if err != nil {
		return err
	}
	if !p.Waits() {
		return c.SeeOther(c.Path("rules", p.ID.String()))
	}
	return c.Page(page(p))
}

// refuseRule shows a form about a rule again; where its state does not allow the act any more,
// the rule as it is now with the reason.
func refuseRule(c *web.Ctx, err error, form func(view.RulePage, ui.Errors) templ.Component) error {
	if fault.As(err) == nil {
		return err
	}
	p, lost := rulePage(c)
	if lost != nil {
		return lost
	}
	return c.Refuse(err, func(e ui.Errors) templ.Component {
		if form == nil || fault.Is(err, fault.Conflict) {
			return view.Rule(c.Shell(p.Body().Name), p, e)
		}
		return form(p, e)
	})
}

// changeRule makes one change of the rule that the path names, as the page showed it, and
// returns to its page.
func changeRule(c *web.Ctx, verb func(tx *db.Tx, id uuid.UUID, edit int) (rulebook.Version, error)) (string, error) {
	id, err := c.ID("id")
	if err != nil {
		return "", err
	}
	edit, _ := c.FormInt("edit")
	return web.Change(c, func(tx *db.Tx) (string, error) {
		_, err := verb(tx, id, edit)
		return c.Path("rules", id.String()), err
	})
}
