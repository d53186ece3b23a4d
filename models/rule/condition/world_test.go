package condition_test

import (
	"testing"
	"time"

	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule/condition"
)

// everything is an action with one parameter of every type.
var everything = &catalog.ActionType{
	Key: "test.everything.act", Version: 1, Title: "Do everything", Category: "test",
	Kinds: []string{"whmcs"}, Target: []string{"domain"}, Risk: catalog.High, Reversibility: catalog.Reversible,
	Params: []catalog.Param{
		{Name: "note", Label: "Note", Type: catalog.String},
		{Name: "size", Label: "Size", Type: catalog.Int},
		{Name: "rate", Label: "Rate", Type: catalog.Decimal},
		{Name: "amount", Label: "Amount", Type: catalog.Money, Currency: "currency"},
		{Name: "currency", Label: "Currency", Type: catalog.Enum, Values: catalog.Currencies()},
		{Name: "final", Label: "Final", Type: catalog.Bool},
		{Name: "method", Label: "Method", Type: catalog.Enum, Values: []string{"card", "bank_transfer"}},
		{Name: "domain", Label: "Domain", Type: catalog.Domain},
		{Name: "email", Label: "E-mail", Type: catalog.Email, Personal: true},
		{Name: "address", Label: "Address", Type: catalog.IP},
		{Name: "until", Label: "Until", Type: catalog.Time},
		{Name: "zones", Label: "Zones", Type: catalog.List, Item: catalog.Domain},
		{Name: "ports", Label: "Ports", Type: catalog.List, Item: catalog.Int},
	},
}

const allParams = `{"note":"Please REFUND now","size":42,"rate":"1.25","amount":"184.00","currency":"EUR","final":true,
	"method":"card","domain":"shop.example.com","email":"ann@mail.example.org","address":"192.0.2.7",
	"until":"2026-12-01T10:00:00Z","zones":["a.example.com","b.example.net"],"ports":[25,587]}`

var types = []*catalog.ActionType{everything}

func params(t testing.TB, raw string) catalog.Params {
	t.Helper()
	p, problems := catalog.ParseParams(everything, []byte(raw))
	if len(problems) > 0 {
		t.Fatalf("parameters %s: %v", raw, problems)
	}
	return p
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// full are facts of which nothing is missing.
func full(t testing.TB) *condition.Facts {
	confidence := 0.8
	p := params(t, allParams)
	return &condition.Facts{
		Action: everything.Key, Params: p, Target: condition.TargetOf(everything, p), Confidence: &confidence,
		Workflow: "billing-helper", Integration: "int-1", Kind: "whmcs",
		Subject:  condition.Subject{Kind: "client", Ref: "20418"},
		At:       time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC), // a Monday
		Calendar: condition.OfficeHours(time.UTC),
		Windows: map[condition.Window]int64{
			{Same: condition.SameTarget, Hours: 720}:                                   2,
			{Same: condition.SameWorkspace, Hours: 24, Sum: "amount", Currency: "EUR"}: 100 * catalog.Million,
			{Same: condition.SameSubject, Hours: 168, Sum: "size"}:                     8,
			{Same: condition.SameSubject, Hours: 1, Sum: "amount", Currency: "USD"}:    0,
			{Same: condition.SameSubject, Hours: 2, Sum: "amount", Currency: "EUR"}:    1<<63 - 1,
		},
	}
}

func eval(c condition.Condition, f *condition.Facts) condition.Truth {
	sheet := condition.NewSheet(everything)
	test := sheet.Compile(&c)
	return test.Eval(sheet.Read(f, nil))
}

func is(field string, op condition.Op, value condition.Operand) condition.Condition {
	return condition.Condition{Field: field, Op: op, Value: value}
}

func each(which condition.Each, field string, op condition.Op, value condition.Operand) condition.Condition {
	return condition.Condition{Field: field, Each: which, Op: op, Value: value}
}

func numbers(texts ...string) condition.Operand {
	o := condition.Operand{List: []condition.Operand{}}
	for _, t := range texts {
		o.List = append(o.List, condition.Bare(t))
	}
	return o
}

// clashing are two actions that give one parameter different types.
func clashing() []*catalog.ActionType {
	a := &catalog.ActionType{Key: "a.x", Params: []catalog.Param{{Name: "clash", Type: catalog.String}}}
	b := &catalog.ActionType{Key: "a.y", Params: []catalog.Param{{Name: "clash", Type: catalog.Int}}}
	return []*catalog.ActionType{a, b}
}
