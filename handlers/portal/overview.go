package portal

import (
	"slices"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/views/layout"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/web"
)

// shownAtOnce is how many things the overview lists that need the reader.
const shownAtOnce = 7

// ShowOverview shows what needs the reader and how the workspace does.
func (r Room) ShowOverview(c *web.Ctx) error {
	p, err := web.Read(c, overview)
	if err != nil {
		return err
	}
	return c.Page(view.Overview(c.Shell("Overview"), p))
}

func overview(tx *db.Tx) (p view.OverviewPage, err error) {
	read := func(get func() error) {
		if err == nil {
			err = get()
		}
	}
	read(func() error {
		return tx.Ask(func(q *db.Questions) {
			rulebook.AskChanges(q, &p.Changes)
			approval.AskCounts(q, func(n approval.Counts) { p.Requests = n.ForMe })
		})
	})
	read(func() (e error) { p.ForMe, e = approval.ForMe(tx, shownAtOnce-p.KeepChanges()); return e })
	read(func() (e error) { p.Recent, e = approval.Recent(tx, 4); return e })
	read(func() (e error) { p.Ahead, e = approval.DatesAhead(tx, view.AheadDays); return e })
	if !tx.Actor().Role.May(access.SeeRequests) {
		p.Rules, p.People = 1, 2 // first steps are not theirs to take
		return p, err
	}
	read(func() (e error) { p.Month, e = approval.LastMonth(tx); return e })
	read(func() (e error) { p.Integrations, e = connections(tx); return e })
	read(func() (e error) { p.Trail, e = audit.Stand(tx); return e })
	read(func() error {
		rules, e := rulebook.LiveRules(tx)
		p.Rules = len(rules)
		return e
	})
	read(func() error {
		people, e := workspace.ListMembers(tx)
		p.People = len(people)
		return e
	})
	return p, err
}

// Frame asks for what the menu shows beside its items.
func Frame(q *db.Questions, into *map[layout.Area]layout.Count) {
	var changes []rulebook.Change
	rulebook.AskChanges(q, &changes)
	approval.AskCounts(q, func(n approval.Counts) {
		*into = map[layout.Area]layout.Count{
			layout.Requests:     {N: n.ForMe, Due: n.ForMe > 0, All: n.Open},
			layout.Rules:        {N: n.Rules},
			layout.Integrations: {N: n.Systems},
		}
		due := map[layout.Area]int{}
		for _, c := range changes {
			due[view.AreaOf(c)]++
		}
		for area, n := range due {
			(*into)[area] = layout.Count{N: n, Due: true}
		}
	})
}

// connections are those that are not ended.
func connections(tx *db.Tx) ([]integration.Connection, error) {
	all, err := integration.List(tx)
	return slices.DeleteFunc(all, func(c integration.Connection) bool { return !c.Live() }), err
}

// ShowMenu is the menu as a page, for phones without JavaScript.
func (r Room) ShowMenu(c *web.Ctx) error {
	if _, err := web.Read(c, func(*db.Tx) (int, error) { return 0, nil }); err != nil {
		return err
	}
	return c.Page(layout.Menu(c.Shell("Menu")))
}
