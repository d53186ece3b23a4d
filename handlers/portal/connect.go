package portal

import (
	"github.com/a-h/templ"
	"github.com/google/uuid"

	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/workspace"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// ChooseSystem begins a connection.
func (r Room) ChooseSystem(c *web.Ctx) error {
	return c.Page(view.ChooseSystem(c.Shell("Connect a system")))
}

// NewIntegration is the form that connects one kind of system.
func (r Room) NewIntegration(c *web.Ctx) error {
	k, err := integration.Connectable(c.Param("kind"))
	if err != nil {
		return err
	}
	members, err := web.Read(c, workspace.ListMembers)
	if err != nil {
		return err
	}
	return c.Page(view.Connect(c.Shell("Connect "+k.Name), k, integration.NewDraft(k, c.Actor().ID), members, nil))
}

// CreateIntegration connects the system and seals its key.
func (r Room) CreateIntegration(c *web.Ctx) error {
	k, err := integration.Connectable(c.Param("kind"))
	if err != nil {
		return err
	}
	in := draft(c, k)
	to, err := web.Change(c, func(tx *db.Tx) (string, error) {
		it, err := r.Integrations.Connect(tx, in)
		return c.Path("integrations", it.ID.String()), err
	})
	if err != nil {
		members, _ := web.Read(c, workspace.ListMembers)
		return c.Refuse(err, func(e ui.Errors) templ.Component {
			return view.Connect(c.Shell("Connect "+k.Name), k, in.Shown(), members, e)
		})
	}
	c.Say(k.Name+" is connected", "Its key is sealed and will not be shown again.")
	return c.SeeOther(to)
}

func draft(c *web.Ctx, k *catalog.Kind) integration.Draft {
	settings, key := keyFields(c, k.Fields)
	return integration.Draft{Details: details(c), Kind: k.Key, Settings: settings, Key: key, Scopes: c.Forms("scopes")}
}

func details(c *web.Ctx) integration.Details {
	return integration.Details{Name: c.Form("name"), Workflows: c.Form("workflows"), OwnerID: c.FormID("owner"), ExpiresOn: c.Form("expires_on")}
}

// keyFields read what opens a system, the secret apart from the rest.
func keyFields(c *web.Ctx, fields []catalog.KeyField) (map[string]string, seal.Secret) {
	settings, key := map[string]string{}, seal.Secret{}
	for _, f := range fields {
		if f.Secret {
			key = seal.NewSecret(c.Form(f.Name))
		} else {
			settings[f.Name] = c.Form(f.Name)
		}
	}
	return settings, key
}

// NewKey asks for another key.
func (r Room) NewKey(c *web.Ctx) error {
	return r.integrationForm(c, func(it integration.Connection) templ.Component {
		return view.ReplaceKey(c.Shell("Key of "+it.Name), it, integration.KeyDraft{Version: it.Version}, nil)
	})
}

// CreateKey seals it in the place of the present one.
func (r Room) CreateKey(c *web.Ctx) error {
	it, err := r.integration(c)
	if err != nil {
		return err
	}
	in := integration.KeyDraft{ExpiresOn: c.Form("expires_on")}
	in.Version, _ = c.FormInt("version")
	in.Settings, in.Key = keyFields(c, integration.WithKey(it.System()))
	to, err := r.changeIntegration(c, func(tx *db.Tx, id uuid.UUID) (integration.Connection, error) {
		return r.Integrations.ReplaceKey(tx, id, in)
	})
	if err != nil {
		return r.refuseIntegration(c, err, func(it integration.Connection, e ui.Errors) templ.Component {
			shown := in.Shown()
			shown.Version = version(c, err, it.Version)
			return view.ReplaceKey(c.Shell("Key of "+it.Name), it, shown, e)
		})
	}
	c.Say("The key is replaced", "Jexi uses the new one from now on. End the old one at the vendor.")
	return c.SeeOther(to)
}
