package access

// Permission names one thing that a route lets somebody do.
// The map in handlers/routes.go gives every route exactly one.
type Permission string

const (
	Public Permission = "public" // no identity needed: sign-in pages, health, keys
	Self   Permission = "self"   // the signed-in person's own account

	SeeOverview        Permission = "overview.see"
	SeeRequests        Permission = "requests.see"
	SeeOwnRequests     Permission = "requests.see_addressed" // an Approver sees those addressed to them
	DecideRequest      Permission = "requests.decide"        // finer rules are the model's
	SeeIntegrations    Permission = "integrations.see"
	PauseIntegration   Permission = "integrations.pause"
	ManageIntegrations Permission = "integrations.manage"
	SeeRules           Permission = "rules.see"
	WriteRules         Permission = "rules.write"
	ReadAudit          Permission = "audit.read"
	ReadOwnAudit       Permission = "audit.read_own"
	SeePeople          Permission = "people.see"
	ManagePeople       Permission = "people.manage"
	ManageTokens       Permission = "tokens.manage"
	ManageWorkspace    Permission = "workspace.manage"

	DecideByLink     Permission = "link.decide"
	AcceptInvitation Permission = "invitation.accept"

	RequestActions Permission = "actions:request"
	ConsumeActions Permission = "actions:consume"
	ReportActions  Permission = "actions:report"
	ReadActions    Permission = "actions:read"
	WriteContent   Permission = "content:write"
	ReadAuditAPI   Permission = "audit:read"

	SystemWork Permission = "system.work" // jobs and commands
)

// TokenScopes are the permissions an API token may hold. None of them can vote.
var TokenScopes = []Permission{RequestActions, ConsumeActions, ReportActions, ReadActions, WriteContent, ReadAuditAPI}

var every = []Role{Owner, Admin, PrivacyOfficer, Approver, Auditor}

// policy is the role table of the product. Who may, nothing else decides.
var policy = map[Permission][]Role{
	SeeOverview:        every,
	SeeRequests:        {Owner, Admin, PrivacyOfficer, Auditor},
	SeeOwnRequests:     every,
	DecideRequest:      {Owner, Admin, PrivacyOfficer, Approver}, // when named as approver
	SeeIntegrations:    {Owner, Admin, PrivacyOfficer, Auditor},
	PauseIntegration:   {Owner, Admin, PrivacyOfficer},
	ManageIntegrations: {Owner, Admin},
	SeeRules:           {Owner, Admin, PrivacyOfficer, Auditor},
	WriteRules:         {Owner, Admin},
	ReadAudit:          {Owner, Admin, PrivacyOfficer, Auditor},
	ReadOwnAudit:       every,
	SeePeople:          {Owner, Admin, PrivacyOfficer, Auditor},
	ManagePeople:       {Owner, Admin},
	ManageTokens:       {Owner, Admin},
	ManageWorkspace:    {Owner, Admin},
}

// May tells whether a role has a permission in its workspace.
func (r Role) May(p Permission) bool {
	for _, have := range policy[p] {
		if have == r {
			return true
		}
	}
	return false
}

// Holders lists the roles that have a permission, for "who can grant this" sentences.
func Holders(p Permission) []Role { return policy[p] }
