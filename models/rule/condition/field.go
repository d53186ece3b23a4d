package condition

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jexi/portal/models/catalog"
)

// Field is something that a condition can look at.
type Field struct {
	Name    string       // as in Condition.Field
	Label   string       // within a sentence: "amount"
	Group   string       // heading in a menu
	Type    catalog.Type // of one entry where List is set
	List    bool
	Choices []Choice // of an Enum
	Ranked  bool     // the choices have an order, lowest first

	param    string
	form     catalog.Form
	personal bool
	window   Window
	top      int64 // highest possible number, 0 for no bound
	text     func(f *Facts) string
	fixed    func(f *Facts, t *catalog.ActionType) Slot
}

// Choice is one option of a select.
type Choice struct{ Value, Label string }

// Ops lists the operators that fit the field's type, in the order menus show them.
func (f *Field) Ops() []Op {
	switch f.Type {
	case catalog.Int, catalog.Decimal:
		return []Op{More, AtLeast, Less, AtMost, Is, IsNot, In, NotIn}
	case catalog.Money:
		return []Op{More, AtLeast, Less, AtMost, Is, IsNot}
	case catalog.Time:
		return []Op{Less, AtMost, More, AtLeast}
	case catalog.Bool:
		return []Op{Is}
	case catalog.Enum:
		if f.Ranked {
			return []Op{Is, IsNot, AtLeast, AtMost, More, Less, In, NotIn}
		}
		return []Op{Is, IsNot, In, NotIn}
	case catalog.IP:
		return []Op{Is, IsNot, In, NotIn, Under}
	case catalog.Domain, catalog.Email:
		return []Op{Is, IsNot, In, NotIn, Under, Contains, StartsWith, EndsWith, Matches}
	}
	return []Op{Is, IsNot, In, NotIn, Contains, StartsWith, EndsWith, Matches}
}

// Money tells that a wanted value needs a currency.
func (f *Field) Money() bool { return f.Type == catalog.Money }

func (f *Field) read(facts *Facts, t *catalog.ActionType) Slot {
	switch {
	case f.text != nil:
		return textSlot(f.Type, f.text(facts))
	case f.fixed != nil:
		return f.fixed(facts, t)
	case f.window.Same != "":
		return facts.window(t, f)
	}
	return facts.param(t, f)
}

func choices(pairs ...string) []Choice {
	var out []Choice
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, Choice{pairs[i], pairs[i+1]})
	}
	return out
}

func rankOf(list []Choice, value string) int64 {
	return int64(slices.IndexFunc(list, func(c Choice) bool { return c.Value == value }))
}

var (
	riskChoices = choices("low", "low", "medium", "medium", "high", "high", "critical", "critical")
	weekdays    = choices("monday", "Monday", "tuesday", "Tuesday", "wednesday", "Wednesday", "thursday", "Thursday",
		"friday", "Friday", "saturday", "Saturday", "sunday", "Sunday")
	undoChoices = choices(string(catalog.ReadOnly), "read only", string(catalog.Reversible), "reversible",
		string(catalog.ExternallyReversible), "reversible by others", string(catalog.Irreversible), "irreversible")
)

const (
	groupParams  = "The action"
	groupRequest = "The request"
	groupTime    = "Local time"
	groupWindow  = "Earlier requests"
)

// fixedFields are the ones that every action has.
var fixedFields = []Field{
	{Name: "target", Label: "target", Group: groupRequest, Type: catalog.String, text: func(f *Facts) string { return f.Target }},
	{Name: "confidence", Label: "confidence", Group: groupRequest, Type: catalog.Decimal, top: catalog.Million,
		fixed: func(f *Facts, _ *catalog.ActionType) Slot { return confidence(f.Confidence) }},
	{Name: "workflow", Label: "workflow", Group: groupRequest, Type: catalog.String, text: func(f *Facts) string { return f.Workflow }},
	{Name: "integration", Label: "integration", Group: groupRequest, Type: catalog.String, text: func(f *Facts) string { return f.Integration }},
	{Name: "integration.kind", Label: "kind of system", Group: groupRequest, Type: catalog.String, text: func(f *Facts) string { return f.Kind }},
	{Name: "subject.kind", Label: "kind of subject", Group: groupRequest, Type: catalog.String, text: func(f *Facts) string { return f.Subject.Kind }},
	{Name: "subject.ref", Label: "subject", Group: groupRequest, Type: catalog.String, text: func(f *Facts) string { return f.Subject.Ref }},
	{Name: "risk", Label: "risk", Group: groupRequest, Type: catalog.Enum, Choices: riskChoices, Ranked: true, fixed: riskSlot},
	{Name: "reversibility", Label: "reversibility", Group: groupRequest, Type: catalog.Enum, Choices: undoChoices, fixed: undoSlot},
	{Name: "time.hour", Label: "hour of the day", Group: groupTime, Type: catalog.Int, top: 23, fixed: local(hourSlot)},
	{Name: "time.weekday", Label: "weekday", Group: groupTime, Type: catalog.Enum, Choices: weekdays, fixed: local(weekdaySlot)},
	{Name: "time.business", Label: "business hours", Group: groupTime, Type: catalog.Bool, fixed: local(businessSlot)},
}

