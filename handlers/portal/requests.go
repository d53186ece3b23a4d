package portal

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// ListRequests shows what agents asked to do, one view at a time.
func (r Room) ListRequests(c *web.Ctx, q *db.Questions) web.Handler {
	l := view.RequestList{View: approval.View(c.Query("show"))}
	if l.View == "" {
		l.View = approval.OpenView
	}
	l.Before, _ = strconv.ParseInt(c.Query("before"), 10, 64) // what is no number is the newest page
	approval.AskList(q, approval.Filter{View: l.View, Before: l.Before}, &l.Rows, &l.More)
	return func(c *web.Ctx) error { return c.Page(view.Requests(c.Shell("Approval requests"), l)) }
}

// ShowRequest shows one.
func (r Room) ShowRequest(c *web.Ctx) error {
	p, err := requestPage(c)
	if err != nil {
		return err
	}
	return c.Page(view.Request(c.Shell(p.Request.Reference()), p))
}

// CreateDecision shows a decision once more, and with "confirm" makes it count.
func (r Room) CreateDecision(c *web.Ctx) error {
	p, err := requestPage(c)
	if err != nil {
		return err
	}
	p.Ballot = view.DecisionForm{Decision: c.Form("decision"), Reason: c.Form("reason")}
	b := approval.Ballot{Request: p.Request.ID, Choice: rule.VoteChoice(p.Ballot.Decision), Reason: p.Ballot.Reason}
	if p.Ballot.Decision == "approve" && p.NeedsProof && !c.Proved() {
		return c.SeeOther("/proof?next=" + url.QueryEscape(c.Path("requests", p.Request.ID.String())))
	}
	if c.Form("confirm") == "" {
		if err := approval.CheckBallot(p.Request, b, c.Now()); err != nil {
			return refuseDecision(c, p, err)
		}
		return c.Page(view.CheckDecision(c.Shell("Check your decision"), p))
	}
	to, err := web.Change(c, func(tx *db.Tx) (string, error) {
		_, err := r.Approval.Decide(tx, b, c.Proved())
		return c.Path("requests", p.Request.ID.String()), err
	})
	if err != nil {
		return refuseDecision(c, p, err)
	}
	c.Say("Your decision is recorded", "It stands in the audit trail as yours.")
	return c.SeeOther(to)
}

// NewWithdrawal asks before somebody takes their approval back.
func (r Room) NewWithdrawal(c *web.Ctx) error {
	p, err := requestPage(c)
	if err != nil {
		return err
	}
	if !p.MayTakeBack {
		return c.SeeOther(c.Path("requests", p.Request.ID.String()))
	}
	return c.Page(view.TakeBack(c.Shell("Take your approval back"), p, nil))
}

// CreateWithdrawal takes an approval back that has not decided anything yet.
func (r Room) CreateWithdrawal(c *web.Ctx) error {
	p, err := requestPage(c)
	if err != nil {
		return err
	}
	p.Ballot.Reason = c.Form("reason")
	to, err := web.Change(c, func(tx *db.Tx) (string, error) {
		_, err := approval.TakeBack(tx, p.Request.ID, p.Ballot.Reason)
		return c.Path("requests", p.Request.ID.String()), err
	})
	if fault.Is(err, fault.Invalid) {
		return c.Refuse(err, func(e ui.Errors) templ.Component {
			return view.TakeBack(c.Shell("Take your approval back"), p, e)
		})
	}
	if err != nil {
		return refuseDecision(c, p, err)
	}
	c.Say("Your approval is taken back", "It does not count any more. Both stand in the audit trail.")
	return c.SeeOther(to)
}

// refuseDecision shows the request as it is now, with what was typed and why it did not count.
func refuseDecision(c *web.Ctx, p view.RequestPage, err error) error {
	if fault.As(err) == nil {
		return err
	}
	now, readErr := requestPage(c)
	if readErr != nil {
		return readErr
	}
	now.Ballot, now.Errors = p.Ballot, ui.ErrorsOf(err)
	s := c.Shell(now.Request.Reference())
	s.Failed = true
	return c.PageStatus(web.Status(err), view.Request(s, now))
}

func requestPage(c *web.Ctx) (p view.RequestPage, err error) {
	id, err := c.ID("id")
	if err != nil {
		return p, err
	}
	p.Proved = c.Proved()
	p.Detail, err = web.Read(c, func(tx *db.Tx) (approval.Detail, error) { return approval.Show(tx, id) })
	return p, err
}
