// Package approval is the main job: an action request waits for people, who decide; the
// runtime learns it, consumes the approval once and reports what came of it.
//
// It promises: a request has one outcome, first commit wins; terminal states never change;
// nothing is consumed twice, late, paused, changed, or under rules that got stricter; a
// quorum is never made smaller; there is no approval by silence.
// It knows no page and no mail. Files in the order of a request's life: request,
// people, submit, window, invite, roundup, link, bymail, decide, takeback, consume, outcome, due, hold, agent, warning, query.
package approval

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm/clause"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
)

// Room decides about requests. Signer signs receipts, Rules keeps compiled rules.
type Room struct {
	Signer seal.Signer
	Books  *rulebook.Books
}

// State is where a request stands. Each word means one thing everywhere.
type State string

const (
	Allowed       State = "allowed"     // no rule asked for a person
	Blocked       State = "blocked"     // a rule or the portal refused
	Held          State = "held"        // its integration is paused; the clock stands still
	Pending       State = "pending"     // people are asked
	Cooling       State = "cooling"     // approved, and may still be vetoed
	Approved      State = "approved"    // waits to be consumed
	Denied        State = "denied"      // a person declined
	Expired       State = "expired"     // nobody decided in time
	Cancelled     State = "cancelled"   // withdrawn by the agent that asked
	Superseded    State = "superseded"  // rules got stricter before it was consumed
	Undecidable   State = "undecidable" // too few people can decide
	Lapsed        State = "lapsed"      // approved, and not consumed in time
	Consumed      State = "consumed"    // handed to the runtime; no report yet
	Succeeded     State = "succeeded"
	Failed        State = "failed"
	Partial       State = "partial"
	NeverExecuted State = "never_executed"
	Unknown       State = "unknown" // consumed, and never reported on
)

// Open tells whether people can still decide.
func (s State) Open() bool { return s == Pending || s == Cooling }

// Request is one thing that an agent asked to do.
type Request struct {
	WorkspaceID     uuid.UUID `gorm:"primaryKey"`
	ID              uuid.UUID `gorm:"primaryKey"`
	Ref             int64
	State           State
	Version         int
	Type            string
	TypeVersion     int
	IntegrationID   *uuid.UUID
	Params          json.RawMessage
	Canonical       []byte // what Digest is the hash of
	Digest          string
	Target          string
	Fingerprint     []byte
	Sentence        string
	Words           string
	Risk            catalog.Risk
	Proof           catalog.Proof
	Plan            db.JSON[rule.Plan]
	RulesEdition    int64
	Reasons         db.JSON[[]rule.Reason]
	TokenID         *uuid.UUID
	RunID           string
	Workflow        string
	WorkflowVersion string
	BehalfKind      string
	BehalfRef       string
	TicketRef       string
	Explanation     string // the agent's own words, unverified
	Evidence        db.JSON[[]Evidence]
	Confidence      *float64
	CreatedAt       time.Time
	ExpiresAt       *time.Time
	HeldAt          *time.Time
	DecidedAt       *time.Time
	DecidedBy       string
	CoolingUntil    *time.Time
	ExecuteBy       *time.Time
	ClosedReason    string
	ConsumedAt      *time.Time
	HashedTicket    []byte
	TicketUntil     *time.Time
	Receipt         json.RawMessage
	OutcomeAt       *time.Time
	ExternalRef     string
	OutcomeMessage  string
}

// TableName is where requests live.
func (Request) TableName() string { return "action_requests" }

// Reference is how people name a request: AR-4471.
func (r Request) Reference() string { return "AR-" + strconv.FormatInt(r.Ref, 10) }

// Evidence is something the agent points at. It is shown as plain text, unverified.
type Evidence struct {
	Kind string `json:"kind"`
	Ref  string `json:"ref"`
	Text string `json:"text"`
}

// Action is the type as it was when this was asked, nil if it was not known then.
func (r Request) Action() *catalog.ActionType {
	t, _ := catalog.FindVersion(r.Type, r.TypeVersion)
	return t
}

// Values are the parameters as the catalog reads them.
func (r Request) Values() catalog.Params {
	var p catalog.Params
	if t := r.Action(); t != nil {
		p, _ = catalog.ParseParams(t, r.Params) // they were accepted once
	} else {
		p, _ = catalog.ParseLoose(r.Params)
	}
	return p
}

// Facts are the parameters as people read them.
func (r Request) Facts() []catalog.Fact {
	if t := r.Action(); t != nil {
		return t.Facts(r.Values())
	}
	return catalog.LooseFacts(r.Values())
}

// Find finds one request, or refuses with NotFound.
func Find(tx *db.Tx, id uuid.UUID) (Request, error) { return find(tx, id, false) }

// lock finds a request and keeps it until the transaction ends. After it, the clock decides.
func lock(tx *db.Tx, id uuid.UUID) (Request, time.Time, error) {
	r, err := find(tx, id, true)
	if err != nil {
		return r, time.Time{}, err
	}
	now, err := tx.Clock()
	return r, now, err
}

func find(tx *db.Tx, id uuid.UUID, forUpdate bool) (Request, error) {
	var r Request
	q := tx.Gorm().Where("workspace_id = ? and id = ?", tx.Workspace(), id)
	if forUpdate {
		q = q.Clauses(clause.Locking{Strength: "UPDATE"})
	}
	ok, err := db.Found(q.Take(&r).Error)
	if err != nil {
		return r, fmt.Errorf("find request: %w", err)
	}
	if !ok {
		return r, fault.Missing()
	}
	return r, nil
}

// save writes columns of a locked request, counts its version and wakes whoever waits for it.
func (r *Request) save(tx *db.Tx, set map[string]any) error {
	r.Version++
	set["version"] = r.Version
	err := tx.Gorm().Model(&Request{}).Where("workspace_id = ? and id = ?", tx.Workspace(), r.ID).Updates(set).Error
	if err != nil {
		return fmt.Errorf("save request: %w", err)
	}
	tx.Notify(Key(r.ID))
	return nil
}

// Key is what a Hub is asked to wait for.
func Key(id uuid.UUID) string { return "request " + id.String() }