func riskSlot(_ *Facts, t *catalog.ActionType) Slot {
	if t == nil || t.Risk < catalog.Low || t.Risk > catalog.Critical {
		return Slot{}
	}
	s := numberSlot(catalog.Enum, int64(t.Risk-catalog.Low))
	s.value.Text = riskChoices[s.number].Value
	return s
}

func undoSlot(_ *Facts, t *catalog.ActionType) Slot {
	if t == nil {
		return Slot{}
	}
	return textSlot(catalog.Enum, string(t.Reversibility))
}

func hourSlot(t time.Time, _ *Calendar) Slot { return numberSlot(catalog.Int, int64(t.Hour())) }

func weekdaySlot(t time.Time, _ *Calendar) Slot {
	return textSlot(catalog.Enum, weekdays[(t.Weekday()+6)%7].Value)
}

func businessSlot(t time.Time, c *Calendar) Slot {
	if c.Business(t) {
		return numberSlot(catalog.Bool, 1)
	}
	return numberSlot(catalog.Bool, 0)
}

// local reads the wall clock of the workspace; without a calendar it is unknown.
func local(read func(time.Time, *Calendar) Slot) func(*Facts, *catalog.ActionType) Slot {
	return func(f *Facts, _ *catalog.ActionType) Slot {
		if f.Calendar == nil || f.Calendar.Zone == nil || f.At.IsZero() {
			return Slot{}
		}
		return read(f.At.In(f.Calendar.Zone), f.Calendar)
	}
}

// FindField finds a field for actions, also one that no menu lists.
func FindField(name string, types []*catalog.ActionType) (*Field, bool) {
	f, problem := lookup(name, types)
	return f, problem == ""
}

// lookup finds a field for actions, or says why there is none.
func lookup(name string, types []*catalog.ActionType) (*Field, string) {
	if param, ok := strings.CutPrefix(name, "params."); ok {
		return paramField(param, types)
	}
	if strings.HasPrefix(name, "window.") {
		return windowField(name, types)
	}
	for _, f := range fixedFields {
		if f.Name == name {
			if name == "target" && targetsDomains(types) {
				f.Type = catalog.Domain
			}
			return &f, ""
		}
	}
	return nil, fmt.Sprintf("There is no field %q. Choose one of the list.", name)
}

// targetsDomains lets "is or is under" be used where every target is one domain.
func targetsDomains(types []*catalog.ActionType) bool {
	for _, t := range types {
		if len(t.Target) != 1 {
			return false
		}
		if p, ok := t.Param(t.Target[0]); !ok || p.Type != catalog.Domain {
			return false
		}
	}
	return len(types) > 0
}

func paramField(name string, types []*catalog.ActionType) (*Field, string) {
	var found *Field
	for _, t := range types {
		p, ok := t.Param(name)
		if !ok {
			continue
		}
		f := fieldOf(p)
		if found != nil && (f.Type != found.Type || f.List != found.List) {
			return nil, fmt.Sprintf("%q is not the same type in all these actions. Write one rule for each.", name)
		}
		if found == nil {
			found = f
		}
		found.Choices = mergeChoices(found.Choices, f.Choices)
	}
	if found == nil {
		return nil, fmt.Sprintf("None of these actions has a parameter %q. Choose one of the list.", name)
	}
	return found, ""
}

func fieldOf(p catalog.Param) *Field {
	f := &Field{Name: "params." + p.Name, Label: lowerFirst(p.Label), Group: groupParams, Type: p.Type, param: p.Name, form: p.Form, personal: p.Personal}
	if p.Label == "" {
		f.Label = strings.ReplaceAll(p.Name, "_", " ")
	}
	if p.Type == catalog.List {
		f.Type, f.List = p.Item, true
	}
	if f.Type == catalog.Enum {
		for _, v := range p.Values {
			f.Choices = append(f.Choices, Choice{v, strings.ReplaceAll(v, "_", " ")})
		}
	}
	return f
}

func mergeChoices(a, b []Choice) []Choice {
	for _, c := range b {
		if !slices.Contains(a, c) {
			a = append(a, c)
		}
	}
	return a
}

var windowName = regexp.MustCompile(`^window\.(count|sum\.([a-z][a-z0-9_]*))\.(target|subject|workspace)\.([1-9][0-9]{0,3})([hd])$`)

// windowField reads "window.count.target.30d" and "window.sum.amount.workspace.24h".
func windowField(name string, types []*catalog.ActionType) (*Field, string) {
	m := windowName.FindStringSubmatch(name)
	if m == nil {
		return nil, fmt.Sprintf("%q is no figure over earlier requests. Right would be window.count.target.30d or window.sum.amount.workspace.24h.", name)
	}
	hours, _ := strconv.Atoi(m[4])
	if m[5] == "d" {
		hours *= 24
	}
	if hours > maxWindowHrs {
		return nil, "Earlier requests can be counted up to 90 days back."
	}
	f := &Field{Name: name, Group: groupWindow, Type: catalog.Int, window: Window{Sum: m[2], Same: Same(m[3]), Hours: hours}}
	if m[2] != "" {
		of, problem := paramField(m[2], types)
		if problem != "" {
			return nil, problem
		}
		if of.List || of.Type != catalog.Money && of.Type != catalog.Decimal && of.Type != catalog.Int {
			return nil, fmt.Sprintf("%s cannot be added up. Choose an amount or a number.", upperFirst(of.Label))
		}
		f.Type = of.Type
	}
	f.Label = windowLabel(f.window, types)
	return f, ""
}
