package workspace

import (
	"fmt"
	"slices"
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
	PersonID  uuid.UUID
	Email     string
	Name      string
	Role      access.Role
	JoinedAt  time.Time
	RoleSince time.Time
	SeenAt    *time.Time // in this workspace, within a minute
	Passkeys  int
	HasTOTP   bool
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
// Who is a member already stays what they are. The name is used for a new person only.
func Join(tx *db.Tx, email, name string, role access.Role) (Member, error) {
	p, err := newcomer(tx, email, name)
	if err != nil {
		return Member{}, err
	}
	row := memberRow{WorkspaceID: tx.Workspace(), PersonID: p.ID, Role: role, JoinedAt: tx.Now(), RoleSince: tx.Now()}
	res := tx.Gorm().Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "workspace_id"}, {Name: "person_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"role", "role_since", "joined_at", "removed_at"}),
		Where:     clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "members.removed_at is not null"}}},
	}).Create(&row)
	if res.Error != nil {
		return Member{}, fmt.Errorf("join: %w", res.Error)
	}
	if res.RowsAffected == 1 {
		audit.Record(tx, audit.Entry{Act: "member.joined", ObjectType: "person", ObjectID: p.ID.String(), Object: p.Name,
			After: map[string]any{"role": role}})
	}
	return FindMember(tx, p.ID)
}

func newcomer(tx *db.Tx, email, name string) (identity.Person, error) {
	var problems fault.Collect
	email, err := identity.Address("email", email)
	problems = append(problems, fieldsOf(err)...)
	if name != "" {
		name, err = identity.CleanName("name", name)
		problems = append(problems, fieldsOf(err)...)
	}
	if err := problems.OrNil(); err != nil {
		return identity.Person{}, err
	}
	return identity.Register(tx, email, name)
}

func fieldsOf(err error) []fault.Field {
	if f := fault.As(err); f != nil {
		return f.Fields
	}
	return nil
}

const memberColumns = `select m.person_id, p.email, p.name, m.role, m.joined_at, m.role_since, m.seen_at,
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

// ChangeRole gives a member another role. from is the role that the page showed: when it is not
// so any more the change is refused as Stale. Only Owners make or unmake Owners, and the last
// Owner stays one. Open invitations that the member could not send as the new role are taken back.
func ChangeRole(tx *db.Tx, person uuid.UUID, from, to access.Role) (Member, error) {
	m, err := lockMember(tx, person)
	if err != nil {
		return m, err
	}
	switch {
	case !known(to):
		return m, fault.At("role", "Choose a role from the list.")
	case m.Role != from:
		return m, fault.New(fault.Stale, "Somebody changed this meanwhile: %s is %s now. Check your choice and send it again.", m.Name, m.Role.Label())
	case m.Role == to:
		return m, nil
	}
	if err := mayTouch(tx, m, to); err != nil {
		return m, err
	}
	err = tx.Gorm().Model(&memberRow{}).Where("workspace_id = ? and person_id = ?", tx.Workspace(), person).
		Updates(map[string]any{"role": to, "role_since": tx.Now()}).Error
	if err != nil {
		return m, fmt.Errorf("change role: %w", err)
	}
	audit.Record(tx, audit.Entry{Act: "member.role_changed", ObjectType: "person", ObjectID: person.String(), Object: m.Name,
		Before: map[string]any{"role": from}, After: map[string]any{"role": to}})
	m.Role = to
	tx.Enqueue(Recount{tx.Workspace()})
	return m, endInvitations(tx, person, to)
}

func known(r access.Role) bool { return slices.Contains(access.Roles, r) }

// lockPeople makes changes of members, groups and invitations wait for each other, so that two
// Owners cannot unmake each other at once.
func lockPeople(tx *db.Tx) error {
	var one int
	if err := tx.Gorm().Raw("select 1 from workspaces where workspace_id = ? for no key update", tx.Workspace()).Scan(&one).Error; err != nil {
		return fmt.Errorf("lock workspace: %w", err)
	}
	return nil
}

func lockMember(tx *db.Tx, person uuid.UUID) (Member, error) {
	if err := lockPeople(tx); err != nil {
		return Member{}, err
	}
	return FindMember(tx, person)
}

// Assignable are the roles that an actor may give and take away: only Owners make and unmake Owners.
func Assignable(a access.Actor) []access.Role {
	if a.Kind == access.Person && a.Role != access.Owner {
		return slices.DeleteFunc(slices.Clone(access.Roles), func(r access.Role) bool { return r == access.Owner })
	}
	return access.Roles
}

// mayTouch tells whether the actor may bring a member to a role ("" for none).
func mayTouch(tx *db.Tx, m Member, role access.Role) error {
	may := Assignable(tx.Actor())
	if !slices.Contains(may, m.Role) || role != "" && !slices.Contains(may, role) {
		return fault.New(fault.Forbidden, "Only an Owner can make, change or remove an Owner.")
	}
	if m.Role != access.Owner || role == access.Owner {
		return nil
	}
	if n, err := owners(tx); err != nil || n > 1 {
		return err
	}
	return fault.New(fault.Conflict, "%s is the last Owner. Make somebody else an Owner first.", m.Name)
}

func owners(tx *db.Tx) (n int64, err error) {
	err = tx.Gorm().Model(&memberRow{}).Where("workspace_id = ? and role = ? and removed_at is null", tx.Workspace(), access.Owner).Count(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count owners: %w", err)
	}
	return n, nil
}
