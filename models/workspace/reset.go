package workspace

import (
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
)

// Reset is what is to be read before somebody's passkeys and authenticator app are reset. Refusal says
// why the actor may not, nil if they may.
type Reset struct {
	Member  Member
	Refusal *fault.Fault
}

// Resetting finds a member for the page that asks.
func Resetting(tx *db.Tx, person uuid.UUID) (r Reset, err error) {
	if r.Member, err = FindMember(tx, person); err != nil {
		return r, err
	}
	_, err = mayReset(tx, r.Member)
	if r.Refusal = fault.As(err); r.Refusal != nil {
		err = nil
	}
	return r, err
}

// ResetMember takes every passkey and the authenticator app from a member who has lost them and signs
// them out everywhere, so that their next sign-in link lets them add a new one. It stands on the trail
// of every workspace of theirs, for it weakens what guards each of them until then.
func ResetMember(tx *db.Tx, person uuid.UUID, reason string) (Member, error) {
	m, err := lockMember(tx, person)
	if err != nil {
		return m, err
	}
	places, err := mayReset(tx, m)
	if err != nil {
		return m, err
	}
	return m, takeWays(tx, m.PersonID, m.Name, places, reason)
}

// ResetByOperator does the same by command, for a person whom nobody manages in every workspace of
// theirs. It gives them and the number of these workspaces, each of which has it on its trail.
func ResetByOperator(tx *db.Tx, email, reason string) (p identity.Person, places int, err error) {
	if email, err = identity.Address("e-mail", email); err != nil {
		return p, 0, err
	}
	p, found, err := identity.FindByEmail(tx, email)
	if err != nil {
		return p, 0, err
	}
	if !found {
		return p, 0, fault.New(fault.NotFound, "Nobody has the address %s.", email)
	}
	var roles map[uuid.UUID]access.Role
	if err := tx.Facing(p.ID, func() (err error) { roles, err = rolesOf(tx, p.ID); return err }); err != nil {
		return p, 0, err
	}
	return p, len(roles), takeWays(tx, p.ID, p.Name, slices.Collect(maps.Keys(roles)), reason)
}

// takeWays takes them and records it in each of these workspaces, in which the person is.
func takeWays(tx *db.Tx, person uuid.UUID, name string, places []uuid.UUID, reason string) error {
	reason, err := catalog.CleanReason(reason, "Say why, and how you know that it was "+name+" who asked.")
	if err != nil {
		return err
	}
	taken, err := identity.ResetWays(tx, person)
	if err != nil {
		return err
	}
	audit.RecordIn(tx, places, audit.Entry{Act: "person.reset", ObjectType: "person", ObjectID: person.String(), Object: name,
		Before: map[string]any{"passkeys": len(taken.Passkeys), "authenticator_app": taken.TOTP}, Detail: map[string]any{"reason": reason}})
	return nil
}

// mayReset tells in which workspaces a member is, and refuses unless the actor manages them in each.
// Passkeys are the person's and not a workspace's: who could reset them from one workspace alone would
// open all others to whoever reads that person's mail.
func mayReset(tx *db.Tx, m Member) ([]uuid.UUID, error) {
	switch a := tx.Actor(); {
	case a.Kind != access.Person:
		return nil, fault.New(fault.Forbidden, "Only a person can reset somebody's passkeys.")
	case a.ID == m.PersonID:
		return nil, fault.New(fault.Conflict, "Nobody resets their own passkeys. Ask another Owner or Admin.")
	case !manages(a.Role, m.Role):
		return nil, fault.New(fault.Forbidden, "Only an Owner can reset the passkeys of an Owner.")
	case m.Passkeys == 0 && !m.HasTOTP:
		return nil, fault.New(fault.Conflict, "%s has no passkey and no authenticator app. The next sign-in link lets them add one.", m.Name)
	}
	mine, err := rolesOf(tx, tx.Actor().ID)
	if err != nil {
		return nil, err
	}
	var theirs map[uuid.UUID]access.Role
	err = tx.Facing(m.PersonID, func() (err error) { theirs, err = rolesOf(tx, m.PersonID); return err })
	if err != nil {
		return nil, err
	}
	var places []uuid.UUID
	for place, role := range theirs {
		if !manages(mine[place], role) {
			return nil, fault.New(fault.Conflict, "The passkeys of %s also guard a workspace in which you do not manage them. Only somebody who does so everywhere can reset them.", m.Name)
		}
		places = append(places, place)
	}
	return places, nil
}

// manages tells whether one role may change people of another: only Owners touch Owners.
func manages(actor, member access.Role) bool {
	return actor.May(access.ManagePeople) && slices.Contains(Assignable(access.Actor{Kind: access.Person, Role: actor}), member)
}

// rolesOf are a person's roles by workspace, as far as the transaction may see them.
func rolesOf(tx *db.Tx, person uuid.UUID) (map[uuid.UUID]access.Role, error) {
	var rows []memberRow
	err := tx.Gorm().Raw("select workspace_id, role from members where person_id = ? and removed_at is null", person).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("roles of a person: %w", err)
	}
	out := map[uuid.UUID]access.Role{}
	for _, r := range rows {
		out[r.WorkspaceID] = r.Role
	}
	return out, nil
}
