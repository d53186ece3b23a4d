// Package workspace is a customer's own room: its members with one role each, its groups,
// its invitations and settings.
//
// It promises that a workspace always has an Owner, that only an Owner makes or unmakes one,
// and that a role change counts at the person's next request.
// Files in order: workspace, settings, member, departure, group, invitation, acceptance, round.
package workspace

import (
	"fmt"
	"regexp"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
)

// Workspace is one customer: the tenant that everything else belongs to.
type Workspace struct {
	WorkspaceID     uuid.UUID `gorm:"primaryKey"`
	Slug            string
	Name            string
	Region          string
	TimeZone        string
	UnmatchedPeople int // people who must approve a risky action that no rule names
	RequestCount    int64
	RulesEdition    int64 // counts changes of the live rules, and of what else decides with them
	CreatedAt       time.Time
	SignedInOnly    bool       // nobody decides with a mailbox alone
	Version         int        // counts changes of the settings
	WantedBy        *uuid.UUID // who wants weaker settings, nil for nobody
	WantedPeople    *int       // what UnmatchedPeople should be, nil where it should stay
	WantedZone      *string    // likewise
	WantedMail      bool       // SignedInOnly should end
	WantedAt        *time.Time
	WantedNote      string
}

// Draft is what a new workspace needs.
type Draft struct {
	Name, Slug, Region, TimeZone string
	OwnerEmail, OwnerName        string
}

var slugForm = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)
var regionForm = regexp.MustCompile(`^([A-Za-z][A-Za-z -]{0,18}[A-Za-z])?$`)
var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// Create makes a workspace with its first Owner. The transaction's grant names the new id
// (access.ForSystem with a fresh uuid), for nobody can be a member yet.
func Create(tx *db.Tx, d Draft) (Workspace, error) {
	w, err := d.check(tx)
	if err != nil {
		return w, err
	}
	if err := tx.Gorm().Create(&w).Error; err != nil {
		if db.Violates(err, "workspaces_slug_key") {
			return w, fault.At("slug", "There is a workspace at %s already.", w.Slug)
		}
		return w, fmt.Errorf("create workspace: %w", err)
	}
	audit.Record(tx, audit.Entry{Act: "workspace.created", ObjectType: "workspace", ObjectID: w.WorkspaceID.String(), Object: w.Name})
	_, err = Join(tx, d.OwnerEmail, d.OwnerName, access.Owner)
	return w, err
}

func (d Draft) check(tx *db.Tx) (Workspace, error) {
	var problems fault.Collect
	name, err := identity.CleanName("name", d.Name)
	problems = append(problems, fieldsOf(err)...)
	if d.Slug == "" {
		d.Slug = Slug(name)
	}
	if !slugForm.MatchString(d.Slug) || len(d.Slug) < 2 || len(d.Slug) > 40 {
		problems.Add("slug", "Use 2 to 40 lower-case letters, digits and single hyphens.")
	}
	_, err = identity.Address("owner", d.OwnerEmail)
	problems = append(problems, fieldsOf(err)...)
	if !regionForm.MatchString(d.Region) {
		problems.Add("region", "Use 2 to 20 letters for the region, such as EU.")
	}
	if d.TimeZone != "" && !knownZone(d.TimeZone) {
		problems.Add("time_zone", "%q is not a time zone such as Europe/Berlin.", d.TimeZone)
	}
	w := Workspace{WorkspaceID: tx.Workspace(), Slug: d.Slug, Name: name, Region: d.Region, TimeZone: d.TimeZone,
		UnmatchedPeople: 1, Version: 1, CreatedAt: tx.Now()}
	if w.Region == "" {
		w.Region = "EU"
	}
	if w.TimeZone == "" {
		w.TimeZone = "UTC"
	}
	return w, problems.OrNil()
}

// Slug makes the part of the address from a name.
func Slug(name string) string {
	s := notSlug.ReplaceAllString(toLower(name), "-")
	for len(s) > 0 && s[0] == '-' {
		s = s[1:]
	}
	if len(s) > 40 {
		s = s[:40]
	}
	for len(s) > 0 && s[len(s)-1] == '-' {
		s = s[:len(s)-1]
	}
	return s
}

func toLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// Here is the transaction's workspace.
func Here(tx *db.Tx) (Workspace, error) {
	var w Workspace
	ok, err := db.Found(tx.Gorm().Where("workspace_id = ?", tx.Workspace()).Take(&w).Error)
	if err != nil {
		return w, fmt.Errorf("find workspace: %w", err)
	}
	if !ok {
		return w, fault.Missing()
	}
	return w, nil
}

// Named finds the id of the workspace at an address, for commands (access.ForSweep).
func Named(tx *db.Tx, slug string) (uuid.UUID, error) {
	var w Workspace
	ok, err := db.Found(tx.Gorm().Select("workspace_id").Where("slug = ?", slug).Take(&w).Error)
	if err != nil {
		return uuid.Nil, fmt.Errorf("find workspace: %w", err)
	}
	if !ok {
		return uuid.Nil, fault.New(fault.NotFound, "There is no workspace called %q.", slug)
	}
	return w.WorkspaceID, nil
}

// Place is a workspace that somebody can go to.
type Place struct {
	Slug, Name, Region string
	Role               access.Role
}

// Mine are the workspaces of the signed-in person, by name.
func Mine(tx *db.Tx) ([]Place, error) {
	var out []Place
	err := tx.Gorm().Raw(`select w.slug, w.name, w.region, m.role from members m join workspaces w using (workspace_id)
		where m.person_id = ? and m.removed_at is null order by w.name, w.slug`, tx.Actor().ID).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list own workspaces: %w", err)
	}
	return out, nil
}

// All are the ids of every workspace, for jobs that sweep (access.ForSweep).
func All(tx *db.Tx) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	if err := tx.Gorm().Raw("select workspace_id from workspaces order by workspace_id").Scan(&ids).Error; err != nil {
		return nil, fmt.Errorf("list workspaces: %w", err)
	}
	return ids, nil
}

// BySlug finds a workspace's id by its address, for commands (access.ForSweep).
func BySlug(tx *db.Tx, slug string) (uuid.UUID, error) {
	var row struct{ WorkspaceID uuid.UUID }
	res := tx.Gorm().Raw("select workspace_id from workspaces where slug = ?", slug).Scan(&row)
	if res.Error != nil {
		return uuid.Nil, fmt.Errorf("find workspace: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return uuid.Nil, fault.Missing()
	}
	return row.WorkspaceID, nil
}
