package handlers

import (
	"slices"

	"github.com/jexi/portal/handlers/account"
	"github.com/jexi/portal/handlers/agentapi"
	"github.com/jexi/portal/handlers/dev"
	"github.com/jexi/portal/handlers/portal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/web"
)

// Map is every route with its door and the one permission it needs.
// A line here is all that decides who may; the golden map in testdata shows a change in review.
func Map(t Tools) []web.Route {
	h := t.rooms()
	return slices.Concat([]web.Route{
		{Method: "GET", Path: "/healthz", Door: web.Anyone, Needs: access.Public, Handle: healthy},
		{Method: "GET", Path: "/readyz", Door: web.Anyone, Needs: access.Public, Handle: t.ready},

		{Method: "GET", Path: "/", Door: web.Anyone, Needs: access.Public, Handle: h.account.Home},
		{Method: "GET", Path: "/signin", Door: web.Anyone, Needs: access.Public, Handle: h.account.NewSignIn},
		{Method: "POST", Path: "/signin", Door: web.Anyone, Needs: access.Public, Handle: h.account.CreateSignIn},
		{Method: "GET", Path: "/signin/sent", Door: web.Anyone, Needs: access.Public, Handle: h.account.ShowSent},
		{Method: "POST", Path: "/signin/passkey", Door: web.Anyone, Needs: access.Public, Handle: h.account.SignInByPasskey},
		{Method: "POST", Path: "/signin/passkey/options", Door: web.Anyone, Needs: access.Public, Handle: h.account.OfferPasskeySignIn},
		{Method: "GET", Path: "/signin/:token", Door: web.Anyone, Needs: access.Public, Handle: h.account.ShowLink},
		{Method: "POST", Path: "/signin/:token", Door: web.Anyone, Needs: access.Public, Handle: h.account.UseLink},
		{Method: "GET", Path: "/invitations/:token", Door: web.Invited, Needs: access.AcceptInvitation, Handle: h.account.ShowInvitation},
		{Method: "POST", Path: "/invitations/:token", Door: web.Invited, Needs: access.AcceptInvitation, Handle: h.account.AcceptInvitation},
		{Method: "GET", Path: "/signout", Door: web.Anyone, Needs: access.Public, Handle: h.account.NewSignOut},
		{Method: "POST", Path: "/signout", Door: web.Anyone, Needs: access.Public, Handle: h.account.CreateSignOut},
		{Method: "POST", Path: "/theme", Door: web.Anyone, Needs: access.Public, Handle: h.account.ChooseTheme},
		{Method: "POST", Path: "/keys", Door: web.Person, Needs: access.Self, Handle: h.account.ChooseKeys},
		{Method: "GET", Path: "/workspaces", Door: web.Person, Needs: access.Self, Handle: h.account.ListWorkspaces},
		{Method: "GET", Path: "/proof", Door: web.Person, Needs: access.Self, Handle: h.account.NewProof},
		{Method: "POST", Path: "/proof", Door: web.Person, Needs: access.Self, Handle: h.account.ProveByCode},
		{Method: "POST", Path: "/proof/passkey", Door: web.Person, Needs: access.Self, Handle: h.account.ProveByPasskey},
		{Method: "POST", Path: "/proof/passkey/options", Door: web.Person, Needs: access.Self, Handle: h.account.OfferProof},

		{Method: "GET", Path: "/w/:slug", Door: web.Member, Needs: access.SeeOverview, Handle: h.portal.ShowOverview},
		{Method: "GET", Path: "/w/:slug/menu", Door: web.Member, Needs: access.SeeOverview, Handle: h.portal.ShowMenu},
		{Method: "GET", Path: "/w/:slug/jump", Door: web.Member, Needs: access.SeeOverview, Ask: h.portal.ShowJump},
		{Method: "GET", Path: "/w/:slug/keys", Door: web.Member, Needs: access.SeeOverview, Handle: h.portal.ShowKeys},
		{Method: "GET", Path: "/w/:slug/help", Door: web.Member, Needs: access.SeeOverview, Handle: h.portal.ShowHelp},
		{Method: "GET", Path: "/a/:token", Door: web.Link, Needs: access.DecideByLink, Handle: h.approver.ShowQuestion},
		{Method: "POST", Path: "/a/:token", Door: web.Link, Needs: access.DecideByLink, Handle: h.approver.CreateDecision},
	},
		security(h.account, "/security", web.Person, access.Self),
		security(h.account, "/w/:slug/security", web.Member, access.SeeOverview),
		requests(h.portal, "/w/:slug/requests"),
		rules(h.portal, "/w/:slug/rules"),
		integrations(h.portal, "/w/:slug/integrations"),
		machines(h.agentapi, "/api/v1"),
		people(h.portal, "/w/:slug/people"),
		groups(h.portal, "/w/:slug/groups"),
		tokens(h.portal, "/w/:slug/tokens"),
		settings(h.portal, "/w/:slug/settings"),
		trail(h.portal, "/w/:slug/audit"),
		demo(h.dev, "/dev"),
	)
}

