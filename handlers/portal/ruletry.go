package portal

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/rulebook"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// NewTrial is the form of one action, made from its parameters.
func (r Room) NewTrial(c *web.Ctx) error {
	p, err := trial(c, c.Query("type"), c.Query("rule"))
	if err != nil {
		return err
	}
	return c.Page(view.RuleTrial(c.Shell("Try one by hand"), p, nil))
}

// ShowTrial says what would come of an action. It stores nothing and tells nobody; it is a POST
// so that what was typed, which may be personal, stands in no address.
func (r Room) ShowTrial(c *web.Ctx) error {
	p, err := trial(c, c.Form("type"), c.Form("rule"))
	if err != nil {
		return err
	}
	p.Typed = c.Values()
	if p.Action == nil {
		return c.Page(view.RuleTrial(c.Shell("Try one by hand"), p, nil))
	}
	ask, err := trialAsk(c, p.Action)
	if err == nil {
		p.Result, err = web.Read(c, func(tx *db.Tx) (*approval.Preview, error) {
			found, err := r.Approval.Preview(tx, ask, p.Draft.AsIf()...)
			return &found, err
		})
	}
	if fault.Is(err, fault.NotFound) {
		err = fault.At("action.integration_id", "Choose one of the systems in the list.")
	}
	if err != nil {
		return c.Refuse(err, func(e ui.Errors) templ.Component {
			p.Result = nil
			return view.RuleTrial(c.Shell("Try one by hand"), p, view.Typed(e))
		})
	}
	return c.Page(view.RuleTrial(c.Shell("Try one by hand"), p, nil))
}

// trial loads what the form shows besides what is typed. What names no type or rule is none.
func trial(c *web.Ctx, key, id string) (view.RuleTry, error) {
	return web.Read(c, func(tx *db.Tx) (p view.RuleTry, err error) {
		if p.Dir, err = rulebook.Directory(tx); err != nil {
			return p, err
		}
		if ruleID, wrong := uuid.Parse(id); wrong == nil {
			if p.Draft, err = loadRule(tx, ruleID); err != nil {
				return p, err
			}
		}
		if p.Agents, err = agents(tx); err != nil {
			return p, err
		}
		if t, ok := catalog.Find(key); ok {
			p.Action = t
			p.Systems, err = integration.ForAction(tx, t.Kinds)
		}
		return p, err
	})
}

// agents are the tokens that can ask for actions today.
func agents(tx *db.Tx) ([]identity.Token, error) {
	all, err := identity.ListTokens(tx)
	return slices.DeleteFunc(all, func(t identity.Token) bool { return !t.Asks(tx.Now()) }), err
}

func trialAsk(c *web.Ctx, t *catalog.ActionType) (approval.Ask, error) {
	a := approval.Ask{Type: t.Key, Integration: c.FormID("action.integration_id"), Agent: c.FormID("agent"), Workflow: c.Form("agent.workflow"),
		Params:     json.RawMessage(t.FromForm(func(name string) string { return c.Form("params." + name) })),
		OnBehalfOf: catalog.Subject{Kind: c.Form("on_behalf_of.kind"), Ref: c.Form("on_behalf_of.ref")}}
	if text := c.Form("confidence"); text != "" {
		sure, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return a, fault.At("confidence", "Write a number from 0 to 1.")
		}
		a.Confidence = &sure
	}
	return a, nil
}
