package workspace

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm/clause"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
)

// Member is a person in this workspace.
type Member struct {
	PersonID uuid.UUID
	Email    string
	Name     string
	Role     access.Role
	JoinedAt time.Time
	SeenAt   *time.Time
	Passkeys int
	HasTOTP  bool
}

type memberRow struct {
	WorkspaceID uuid.UUID `gorm:"primaryKey"`
	PersonID    uuid.UUID `gorm:"primaryKey"`
	Role        access.Role
	JoinedAt    time.Time
	RoleSince   time.Time
	RemovedAt   *time.Time
}

func (memberRow) TableName() string { return "members" }

// Join makes the person with this address a member, or gives a former member the role anew.
func Join(tx *db.Tx, email, name string, role access.Role) (Member, error) {
	email, err := identity.Address("email", email)
	if err != nil {
		return Member{}, err
	}
	p, err := identity.Register(tx, email, name)
	if err != nil {
		return Member{}, err
	}
	row := memberRow{WorkspaceID: tx.Workspace(), PersonID: p.ID, Role: role, JoinedAt: tx.Now(), RoleSince: tx.Now()}
	err = tx.Gorm().Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "workspace_id"}, {Name: "person_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"role", "role_since", "joined_at", "removed_at"}),
		Where:     clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "members.removed_at is not null"}}},
	}).Create(&row).Error
	if err != nil {
		return Member{}, fmt.Errorf("join: %w", err)
	}
	audit.Record(tx, audit.Entry{Act: "member.joined", ObjectType: "person", ObjectID: p.ID.String(), Object: p.Name,
		After: map[string]any{"role": role}})
	return FindMember(tx, p.ID)
}

const memberColumns = `select m.person_id, p.email, p.name, m.role, m.joined_at,
	(select max(seen_at) from sessions s where s.person_id = p.id) as seen_at,
	(select count(*) from passkeys k where k.person_id = p.id) as passkeys, p.sealed_totp is not null as has_totp
	from members m join people p on p.id = m.person_id where m.workspace_id = ? and m.removed_at is null`

// ListMembers are the workspace's people by name.
func ListMembers(tx *db.Tx) ([]Member, error) {
	var out []Member
	if err := tx.Gorm().Raw(memberColumns+" order by p.name, p.email limit 2000", tx.Workspace()).Scan(&out).Error; err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return out, nil
}

// FindMember finds one, or refuses with NotFound.
func FindMember(tx *db.Tx, person uuid.UUID) (Member, error) {
	var m Member
	res := tx.Gorm().Raw(memberColumns+" and m.person_id = ?", tx.Workspace(), person).Scan(&m)
	if res.Error != nil {
		return m, fmt.Errorf("find member: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return m, fault.Missing()
	}
	return m, nil
}

// ChangeRole gives a member another role. Only Owners make or unmake Owners, and the last
// Owner stays one.
func ChangeRole(tx *db.Tx, person uuid.UUID, role access.Role) (Member, error) {
	m, err := lockMember(tx, person)
	if err != nil {
		return m, err
	}
	if role.Label() == string(role) {
		return m, fault.At("role", "Choose a role from the list.")
	}
	if m.Role == role {
		return m, nil
	}
	if err := mayTouch(tx, m, role); err != nil {
		return m, err
	}
	err = tx.Gorm().Model(&memberRow{}).Where("workspace_id = ? and person_id = ?", tx.Workspace(), person).
		Updates(map[string]any{"role": role, "role_since": tx.Now()}).Error
	if err != nil {
		return m, fmt.Errorf("change role: %w", err)
	}
	audit.Record(tx, audit.Entry{Act: "member.role_changed", ObjectType: "person", ObjectID: person.String(), Object: m.Name,
		Before: map[string]any{"role": m.Role}, After: map[string]any{"role": role}})
	m.Role = role
	return m, nil
}

// RemoveMember ends a membership and takes the person out of every group here.
func RemoveMember(tx *db.Tx, person uuid.UUID) (Member, error) {
	m, err := lockMember(tx, person)
	if err != nil {
		return m, err
	}
	if err := mayTouch(tx, m, ""); err != nil {
		return m, err
	}
	if err := tx.Gorm().Exec("delete from group_members where workspace_id = ? and person_id = ?", tx.Workspace(), person).Error; err != nil {
		return m, fmt.Errorf("leave groups: %w", err)
	}
	err = tx.Gorm().Model(&memberRow{}).Where("workspace_id = ? and person_id = ?", tx.Workspace(), person).
		Update("removed_at", tx.Now()).Error
	if err != nil {
		return m, fmt.Errorf("remove member: %w", err)
	}
	audit.Record(tx, audit.Entry{Act: "member.removed", ObjectType: "person", ObjectID: person.String(), Object: m.Name,
		Before: map[string]any{"role": m.Role}})
	return m, nil
}

// lockMember locks the workspace's row first, so that two Owners cannot unmake each other at once.
func lockMember(tx *db.Tx, person uuid.UUID) (Member, error) {
	var one int
	if err := tx.Gorm().Raw("select 1 from workspaces where workspace_id = ? for update", tx.Workspace()).Scan(&one).Error; err != nil {
		return Member{}, fmt.Errorf("lock workspace: %w", err)
	}
	return FindMember(tx, person)
}

func mayTouch(tx *db.Tx, m Member, role access.Role) error {
	a := tx.Actor()
	if (m.Role == access.Owner || role == access.Owner) && a.Kind == access.Person && a.Role != access.Owner {
		return fault.New(fault.Forbidden, "Only an Owner can make, change or remove an Owner.")
	}
	if m.Role != access.Owner || role == access.Owner {
		return nil
	}
	var owners int64
	err := tx.Gorm().Model(&memberRow{}).Where("workspace_id = ? and role = ? and removed_at is null", tx.Workspace(), access.Owner).Count(&owners).Error
	if err != nil {
		return fmt.Errorf("count owners: %w", err)
	}
	if owners < 2 {
		return fault.New(fault.Conflict, "%s is the last Owner. Make somebody else an Owner first.", m.Name)
	}
	return nil
}