// security is a person's own security page, by itself and in each workspace of theirs. Whatever
// the address, it changes the signed-in person's account and no other.
func security(r account.Room, base string, door web.Door, needs access.Permission) []web.Route {
	return []web.Route{
		{Method: "GET", Path: base, Door: door, Needs: needs, Handle: r.ShowSecurity},
		{Method: "GET", Path: base + "/passkeys/new", Door: door, Needs: needs, Handle: r.NewPasskey},
		{Method: "POST", Path: base + "/passkeys/options", Door: door, Needs: needs, Handle: r.OfferPasskey},
		{Method: "POST", Path: base + "/passkeys", Door: door, Needs: needs, Handle: r.CreatePasskey},
		{Method: "GET", Path: base + "/passkeys/:ref", Door: door, Needs: needs, Handle: r.EditPasskey},
		{Method: "POST", Path: base + "/passkeys/:ref", Door: door, Needs: needs, Handle: r.UpdatePasskey},
		{Method: "GET", Path: base + "/passkeys/:ref/removal", Door: door, Needs: needs, Handle: r.CheckPasskeyRemoval},
		{Method: "POST", Path: base + "/passkeys/:ref/removal", Door: door, Needs: needs, Handle: r.DeletePasskey},
		{Method: "GET", Path: base + "/authenticator/new", Door: door, Needs: needs, Handle: r.NewAuthenticator},
		{Method: "POST", Path: base + "/authenticator", Door: door, Needs: needs, Handle: r.CreateAuthenticator},
		{Method: "GET", Path: base + "/authenticator/removal", Door: door, Needs: needs, Handle: r.CheckAuthenticatorRemoval},
		{Method: "POST", Path: base + "/authenticator/removal", Door: door, Needs: needs, Handle: r.DeleteAuthenticator},
		{Method: "POST", Path: base + "/sessions/removal", Door: door, Needs: needs, Handle: r.EndOtherSessions},
		{Method: "POST", Path: base + "/sessions/:ref/removal", Door: door, Needs: needs, Handle: r.EndSession},
	}
}

// requests are what agents asked to do. An Approver sees those addressed to them; who may decide
// which is the model's to say.
func requests(r portal.Room, base string) []web.Route {
	return []web.Route{
		{Method: "GET", Path: base, Door: web.Member, Needs: access.SeeOwnRequests, Ask: r.ListRequests},
		{Method: "GET", Path: base + "/:id", Door: web.Member, Needs: access.SeeOwnRequests, Handle: r.ShowRequest},
		{Method: "POST", Path: base + "/:id/decisions", Door: web.Member, Needs: access.DecideRequest, Handle: r.CreateDecision},
		{Method: "GET", Path: base + "/:id/decisions/withdrawal", Door: web.Member, Needs: access.DecideRequest, Handle: r.NewWithdrawal},
		{Method: "POST", Path: base + "/:id/decisions/withdrawal", Door: web.Member, Needs: access.DecideRequest, Handle: r.CreateWithdrawal},
	}
}

