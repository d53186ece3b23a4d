package catalog

import (
	"slices"
	"time"
)

// Value is one parsed parameter, ready to be compared.
type Value struct {
	Type   Type
	Text   string    // canonical text of every scalar: "184.00", "example.com", "true", "42"
	Number int64     // Int: itself. Decimal and Money: millionths
	Bool   bool      // of a Bool
	Time   time.Time // of a Time, in UTC
	List   []Value   // of a List
}

// Million is one whole unit of a Decimal or Money in Value.Number.
const Million = 1_000_000

// Params are the parameters of one action, checked against its type.
// The zero Params has none.
type Params struct {
	names     []string
	values    []Value
	canonical []byte
}

// Get finds a parameter's value; false when an optional one was left out.
func (p Params) Get(name string) (Value, bool) {
	i := slices.Index(p.names, name)
	if i < 0 {
		return Value{}, false
	}
	return p.values[i], true
}

// Names lists the parameters that were given, in the type's order.
func (p Params) Names() []string { return slices.Clone(p.names) }

// Canonical is the RFC 8785 JSON of the values in their canonical form:
// what is stored, compared and digested.
func (p Params) Canonical() []byte {
	if p.canonical == nil {
		return []byte("{}")
	}
	return slices.Clone(p.canonical)
}
