package rule

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule/condition"
)

// check collects what is wrong with a rule.
type check struct {
	fault.Collect
	body  *Body
	types []*catalog.ActionType // that the rule is about
	dir   Directory
}

// Validate tells everything that is wrong with a rule and what would be right, at field
// names of the editor ("conditions.2.value", "stages.0.min"). types are all that exist.
func (b *Body) Validate(types []*catalog.ActionType, dir Directory) error {
	c := check{body: b, types: b.Resolve(types), dir: dir}
	c.name()
	c.actions(types)
	c.places()
	c.Collect = append(c.Collect, condition.Check(b.Where, c.types)...)
	switch b.Effect {
	case RequireApproval:
		c.asking()
	case Block, AllowWithNotice:
		c.notAsking()
	default:
		c.Add("effect", "Choose block, require approval or allow with notice.")
	}
	return c.OrNil()
}

func (c *check) name() {
	name, problem := catalog.CleanLine(c.body.Name, 100)
	switch {
	case problem != nil:
		c.Add("name", "The name %s", problem.Message)
	case name == "":
		c.Add("name", "Give the rule a name, such as Refunds over 50 EUR.")
	}
	if _, problem := catalog.CleanProse(c.body.Reason, longestProse); problem != nil {
		c.Add("reason", "The reason %s", problem.Message)
	}
}

var glob = regexp.MustCompile(`^(\*|[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*(\.\*)?)$`)

func (c *check) actions(types []*catalog.ActionType) {
	switch {
	case len(c.body.Actions) == 0:
		c.Add("actions", "Choose at least one action.")
	case len(c.body.Actions) > 100:
		c.Add("actions", "Name at most 100 actions, or a whole family such as registrar.*.")
	}
	for _, a := range c.body.Actions {
		one := Body{Actions: []string{a}}
		switch {
		case !glob.MatchString(a):
			c.Add("actions", "%q is no action. Right would be billing.refund, registrar.* or *.", a)
		case len(one.Resolve(types)) == 0:
			c.Add("actions", "%q matches no action that exists.", a)
		}
	}
}

func (c *check) places() {
	for _, id := range c.body.Integrations {
		if _, ok := c.dir.Integrations[id]; !ok {
			c.Add("integrations", "This integration does not exist any more. Choose another or any.")
		}
	}
	for _, w := range c.body.Workflows {
		if clean, problem := catalog.CleanLine(w, 200); problem != nil || clean == "" {
			c.Add("workflows", "Write the workflow’s name in one line, without hidden characters.")
		}
	}
}

func (c *check) notAsking() {
	if len(c.body.Stages) > 0 {
		c.Add("stages", "Only a rule that requires approval asks people. Remove the stages.")
	}
	if c.body.Effect == Block {
		return
	}
	if len(c.body.Notify) == 0 {
		c.Add("notify", "Say who is told.")
	}
	c.approvers(c.body.Notify, "notify")
	always := !slices.ContainsFunc(c.types, func(t *catalog.ActionType) bool { return !t.Floor.Ask && t.Risk < catalog.Critical })
	if always && len(c.types) > 0 {
		c.Add("effect", "These actions always need a person, so a rule that only gives notice has no effect.")
	}
}

func (c *check) asking() {
	b := c.body
	c.between("decide_minutes", b.DecideWithin, MinDecide, MaxDecide)
	c.between("execute_minutes", b.ExecuteWithin, MinExecute, MaxExecute)
	c.between("cooling_off_minutes", b.CoolingOff, 0, MaxCoolingOff)
	if b.Proof < catalog.NoProof || b.Proof > catalog.StepUpOnly {
		c.Add("proof", "Choose one of the proofs in the list.")
	}
	if len(b.Notify) > 0 {
		c.Add("notify", "Only a rule that allows with notice tells people. Remove them.")
	}
	c.exclude()
	if n := len(b.Stages); n < 1 || n > maxStages {
		c.Add("stages", "A rule that asks has 1 to 5 stages.")
		return
	}
	before := len(c.Collect)
	for i := range b.Stages {
		c.stage(&b.Stages[i], "stages."+strconv.Itoa(i))
	}
	if len(c.Collect) == before {
		c.enough()
	}
}

func (c *check) between(name string, m, low, high Minutes) {
	if m < low || m > high {
		c.Add(name, "This can be from %s to %s.", low, high)
	}
}