// rules say when a person must agree. Making one live or ending it takes a second admin, which is
// the model's to say, and a fresh proof. Trying an action changes nothing.
func rules(r portal.Room, base string) []web.Route {
	return []web.Route{
		{Method: "GET", Path: base, Door: web.Member, Needs: access.SeeRules, Handle: r.ListRules},
		{Method: "GET", Path: base + "/new", Door: web.Member, Needs: access.WriteRules, Handle: r.NewRule},
		{Method: "POST", Path: base + "/new", Door: web.Member, Needs: access.WriteRules, Handle: r.CreateRule},
		{Method: "GET", Path: base + "/try", Door: web.Member, Needs: access.SeeRules, Handle: r.NewTrial},
		{Method: "POST", Path: base + "/try", Door: web.Member, Needs: access.SeeRules, Handle: r.ShowTrial},
		{Method: "GET", Path: base + "/:id", Door: web.Member, Needs: access.SeeRules, Handle: r.ShowRule},
		{Method: "GET", Path: base + "/:id/draft", Door: web.Member, Needs: access.WriteRules, Handle: r.EditRule},
		{Method: "POST", Path: base + "/:id/draft", Door: web.Member, Needs: access.WriteRules, Handle: r.UpdateRule},
		{Method: "GET", Path: base + "/:id/draft/removal", Door: web.Member, Needs: access.WriteRules, Handle: r.CheckDraftRemoval},
		{Method: "POST", Path: base + "/:id/draft/removal", Door: web.Member, Needs: access.WriteRules, Handle: r.DeleteDraft},
		{Method: "GET", Path: base + "/:id/check", Door: web.Member, Needs: access.SeeRules, Handle: r.CheckRule},
		{Method: "POST", Path: base + "/:id/check", Door: web.Member, Needs: access.WriteRules, Handle: r.SubmitRule},
		{Method: "GET", Path: base + "/:id/publication", Door: web.Member, Needs: access.WriteRules, Handle: r.NewPublication, Proof: true},
		{Method: "POST", Path: base + "/:id/publication", Door: web.Member, Needs: access.WriteRules, Handle: r.CreatePublication, Proof: true},
		{Method: "GET", Path: base + "/:id/retirement", Door: web.Member, Needs: access.WriteRules, Handle: r.NewRetirement, Proof: true},
		{Method: "POST", Path: base + "/:id/retirement", Door: web.Member, Needs: access.WriteRules, Handle: r.CreateRetirement, Proof: true},
	}
}

