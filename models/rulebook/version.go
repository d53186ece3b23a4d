// Package rulebook keeps a workspace's rules: their versions, who may publish which, and the
// live ones compiled.
//
// It promises: a version never changes once it left draft and review; what is live was published
// by a second admin, or waited a day where there is none; each publication is a new edition, and a
// request is born under one edition. It knows no request.
// Files: version, list, book, directory (whom and what rules can name), shortage, growth, second, worker.
package rulebook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm/clause"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/workspace"
)

// VersionState is where a version of a rule stands.
type VersionState string

const (
	Draft          VersionState = "draft"
	InReview       VersionState = "in_review" // waits for a second admin
	Live           VersionState = "live"
	VersionOver    VersionState = "superseded"
	VersionRetired VersionState = "retired"
	Discarded      VersionState = "discarded"
)

// longestNote is how much may be said about a change, in characters.
const longestNote = 1000

// Version is one version of a rule. It never changes once it left draft and review.
type Version struct {
	WorkspaceID  uuid.UUID `gorm:"primaryKey"`
	RuleID       uuid.UUID `gorm:"primaryKey"`
	N            int       `gorm:"primaryKey"`
	State        VersionState
	Body         db.JSON[rule.Body]
	ChangeNote   string
	Retires      bool // publishing it retires the rule
	Edit         int  // counts edits, publications and discards of the rule, over all its versions
	EditedBy     *uuid.UUID
	EditedAt     time.Time
	SubmittedAt  *time.Time
	PublishAfter *time.Time // of a change that nobody else can publish
	PublishedBy  *uuid.UUID
	PublishedAt  *time.Time
	EndedAt      *time.Time
}

// TableName is where versions live.
func (Version) TableName() string { return "rule_versions" }

// Publish has a change published once its delay is over.
type Publish struct {
	Workspace uuid.UUID `json:"workspace"`
	Rule      uuid.UUID `json:"rule"`
	Edit      int       `json:"edit"`
	N         int       `json:"n"`
}

// Kind names the job.
func (Publish) Kind() string { return "rule_publish" }

// CreateRule makes a rule with its first draft. Nothing changes until that is published.
func CreateRule(tx *db.Tx, body rule.Body) (Version, error) {
	if err := checkBody(tx, &body); err != nil {
		return Version{}, err
	}
	id := uuid.New()
	err := tx.Gorm().Exec("insert into rules (workspace_id, id, name, created_by, created_at) values (?, ?, ?, ?, ?)",
		tx.Workspace(), id, body.Name, editor(tx), tx.Now()).Error
	if err != nil {
		return Version{}, fmt.Errorf("create rule: %w", err)
	}
	return addVersion(tx, Version{RuleID: id}, Version{Body: db.JSON[rule.Body]{V: body}})
}

// EditRule changes the open draft, or begins one. edit is the count of the newest version as
// the page showed it; another is refused as Stale. The same rule again changes nothing.
func EditRule(tx *db.Tx, id uuid.UUID, edit int, body rule.Body) (Version, error) {
	versions, err := lockRule(tx, id)
	if err != nil {
		return Version{}, err
	}
	if err := checkBody(tx, &body); err != nil {
		return Version{}, err
	}
	v, open := openDraft(versions)
	if err := v.fresh(open, edit); err != nil {
		return v, err
	}
	switch {
	case !open:
		return addVersion(tx, v, Version{Body: db.JSON[rule.Body]{V: body}})
	case v.says(body):
		return v, nil
	}
	before := v.Body.V
	v.Body.V, v.State, v.Edit = body, Draft, v.Edit+1
	v.EditedBy, v.EditedAt = editor(tx), tx.Now()
	err = v.save(tx, map[string]any{"body": v.Body, "state": Draft, "edit": v.Edit, "retires": false,
		"edited_by": v.EditedBy, "edited_at": v.EditedAt, "submitted_at": nil, "publish_after": nil})
	v.record(tx, "rule.draft_changed", map[string]any{"rule": before}, map[string]any{"rule": body})
	return v, err
}

// says tells whether publishing this draft would make exactly this rule live.
func (v Version) says(body rule.Body) bool {
	have, err := json.Marshal(v.Body.V)
	want, wrong := json.Marshal(body)
	return err == nil && wrong == nil && !v.Retires && bytes.Equal(have, want)
}

