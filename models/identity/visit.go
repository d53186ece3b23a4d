package identity

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
)

// Visit is a signed-in person at the door, with the workspace they asked for if they belong to it.
type Visit struct {
	PersonID      uuid.UUID
	Email         string
	PersonName    string
	ProofAt       *time.Time
	SeenAt        time.Time
	WorkspaceID   *uuid.UUID
	Slug          *string
	WorkspaceName *string
	Region        *string
	TimeZone      *string
	Role          *string
	At            time.Time // the database's clock
}

// Actor is the visitor as the policy sees them.
func (v Visit) Actor() access.Actor {
	a := access.Actor{Kind: access.Person, ID: v.PersonID, Name: v.PersonName, Email: v.Email}
	if v.ProofAt != nil {
		a.ProofAt = *v.ProofAt
	}
	if v.WorkspaceID != nil {
		a.Workspace, a.Role = *v.WorkspaceID, access.Role(*v.Role)
	}
	return a
}

// Enter finds who a session belongs to and whether they are a member of the workspace called slug.
// ok is false for a session that is unknown, signed out, idle for an hour or a day old. The role
// is read each time, so that a change counts at the next request.
func Enter(tx *db.Tx, hashedID []byte, slug string) (v Visit, ok bool, err error) {
	if err := tx.Ask(func(q *db.Questions) { AskVisit(q, hashedID, slug, &v) }); err != nil {
		return v, false, fmt.Errorf("enter: %w", err)
	}
	return v, v.Known(), nil
}

// AskVisit is Enter as a question. It opens the workspace for the questions after it.
func AskVisit(q *db.Questions, hashedID []byte, slug string, v *Visit) {
	*v = Visit{}
	q.Ask(db.One(&v.PersonID, &v.Email, &v.PersonName, &v.ProofAt, &v.SeenAt, &v.WorkspaceID, &v.Slug, &v.WorkspaceName,
		&v.Region, &v.TimeZone, &v.Role, &v.At), "select * from visit($1, $2, $3) where person_id is not null", hashedID, slug, q.Drift)
}

// Known tells whether the session is somebody's and live.
func (v Visit) Known() bool { return v.PersonID != uuid.Nil }
