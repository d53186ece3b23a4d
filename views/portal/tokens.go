package portal

import (
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/views/ui"
)

func (p TokensProps) headline(now time.Time) string {
	n := 0
	for _, t := range p.Tokens {
		if t.Live(now) && t.PausedAt == nil {
			n++
		}
	}
	switch n {
	case 0:
		return "No token works"
	case 1:
		return "One token works"
	}
	return ui.Spelled(n) + " tokens work"
}

func (p TokensProps) maker(t identity.Token) string {
	if t.CreatedBy == nil {
		return "the portal’s operator"
	}
	return nameIn(p.Members, *t.CreatedBy)
}

func nameIn(members []workspace.Member, person uuid.UUID) string {
	for _, m := range members {
		if m.PersonID == person {
			return m.Name
		}
	}
	return "a former member"
}

// leftOut is who made a token and therefore cannot decide what it asks, "" for nobody.
func (p TokensProps) leftOut(t identity.Token, now time.Time) string {
	for _, m := range p.Members {
		if t.CreatedBy != nil && m.PersonID == *t.CreatedBy && m.Role.May(access.DecideRequest) && t.Asks(now) {
			return m.Name
		}
	}
	return ""
}

func tokenState(t identity.Token, now time.Time) ui.State {
	switch {
	case t.RevokedAt != nil:
		return ui.Revoked()
	case !t.Live(now):
		return ui.Expired()
	case t.PausedAt != nil:
		return ui.Paused()
	}
	return ui.Active()
}

// paused tells that a token would work if it were not paused.
func paused(t identity.Token, now time.Time) bool { return t.Live(now) && t.PausedAt != nil }

// TokenPage is one token and who could have paused it.
type TokenPage struct {
	identity.Token
	Members []workspace.Member
}

// pausedBy says who paused a token that is paused, and since when it is.
func (p TokenPage) pausedBy(now time.Time) string {
	by := "By the portal itself"
	if p.PausedBy != nil {
		by = "By " + nameIn(p.Members, *p.PausedBy)
	}
	return by + ", since " + ui.When(*p.PausedAt, now)
}

// scopeWords says what a scope lets a machine do.
func scopeWords(scope access.Permission) string {
	switch scope {
	case access.RequestActions:
		return "Ask for actions"
	case access.ConsumeActions:
		return "Use approvals, each once"
	case access.ReportActions:
		return "Report what came of an action"
	case access.ReadActions:
		return "Read requests and their decisions"
	case access.WriteContent:
		return "Send customer content"
	case access.ReadAuditAPI:
		return "Read the audit trail"
	}
	return string(scope)
}

func wants(in identity.TokenDraft, scope access.Permission) bool {
	return slices.Contains(in.Scopes, string(scope))
}

func lifetimes() []ui.Option {
	var out []ui.Option
	for _, days := range []int{30, 90, 180, identity.LongestToken} {
		out = append(out, ui.Option{Value: strconv.Itoa(days), Label: strconv.Itoa(days) + " days"})
	}
	return out
}
