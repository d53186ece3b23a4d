package rule_test

import (
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	. "github.com/jexi/portal/models/rule"
	. "github.com/jexi/portal/models/rule/condition"
)

// sent is what a browser sends for an editor.
func sent(f Editor) url.Values {
	v := url.Values{"name": {f.Name}, "reason": {strings.ReplaceAll(f.Reason, "\n", "\r\n")}, "actions": f.Actions, "integrations": f.Integrations,
		"workflows": {strings.ReplaceAll(f.Workflows, "\n", "\r\n")}, "effect": {string(f.Effect)}, "notify": f.Notify, "proof": {f.Proof},
		"exclude.workflow_editor_days": {f.WorkflowEditorDays}, "exclude.rule_editor_hours": {f.RuleEditorHours},
		"exclude.roles": f.Roles, "exclude.people": append([]string{""}, f.People...), "conditions.join": {f.Where.Join}}
	for name, on := range map[string]bool{"exclude.workflow_author": f.WorkflowAuthor, "same_person": f.SamePerson, "deny_with_reason": f.DenyWithReason} {
		if on {
			v.Set(name, "on")
		}
	}
	for name, s := range map[string]Span{"decide_minutes": f.Decide, "execute_minutes": f.Execute, "cooling_off_minutes": f.CoolingOff} {
		v.Set(name, s.Value)
		v.Set(name+".unit", string(s.Unit))
	}
	for i, s := range f.Stages {
		at := "stages." + strconv.Itoa(i) + "."
		v.Set(at+"name", s.Name)
		v.Set(at+"mode", s.Mode)
		v.Set(at+"min", s.Min)
		v[at+"who"], v[at+"fallback"] = append(s.Who, ""), s.Fallback
		for j, g := range s.Groups {
			v.Set(at+"groups."+strconv.Itoa(j)+".who", g.Who)
			v.Set(at+"groups."+strconv.Itoa(j)+".min", g.Min)
		}
	}
	for i, r := range f.Where.Rows {
		at := "conditions." + strconv.Itoa(i) + "."
		v.Set(at+"field", r.Field)
		v.Set(at+"op", r.Op)
		v.Set(at+"value", r.Value)
		v.Set(at+"currency", r.Currency)
	}
	return v
}

func anyApprovers(t *rapid.T, least int) []Approver {
	all := []Approver{group("billing"), group("leads"), role(access.Admin), role(access.Owner), person(ben), person(olga), {Kind: OwnerKind}}
	return slices.Clip(rapid.SliceOfNDistinct(rapid.SampledFrom(all), least, 4, func(a Approver) string { return a.Key() }).Draw(t, "who"))
}

func anyStage(t *rapid.T) Stage {
	s := Stage{Mode: rapid.SampledFrom([]Mode{AnyOne, Quorum, Everyone, PerGroup}).Draw(t, "mode"), Name: rapid.SampledFrom([]string{"", "Money"}).Draw(t, "name")}
	if f := anyApprovers(t, 0); len(f) > 0 {
		s.Fallback = f
	}
	switch s.Mode {
	case PerGroup:
		for _, a := range anyApprovers(t, 1) {
			s.Groups = append(s.Groups, Share{a, rapid.IntRange(1, 50).Draw(t, "share")})
		}
		return s
	case Quorum:
		s.Min = rapid.IntRange(1, 50).Draw(t, "min")
	case Everyone:
		s.Min = rapid.IntRange(0, 50).Draw(t, "at least")
	}
	s.Who = anyApprovers(t, 1)
	return s
}

func anyBody(t *rapid.T) Body {
	some := func(name string, from ...string) []string {
		if out := rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, len(from), rapid.ID).Draw(t, name); len(out) > 0 {
			return out
		}
		return nil
	}
	b := Body{Name: "Refunds", Reason: rapid.SampledFrom([]string{"", "Once.\nTwice."}).Draw(t, "reason"),
		Actions: append([]string{"billing.*"}, some("actions", "registrar.domain.*", "dns.zone.delete", "*")...),
		Effect:  rapid.SampledFrom([]Effect{Block, AllowWithNotice, RequireApproval}).Draw(t, "effect"), Integrations: some("integrations", "int-1", "int-2"),
		Workflows: some("workflows", "helper", "billing desk")}
	if rapid.Bool().Draw(t, "where") {
		b.Where = Condition{All: []Condition{over("50.00", "EUR"), {Field: "confidence", Op: Less, Value: Text("0.8")}}}
	}
	if b.Effect == AllowWithNotice {
		b.Notify = anyApprovers(t, 1)
	}
	if b.Effect != RequireApproval {
		return b
	}
	for range rapid.IntRange(1, 5).Draw(t, "stages") {
		b.Stages = append(b.Stages, anyStage(t))
	}
	b.Exclude = Exclude{WorkflowAuthor: rapid.Bool().Draw(t, "author"), WorkflowEditorDays: rapid.IntRange(0, 90).Draw(t, "days"), People: some("people", id(ben).String(), id(bea).String())}
	if rapid.Bool().Draw(t, "own hours") {
		if h := rapid.IntRange(0, 720).Draw(t, "hours"); h != 24 { // 24 is written as nothing
			b.Exclude.RuleEditorHours = &h
		}
	}
	if rapid.Bool().Draw(t, "roles") {
		b.Exclude.Roles = []access.Role{access.Approver}
	}
	b.SamePerson, b.DenyWithReason = rapid.Bool().Draw(t, "same"), rapid.Bool().Draw(t, "reasoned")
	b.Proof = rapid.SampledFrom([]catalog.Proof{catalog.NoProof, catalog.Code, catalog.StepUpOnly}).Draw(t, "proof")
	b.DecideWithin, b.ExecuteWithin = Minutes(rapid.IntRange(5, 14*24*60).Draw(t, "decide")), Minutes(rapid.IntRange(1, 7*24*60).Draw(t, "execute"))
	b.CoolingOff = Minutes(rapid.IntRange(0, 72*60).Draw(t, "cooling"))
	return b
}

func TestTheEditorGivesBackTheRuleItShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBody(t)
		shown := EditorOf(b)
		read := ParseEditor(sent(shown))
		got, err := read.Body()
		if err != nil {
			t.Fatalf("%+v: %v", shown, err)
		}
		if !reflect.DeepEqual(got, b) {
			t.Fatalf("\nwas %+v\nnow %+v", b, got)
		}
		if again := EditorOf(got); !reflect.DeepEqual(again, shown) {
			t.Fatalf("\nwas %+v\nnow %+v", shown, again)
		}
	})
}

func TestATimeIsShownInTheLargestUnitThatFits(t *testing.T) {
	for m, want := range map[Minutes]Span{90: {"90", InMinutes}, 240: {"4", InHours}, 24 * 60: {"24", InHours}, 48 * 60: {"2", InDays}, 0: {"", InMinutes}} {
		f := EditorOf(asking(func(b *Body) { b.CoolingOff = m }))
		if f.CoolingOff != want {
			t.Errorf("%d minutes: %+v, want %+v", m, f.CoolingOff, want)
		}
	}
}

func TestWhatIsNoNumberIsRefusedAtItsFieldAndKept(t *testing.T) {
	v := sent(EditorOf(asking(func(b *Body) { b.Stages[0] = Stage{Mode: PerGroup, Groups: []Share{{group("billing"), 1}}} })))
	v.Set("decide_minutes", "soon")
	v.Set("execute_minutes.unit", "fortnights")
	v.Set("exclude.rule_editor_hours", "1e3")
	v.Set("stages.0.groups.0.min", "two")
	v.Set("stages.0.groups.1.min", "1") // of nobody
	v.Set("conditions.0.value", "50")   // of nothing
	v.Set("name", "")
	f := ParseEditor(v)
	_, err := f.Read(catalog.Types(), directory())
	var at []string
	for _, problem := range fault.As(err).Fields {
		at = append(at, problem.Name)
	}
	want := []string{"name", "conditions.0.field", "stages.0.groups.0.min", "stages.0.groups.1.who", "exclude.rule_editor_hours", "decide_minutes", "execute_minutes"}
	if !slices.Equal(at, want) {
		t.Errorf("problems at %v, want %v", at, want)
	}
	if f.Decide.Value != "soon" || f.RuleEditorHours != "1e3" || f.Stages[0].Groups[0].Min != "two" || f.Where.Rows[0].Value != "50" {
		t.Errorf("what was typed is lost: %+v", f)
	}
}

func TestAPlaceIsAddedAndRemovedAndTheRestStays(t *testing.T) {
	f := EditorOf(asking(func(b *Body) { b.Where = over("50.00", "EUR") }))
	for _, to := range []string{"conditions", "group", "conditions.2.rows", "stages", "stages.1.who", "stages.1.who", "stages.0.fallback", "stages.0.groups", "notify", "exclude.people"} {
		f.Add(to)
	}
	if len(f.Where.Rows) != 3 || f.Where.Rows[2].Join != "any" || len(f.Where.Rows[2].Rows) != 2 || len(f.Stages) != 2 || len(f.Stages[1].Who) != 2 ||
		len(f.Stages[0].Fallback) != 1 || len(f.Stages[0].Groups) != 1 || len(f.Notify) != 1 || len(f.People) != 1 {
		t.Fatalf("%+v", f)
	}
	before := f
	for _, to := range []string{"", "conditions.9.rows", "conditions.-1.rows", "conditions.x.rows", "stages.7.who", "stages.0.mode", "name", "stages.0.groups.0.min"} {
		f.Add(to)
	}
	for range 9 {
		f.Add("stages")
	}
	if len(f.Stages) != 5 || !reflect.DeepEqual(before.Where, f.Where) {
		t.Errorf("%+v", f)
	}
	v := sent(EditorOf(asking(func(b *Body) {
		b.Where = Condition{All: []Condition{over("50.00", "EUR"), {Field: "time.hour", Op: AtLeast, Value: Bare("18")}, {Field: "risk", Op: Is, Value: Text("high")}}}
		b.Stages = []Stage{quorum(1, group("leads")), quorum(2, group("billing"))}
	})))
	Remove(v, "conditions.1")
	Remove(v, "stages.0")
	left := ParseEditor(v)
	if len(left.Where.Rows) != 2 || left.Where.Rows[1].Field != "risk" || len(left.Stages) != 1 || left.Stages[0].Min != "2" || left.Name != "Refunds" {
		t.Errorf("%+v", left)
	}
	Remove(v, "conditions.1") // what is gone already
	if again := ParseEditor(v); !reflect.DeepEqual(left, again) {
		t.Errorf("%+v", again)
	}
}
