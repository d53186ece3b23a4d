package condition

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jexi/portal/models/catalog"
)

// Facts are what is known about one action when it is evaluated. What is left empty is
// unknown, and unknown never lets an action through.
type Facts struct {
	Action      string // key of the action type
	Params      catalog.Params
	Target      string   // TargetOf the parameters
	Confidence  *float64 // 0 to 1
	Workflow    string
	Integration string // id of the connection
	Kind        string // its integration kind
	Subject     Subject
	At          time.Time
	Calendar    *Calendar
	Windows     map[Window]int64 // whole for a count, as Value.Number for a sum; without this request
}

// Subject is whom the action is for: a client, a contact.
type Subject struct{ Kind, Ref string }

// TargetOf names what an action acts on: its first target parameter. Windows of the same
// target compare this and not all of them, so that many records of one zone add up.
func TargetOf(t *catalog.ActionType, p catalog.Params) string {
	if len(t.Target) == 0 {
		return ""
	}
	v, _ := p.Get(t.Target[0])
	if v.Type != catalog.List {
		return v.Text
	}
	var texts []string
	for _, entry := range v.List {
		texts = append(texts, entry.Text)
	}
	return strings.Join(texts, ",")
}

// Same narrows a window to requests that share something with this one.
type Same string

const (
	SameTarget    Same = "target"
	SameSubject   Same = "subject"
	SameWorkspace Same = "workspace"
)

// Window names a figure over earlier requests of the same action type, up to Hours back.
// Sum names the parameter that is added up, "" counts; Currency is set for sums of money.
type Window struct {
	Sum      string
	Same     Same
	Hours    int
	Currency string
}

// Calendar is the workspace's clock: its zone, the minutes of each weekday (Sunday first)
// that are business hours, and the days off ("2026-12-25").
type Calendar struct {
	Zone     *time.Location
	Open     [7]Hours
	Holidays []string
}

// Hours are minutes after local midnight, From included, To not. Equal means closed.
type Hours struct{ From, To int }

// OfficeHours is Monday to Friday, 9 to 17.
func OfficeHours(zone *time.Location) *Calendar {
	day := Hours{9 * 60, 17 * 60}
	return &Calendar{Zone: zone, Open: [7]Hours{1: day, 2: day, 3: day, 4: day, 5: day}}
}

// Business tells whether t is in business hours, by the wall clock of the zone.
func (c *Calendar) Business(t time.Time) bool {
	local := t.In(c.Zone)
	open := c.Open[local.Weekday()]
	minute := local.Hour()*60 + local.Minute()
	return open.From <= minute && minute < open.To && !slices.Contains(c.Holidays, local.Format(time.DateOnly))
}

// Slot is one fact as conditions read it, looked up once for all rules.
type Slot struct {
	known  bool
	number int64
	unit   unit
	lower  string // of a String
	value  catalog.Value
}

// unit is the currency of a money, made quick to compare; zero for everything else.
type unit [4]byte

func unitOf(currency string) (u unit) {
	if len(currency) == 3 {
		copy(u[:], currency)
	}
	return u
}

func (u unit) String() string { return strings.TrimRight(string(u[:]), "\x00") }

func textSlot(t catalog.Type, text string) Slot {
	return Slot{known: text != "", value: catalog.Value{Type: t, Text: text}}
}

func numberSlot(t catalog.Type, n int64) Slot {
	return Slot{known: true, number: n, value: catalog.Value{Type: t, Number: n}}
}

func confidence(c *float64) Slot {
	if c == nil || !(*c >= 0 && *c <= 1) { // also refuses NaN
		return Slot{}
	}
	return numberSlot(catalog.Decimal, int64(math.Round(*c*catalog.Million)))
}

// param reads a parameter; one of another type than the field's is unknown.
func (f *Facts) param(t *catalog.ActionType, field *Field) Slot {
	v, ok := f.Params.Get(field.param)
	want := field.Type
	if field.List {
		want = catalog.List
	}
	if !ok || t == nil || v.Type != want {
		return Slot{}
	}
	s := Slot{known: true, number: number(&v), value: v}
	if v.Type == catalog.Money {
		s.unit = unitOf(f.currency(t, field.param))
		s.known = s.unit != unit{}
	}
	return s
}

func (f *Facts) currency(t *catalog.ActionType, param string) string {
	declared, _ := t.Param(param)
	code, _ := f.Params.Get(declared.Currency)
	return code.Text
}

// window reads a figure over earlier requests. A sum includes this request's own amount,
// since a limit that this request breaks must hold it.
func (f *Facts) window(t *catalog.ActionType, field *Field) Slot {
	earlier, ok := f.Windows[field.window]
	if !ok || earlier < 0 {
		return Slot{}
	}
	if field.window.Sum == "" {
		return numberSlot(catalog.Int, earlier)
	}
	own := f.param(t, &Field{param: field.window.Sum, Type: field.Type})
	sum := earlier + own.number
	if !own.known || own.unit != unitOf(field.window.Currency) || own.number > 0 && sum < earlier {
		return Slot{}
	}
	s := numberSlot(field.Type, sum)
	s.unit = own.unit
	return s
}
