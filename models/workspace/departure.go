package workspace

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
)

// Departure is what stops when a member is removed, to be read before it happens.
type Departure struct {
	Member      Member
	Last        bool         // the last Owner, who cannot go
	Groups      []Group      // that lose this person
	Invitations []Invitation // that are taken back
	Tokens      []identity.Token
}

// Departing works out what removing a member would stop, and what it would leave: live tokens that
// they made go on working.
func Departing(tx *db.Tx, person uuid.UUID) (d Departure, err error) {
	if d.Member, err = FindMember(tx, person); err != nil {
		return d, err
	}
	if d.Member.Role == access.Owner {
		n, err := owners(tx)
		if err != nil {
			return d, err
		}
		d.Last = n < 2
	}
	if d.Groups, err = GroupsOf(tx, person); err != nil {
		return d, err
	}
	if d.Invitations, err = openOf(tx, person); err != nil {
		return d, err
	}
	d.Tokens, err = identity.TokensOf(tx, person)
	return d, err
}

// GroupsOf are the groups that a person is in.
func GroupsOf(tx *db.Tx, person uuid.UUID) ([]Group, error) {
	all, err := ListGroups(tx)
	if err != nil {
		return nil, err
	}
	var out []Group
	for _, g := range all {
		if g.Has(person) {
			out = append(out, g)
		}
	}
	return out, nil
}

// RemoveMember ends a membership: at the next request the person sees nothing of the workspace.
// They leave every group, and what they invited is taken back. Their record and their decisions stay.
func RemoveMember(tx *db.Tx, person uuid.UUID) (Member, error) {
	m, err := lockMember(tx, person)
	if err != nil {
		return m, err
	}
	if err := mayTouch(tx, m, ""); err != nil {
		return m, err
	}
	// The version counts, so that a group's form opened before cannot bring the person back.
	err = tx.Gorm().Exec(`with left_groups as (delete from group_members where workspace_id = ? and person_id = ? returning group_id)
		update groups set version = version + 1 where workspace_id = ? and id in (select group_id from left_groups)`,
		tx.Workspace(), person, tx.Workspace()).Error
	if err != nil {
		return m, fmt.Errorf("leave groups: %w", err)
	}
	err = tx.Gorm().Model(&memberRow{}).Where("workspace_id = ? and person_id = ?", tx.Workspace(), person).
		Update("removed_at", tx.Now()).Error
	if err != nil {
		return m, fmt.Errorf("remove member: %w", err)
	}
	audit.Record(tx, audit.Entry{Act: "member.removed", ObjectType: "person", ObjectID: person.String(), Object: m.Name,
		Before: map[string]any{"role": m.Role}})
	tx.Enqueue(Recount{tx.Workspace()})
	return m, endInvitations(tx, person, "")
}
