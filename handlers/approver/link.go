// Package approver answers whoever follows a decision link from a mail. Opening, scanning or
// sending a form without the mail's code decides nothing; a decision takes two steps.
package approver

import (
	"encoding/json"
	"net/http"

	"github.com/a-h/templ"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	view "github.com/jexi/portal/views/approver"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// Room answers at /a/{token}.
type Room struct{ Approval approval.Room }

// ShowQuestion shows what is asked, or how it ended.
func (h Room) ShowQuestion(c *web.Ctx) error {
	o, err := opened(c)
	if err != nil {
		return err
	}
	return h.page(c, o, view.Ballot{}, nil)
}

// page is the question, or with 410 the explanation of an ended one.
func (h Room) page(c *web.Ctx, o approval.Opened, b view.Ballot, errs ui.Errors) error {
	c.Private()
	shell := c.Shell("")
	if o.Refusal != nil {
		status := http.StatusGone
		if o.Mine != nil {
			status = http.StatusOK
		}
		return c.PageStatus(status, view.Ended(shell, o, c.Actor().Email))
	}
	return c.Page(view.Question(shell, o, c.Actor().Email, b, errs))
}

func opened(c *web.Ctx) (approval.Opened, error) {
	return web.Read(c, func(tx *db.Tx) (approval.Opened, error) { return approval.OpenLink(tx, c.Param("token")) })
}

// CreateDecision checks what was sent, shows it once more, and with "confirm" casts the vote.
func (h Room) CreateDecision(c *web.Ctx) error {
	b := view.Ballot{Decision: c.Form("decision"), Code: c.Form("code"), Target: c.Form("target"), Reason: c.Form("reason")}
	out, err := h.decide(c, b)
	if err != nil && fault.As(err) == nil {
		return err
	}
	o, readErr := opened(c)
	switch {
	case readErr != nil:
		return readErr
	case out.Voted || o.Refusal != nil:
		return c.SeeOther(c.Request().URL.Path)
	case err != nil:
		c.Private()
		return c.Refuse(err, func(e ui.Errors) templ.Component { return view.Question(c.Shell(""), o, c.Actor().Email, b, e) })
	}
	c.Private()
	return c.Page(view.Check(c.Shell(""), o, c.Actor().Name, c.Actor().Email, b))
}

// outcome is what is kept of an operation: a second try of it gets the same, and a wrong code
// counts once.
type outcome struct {
	Voted bool
	Wrong *fault.Fault
}

func (h Room) decide(c *web.Ctx, b view.Ballot) (out outcome, err error) {
	kept, _, err := web.Once(c, func(tx *db.Tx) ([]byte, error) {
		v, err := h.Approval.DecideByLink(tx, approval.LinkBallot{Token: c.Param("token"), Choice: rule.VoteChoice(b.Decision),
			Code: b.Code, Target: b.Target, Reason: b.Reason, Confirm: c.Form("confirm") != ""})
		if err != nil {
			return nil, err
		}
		return json.Marshal(outcome{v.Voted, v.Wrong})
	})
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(kept, &out); err != nil {
		return out, err
	}
	if out.Wrong != nil {
		return out, out.Wrong
	}
	return out, nil
}
