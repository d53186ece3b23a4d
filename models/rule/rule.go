package rule

import (
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule/condition"
)

// Effect is what a rule, or all of them together, make of an action.
// A stronger effect is a higher one.
type Effect string

const (
	Allow           Effect = "allow" // only where no rule matches
	AllowWithNotice Effect = "allow_with_notice"
	RequireApproval Effect = "require_approval"
	Block           Effect = "block"
)

// Rule is one version of a rule. Versions never change once they left draft.
type Rule struct {
	ID      uuid.UUID
	Version int
	Body    Body
}

// Body is all that a rule says.
type Body struct {
	Name         string              `json:"name"`
	Reason       string              `json:"reason,omitzero"` // why the rule exists, in the words of its author
	Actions      []string            `json:"actions"`         // keys, "registrar.*" or "*"
	Integrations []string            `json:"integrations,omitzero"`
	Workflows    []string            `json:"workflows,omitzero"` // empty: any
	Where        condition.Condition `json:"where,omitzero"`
	Effect       Effect              `json:"effect"`
	Notify       []Approver          `json:"notify,omitzero"` // of allow_with_notice: who is told

	// Of require_approval.
	Stages         []Stage       `json:"stages,omitzero"`
	Exclude        Exclude       `json:"exclude,omitzero"`
	SamePerson     bool          `json:"same_person,omitzero"` // one person may decide in several stages
	DecideWithin   Minutes       `json:"decide_minutes,omitzero"`
	ExecuteWithin  Minutes       `json:"execute_minutes,omitzero"` // after the last approval
	CoolingOff     Minutes       `json:"cooling_off_minutes,omitzero"`
	Proof          catalog.Proof `json:"proof,omitzero"` // only strengthens what the risk asks for
	DenyWithReason bool          `json:"deny_with_reason,omitzero"`
}

// Stage is one question to one set of people. Stages are asked in order.
type Stage struct {
	Name     string     `json:"name,omitzero"`
	Mode     Mode       `json:"mode"`
	Min      int        `json:"min,omitzero"` // of quorum; of all: never fewer than this
	Who      []Approver `json:"who,omitzero"`
	Groups   []Share    `json:"groups,omitzero"`   // of per_group, instead of Who
	Fallback []Approver `json:"fallback,omitzero"` // join in when too few can decide
}

// Mode says how many of a stage's people must agree.
type Mode string

const (
	AnyOne   Mode = "any"
	Quorum   Mode = "quorum"
	Everyone Mode = "all" // of those who may decide
	PerGroup Mode = "per_group"
)

// Share is the part of a per_group stage that one group must give.
type Share struct {
	Who Approver `json:"who"`
	Min int      `json:"min"`
}

// Approver names people: one, everyone with a role, a group, or whoever owns the integration.
type Approver struct {
	Kind ApproverKind `json:"kind"`
	Ref  string       `json:"ref,omitzero"` // id of a person or group, name of a role
}

// ApproverKind says what Approver.Ref is.
type ApproverKind string

const (
	PersonKind ApproverKind = "person"
	RoleKind   ApproverKind = "role"
	GroupKind  ApproverKind = "group"
	OwnerKind  ApproverKind = "integration_owner"
)

// Exclude lists who may not decide besides the requester, who never may.
type Exclude struct {
	WorkflowAuthor     bool          `json:"workflow_author,omitzero"`
	WorkflowEditorDays int           `json:"workflow_editor_days,omitzero"`
	RuleEditorHours    *int          `json:"rule_editor_hours,omitzero"` // nil: 24
	Roles              []access.Role `json:"roles,omitzero"`
	People             []string      `json:"people,omitzero"`
}

// EditorHours is how long whoever changed the rule cannot decide under it.
func (e Exclude) EditorHours() int {
	if e.RuleEditorHours == nil {
		return 24
	}
	return *e.RuleEditorHours
}

// Minutes is a span of time as rules state it.
type Minutes int

// Duration is the same span for a clock.
func (m Minutes) Duration() time.Duration { return time.Duration(m) * time.Minute }

func minutes(d time.Duration) Minutes { return Minutes(d / time.Minute) }

// String writes "30 min", "4 h" or "14 days".
func (m Minutes) String() string {
	switch {
	case m > 0 && m%(24*60) == 0 && m > 24*60:
		return strconv.Itoa(int(m)/(24*60)) + " days"
	case m > 0 && m%60 == 0:
		return strconv.Itoa(int(m)/60) + " h"
	case m > 60:
		return strconv.Itoa(int(m)/60) + " h " + strconv.Itoa(int(m)%60) + " min"
	}
	return strconv.Itoa(int(m)) + " min"
}

// Bounds that Body.Validate holds rules to.
const (
	MinDecide     Minutes = 5
	MaxDecide     Minutes = 14 * 24 * 60
	MinExecute    Minutes = 1
	MaxExecute    Minutes = 7 * 24 * 60
	MaxCoolingOff Minutes = 72 * 60
	maxStages             = 5
	maxGroups             = 10
	longestProse          = 1_000 // code points
)

// ParseBody reads a rule's JSON strictly, with the bounds of condition.Parse.
func ParseBody(data []byte) (Body, error) {
	var b Body
	if err := condition.Strict(data, &b); err != nil {
		return Body{}, fault.At("", "The rule cannot be read: %v.", err)
	}
	return b, nil
}

// Covers tells whether the rule is about an action type, also one that the catalog does not know.
func (b *Body) Covers(action string) bool {
	for _, glob := range b.Actions {
		if catalog.Covers(glob, action) {
			return true
		}
	}
	return false
}

// Resolve lists the types among types that the rule is about, in their order.
func (b *Body) Resolve(types []*catalog.ActionType) []*catalog.ActionType {
	var out []*catalog.ActionType
	for _, t := range types {
		if b.Covers(t.Key) {
			out = append(out, t)
		}
	}
	return out
}

// Approvers are all whom the rule asks, in a stage or as the fallback of one.
func (b *Body) Approvers() (all []Approver) {
	for _, s := range b.Stages {
		all = append(all, s.asked()...)
	}
	return distinct(all)
}

// Asks tells whether the rule names this approver, in a stage or as the fallback of one. Somebody
// who is asked through a role or group is not named.
func (b *Body) Asks(a Approver) bool {
	return slices.ContainsFunc(b.Stages, func(s Stage) bool {
		return slices.Contains(s.Who, a) || slices.Contains(s.Fallback, a) ||
			slices.ContainsFunc(s.Groups, func(share Share) bool { return share.Who == a })
	})
}