// integrations are the connected systems. Typing a key needs a fresh proof, so that a session left
// open cannot lead Jexi to a system of somebody else's.
func integrations(r portal.Room, base string) []web.Route {
	return []web.Route{
		{Method: "GET", Path: base, Door: web.Member, Needs: access.SeeIntegrations, Handle: r.ListIntegrations},
		{Method: "GET", Path: base + "/new", Door: web.Member, Needs: access.ManageIntegrations, Handle: r.ChooseSystem},
		{Method: "GET", Path: base + "/new/:kind", Door: web.Member, Needs: access.ManageIntegrations, Handle: r.NewIntegration, Proof: true},
		{Method: "POST", Path: base + "/new/:kind", Door: web.Member, Needs: access.ManageIntegrations, Handle: r.CreateIntegration, Proof: true, Secret: "key"},
		{Method: "GET", Path: base + "/:id", Door: web.Member, Needs: access.SeeIntegrations, Handle: r.ShowIntegration},
		{Method: "GET", Path: base + "/:id/details", Door: web.Member, Needs: access.ManageIntegrations, Handle: r.EditDetails},
		{Method: "POST", Path: base + "/:id/details", Door: web.Member, Needs: access.ManageIntegrations, Handle: r.UpdateDetails},
		{Method: "GET", Path: base + "/:id/scopes", Door: web.Member, Needs: access.ManageIntegrations, Handle: r.EditScopes},
		{Method: "POST", Path: base + "/:id/scopes", Door: web.Member, Needs: access.ManageIntegrations, Handle: r.UpdateScopes},
		{Method: "GET", Path: base + "/:id/key", Door: web.Member, Needs: access.ManageIntegrations, Handle: r.NewKey, Proof: true},
		{Method: "POST", Path: base + "/:id/key", Door: web.Member, Needs: access.ManageIntegrations, Handle: r.CreateKey, Proof: true, Secret: "key"},
		{Method: "GET", Path: base + "/:id/pause", Door: web.Member, Needs: access.PauseIntegration, Handle: r.NewPause},
		{Method: "POST", Path: base + "/:id/pause", Door: web.Member, Needs: access.PauseIntegration, Handle: r.CreatePause},
		{Method: "POST", Path: base + "/:id/resume", Door: web.Member, Needs: access.ManageIntegrations, Handle: r.CreateResumption},
		{Method: "GET", Path: base + "/:id/removal", Door: web.Member, Needs: access.ManageIntegrations, Handle: r.NewRemoval},
		{Method: "POST", Path: base + "/:id/removal", Door: web.Member, Needs: access.ManageIntegrations, Handle: r.CreateRemoval},
	}
}

// people are the members, their roles, and who is invited. Only Owners touch Owners: that is the model's.
func people(r portal.Room, base string) []web.Route {
	return []web.Route{
		{Method: "GET", Path: base, Door: web.Member, Needs: access.SeePeople, Handle: r.ListPeople},
		{Method: "GET", Path: base + "/roles", Door: web.Member, Needs: access.SeePeople, Handle: r.ShowRoles},
		{Method: "POST", Path: base + "/invitations", Door: web.Member, Needs: access.ManagePeople, Handle: r.CreateInvitation},
		{Method: "POST", Path: base + "/invitations/:id/sending", Door: web.Member, Needs: access.ManagePeople, Handle: r.CreateSending},
		{Method: "GET", Path: base + "/invitations/:id/removal", Door: web.Member, Needs: access.ManagePeople, Handle: r.CheckInvitationRemoval},
		{Method: "POST", Path: base + "/invitations/:id/removal", Door: web.Member, Needs: access.ManagePeople, Handle: r.DeleteInvitation},
		{Method: "GET", Path: base + "/:id", Door: web.Member, Needs: access.SeePeople, Handle: r.ShowPerson},
		{Method: "POST", Path: base + "/:id", Door: web.Member, Needs: access.ManagePeople, Handle: r.UpdatePerson},
		{Method: "GET", Path: base + "/:id/reset", Door: web.Member, Needs: access.ManagePeople, Handle: r.NewReset, Proof: true},
		{Method: "POST", Path: base + "/:id/reset", Door: web.Member, Needs: access.ManagePeople, Handle: r.CreateReset, Proof: true},
		{Method: "GET", Path: base + "/:id/removal", Door: web.Member, Needs: access.ManagePeople, Handle: r.CheckPersonRemoval},
		{Method: "POST", Path: base + "/:id/removal", Door: web.Member, Needs: access.ManagePeople, Handle: r.DeletePerson},
	}
}

// groups are the sets of people that rules ask.
func groups(r portal.Room, base string) []web.Route {
	return []web.Route{
		{Method: "GET", Path: base, Door: web.Member, Needs: access.SeePeople, Handle: r.ListGroups},
		{Method: "GET", Path: base + "/new", Door: web.Member, Needs: access.ManagePeople, Handle: r.NewGroup},
		{Method: "POST", Path: base, Door: web.Member, Needs: access.ManagePeople, Handle: r.CreateGroup},
		{Method: "GET", Path: base + "/:id", Door: web.Member, Needs: access.SeePeople, Handle: r.ShowGroup},
		{Method: "POST", Path: base + "/:id", Door: web.Member, Needs: access.ManagePeople, Handle: r.UpdateGroup},
		{Method: "GET", Path: base + "/:id/removal", Door: web.Member, Needs: access.ManagePeople, Handle: r.CheckGroupRemoval},
		{Method: "POST", Path: base + "/:id/removal", Door: web.Member, Needs: access.ManagePeople, Handle: r.DeleteGroup},
	}
}

