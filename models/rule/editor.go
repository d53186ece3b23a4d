package rule

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule/condition"
)

// Editor is a rule as the editor shows it: everything as somebody would type it, also what is
// wrong. EditorOf shows a rule and Editor.Body gives the same rule back.
type Editor struct {
	Name, Reason       string
	Actions            []string
	Integrations       []string
	Workflows          string // one a line
	Where              condition.Form
	Effect             Effect
	Notify             []string // keys of approvers
	Stages             []StageForm
	WorkflowAuthor     bool
	WorkflowEditorDays string
	RuleEditorHours    string
	Roles, People      []string // who may not decide
	SamePerson         bool
	DenyWithReason     bool
	Decide             Span
	Execute            Span
	CoolingOff         Span
	Proof              string
}

// StageForm is one stage. Who counts depends on the mode.
type StageForm struct {
	Name, Mode, Min string
	Who, Fallback   []string
	Groups          []ShareForm
}

// ShareForm is what one group of a per_group stage must give.
type ShareForm struct{ Who, Min string }

// Span is a time as it is typed: a whole number of a unit.
type Span struct {
	Value string
	Unit  Unit
}

// Unit is one of the units that times are typed in.
type Unit string

const (
	InMinutes Unit = "minutes"
	InHours   Unit = "hours"
	InDays    Unit = "days"
)

func (u Unit) minutes() Minutes {
	return map[Unit]Minutes{InHours: 60, InDays: 24 * 60, InMinutes: 1}[u]
}

// Key names an approver in a form: "group:" and its id, "role:admin", "integration_owner".
func (a Approver) Key() string {
	if a.Ref == "" {
		return string(a.Kind)
	}
	return string(a.Kind) + ":" + a.Ref
}

// ParseApprover reads a key. One that names nobody is for Body.Validate to refuse.
func ParseApprover(key string) Approver {
	kind, ref, _ := strings.Cut(key, ":")
	return Approver{ApproverKind(kind), ref}
}

// NewEditor is what the editor of a new rule begins with.
func NewEditor() Editor {
	return Editor{Effect: RequireApproval, Where: condition.Form{Join: "all"}, Stages: []StageForm{newStage()}, RuleEditorHours: "24",
		DenyWithReason: true, Decide: Span{"24", InHours}, Execute: Span{"4", InHours}, CoolingOff: Span{"", InMinutes}, Proof: "0"}
}

func newStage() StageForm { return StageForm{Mode: string(AnyOne)} }

// EditorOf shows a rule.
func EditorOf(b Body) Editor {
	f := NewEditor()
	f.Name, f.Reason, f.Actions, f.Integrations = b.Name, b.Reason, slices.Clone(b.Actions), slices.Clone(b.Integrations)
	f.Workflows, f.Where, f.Effect, f.Notify = strings.Join(b.Workflows, "\n"), condition.FormOf(b.Where), b.Effect, keys(b.Notify)
	if b.Effect != RequireApproval {
		return f
	}
	f.Stages = nil
	for _, s := range b.Stages {
		f.Stages = append(f.Stages, s.form())
	}
	f.WorkflowAuthor, f.WorkflowEditorDays = b.Exclude.WorkflowAuthor, typed(b.Exclude.WorkflowEditorDays)
	f.RuleEditorHours, f.People = strconv.Itoa(b.Exclude.EditorHours()), slices.Clone(b.Exclude.People)
	for _, r := range b.Exclude.Roles {
		f.Roles = append(f.Roles, string(r))
	}
	f.SamePerson, f.DenyWithReason, f.Proof = b.SamePerson, b.DenyWithReason, strconv.Itoa(int(b.Proof))
	f.Decide, f.Execute, f.CoolingOff = b.DecideWithin.span(InHours), b.ExecuteWithin.span(InHours), b.CoolingOff.span(InMinutes)
	return f
}

