package workspace

import (
	"fmt"
	"slices"
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

// CreateGroup makes a group.
func CreateGroup(tx *db.Tx, d GroupDraft) (Group, error) {
	name, err := identity.CleanName("name", d.Name)
	if err != nil {
		return Group{}, err
	}
	g := Group{WorkspaceID: tx.Workspace(), ID: uuid.New(), Name: name, Description: d.Description, Version: 1, CreatedAt: tx.Now()}
	if err := tx.Gorm().Create(&g).Error; err != nil {
		return g, nameTaken(err, name)
	}
	if err := setMembers(tx, &g, d.Members); err != nil {
		return g, err
	}
	audit.Record(tx, audit.Entry{Act: "group.created", ObjectType: "group", ObjectID: g.ID.String(), Object: name,
		After: map[string]any{"members": g.Members}})
	return g, nil
}

// UpdateGroup changes name and members. A draft made on an older version is refused as Stale.
func UpdateGroup(tx *db.Tx, id uuid.UUID, d GroupDraft) (Group, error) {
	before, err := FindGroup(tx, id)
	if err != nil {
		return before, err
	}
	g := before
	if g.Name, err = identity.CleanName("name", d.Name); err != nil {
		return before, err
	}
	g.Description, g.Version = d.Description, d.Version+1
	res := tx.Gorm().Model(&Group{}).Where("workspace_id = ? and id = ? and version = ?", tx.Workspace(), id, d.Version).
		Updates(map[string]any{"name": g.Name, "description": g.Description, "version": g.Version})
	if res.Error != nil {
		return before, nameTaken(res.Error, g.Name)
	}
	if res.RowsAffected == 0 {
		return before, fault.New(fault.Stale, "Somebody changed this group meanwhile: it is now called %s and has %d members. Check your changes and send them again.", before.Name, len(before.Members))
	}
	if err := setMembers(tx, &g, d.Members); err != nil {
		return before, err
	}
	audit.Record(tx, audit.Entry{Act: "group.updated", ObjectType: "group", ObjectID: id.String(), Object: g.Name,
		Before: map[string]any{"name": before.Name, "members": before.Members},
		After:  map[string]any{"name": g.Name, "members": g.Members}})
	return g, nil
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