// trail is the audit trail. An Approver sees, downloads and proves what they did themselves; that is the model's.
func trail(r portal.Room, base string) []web.Route {
	return []web.Route{
		{Method: "GET", Path: base, Door: web.Member, Needs: access.ReadOwnAudit, Handle: r.ListEntries},
		{Method: "GET", Path: base + "/checkpoints.txt", Door: web.Member, Needs: access.ReadOwnAudit, Handle: r.ListCheckpoints},
		{Method: "POST", Path: base + "/checks", Door: web.Member, Needs: access.ReadAudit, Handle: r.CreateCheck},
		{Method: "GET", Path: base + "/exports/new", Door: web.Member, Needs: access.ReadOwnAudit, Handle: r.NewExport},
		{Method: "POST", Path: base + "/exports", Door: web.Member, Needs: access.ReadOwnAudit, Handle: r.CreateExport},
		{Method: "POST", Path: base + "/bundles", Door: web.Member, Needs: access.ReadOwnAudit, Handle: r.CreateBundle},
		{Method: "GET", Path: base + "/:idx", Door: web.Member, Needs: access.ReadOwnAudit, Handle: r.ShowEntry},
		{Method: "GET", Path: base + "/:idx/proof", Door: web.Member, Needs: access.ReadOwnAudit, Handle: r.ShowProof},
	}
}

// tokens are what machines sign in with. Making one needs a fresh proof, ending one does not.
func tokens(r portal.Room, base string) []web.Route {
	return []web.Route{
		{Method: "GET", Path: base, Door: web.Member, Needs: access.ManageTokens, Handle: r.ListTokens},
		{Method: "GET", Path: base + "/new", Door: web.Member, Needs: access.ManageTokens, Handle: r.NewToken, Proof: true},
		{Method: "POST", Path: base, Door: web.Member, Needs: access.ManageTokens, Handle: r.CreateToken, Proof: true},
		{Method: "GET", Path: base + "/:id/removal", Door: web.Member, Needs: access.ManageTokens, Handle: r.CheckTokenRemoval},
		{Method: "POST", Path: base + "/:id/removal", Door: web.Member, Needs: access.ManageTokens, Handle: r.DeleteToken},
		{Method: "GET", Path: base + "/:id/pause", Door: web.Member, Needs: access.ManageTokens, Handle: r.NewTokenPause},
		{Method: "POST", Path: base + "/:id/pause", Door: web.Member, Needs: access.ManageTokens, Handle: r.CreateTokenPause},
		{Method: "GET", Path: base + "/:id/resume", Door: web.Member, Needs: access.ManageTokens, Handle: r.NewTokenResumption},
		{Method: "POST", Path: base + "/:id/resume", Door: web.Member, Needs: access.ManageTokens, Handle: r.CreateTokenResumption},
	}
}

// settings hold for the whole workspace. What weakens them takes a fresh proof of each of two people,
// which is the model's to say.
func settings(r portal.Room, base string) []web.Route {
	return []web.Route{
		{Method: "GET", Path: base, Door: web.Member, Needs: access.SeePeople, Handle: r.ShowSettings},
		{Method: "POST", Path: base, Door: web.Member, Needs: access.ManageWorkspace, Handle: r.UpdateSettings},
		{Method: "GET", Path: base + "/lowering", Door: web.Member, Needs: access.ManageWorkspace, Handle: r.NewLowering, Proof: true},
		{Method: "POST", Path: base + "/lowering", Door: web.Member, Needs: access.ManageWorkspace, Handle: r.CreateLowering, Proof: true},
		{Method: "GET", Path: base + "/lowering/agreement", Door: web.Member, Needs: access.ManageWorkspace, Handle: r.NewAgreement, Proof: true},
		{Method: "POST", Path: base + "/lowering/agreement", Door: web.Member, Needs: access.ManageWorkspace, Handle: r.CreateAgreement, Proof: true},
		{Method: "POST", Path: base + "/lowering/removal", Door: web.Member, Needs: access.ManageWorkspace, Handle: r.DeleteLowering},
	}
}

