package portal

import (
	"github.com/a-h/templ"
	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/workspace"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// ListIntegrations shows every connected system.
func (r Room) ListIntegrations(c *web.Ctx) error {
	all, err := web.Read(c, integration.List)
	if err != nil {
		return err
	}
	return c.Page(view.Integrations(c.Shell("Integrations"), view.IntegrationList{All: all, Query: c.Query("q"), Show: c.Query("show")}))
}

// ShowIntegration shows one, live or ended.
func (r Room) ShowIntegration(c *web.Ctx) error {
	it, err := r.integration(c)
	if err != nil {
		return err
	}
	return c.Page(view.Integration(c.Shell(it.Name), it, nil))
}

// integration is the connection that the path names.
func (r Room) integration(c *web.Ctx) (integration.Connection, error) {
	id, err := c.ID("id")
	if err != nil {
		return integration.Connection{}, err
	}
	return web.Read(c, func(tx *db.Tx) (integration.Connection, error) { return integration.Find(tx, id) })
}

// changeIntegration makes one change of the connection that the path names and returns to its page.
func (r Room) changeIntegration(c *web.Ctx, verb func(*db.Tx, uuid.UUID) (integration.Connection, error)) (string, error) {
	id, err := c.ID("id")
	if err != nil {
		return "", err
	}
	return web.Change(c, func(tx *db.Tx) (string, error) {
		_, err := verb(tx, id)
		return c.Path("integrations", id.String()), err
	})
}

// refuseIntegration shows a form again as it was typed; or, when the connection's state does not
// allow the act any more, the connection as it is now with the reason.
func (r Room) refuseIntegration(c *web.Ctx, err error, form func(integration.Connection, ui.Errors) templ.Component) error {
	if fault.As(err) == nil {
		return err
	}
	it, missing := r.integration(c)
	if missing != nil {
		return missing
	}
	return c.Refuse(err, func(e ui.Errors) templ.Component {
		if fault.Is(err, fault.Conflict) {
			return view.Integration(c.Shell(it.Name), it, e)
		}
		return form(it, e)
	})
}

// version is the one a form was made from; after a stale edit it is the present one, so that
// sending again is a choice made with open eyes.
func version(c *web.Ctx, err error, now int) int {
	if n, ok := c.FormInt("version"); ok && !fault.Is(err, fault.Stale) {
		return n
	}
	return now
}

// NewPause asks why.
func (r Room) NewPause(c *web.Ctx) error {
	return r.integrationForm(c, func(it integration.Connection) templ.Component {
		return view.Pause(c.Shell("Pause "+it.Name), it, "", nil)
	})
}

// CreatePause stops a connection.
func (r Room) CreatePause(c *web.Ctx) error {
	reason := c.Form("reason")
	to, err := r.changeIntegration(c, func(tx *db.Tx, id uuid.UUID) (integration.Connection, error) {
		return approval.PauseIntegration(tx, id, reason)
	})
	if err != nil {
		return r.refuseIntegration(c, err, func(it integration.Connection, e ui.Errors) templ.Component {
			return view.Pause(c.Shell("Pause "+it.Name), it, reason, e)
		})
	}
	c.Say("Paused", "Jexi gets no key for it until an Owner or Admin resumes it.")
	return c.SeeOther(to)
}

// CreateResumption lets a paused connection work again.
func (r Room) CreateResumption(c *web.Ctx) error {
	to, err := r.changeIntegration(c, r.Approval.ResumeIntegration)
	if err != nil {
		return r.refuseIntegration(c, err, nil)
	}
	c.Say("Resumed", "What was held goes on.")
	return c.SeeOther(to)
}

// NewRemoval asks for the name of the connection that is to end.
func (r Room) NewRemoval(c *web.Ctx) error {
	return r.integrationForm(c, func(it integration.Connection) templ.Component {
		return view.Removal(c.Shell("Disconnect "+it.Name), it, "", nil)
	})
}

// CreateRemoval ends a connection and destroys its key.
func (r Room) CreateRemoval(c *web.Ctx) error {
	typed := c.Form("name")
	to, err := r.changeIntegration(c, func(tx *db.Tx, id uuid.UUID) (integration.Connection, error) {
		return approval.DisconnectIntegration(tx, id, typed)
	})
	if err != nil {
		return r.refuseIntegration(c, err, func(it integration.Connection, e ui.Errors) templ.Component {
			return view.Removal(c.Shell("Disconnect "+it.Name), it, typed, e)
		})
	}
	c.Say("Disconnected", "The sealed key is destroyed. End it at the vendor as well.")
	return c.SeeOther(to)
}

// EditScopes shows what Jexi may do, to be chosen anew.
func (r Room) EditScopes(c *web.Ctx) error {
	return r.integrationForm(c, func(it integration.Connection) templ.Component {
		return view.Scopes(c.Shell("Permissions of "+it.Name), it, it.Version, it.Scopes, nil)
	})
}

// UpdateScopes allows what was ticked and nothing else.
func (r Room) UpdateScopes(c *web.Ctx) error {
	ticked := c.Forms("scopes")
	made, _ := c.FormInt("version")
	to, err := r.changeIntegration(c, func(tx *db.Tx, id uuid.UUID) (integration.Connection, error) {
		return integration.ChangeScopes(tx, id, made, ticked)
	})
	if err != nil {
		return r.refuseIntegration(c, err, func(it integration.Connection, e ui.Errors) templ.Component {
			return view.Scopes(c.Shell("Permissions of "+it.Name), it, version(c, err, it.Version), ticked, e)
		})
	}
	c.Say("Permissions saved", "They hold from now on.")
	return c.SeeOther(to)
}

// EditDetails shows what a connection is called and who looks after it.
func (r Room) EditDetails(c *web.Ctx) error {
	members, err := web.Read(c, workspace.ListMembers)
	if err != nil {
		return err
	}
	return r.integrationForm(c, func(it integration.Connection) templ.Component {
		return view.Details(c.Shell("Details of "+it.Name), it, it.Version, integration.DetailsOf(it), members, nil)
	})
}

// UpdateDetails saves them.
func (r Room) UpdateDetails(c *web.Ctx) error {
	d := details(c)
	made, _ := c.FormInt("version")
	to, err := r.changeIntegration(c, func(tx *db.Tx, id uuid.UUID) (integration.Connection, error) {
		return integration.Change(tx, id, made, d)
	})
	if err != nil {
		members, _ := web.Read(c, workspace.ListMembers)
		return r.refuseIntegration(c, err, func(it integration.Connection, e ui.Errors) templ.Component {
			return view.Details(c.Shell("Details of "+it.Name), it, version(c, err, it.Version), d, members, e)
		})
	}
	c.Say("Details saved", "Permissions and key are as before.")
	return c.SeeOther(to)
}

// integrationForm shows a form about a live connection; of one that has ended, its page.
func (r Room) integrationForm(c *web.Ctx, form func(integration.Connection) templ.Component) error {
	it, err := r.integration(c)
	if err != nil {
		return err
	}
	if !it.Live() {
		return c.SeeOther(c.Path("integrations", it.ID.String()))
	}
	return c.Page(form(it))
}
