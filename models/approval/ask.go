package approval

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rule/condition"
)

// Ask is what an agent sends. Params are its raw JSON.
type Ask struct {
	Type            string
	Integration     uuid.UUID // uuid.Nil: the only connection that can do it
	Params          json.RawMessage
	RunID           string
	Workflow        string
	WorkflowVersion string
	OnBehalfOf      catalog.Subject
	Explanation     string
	Evidence        []Evidence
	Confidence      *float64
	ExpiresIn       int       // seconds, 0 for the rules' own time
	Agent           uuid.UUID // of a preview: the token that would ask
}

// Limits of what an agent may say around the action itself.
const (
	longestExplanation = 4000
	mostEvidence       = 20
)

// known is an ask that was understood.
type known struct {
	ask        Ask
	action     *catalog.ActionType // nil: the catalog does not know it
	params     catalog.Params
	connection *integration.Brief // nil: none was named for an unknown action
	act        catalog.Action
	canonical  []byte
	digest     string
	target     string
	sentence   string
}

// check reads an ask strictly. What cannot be understood is refused at its field; an unknown
// action type is understood, and will not pass by itself.
func (a Ask) check(tx *db.Tx) (*known, error) {
	t, _ := catalog.Find(a.Type)
	return a.checkBy(tx, t)
}

// checkBy is check by this version of the ask's type, nil where it is not known.
func (a Ask) checkBy(tx *db.Tx, t *catalog.ActionType) (*known, error) {
	k := &known{ask: a, action: t}
	if err := k.clean(); err != nil {
		return nil, err
	}
	if err := k.read(); err != nil {
		return nil, err
	}
	if err := k.connect(tx); err != nil {
		return nil, err
	}
	k.act = catalog.Action{Workspace: tx.Workspace(), Type: a.Type, TypeVersion: k.version(), Params: k.params, OnBehalfOf: k.ask.OnBehalfOf}
	if id := k.connectionID(); id != nil {
		k.act.Integration = *id
	}
	k.canonical, k.digest = catalog.Canonical(k.act), catalog.Digest(k.act)
	return k, nil
}

// digests are those of the same ask by each version of its type that can read it, its own first:
// what was asked before a release is not asked once more after it.
func (k *known) digests() []string {
	out := []string{k.digest}
	for n := k.version() - 1; n > 0; n-- {
		t, ok := catalog.FindVersion(k.ask.Type, n)
		if !ok {
			continue
		}
		earlier := k.act
		var problems []catalog.Problem
		if earlier.Params, problems = catalog.ParseParams(t, k.raw()); len(problems) == 0 {
			earlier.TypeVersion = n
			out = append(out, catalog.Digest(earlier))
		}
	}
	return out
}

// clean brings the texts around the action into stored form.
func (k *known) clean() error {
	var problems fault.Collect
	a := &k.ask
	line := func(name string, text *string) {
		out, wrong := catalog.CleanLine(*text, 200)
		if wrong != nil {
			problems.Add(name, "This %s", wrong.Message)
		}
		*text = out
	}
	prose := func(name string, text *string, limit int) {
		if utf8.RuneCountInString(*text) > limit {
			problems.Add(name, "Use at most %d characters.", limit)
			return
		}
		*text = catalog.Visible(*text)
	}
	if !catalog.IsKey(a.Type) {
		problems.Add("action.type", "Name the action's type, such as billing.refund: at most 100 letters, digits, dots, hyphens and underscores.")
	}
	line("agent.run_id", &a.RunID)
	line("agent.workflow", &a.Workflow)
	line("agent.workflow_version", &a.WorkflowVersion)
	prose("explanation", &a.Explanation, longestExplanation)
	if len(a.Evidence) > mostEvidence {
		problems.Add("evidence", "Send at most %d pieces of evidence.", mostEvidence)
		return problems.OrNil()
	}
	a.Evidence = slices.Clone(a.Evidence)
	for i := range a.Evidence {
		e := &a.Evidence[i]
		line(fmt.Sprintf("evidence[%d].kind", i), &e.Kind)
		line(fmt.Sprintf("evidence[%d].ref", i), &e.Ref)
		prose(fmt.Sprintf("evidence[%d].text", i), &e.Text, longestExplanation)
	}
	if a.Confidence != nil && !(*a.Confidence >= 0 && *a.Confidence <= 1) {
		problems.Add("confidence", "Send a number from 0 to 1.")
	}
	if a.ExpiresIn < 0 || a.ExpiresIn > int((14*24*time.Hour).Seconds()) {
		problems.Add("expires_in", "Send seconds, from 1 to 1209600.")
	}
	subject, err := catalog.CleanSubject(a.OnBehalfOf)
	if f := fault.As(err); f != nil {
		problems = append(problems, f.Fields...)
	}
	a.OnBehalfOf = subject
	return problems.OrNil()
}

