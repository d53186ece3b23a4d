package rulebook

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/workspace"
)

// GrowthRound has the rules of every workspace looked at.
type GrowthRound struct{}

// Kind names the job.
func (GrowthRound) Kind() string { return "rule_growth_round" }

// Growth has the rules of one workspace looked at.
type Growth struct {
	Workspace uuid.UUID `json:"workspace"`
}

// Kind names the job.
func (Growth) Kind() string { return "rule_growth" }

// GrowthLetter has the outgoing door tell one Owner what a rule took in.
type GrowthLetter struct {
	Workspace uuid.UUID `json:"workspace"`
	Message   uuid.UUID `json:"message"`
	Actions   []string  `json:"actions"`
}

// Kind names the job.
func (GrowthLetter) Kind() string { return "rule_growth_letter" }

// InsertOpts gives a mail server a day to take it.
func (GrowthLetter) InsertOpts() river.InsertOpts {
	return db.ByMail()
}

// GrowthRounds have each workspace's rules looked at. What was told is not told again.
func GrowthRounds(d *db.DB) *workspace.Rounds[GrowthRound] {
	return &workspace.Rounds[GrowthRound]{DB: d, Job: func(id uuid.UUID) river.JobArgs { return Growth{id} }}
}

// Growths look at one workspace's rules.
type Growths struct {
	river.WorkerDefaults[Growth]
	DB *db.DB
}

// Work tells what rules took in. A second time changes nothing.
func (w *Growths) Work(ctx context.Context, job *river.Job[Growth]) error {
	return w.DB.In(ctx, access.ForSystem(job.Args.Workspace, "growth of rules"), Grow)
}

// covered is what a rule covered at the last look.
type covered struct {
	ID     uuid.UUID
	Covers db.Texts
}

// Grow compares what live rules cover with what they covered at the last look. What a release
// added to a family that a rule names is covered at once; here it goes on record, and Owners are told.
func Grow(tx *db.Tx) error {
	var known []covered
	if err := tx.Gorm().Raw("select id, covers from rules where workspace_id = ? order by id for update", tx.Workspace()).Scan(&known).Error; err != nil {
		return fmt.Errorf("what rules covered: %w", err)
	}
	live, err := LiveRules(tx)
	if err != nil {
		return err
	}
	for _, r := range live {
		now := r.Body.Resolved()
		i := slices.IndexFunc(known, func(k covered) bool { return k.ID == r.ID })
		if i < 0 { // made a moment ago: the publication noted what it covers
			continue
		}
		before := []string(known[i].Covers)
		if slices.Equal(before, now) {
			continue
		}
		err := tx.Gorm().Exec("update rules set covers = ? where workspace_id = ? and id = ?", db.Texts(now), tx.Workspace(), r.ID).Error
		if err != nil {
			return fmt.Errorf("what a rule covers: %w", err)
		}
		added := slices.DeleteFunc(slices.Clone(now), func(key string) bool { return slices.Contains(before, key) })
		if len(before) > 0 && len(added) > 0 {
			if err := tellOfGrowth(tx, r.ID, r.Body.Name, added); err != nil {
				return err
			}
		}
	}
	return nil
}

func tellOfGrowth(tx *db.Tx, id uuid.UUID, name string, added []string) error {
	audit.Record(tx, audit.Entry{Act: "rule.took_in", ObjectType: "rule", ObjectID: id.String(), Object: name, Detail: map[string]any{"actions": added}})
	letters, err := WriteToOwners(tx, "rule.took_in", "rule", id)
	for _, l := range letters {
		tx.Enqueue(GrowthLetter{tx.Workspace(), l.ID, added})
	}
	return err
}

// Grown is what a letter about a rule's growth says.
type Grown struct {
	Message delivery.Message
	Name    string // of the receiver
	Rule    string
	Place   string
	Slug    string
}

// WriteGrowth prepares one letter. ok is false when it was settled already.
func WriteGrowth(tx *db.Tx, message uuid.UUID) (g Grown, ok bool, err error) {
	if g.Message, ok, err = delivery.Take(tx, message); err != nil || !ok {
		return g, false, err
	}
	err = tx.Gorm().Raw(`select p.name as name, r.name as rule, w.name as place, w.slug as slug from people p, rules r, workspaces w
		where p.id = ? and r.workspace_id = ? and r.id = ? and w.workspace_id = r.workspace_id`,
		g.Message.PersonID, tx.Workspace(), g.Message.ObjectID).Row().Scan(&g.Name, &g.Rule, &g.Place, &g.Slug)
	if err != nil {
		return g, false, fmt.Errorf("letter about a rule: %w", err)
	}
	return g, true, nil
}
