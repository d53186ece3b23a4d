package portal

import (
	"github.com/a-h/templ"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/models/workspace"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// ShowSettings shows what holds for the whole workspace, as a form for whoever may change it.
func (r Room) ShowSettings(c *web.Ctx) error {
	p, err := settings(c)
	if err != nil {
		return err
	}
	return c.Page(view.Settings(c.Shell("Settings"), p, nil))
}

// UpdateSettings saves them.
func (r Room) UpdateSettings(c *web.Ctx) error {
	typed := view.SettingsForm{Name: c.Form("name"), Zone: c.Form("time_zone"), People: c.Form("people"), ByMail: c.Form("by_mail")}
	people, _ := c.FormInt("people") // what is no number is none, which the model refuses
	n, _ := c.FormInt("version")
	to, err := web.Change(c, func(tx *db.Tx) (string, error) {
		_, err := workspace.ChangeSettings(tx, workspace.Settings{Name: typed.Name, TimeZone: typed.Zone, People: people,
			SignedInOnly: typed.ByMail == view.SignedInOnly, Version: n})
		return c.Path("settings"), err
	})
	if err != nil {
		return refuseSettings(c, err, func(p view.SettingsPage, e ui.Errors) templ.Component {
			p.Typed, p.Meanwhile = typed, fault.Is(err, fault.Stale)
			p.Version = version(c, err, p.Version)
			return view.Settings(c.Shell("Settings"), p, e)
		})
	}
	c.Say("Settings saved", "They hold from now on.")
	return c.SeeOther(to)
}

// NewLowering asks what should be weaker, and why.
func (r Room) NewLowering(c *web.Ctx) error {
	p, err := settings(c)
	if err != nil {
		return err
	}
	if !p.CanLower() {
		return c.SeeOther(c.Path("settings"))
	}
	return c.Page(view.Lowering(c.Shell("Weaker settings"), p, nil))
}

// CreateLowering asks a second Owner or Admin for weaker settings.
func (r Room) CreateLowering(c *web.Ctx) error {
	typed := view.SettingsForm{Zone: c.Form("time_zone"), People: c.Form("people"), ByMail: c.Form("by_mail"), Note: c.Form("note")}
	people, _ := c.FormInt("people")
	to, err := changeSettings(c, func(tx *db.Tx, version int) (workspace.Workspace, error) {
		return workspace.AskToLower(tx, workspace.Settings{TimeZone: typed.Zone, People: people,
			SignedInOnly: typed.ByMail != view.ByMailToo, Version: version}, typed.Note)
	})
	if err != nil {
		return refuseSettings(c, err, func(p view.SettingsPage, e ui.Errors) templ.Component {
			if !p.CanLower() {
				return view.Settings(c.Shell("Settings"), p, elsewhere(e))
			}
			p.Typed = typed
			return view.Lowering(c.Shell("Weaker settings"), p, e)
		})
	}
	c.Say("Asked for", "Until a second Owner or Admin agrees nothing changes.")
	return c.SeeOther(to)
}

// NewAgreement shows the second Owner or Admin what they would let go.
func (r Room) NewAgreement(c *web.Ctx) error {
	p, err := settings(c)
	if err != nil {
		return err
	}
	if !p.MayAgree(c.Now()) {
		return c.SeeOther(c.Path("settings"))
	}
	return c.Page(view.Agreement(c.Shell("Weaker settings"), p))
}

// CreateAgreement changes the settings as somebody else asked.
func (r Room) CreateAgreement(c *web.Ctx) error {
	return r.settle(c, workspace.AgreeToLower, "The settings are changed", "It holds from now on. What was asked before keeps what it was asked under.")
}

// DeleteLowering ends the wish for weaker settings.
func (r Room) DeleteLowering(c *web.Ctx) error {
	return r.settle(c, workspace.KeepSettings, "It stays as it is", "The wish for weaker settings stays on record.")
}

func (r Room) settle(c *web.Ctx, verb func(*db.Tx, int) (workspace.Workspace, error), title, text string) error {
	to, err := changeSettings(c, verb)
	if err != nil {
		return refuseSettings(c, err, func(p view.SettingsPage, e ui.Errors) templ.Component {
			return view.Settings(c.Shell("Settings"), p, e)
		})
	}
	c.Say(title, text)
	return c.SeeOther(to)
}

// changeSettings makes one change of the settings as the page showed them.
func changeSettings(c *web.Ctx, verb func(*db.Tx, int) (workspace.Workspace, error)) (string, error) {
	n, _ := c.FormInt("version")
	return web.Change(c, func(tx *db.Tx) (string, error) {
		_, err := verb(tx, n)
		return c.Path("settings"), err
	})
}

func refuseSettings(c *web.Ctx, err error, form func(view.SettingsPage, ui.Errors) templ.Component) error {
	if fault.As(err) == nil {
		return err
	}
	p, lost := settings(c)
	if lost != nil {
		return lost
	}
	return c.Refuse(err, func(e ui.Errors) templ.Component { return form(p, e) })
}

func settings(c *web.Ctx) (view.SettingsPage, error) {
	return web.Read(c, func(tx *db.Tx) (p view.SettingsPage, err error) {
		p.Me = tx.Actor().ID
		if p.Workspace, err = workspace.Here(tx); err != nil {
			return p, err
		}
		p.Version, p.Typed = p.Workspace.Version, view.Stored(p.Workspace)
		if p.Clocked, err = workspace.LocalTimeRules(tx); err != nil {
			return p, err
		}
		p.Dir, err = rulebook.Directory(tx)
		return p, err
	})
}
