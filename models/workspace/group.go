package workspace

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
)

// Group is a set of members that rules can ask. Version counts its edits.
type Group struct {
	WorkspaceID uuid.UUID `gorm:"primaryKey"`
	ID          uuid.UUID `gorm:"primaryKey"`
	Name        string
	Description string
	Version     int
	CreatedAt   time.Time
	Members     []uuid.UUID `gorm:"-"`
}

// GroupDraft is what a group's form says. Version is that of the page it was made on, 0 for a new group.
type GroupDraft struct {
	Name, Description string
	Members           []uuid.UUID
	Version           int
}

// Has tells whether a person is in the group.
func (g Group) Has(person uuid.UUID) bool { return slices.Contains(g.Members, person) }

func (d GroupDraft) check() (GroupDraft, error) {
	var problems fault.Collect
	name, err := identity.CleanName("name", d.Name)
	problems = append(problems, fieldsOf(err)...)
	about := ""
	if d.Description != "" {
		about, err = identity.CleanText("description", d.Description, descriptionLimit)
		problems = append(problems, fieldsOf(err)...)
	}
	d.Name, d.Description = name, about
	return d, problems.OrNil()
}

// descriptionLimit is the longest description of a group, in code points.
const descriptionLimit = 200

// CreateGroup makes a group.
func CreateGroup(tx *db.Tx, d GroupDraft) (Group, error) {
	d, err := d.check()
	if err != nil {
		return Group{}, err
	}
	if err := lockPeople(tx); err != nil {
		return Group{}, err
	}
	g := Group{WorkspaceID: tx.Workspace(), ID: uuid.New(), Name: d.Name, Description: d.Description, Version: 1, CreatedAt: tx.Now()}
	if err := tx.Gorm().Create(&g).Error; err != nil {
		return g, nameTaken(err, d.Name)
	}
	if err := setMembers(tx, &g, d.Members); err != nil {
		return g, err
	}
	audit.Record(tx, audit.Entry{Act: "group.created", ObjectType: "group", ObjectID: g.ID.String(), Object: g.Name, After: g.facts()})
	return g, nil
}

// UpdateGroup changes name, description and members. A draft made on an older version is refused as Stale.
func UpdateGroup(tx *db.Tx, id uuid.UUID, d GroupDraft) (Group, error) {
	before, err := lockGroup(tx, id, d.Version)
	if err != nil {
		return before, err
	}
	if d, err = d.check(); err != nil {
		return before, err
	}
	g := before
	g.Name, g.Description, g.Version = d.Name, d.Description, d.Version+1
	err = tx.Gorm().Model(&Group{}).Where("workspace_id = ? and id = ?", tx.Workspace(), id).
		Updates(map[string]any{"name": g.Name, "description": g.Description, "version": g.Version}).Error
	if err != nil {
		return before, nameTaken(err, g.Name)
	}
	if err := setMembers(tx, &g, d.Members); err != nil {
		return before, err
	}
	audit.Record(tx, audit.Entry{Act: "group.updated", ObjectType: "group", ObjectID: id.String(), Object: g.Name,
		Before: before.facts(), After: g.facts()})
	tx.Enqueue(Recount{tx.Workspace()})
	return g, nil
}

// DeleteGroup deletes a group that nothing needs. inUse are the names of the rules that ask it,
// read in the same transaction; with any the group stays.
func DeleteGroup(tx *db.Tx, id uuid.UUID, version int, inUse []string) (Group, error) {
	g, err := lockGroup(tx, id, version)
	if err != nil {
		return g, err
	}
	if len(inUse) > 0 {
		return g, fault.New(fault.Conflict, "%s is asked by %s. Let those rules ask somebody else first.", g.Name, strings.Join(inUse, ", "))
	}
	for _, table := range []string{"group_members where workspace_id = ? and group_id", "groups where workspace_id = ? and id"} {
		if err := tx.Gorm().Exec("delete from "+table+" = ?", tx.Workspace(), id).Error; err != nil {
			return g, fmt.Errorf("delete group: %w", err)
		}
	}
	audit.Record(tx, audit.Entry{Act: "group.deleted", ObjectType: "group", ObjectID: id.String(), Object: g.Name, Before: g.facts()})
	return g, nil
}

func lockGroup(tx *db.Tx, id uuid.UUID, version int) (Group, error) {
	if err := lockPeople(tx); err != nil {
		return Group{}, err
	}
	g, err := FindGroup(tx, id)
	if err == nil && g.Version != version {
		err = fault.New(fault.Stale, "Somebody changed this group meanwhile. Check what it is now and send your changes again.")
	}
	return g, err
}

// facts are what the audit trail keeps of a group.
func (g Group) facts() map[string]any {
	return map[string]any{"name": g.Name, "description": g.Description, "members": g.Members}
}

func setMembers(tx *db.Tx, g *Group, people []uuid.UUID) error {
	err := tx.Gorm().Exec("delete from group_members where workspace_id = ? and group_id = ?", tx.Workspace(), g.ID).Error
	if err != nil {
		return fmt.Errorf("empty group: %w", err)
	}
	g.Members = slices.Compact(slices.SortedFunc(slices.Values(people), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }))
	for _, p := range g.Members {
		res := tx.Gorm().Exec(`insert into group_members (workspace_id, group_id, person_id, added_at)
			select workspace_id, ?, person_id, ? from members where workspace_id = ? and person_id = ? and removed_at is null`,
			g.ID, tx.Now(), tx.Workspace(), p)
		if res.Error != nil {
			return fmt.Errorf("add to group: %w", res.Error)
		}
		if res.RowsAffected == 0 {
			return fault.At("members", "Choose people of this workspace.")
		}
	}
	return nil
}

// ListGroups are the workspace's groups by name, each with its members.
func ListGroups(tx *db.Tx) ([]Group, error) {
	var out []Group
	if err := tx.Gorm().Where("workspace_id = ?", tx.Workspace()).Order("name").Limit(500).Find(&out).Error; err != nil {
		return nil, fmt.Errorf("list groups: %w", err)
	}
	var rows []struct{ GroupID, PersonID uuid.UUID }
	err := tx.Gorm().Raw("select group_id, person_id from group_members where workspace_id = ? order by person_id", tx.Workspace()).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list group members: %w", err)
	}
	at := map[uuid.UUID]int{}
	for i, g := range out {
		at[g.ID] = i
	}
	for _, r := range rows {
		if i, ok := at[r.GroupID]; ok {
			out[i].Members = append(out[i].Members, r.PersonID)
		}
	}
	return out, nil
}

// FindGroup finds one with its members, or refuses with NotFound.
func FindGroup(tx *db.Tx, id uuid.UUID) (Group, error) {
	var g Group
	ok, err := db.Found(tx.Gorm().Where("workspace_id = ? and id = ?", tx.Workspace(), id).Take(&g).Error)
	if err != nil {
		return g, fmt.Errorf("find group: %w", err)
	}
	if !ok {
		return g, fault.Missing()
	}
	err = tx.Gorm().Raw("select person_id from group_members where workspace_id = ? and group_id = ? order by person_id",
		tx.Workspace(), id).Scan(&g.Members).Error
	if err != nil {
		return g, fmt.Errorf("list group members: %w", err)
	}
	return g, nil
}

func nameTaken(err error, name string) error {
	if db.Violates(err, "groups_workspace_id_name_key") {
		return fault.At("name", "There is a group called %s already.", name)
	}
	return fmt.Errorf("save group: %w", err)
}
