package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/rule"
)

var secretForm = regexp.MustCompile(`jx_[a-z2-7]{52}`)

func TestATokenIsShownOnceAndOpensTheAPI(t *testing.T) {
	h := open(t)
	ada := h.signInProved(h.Acme, "ada")
	ada.get("/w/acme/tokens").shows(200, "One token works", "agent", "Never")
	p := ada.get("/w/acme/tokens/new").shows(200, "New token", "Ask for actions", "90 days")
	in := url.Values{"name": {"billing-sync"}, "scopes": {"actions:read", "audit:read"}, "days": {"30"}}
	made := ada.post(p, "/tokens", in).shows(200, "The token billing-sync works from now on", "It is not shown again", "actions:read, audit:read")
	secret := secretForm.FindString(made.Body)
	if secret == "" {
		t.Fatal("no secret is shown")
	}
	again := ada.post(p, "/tokens", in).shows(200, "The secret of billing-sync was shown already", "Revoke this token and make another")
	if secretForm.MatchString(again.Body) {
		t.Error("the secret was shown twice")
	}
	list := ada.get("/w/acme/tokens").shows(200, "Two tokens work", "billing-sync", "made by Ada Okafor")
	if strings.Contains(list.Body, secret) {
		t.Error("the list shows the secret")
	}
	ada.post(p, "/tokens", url.Values{"name": {"other"}, "scopes": {"actions:read"}, "days": {"30"}}).shows(409, "was sent before with other content")
}

func TestARevokedTokenIsRefusedAtItsNextCall(t *testing.T) {
	h := open(t)
	ada := h.signInProved(h.Acme, "ada")
	check := "/w/acme/tokens/" + h.Acme.Agent.ID.String() + "/removal"
	p := ada.get(check).shows(200, "Revoke the token agent?", "It cannot be brought back")
	for range 2 {
		ada.submit(p, "/removal", nil).shows(200, "The token agent was revoked", "No token works", "Revoked")
	}
	ada.submit(p, "/removal", url.Values{"operation": {uuid.NewString()}}).shows(200, "Revoked")
}

func TestATokenNeedsAFreshProof(t *testing.T) {
	h := open(t)
	ada := h.signIn(h.Acme, "ada")
	if p := ada.do("GET", "/w/acme/tokens/new", nil, nil); p.Status != 303 || !strings.HasPrefix(p.Header.Get("Location"), "/proof?next=") {
		t.Errorf("the form opened without proof: %d %s", p.Status, p.Header.Get("Location"))
	}
	ada.posts("/w/acme/tokens", url.Values{"name": {"x"}, "scopes": {"actions:read"}, "days": {"30"}}).shows(403)
	ada.get("/w/acme/tokens").shows(200, "One token works")
}

func TestARefusedTokenKeepsWhatWasTyped(t *testing.T) {
	h := open(t)
	ada := h.signInProved(h.Acme, "ada")
	p := ada.post(ada.get("/w/acme/tokens/new"), "/tokens", url.Values{"name": {""}, "scopes": {"audit:read", "requests.decide"}, "days": {"9999"}}).
		shows(422, "There are 3 problems", "Give a name", "is not a scope of a token", "Let it end after 1 to 365 days")
	_, form, _ := p.form("/tokens")
	if form.Get("scopes") != "audit:read" {
		t.Errorf("the form has forgotten: %v", form)
	}
	ada.post(ada.get("/w/acme/tokens/new"), "/tokens", url.Values{"name": {"agent"}, "scopes": {"audit:read"}, "days": {"30"}}).
		shows(422, "There is a token called agent already")
	ada.post(ada.get("/w/acme/tokens/new"), "/tokens", url.Values{"name": {strings.Repeat("x", 1<<20)}}).shows(413)
}

func TestWhoMadeAnAgentsTokenIsSaidToBeLeftOut(t *testing.T) {
	h := open(t)
	h.connect("whmcs")
	none := 0
	path := "/w/acme/rules/" + h.publish(rule.Body{Name: "Refunds by the Admin", Actions: []string{"billing.refund"}, Effect: rule.RequireApproval,
		Exclude: rule.Exclude{RuleEditorHours: &none}, Stages: []rule.Stage{{Mode: rule.AnyOne, Who: []rule.Approver{{Kind: rule.RoleKind, Ref: "admin"}}}}}).String()
	max, udo := h.signInProved(h.Acme, "max"), h.signIn(h.Acme, "udo")
	form := max.get("/w/acme/tokens/new").shows(200, "Who makes a token that asks for actions cannot decide what it asks")
	made := max.post(form, "/tokens", url.Values{"name": {"desk"}, "scopes": {"actions:request"}, "days": {"30"}}).
		shows(200, "You made this agent’s token, so you cannot decide what it asks.")
	const says = "Max Lindqvist made this agent’s token, so Max Lindqvist cannot decide what it asks."
	max.get("/w/acme/tokens").shows(200, says)
	udo.get(path).shows(200, "Max Lindqvist made the token of the agent desk, so Max Lindqvist cannot decide what it asks, and nobody else could either.")
	try := udo.get("/w/acme/rules/try?type=billing.refund").shows(200, "Asked by", "desk")
	typed := url.Values{"params.client_id": {"20418"}, "params.amount": {"184.00"}, "params.currency": {"EUR"}}
	udo.submit(try, "/rules/try", typed).shows(200, "Blocked, nobody can decide", says, "Nobody could answer")
	typed.Set("agent", "")
	if p := udo.submit(try, "/rules/try", typed).shows(200, "Any 1 of Admins: Max Lindqvist"); strings.Contains(p.Text(), says) {
		t.Error("an agent of nobody here leaves somebody out")
	}
	var r struct{ ID uuid.UUID }
	h.call(secretForm.FindString(made.Body), "POST", requests, refund("184.00"), http.Header{"Idempotency-Key": {uuid.NewString()}}, &r)
	udo.get("/w/acme/requests/"+r.ID.String()).shows(200, "Blocked, nobody can decide", says)
	max.post(form, "/tokens", url.Values{"name": {"reader"}, "scopes": {"actions:read"}, "days": {"30"}, "operation": {uuid.NewString()}})
	if p := max.get("/w/acme/tokens"); strings.Count(p.Text(), says) != 1 {
		t.Error("a token that cannot ask leaves somebody out")
	}
	h.signIn(h.Globex, "greta").get("/w/globex/tokens").shows(200, "One token works")
}