func (c *check) exclude() {
	e := c.body.Exclude
	if h := e.EditorHours(); h < 0 || h > 30*24 {
		c.Add("exclude.rule_editor_hours", "This can be from 0 to 720 hours.")
	}
	if d := e.WorkflowEditorDays; d < 0 || d > 90 {
		c.Add("exclude.workflow_editor_days", "This can be from 0 to 90 days.")
	}
	for _, r := range e.Roles {
		if !slices.Contains(access.Roles, r) {
			c.Add("exclude.roles", "Choose one of the roles in the list.")
		}
	}
	for _, id := range e.People {
		if !c.exists(Approver{PersonKind, id}) {
			c.Add("exclude.people", "This person has left. Remove them.")
		}
	}
}

func (c *check) stage(s *Stage, name string) {
	if _, problem := catalog.CleanLine(s.Name, 100); problem != nil {
		c.Add(name+".name", "The name %s", problem.Message)
	}
	c.approvers(s.Fallback, name+".fallback")
	if s.Mode == PerGroup {
		c.shares(s, name)
		return
	}
	if len(s.Groups) > 0 {
		c.Add(name+".groups", "Only a stage that asks each group has numbers for groups.")
	}
	if len(s.Who) == 0 {
		c.Add(name+".who", "Say who is asked.")
	}
	c.approvers(s.Who, name+".who")
	switch s.Mode {
	case Quorum:
		if s.Min < 1 || s.Min > 50 {
			c.Add(name+".min", "This can be from 1 to 50 people.")
		}
	case AnyOne, Everyone:
		if s.Min < 0 || s.Min > 50 || s.Mode == AnyOne && s.Min > 1 {
			c.Add(name+".min", "Leave the number out, or choose a quorum.")
		}
	default:
		c.Add(name+".mode", "Choose any, a quorum, all, or a number from each group.")
	}
}

func (c *check) shares(s *Stage, name string) {
	if len(s.Who) > 0 || s.Min != 0 {
		c.Add(name+".who", "A stage that asks each group takes its people from the groups.")
	}
	if len(s.Groups) < 1 || len(s.Groups) > maxGroups {
		c.Add(name+".groups", "Name 1 to 10 groups.")
	}
	for i, g := range s.Groups {
		at := name + ".groups." + strconv.Itoa(i)
		c.approvers([]Approver{g.Who}, at+".who")
		if g.Min < 1 || g.Min > 50 {
			c.Add(at+".min", "This can be from 1 to 50 people.")
		}
		if slices.ContainsFunc(s.Groups[:i], func(h Share) bool { return h.Who == g.Who }) {
			c.Add(at+".who", "This group stands here twice.")
		}
	}
}

func (c *check) approvers(set []Approver, name string) {
	if len(set) > 50 {
		c.Add(name, "Name at most 50 people, roles and groups. A group can hold more.")
	}
	for _, a := range set {
		if !c.exists(a) {
			c.Add(name, "This asks %s. Choose a person, role or group of this workspace who can decide.", c.dir.Name(a))
		}
	}
}

func (c *check) exists(a Approver) bool {
	switch a.Kind {
	case OwnerKind:
		return a.Ref == ""
	case RoleKind:
		return access.Role(a.Ref).May(access.DecideRequest)
	case GroupKind:
		_, ok := c.dir.Groups[a.Ref]
		return ok
	}
	return a.Kind == PersonKind && slices.ContainsFunc(c.dir.People, func(p Person) bool { return p.ID.String() == a.Ref })
}

// enough tells where fewer people can decide than are asked for: in one stage, or over
// all stages with different people and the platform's floor.
func (c *check) enough() {
	q := c.body.questions(c.dir)
	alone := true
	for i := range c.body.Stages {
		if t := q.stage(i); t.Outcome == Undecidable {
			alone = false
			c.short(&t.Stages[0], c.body.Stages[i], "stages."+strconv.Itoa(i))
		}
	}
	if alone && q.undecidable(c.types) {
		c.Add("stages", "Together this needs %s, and there are not so many who can decide. Add people or a fallback.", demanded(&q.plan))
	}
}

func (c *check) short(t *StageTally, s Stage, name string) {
	part := map[Mode]string{PerGroup: ".groups", Quorum: ".min"}[s.Mode]
	if part == "" || len(t.Eligible) == 0 {
		part = map[bool]string{true: ".groups", false: ".who"}[s.Mode == PerGroup]
	}
	switch n := len(t.Eligible); n {
	case 0:
		c.Add(name+part, "Nobody is left who could decide here. Add people or a fallback.")
	default:
		c.Add(name+part, "This needs %s, and only %s can decide. Ask for fewer, add people or a fallback.", people(t.Need), people(n))
	}
}

func demanded(p *Plan) string {
	n := people(p.atLeast())
	if p.Distinct.Value {
		return strings.Replace(n, " people", " different people", 1)
	}
	return n
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}