// RetireRule asks a second admin to end a rule: what it holds back today would go free.
func RetireRule(tx *db.Tx, id uuid.UUID, note string) (Version, error) {
	versions, err := lockRule(tx, id)
	if err != nil {
		return Version{}, err
	}
	if v, open := openDraft(versions); open {
		return v, fault.New(fault.Conflict, "Version %d is a draft. Publish or discard it first.", v.N)
	}
	i := slices.IndexFunc(versions, func(v Version) bool { return v.State == Live })
	if i < 0 {
		return versions[0], fault.New(fault.Conflict, "This rule is not live.")
	}
	if note, err = cleanNote(note); err != nil {
		return Version{}, err
	}
	v, err := addVersion(tx, versions[0], Version{Body: versions[i].Body, ChangeNote: note, Retires: true})
	if err != nil {
		return v, err
	}
	return v, v.submit(tx)
}

// SubmitRule puts a draft before a second admin, with a note for them. Where there is only one
// admin it is published by itself a day later, unless somebody discards it.
func SubmitRule(tx *db.Tx, id uuid.UUID, edit int, note string) (Version, error) {
	v, err := lockDraft(tx, id, edit)
	if err != nil || v.State == InReview {
		return v, err
	}
	if v.ChangeNote, err = cleanNote(note); err != nil {
		return v, err
	}
	return v, v.submit(tx)
}

func (v *Version) submit(tx *db.Tx) error {
	admins, err := workspace.Holders(tx, access.WriteRules)
	if err != nil {
		return err
	}
	v.State, v.SubmittedAt = InReview, new(tx.Now())
	set := map[string]any{"state": v.State, "submitted_at": v.SubmittedAt, "change_note": v.ChangeNote}
	if admins < 2 {
		v.PublishAfter = new(tx.Now().Add(workspace.AloneDelay))
		set["publish_after"] = v.PublishAfter
		tx.EnqueueAt(Publish{tx.Workspace(), v.RuleID, v.Edit, v.N}, *v.PublishAfter)
	}
	v.record(tx, "rule.submitted", nil, map[string]any{"publish_after": v.PublishAfter, "retires": v.Retires, "note": v.ChangeNote})
	return v.save(tx, set)
}

// PublishRule makes what was submitted the live version. It takes another admin than the one who
// edited it last. A draft that nobody put before them stays one: its author is not done with it.
func PublishRule(tx *db.Tx, id uuid.UUID, edit int) (Version, error) {
	v, err := lockDraft(tx, id, edit)
	if err != nil {
		return v, err
	}
	if v.State == Draft {
		return v, fault.New(fault.Conflict, "Version %d is a draft that was not submitted. It can be published once it is.", v.N)
	}
	if by := editor(tx); by == nil || v.EditedBy != nil && *v.EditedBy == *by {
		return v, fault.New(fault.Forbidden, "You edited this version, so a second Admin or Owner must publish it.")
	}
	return v, v.release(tx)
}

// PublishDue publishes the very change that the job stands for, once its delay is over. One
// that was edited, published or discarded meanwhile is left as it is.
func PublishDue(tx *db.Tx, p Publish) (Version, error) {
	versions, err := lockRule(tx, p.Rule)
	if err != nil {
		return Version{}, err
	}
	v, open := openDraft(versions)
	if !open || v.N != p.N || v.Edit != p.Edit || v.State != InReview || v.PublishAfter == nil {
		return v, nil
	}
	if tx.Now().Before(*v.PublishAfter) {
		return v, fault.New(fault.Conflict, "The delay of a day is not over.")
	}
	return v, v.release(tx)
}

// release publishes what still makes sense: since it was written a group may have gone, or somebody left.
func (v *Version) release(tx *db.Tx) error {
	if !v.Retires {
		if err := checkBody(tx, &v.Body.V); err != nil {
			return err
		}
	}
	return v.publish(tx)
}

func (v *Version) publish(tx *db.Tx) error {
	err := tx.Gorm().Exec("update rule_versions set state = 'superseded', ended_at = ? where workspace_id = ? and rule_id = ? and state = 'live'",
		tx.Now(), tx.Workspace(), v.RuleID).Error
	if err != nil {
		return fmt.Errorf("end live version: %w", err)
	}
	v.State, v.Edit, v.PublishedBy, v.PublishedAt = Live, v.Edit+1, editor(tx), new(tx.Now())
	act := "rule.published"
	if v.Retires {
		v.State, act = VersionRetired, "rule.retired"
	}
	if err := v.save(tx, map[string]any{"state": v.State, "edit": v.Edit, "published_by": v.PublishedBy, "published_at": v.PublishedAt}); err != nil {
		return err
	}
	var retired *time.Time
	if v.Retires {
		retired = new(tx.Now())
	}
	err = tx.Gorm().Exec("update rules set name = ?, retired_at = ?, covers = ? where workspace_id = ? and id = ?",
		v.Body.V.Name, retired, db.Texts(v.Body.V.Resolved()), tx.Workspace(), v.RuleID).Error
	if err != nil {
		return fmt.Errorf("name rule: %w", err)
	}
	v.record(tx, act, nil, map[string]any{"rule": v.Body.V, "note": v.ChangeNote})
	// From here on requests are born under the new edition; open ones keep the plan they have.
	return tx.Gorm().Exec("update workspaces set rules_edition = rules_edition + 1 where workspace_id = ?", tx.Workspace()).Error
}