func (s Stage) form() StageForm {
	f := StageForm{Name: s.Name, Mode: string(s.Mode), Min: typed(s.Min), Who: keys(s.Who), Fallback: keys(s.Fallback)}
	for _, g := range s.Groups {
		f.Groups = append(f.Groups, ShareForm{g.Who.Key(), typed(g.Min)})
	}
	return f
}

func keys(set []Approver) []string {
	var out []string
	for _, a := range set {
		out = append(out, a.Key())
	}
	return out
}

// typed leaves zero out, as most people would.
func typed(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// span uses the largest unit that fits; none is in the unit given.
func (m Minutes) span(none Unit) Span {
	for _, u := range []Unit{InDays, InHours, InMinutes} {
		if m != 0 && m%u.minutes() == 0 && (u != InDays || m > InDays.minutes()) {
			return Span{strconv.Itoa(int(m / u.minutes())), u}
		}
	}
	return Span{"", none}
}

// ParseEditor reads what the editor posted. Empty places move up, so that Body.Validate names the
// others as the form then shows them.
func ParseEditor(v url.Values) Editor {
	text := func(name string) string { return strings.TrimSpace(v.Get(name)) }
	span := func(name string) Span { return Span{text(name), Unit(v.Get(name + ".unit"))} }
	f := Editor{
		Name: text("name"), Reason: text("reason"), Actions: chosen(v["actions"]), Integrations: chosen(v["integrations"]),
		Workflows: strings.ReplaceAll(text("workflows"), "\r\n", "\n"), Where: condition.ParseForm(v), Effect: Effect(v.Get("effect")), Notify: chosen(v["notify"]),
		WorkflowAuthor: v.Has("exclude.workflow_author"), WorkflowEditorDays: text("exclude.workflow_editor_days"),
		RuleEditorHours: text("exclude.rule_editor_hours"), Roles: chosen(v["exclude.roles"]), People: chosen(v["exclude.people"]),
		SamePerson: v.Has("same_person"), DenyWithReason: v.Has("deny_with_reason"),
		Decide: span("decide_minutes"), Execute: span("execute_minutes"), CoolingOff: span("cooling_off_minutes"), Proof: v.Get("proof"),
	}
	for i := range 2 * maxStages {
		if at := "stages." + strconv.Itoa(i) + "."; v.Has(at + "mode") {
			f.Stages = append(f.Stages, parseStage(v, at))
		}
	}
	return f
}

func parseStage(v url.Values, at string) StageForm {
	s := StageForm{Name: strings.TrimSpace(v.Get(at + "name")), Mode: v.Get(at + "mode"), Min: strings.TrimSpace(v.Get(at + "min")),
		Who: chosen(v[at+"who"]), Fallback: chosen(v[at+"fallback"])}
	for i := range 2 * maxGroups {
		g := at + "groups." + strconv.Itoa(i) + "."
		if share := (ShareForm{v.Get(g + "who"), strings.TrimSpace(v.Get(g + "min"))}); share.Who != "" || share.Min != "" {
			s.Groups = append(s.Groups, share)
		}
	}
	return s
}

func chosen(values []string) []string {
	var out []string
	for _, text := range values {
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// pageOrder is where the fields stand on the page.
var pageOrder = []string{"name", "reason", "actions", "integrations", "workflows", "conditions", "effect", "notify", "stages", "proof", "exclude",
	"decide_minutes", "execute_minutes", "cooling_off_minutes"}

func placeOf(name string) int {
	first, _, _ := strings.Cut(name, ".")
	return slices.Index(pageOrder, first)
}

// Read reads the form and checks the rule: everything that is wrong, each field once, in the
// page's order.
func (f Editor) Read(types []*catalog.ActionType, dir Directory) (Body, error) {
	b, unread := f.Body()
	wrong := fault.Collect{}
	for _, err := range []error{unread, b.Validate(types, dir)} {
		refused := fault.As(err)
		if refused == nil {
			continue
		}
		for _, problem := range refused.Fields {
			if !slices.ContainsFunc(wrong, func(have fault.Field) bool { return have.Name == problem.Name }) {
				wrong = append(wrong, problem)
			}
		}
	}
	slices.SortStableFunc(wrong, func(a, b fault.Field) int { return placeOf(a.Name) - placeOf(b.Name) })
	return b, wrong.OrNil()
}

// Body reads the form alone. What it cannot read it refuses at the field.
func (f Editor) Body() (Body, error) {
	var wrong fault.Collect
	b := Body{Name: line(f.Name, 100), Reason: prose(f.Reason), Actions: f.Actions, Integrations: f.Integrations,
		Workflows: chosen(strings.Split(f.Workflows, "\n")), Effect: f.Effect}
	where, err := f.Where.Condition(b.Resolve(catalog.Types()))
	if refused := fault.As(err); refused != nil {
		wrong = append(wrong, refused.Fields...)
	}
	b.Where = where
	switch f.Effect {
	case AllowWithNotice:
		b.Notify = approvers(f.Notify)
	case RequireApproval:
		f.asking(&b, &wrong)
	}
	return b, wrong.OrNil()
}

func (f Editor) asking(b *Body, wrong *fault.Collect) {
	for i, s := range f.Stages {
		b.Stages = append(b.Stages, s.stage("stages."+strconv.Itoa(i), wrong))
	}
	b.Exclude = Exclude{WorkflowAuthor: f.WorkflowAuthor, WorkflowEditorDays: whole(f.WorkflowEditorDays, "exclude.workflow_editor_days", wrong), People: f.People}
	if h := whole(f.RuleEditorHours, "exclude.rule_editor_hours", wrong); f.RuleEditorHours != "" && h != b.Exclude.EditorHours() {
		b.Exclude.RuleEditorHours = &h
	}
	for _, r := range f.Roles {
		b.Exclude.Roles = append(b.Exclude.Roles, access.Role(r))
	}
	b.SamePerson, b.DenyWithReason = f.SamePerson, f.DenyWithReason
	b.Proof = catalog.Proof(whole(f.Proof, "proof", wrong))
	b.DecideWithin = f.Decide.minutes("decide_minutes", wrong)
	b.ExecuteWithin = f.Execute.minutes("execute_minutes", wrong)
	b.CoolingOff = f.CoolingOff.minutes("cooling_off_minutes", wrong)
}

func (f StageForm) stage(at string, wrong *fault.Collect) Stage {
	s := Stage{Name: f.Name, Mode: Mode(f.Mode), Fallback: approvers(f.Fallback)}
	switch s.Mode {
	case PerGroup:
		for i, g := range f.Groups {
			name := at + ".groups." + strconv.Itoa(i)
			if g.Who == "" {
				wrong.Add(name+".who", "Say who these people are of.")
			}
			s.Groups = append(s.Groups, Share{ParseApprover(g.Who), whole(g.Min, name+".min", wrong)})
		}
	case Quorum, Everyone:
		s.Min = whole(f.Min, at+".min", wrong)
		fallthrough
	default:
		s.Who = approvers(f.Who)
	}
	return s
}

func approvers(keys []string) []Approver {
	var out []Approver
	for _, key := range keys {
		out = append(out, ParseApprover(key))
	}
	return out
}

// whole reads a whole number; nothing typed is zero.
func whole(text, name string, wrong *fault.Collect) int {
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n > 1_000_000 || n < -1_000_000 {
		wrong.Add(name, "Write a whole number.")
		return 0
	}
	return n
}

func (s Span) minutes(name string, wrong *fault.Collect) Minutes {
	n := Minutes(whole(s.Value, name, wrong)) * s.Unit.minutes()
	if s.Unit.minutes() == 0 {
		wrong.Add(name, "Choose minutes, hours or days.")
	}
	return n
}

// line and prose bring a text into stored form; one with a problem stays for Validate to refuse.
func line(text string, limit int) string {
	if out, problem := catalog.CleanLine(text, limit); problem == nil {
		return out
	}
	return text
}

func prose(text string) string {
	if out, problem := catalog.CleanProse(text, longestProse); problem == nil {
		return out
	}
	return text
}
