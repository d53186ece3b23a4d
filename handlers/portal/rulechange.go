package portal

import (
	"slices"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rulebook"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// CheckRule lays a draft beside what is live.
func (r Room) CheckRule(c *web.Ctx) error {
	return draftPage(c, func(p view.RulePage) templ.Component {
		return view.RuleCheck(c.Shell("Changes to "+p.Body().Name), p, p.Newest().ChangeNote, nil)
	})
}

// SubmitRule puts a draft before a second admin.
func (r Room) SubmitRule(c *web.Ctx) error {
	note := c.Form("note")
	to, err := changeRule(c, func(tx *db.Tx, id uuid.UUID, edit int) (rulebook.Version, error) {
		return rulebook.SubmitRule(tx, id, edit, note)
	})
	if err != nil {
		return refuseRule(c, err, waitingForm(err, func(p view.RulePage, e ui.Errors) templ.Component {
			return view.RuleCheck(c.Shell("Changes to "+p.Body().Name), p, note, e)
		}))
	}
	c.Say("Submitted", "Until it is published nothing changes.")
	return c.SeeOther(to)
}

// waitingForm is a form about a draft; where there is none any more, none.
func waitingForm(err error, form func(view.RulePage, ui.Errors) templ.Component) func(view.RulePage, ui.Errors) templ.Component {
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return form
}

// NewPublication asks the second admin about what was submitted.
func (r Room) NewPublication(c *web.Ctx) error {
	p, err := rulePage(c)
	if err != nil {
		return err
	}
	if !p.Submitted() {
		return c.SeeOther(c.Path("rules", p.ID.String()))
	}
	return c.Page(view.RulePublication(c.Shell("Publication of "+p.Body().Name), p, nil))
}

// CreatePublication makes a version live, or ends the rule.
func (r Room) CreatePublication(c *web.Ctx) error {
	to, err := changeRule(c, rulebook.PublishRule)
	if err != nil {
		return refuseRule(c, err, func(p view.RulePage, e ui.Errors) templ.Component {
			return view.RulePublication(c.Shell("Publication of "+p.Body().Name), p, elsewhere(e))
		})
	}
	c.Say("It holds from the next request on", "Open requests keep what they were asked under.")
	return c.SeeOther(to)
}

// elsewhere are problems at fields that are not on the page, as problems of the whole.
func elsewhere(e ui.Errors) ui.Errors {
	out := slices.Clone(e)
	for i := range out {
		out[i].Name = ""
	}
	return out
}

// CheckDraftRemoval asks before a draft is discarded.
func (r Room) CheckDraftRemoval(c *web.Ctx) error {
	return draftPage(c, func(p view.RulePage) templ.Component {
		return view.RuleRemoval(c.Shell("Removal of the draft"), p, nil)
	})
}

// DeleteDraft discards what waits. What is live stays.
func (r Room) DeleteDraft(c *web.Ctx) error {
	to, err := changeRule(c, rulebook.DiscardDraft)
	if err != nil {
		return refuseRule(c, err, func(p view.RulePage, e ui.Errors) templ.Component {
			return view.RuleRemoval(c.Shell("Removal of the draft"), p, e)
		})
	}
	c.Say("Discarded", "What was live stays as it is.")
	return c.SeeOther(to)
}

// NewRetirement asks why a rule should end.
func (r Room) NewRetirement(c *web.Ctx) error {
	p, err := rulePage(c)
	if err != nil {
		return err
	}
	if !p.CanRetire() {
		return c.SeeOther(c.Path("rules", p.ID.String()))
	}
	return c.Page(view.RuleRetirement(c.Shell("Retirement of "+p.Body().Name), p, "", nil))
}

// CreateRetirement asks a second admin to end a rule.
func (r Room) CreateRetirement(c *web.Ctx) error {
	note := c.Form("note")
	to, err := changeRule(c, func(tx *db.Tx, id uuid.UUID, _ int) (rulebook.Version, error) {
		return rulebook.RetireRule(tx, id, note)
	})
	if err != nil {
		return refuseRule(c, err, func(p view.RulePage, e ui.Errors) templ.Component {
			return view.RuleRetirement(c.Shell("Retirement of "+p.Body().Name), p, note, e)
		})
	}
	c.Say("Its retirement was asked for", "Until then the rule decides as before.")
	return c.SeeOther(to)
}
