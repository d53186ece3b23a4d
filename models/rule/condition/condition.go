// Package condition is the language in which a rule says when it applies: a typed tree over
// an action's parameters, the request, local time and earlier requests.
//
// A condition is true, false or unknown; unknown is whatever is missing, of another type,
// in another currency or could not be counted. It knows no rule and no database.
// Files: condition (the tree), facts, field and operand (what is compared), evaluate and
// sheet (compiled), explain, words, sentence and cel (for people), check and contradiction,
// form and menu (the editor).
package condition

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/jexi/portal/internal/fault"
)

// Bounds of one condition, so that it can be read, shown and evaluated in no time.
const (
	maxDepth     = 8
	maxNodes     = 100
	maxBytes     = 64 << 10
	maxChoices   = 200 // values after "is one of"
	maxPattern   = 200 // characters of a regular expression
	maxOperand   = 500 // characters of one wanted value
	maxWindowHrs = 90 * 24
)

// Condition is a typed tree: exactly one of All, Any, Not and Field is set.
// The zero Condition asks for nothing and is always true.
type Condition struct {
	All   []Condition `json:"all,omitzero"`
	Any   []Condition `json:"any,omitzero"`
	Not   *Condition  `json:"not,omitzero"`
	Field string      `json:"field,omitzero"`
	Each  Each        `json:"each,omitzero"` // of a list: which entries must agree
	Op    Op          `json:"op,omitzero"`
	Value Operand     `json:"value,omitzero"`
}

// Op compares a fact with the wanted value.
type Op string

const (
	Is         Op = "="
	IsNot      Op = "!="
	Less       Op = "<"
	AtMost     Op = "<="
	More       Op = ">"
	AtLeast    Op = ">="
	In         Op = "in"
	NotIn      Op = "not_in"
	Contains   Op = "contains"    // ignores case
	StartsWith Op = "starts_with" // ignores case
	EndsWith   Op = "ends_with"   // ignores case
	Under      Op = "under"       // the domain, or one below it; an address in the network
	Matches    Op = "matches"     // RE2, unanchored
)

// Each says how the entries of a list count.
type Each string

const (
	AnyOf   Each = "any"
	AllOf   Each = "all"
	NoneOf  Each = "none"
	CountOf Each = "count" // compares how many entries there are
)

// Always tells that the condition asks for nothing.
func (c Condition) Always() bool {
	return c.All == nil && c.Any == nil && c.Not == nil && c.Field == ""
}

// LocalTime tells that the condition goes by the workspace's wall clock.
func (c Condition) LocalTime() bool {
	return strings.HasPrefix(c.Field, "time.") || slices.ContainsFunc(c.kids(), Condition.LocalTime)
}

// Operand is a wanted value as it was written. What it means depends on the field it is compared with.
type Operand struct {
	Text     string
	Currency string    // set for a money
	Bare     bool      // written as a JSON number or boolean
	List     []Operand // not nil for a list
}

// Text is a wanted string, decimal, domain, address or time.
func Text(s string) Operand { return Operand{Text: s} }

// Bare is a wanted whole number ("5") or truth ("true").
func Bare(s string) Operand { return Operand{Text: s, Bare: true} }

// Cash is a wanted amount of money.
func Cash(amount, currency string) Operand { return Operand{Text: amount, Currency: currency} }

// OneOf is a list of wanted strings.
func OneOf(texts ...string) Operand {
	o := Operand{List: []Operand{}}
	for _, t := range texts {
		o.List = append(o.List, Text(t))
	}
	return o
}

// IsZero tells that no value was written.
func (o Operand) IsZero() bool {
	return o.Text == "" && o.Currency == "" && !o.Bare && o.List == nil
}

type cash struct {
	Money    string `json:"money"`
	Currency string `json:"currency"`
}

func (o Operand) MarshalJSON() ([]byte, error) {
	switch {
	case o.List != nil:
		return json.Marshal(o.List)
	case o.Currency != "":
		return json.Marshal(cash{o.Text, o.Currency})
	case o.Bare:
		return []byte(o.Text), nil
	}
	return json.Marshal(o.Text)
}

func (o *Operand) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	*o = Operand{}
	switch data[0] {
	case '"':
		return jsonv2.Unmarshal(data, &o.Text)
	case '[':
		o.List = []Operand{}
		return Strict(data, &o.List)
	case '{':
		var c cash
		if err := Strict(data, &c); err != nil {
			return err
		}
		if c.Currency == "" {
			return errors.New(`a money needs "money" and "currency"`)
		}
		o.Text, o.Currency = c.Money, c.Currency
	case 'n':
		return errors.New("a value cannot be null")
	default:
		o.Text, o.Bare = string(data), true
	}
	return nil
}

// Strict reads JSON that may hold conditions. It refuses unknown and repeated keys, names
// in another case, bad UTF-8 and more than 64 KiB.
func Strict(data []byte, into any) error {
	if len(data) > maxBytes {
		return errors.New("it is larger than 64 KiB")
	}
	return jsonv2.Unmarshal(data, into, jsonv2.RejectUnknownMembers(true))
}

// Parse reads the JSON form. It refuses what it does not know, more than
// 8 levels and more than 100 parts; whether the fields exist is Check's to say.
func Parse(data []byte) (Condition, error) {
	var c Condition
	if err := Strict(data, &c); err != nil {
		return Condition{}, fault.At("conditions", "The condition cannot be read: %v.", err)
	}
	if problem := c.misshapen(); problem != "" {
		return Condition{}, fault.At("conditions", "%s", problem)
	}
	return c, nil
}

// misshapen says what is wrong with the tree as a tree, "" if nothing.
func (c Condition) misshapen() string {
	nodes := 0
	var walk func(c Condition, depth int) string
	walk = func(c Condition, depth int) string {
		nodes++
		switch {
		case depth > maxDepth:
			return "The condition is nested more than 8 levels deep."
		case nodes > maxNodes:
			return "The condition has more than 100 parts."
		case c.parts() != 1 && !(depth == 1 && c.parts() == 0):
			return "Every part of a condition is exactly one of all, any, not and field."
		case c.Field == "" && (c.Op != "" || c.Each != "" || !c.Value.IsZero()):
			return "Only a part with a field has op, each and value."
		}
		for _, kid := range c.kids() {
			if problem := walk(kid, depth+1); problem != "" {
				return problem
			}
		}
		return ""
	}
	return walk(c, 1)
}

func (c Condition) parts() int {
	n := 0
	for _, set := range []bool{c.All != nil, c.Any != nil, c.Not != nil, c.Field != ""} {
		if set {
			n++
		}
	}
	return n
}

func (c Condition) kids() []Condition {
	switch {
	case c.All != nil:
		return c.All
	case c.Any != nil:
		return c.Any
	case c.Not != nil:
		return []Condition{*c.Not}
	}
	return nil
}