// read parses the parameters by their type, or loosely when the type is not known.
func (k *known) read() error {
	var problems []catalog.Problem
	if k.action != nil {
		k.params, problems = catalog.ParseParams(k.action, k.raw())
	} else {
		k.params, problems = catalog.ParseLoose(k.raw())
	}
	if err := catalog.Refusal(problems); err != nil {
		return err
	}
	k.sentence = "Unknown action " + k.ask.Type
	if k.action != nil {
		k.target = condition.TargetOf(k.action, k.params)
		k.sentence = k.action.Sentence(k.params, catalog.Plain)
	}
	return nil
}

func (k *known) raw() json.RawMessage {
	if len(k.ask.Params) == 0 {
		return json.RawMessage("{}")
	}
	return k.ask.Params
}

// connect finds the connection the action would go through. A foreign one does not exist.
func (k *known) connect(tx *db.Tx) error {
	if k.ask.Integration != uuid.Nil {
		c, err := integration.FindBrief(tx, k.ask.Integration)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "There is no connection with this integration_id.")
		}
		if err != nil {
			return err
		}
		if k.action != nil && !k.action.CanDo(c.Kind) {
			return fault.At("action.integration_id", "%s cannot do %s.", c.Name, k.action.Key)
		}
		k.connection = &c
		return nil
	}
	if k.action == nil {
		return nil
	}
	all, err := integration.ForAction(tx, k.action.Kinds)
	if err != nil {
		return err
	}
	if able := slices.Collect(may(all, k.action)); len(able) > 0 {
		all = able // a connection that was not given the permission is not meant
	}
	if len(all) != 1 {
		return fault.At("action.integration_id", "Name the connection: %d of this workspace can do %s.", len(all), k.action.Key)
	}
	k.connection = &all[0]
	return nil
}

func may(all []integration.Brief, t *catalog.ActionType) iter.Seq[integration.Brief] {
	return func(yield func(integration.Brief) bool) {
		for _, c := range all {
			if c.May(t) && !yield(c) {
				return
			}
		}
	}
}

func (k *known) connectionID() *uuid.UUID {
	if k.connection == nil {
		return nil
	}
	return &k.connection.ID
}

func (k *known) paused() bool {
	return k.connection != nil && k.connection.State == integration.Paused
}

func (k *known) version() int {
	if k.action == nil {
		return 0
	}
	return k.action.Version
}

// risk of an unknown action is high.
func (k *known) risk() catalog.Risk {
	if k.action == nil {
		return catalog.High
	}
	return k.action.Risk
}

// refusal is what no rule can change: the connection is gone, or may not do this.
func (k *known) refusal() (rule.Decision, bool) {
	c := k.connection
	if c == nil || k.action == nil {
		return rule.Decision{}, false
	}
	if c.State == integration.Disconnected {
		return block("%s is disconnected.", c.Name), true
	}
	for _, scope := range k.action.Scopes[c.Kind] {
		if !slices.Contains(c.Scopes, scope) {
			return block("%s was not given the permission %s, which this needs.", c.Name, scope), true
		}
	}
	return rule.Decision{}, false
}

func (k *known) facts(now time.Time, zone *time.Location) *condition.Facts {
	f := &condition.Facts{Action: k.ask.Type, Params: k.params, Target: k.target, Confidence: k.ask.Confidence, Workflow: k.ask.Workflow,
		Subject: condition.Subject{Kind: k.ask.OnBehalfOf.Kind, Ref: k.ask.OnBehalfOf.Ref}, At: now, Calendar: condition.OfficeHours(zone)}
	if k.connection != nil {
		f.Integration, f.Kind = k.connection.ID.String(), k.connection.Kind
	}
	return f
}