// demo are the pages that exist in the demo only: its mailbox, the page that plays the agent, the components.
func demo(r dev.Room, base string) []web.Route {
	return []web.Route{
		{Method: "GET", Path: base + "/mailbox", Door: web.Demo, Needs: access.Public, Handle: r.ListMails},
		{Method: "GET", Path: base + "/mailbox.json", Door: web.Demo, Needs: access.Public, Handle: r.ListMailsJSON},
		{Method: "GET", Path: base + "/mailbox/:id", Door: web.Demo, Needs: access.Public, Handle: r.ShowMail},
		{Method: "GET", Path: base + "/mailbox/:id/html", Door: web.Demo, Needs: access.Public, Handle: r.ShowMailHTML},
		{Method: "GET", Path: base + "/agent", Door: web.Demo, Needs: access.Public, Handle: r.ShowAgent},
		{Method: "POST", Path: base + "/agent", Door: web.Demo, Needs: access.Public, Handle: r.CreateAsk},
		{Method: "GET", Path: base + "/agent/:id", Door: web.Demo, Needs: access.Public, Handle: r.ShowRun},
		{Method: "POST", Path: base + "/agent/:id/consumption", Door: web.Demo, Needs: access.Public, Handle: r.CreateConsumption},
		{Method: "POST", Path: base + "/agent/:id/outcome", Door: web.Demo, Needs: access.Public, Handle: r.CreateOutcome},
		{Method: "POST", Path: base + "/agent/:id/cancellation", Door: web.Demo, Needs: access.Public, Handle: r.CreateCancellation},
		{Method: "GET", Path: base + "/kit", Door: web.Demo, Needs: access.Public, Handle: r.ShowKit},
	}
}

// machines are the calls of agents and of customers' own systems. openapi.yaml describes each of them.
func machines(r agentapi.Room, base string) []web.Route {
	requests := base + "/action-requests"
	return []web.Route{
		{Method: "POST", Path: requests, Door: web.Machine, Needs: access.RequestActions, Handle: r.CreateRequest, Body: agentapi.BodyLimit},
		{Method: "POST", Path: requests + `\:evaluate`, Door: web.Machine, Needs: access.RequestActions, Handle: r.EvaluateRequest, Body: agentapi.BodyLimit},
		{Method: "GET", Path: requests + "/:id", Door: web.Machine, Needs: access.ReadActions, Handle: r.ShowRequest},
		{Method: "POST", Path: requests + "/:id/consume", Door: web.Machine, Needs: access.ConsumeActions, Handle: r.ConsumeRequest, Body: agentapi.BodyLimit},
		{Method: "POST", Path: requests + "/:id/outcome", Door: web.Machine, Needs: access.ReportActions, Handle: r.CreateOutcome},
		{Method: "POST", Path: requests + "/:id/cancellation", Door: web.Machine, Needs: access.RequestActions, Handle: r.CreateCancellation},
		{Method: "GET", Path: base + "/integrations", Door: web.Machine, Needs: access.ReadActions, Handle: r.ListIntegrations},
		{Method: "GET", Path: base + "/openapi.yaml", Door: web.Anyone, Needs: access.Public, Handle: agentapi.ShowDescription},
		{Method: "GET", Path: "/.well-known/portal-keys.json", Door: web.Anyone, Needs: access.Public, Handle: r.ListKeys},
	}
}
