// Package access is the only place that decides who may.
//
// A door names an Actor; Check turns actor and permission into a Grant; only a
// Grant opens the database (models/db). It knows no SQL and no HTTP.
// Files in order: actor, policy, grant.
package access

import (
	"time"

	"github.com/google/uuid"
)

// Role is what a person is in one workspace. A person has one role in each.
type Role string

const (
	Owner          Role = "owner"
	Admin          Role = "admin"
	PrivacyOfficer Role = "privacy_officer"
	Approver       Role = "approver"
	Auditor        Role = "auditor"
)

// Roles in the order pages list them.
var Roles = every

// Label is the role in words.
func (r Role) Label() string {
	switch r {
	case Owner:
		return "Owner"
	case Admin:
		return "Admin"
	case PrivacyOfficer:
		return "Privacy officer"
	case Approver:
		return "Approver"
	case Auditor:
		return "Auditor"
	}
	return string(r)
}

// Kind tells by which door an actor came.
type Kind string

const (
	Anonymous Kind = "anonymous"
	Person    Kind = "person"     // signed in
	Link      Kind = "link"       // holder of a decision link, not signed in
	Invited   Kind = "invitation" // holder of an invitation, not yet a member
	Token     Kind = "token"      // Jexi's agent runtime or a customer's own system
	System    Kind = "system"     // the portal itself
)

// Actor is who stands at the door. The zero Actor is anonymous.
type Actor struct {
	Kind      Kind
	ID        uuid.UUID // person, link, invitation or token
	Name      string    // for pages and the audit trail
	Email     string
	Workspace uuid.UUID    // uuid.Nil outside a workspace
	Role      Role         // of a person in Workspace
	Scopes    []Permission // of a token
	ProofAt   time.Time    // last passkey or TOTP of this session, zero if none
	Session   string       // hex of the hashed session id, of a person at a door
	From      string       // remote address, for the audit body
	Request   string       // request id
}

// ProofLasts is how long a passkey or TOTP counts as fresh for a sensitive act.
const ProofLasts = 5 * time.Minute