// DiscardDraft ends an open draft. The live version stays.
func DiscardDraft(tx *db.Tx, id uuid.UUID, edit int) (Version, error) {
	v, err := lockDraft(tx, id, edit)
	if err != nil {
		return v, err
	}
	v.State, v.Edit = Discarded, v.Edit+1
	v.record(tx, "rule.draft_discarded", nil, nil)
	return v, v.save(tx, map[string]any{"state": v.State, "edit": v.Edit, "ended_at": tx.Now()})
}

// Versions are all versions of a rule, newest first. A rule that does not exist has none: NotFound.
func Versions(tx *db.Tx, id uuid.UUID) ([]Version, error) {
	var out []Version
	err := tx.Gorm().Where("workspace_id = ? and rule_id = ?", tx.Workspace(), id).Order("n desc").Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("versions: %w", err)
	}
	if len(out) == 0 {
		return nil, fault.Missing()
	}
	return out, nil
}

// lockRule keeps others from changing the rule, then reads its versions.
func lockRule(tx *db.Tx, id uuid.UUID) ([]Version, error) {
	var one int
	err := tx.Gorm().Table("rules").Select("1").Where("workspace_id = ? and id = ?", tx.Workspace(), id).
		Clauses(clause.Locking{Strength: "UPDATE"}).Scan(&one).Error
	if err != nil {
		return nil, fmt.Errorf("lock rule: %w", err)
	}
	return Versions(tx, id)
}

func lockDraft(tx *db.Tx, id uuid.UUID, edit int) (Version, error) {
	versions, err := lockRule(tx, id)
	if err != nil {
		return Version{}, err
	}
	v, open := openDraft(versions)
	if !open {
		return versions[0], fault.New(fault.Conflict, "There is no draft any more: version %d is %s.", versions[0].N, versions[0].State)
	}
	return v, v.fresh(open, edit)
}

func openDraft(versions []Version) (Version, bool) {
	for _, v := range versions {
		if v.State == Draft || v.State == InReview {
			return v, true
		}
	}
	return versions[0], false
}

func (v Version) fresh(open bool, edit int) error {
	switch {
	case v.Edit == edit:
		return nil
	case !open:
		return fault.New(fault.Stale, "This rule changed meanwhile: version %d is %s. Compare it with yours, then send yours again.", v.N, v.State)
	}
	return fault.New(fault.Stale, "Somebody changed the draft of this rule at %s UTC. Compare theirs with yours, then send yours again.", v.EditedAt.UTC().Format("15:04 on 2 January"))
}

// addVersion begins a draft after the newest version. Its count goes on from there, so that one
// count never stands for two contents of a rule.
func addVersion(tx *db.Tx, newest, v Version) (Version, error) {
	v.RuleID, v.N, v.Edit = newest.RuleID, newest.N+1, newest.Edit+1
	v.WorkspaceID, v.State, v.EditedBy, v.EditedAt = tx.Workspace(), Draft, editor(tx), tx.Now()
	if err := tx.Gorm().Create(&v).Error; err != nil {
		return v, fmt.Errorf("add version: %w", err)
	}
	v.record(tx, "rule.drafted", nil, map[string]any{"rule": v.Body.V})
	return v, nil
}

func (v *Version) save(tx *db.Tx, set map[string]any) error {
	err := tx.Gorm().Model(&Version{}).Where("workspace_id = ? and rule_id = ? and n = ?", tx.Workspace(), v.RuleID, v.N).Updates(set).Error
	if err != nil {
		return fmt.Errorf("save version: %w", err)
	}
	return nil
}

func (v *Version) record(tx *db.Tx, act string, before, after map[string]any) {
	audit.Record(tx, audit.Entry{Act: act, ObjectType: "rule", ObjectID: v.RuleID.String(), Object: v.Body.V.Name,
		Before: before, After: after, Detail: map[string]any{"version": v.N}})
}

func checkBody(tx *db.Tx, body *rule.Body) error {
	d, err := Directory(tx)
	if err != nil {
		return err
	}
	return body.Validate(catalog.Types(), d)
}

func cleanNote(note string) (string, error) {
	out, wrong := catalog.CleanProse(note, longestNote)
	if wrong != nil {
		return "", fault.At("note", "The note %s", wrong.Message)
	}
	return out, nil
}

// editor is the person who makes a change, nil for the portal itself.
func editor(tx *db.Tx) *uuid.UUID {
	if tx.Actor().Kind != access.Person {
		return nil
	}
	return new(tx.Actor().ID)
}
