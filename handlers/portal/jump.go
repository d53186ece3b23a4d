package portal

import (
	"slices"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/jump"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/views/layout"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// ShowJump shows what a text names, as a page or as the entries of the dialog.
func (r Room) ShowJump(c *web.Ctx, q *db.Questions) web.Handler {
	p := view.JumpPage{Query: jump.Clean(c.Query("q"))}
	jump.Ask(q, p.Query, &p.Found)
	return func(c *web.Ctx) error {
		s := c.Shell("Search")
		if c.Wants("jump-options") {
			return c.Page(ui.PaletteOptions("jump", p.Groups(s)))
		}
		return c.Page(view.Jump(s, p))
	}
}

// ShowKeys lists the keys, where the single ones are switched off and on.
func (r Room) ShowKeys(c *web.Ctx) error {
	if _, err := web.Read(c, func(*db.Tx) (int, error) { return 0, nil }); err != nil {
		return err
	}
	return c.Page(layout.Keys(c.Shell("Keys")))
}

// ShowHelp tells how the portal works, to every role alike.
func (r Room) ShowHelp(c *web.Ctx) error {
	p, err := web.Read(c, func(tx *db.Tx) (p view.HelpPage, err error) {
		w, err := workspace.Here(tx)
		if err != nil {
			return p, err
		}
		p.Unmatched = w.UnmatchedPeople
		err = tx.Ask(func(q *db.Questions) { rulebook.AskColleagues(q, &p.Owners) })
		p.Owners = slices.DeleteFunc(p.Owners, func(c rulebook.Colleague) bool { return !c.Owns() })
		return p, err
	})
	if err != nil {
		return err
	}
	return c.Page(view.Help(c.Shell("Help"), p))
}
