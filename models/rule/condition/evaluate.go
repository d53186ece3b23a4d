package condition

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/jexi/portal/models/catalog"
)

// Truth is Kleene's: what cannot be known is neither true nor false.
type Truth uint8

const (
	False Truth = iota
	Unknown
	True
)

// And is true when both are, false when one is.
func (t Truth) And(u Truth) Truth { return min(t, u) }

// Or is true when one is, false when both are.
func (t Truth) Or(u Truth) Truth { return max(t, u) }

// Not leaves unknown unknown.
func (t Truth) Not() Truth { return True - t }

func (t Truth) String() string { return [...]string{"false", "unknown", "true"}[t] }

// MarshalText makes it "true", "false" or "unknown" in JSON.
func (t Truth) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}

type kind uint8

const (
	alwaysNode kind = iota
	allNode
	anyNode
	notNode
	leafNode
	brokenNode // cannot be compared here: always unknown
)

// Test is a compiled condition. It is small, since a thousand of them are walked at once.
type Test struct {
	kind   kind
	leaf   leaf
	kids   []Test
	clause *Condition
}

// Always tells that the condition asks for nothing.
func (n *Test) Always() bool { return n.kind == alwaysNode }

// Eval is the condition's truth for facts that were read on the sheet it was compiled on.
func (n *Test) Eval(slots []Slot) Truth {
	switch n.kind {
	case alwaysNode:
		return True
	case leafNode:
		return n.leaf.test(&slots[n.leaf.slot])
	case notNode:
		return n.kids[0].Eval(slots).Not()
	case allNode:
		t := True
		for i := range n.kids {
			if t = t.And(n.kids[i].Eval(slots)); t == False {
				return t
			}
		}
		return t
	case anyNode:
		t := False
		for i := range n.kids {
			if t = t.Or(n.kids[i].Eval(slots)); t == True {
				return t
			}
		}
		return t
	}
	return Unknown
}

type opcode uint8

const (
	opIs opcode = iota
	opIsNot
	opLess
	opAtMost
	opMore
	opAtLeast
	opIn
	opNotIn
	opContains
	opStartsWith
	opEndsWith
	opUnder
	opMatches
)

var opcodes = map[Op]opcode{
	Is: opIs, IsNot: opIsNot, Less: opLess, AtMost: opAtMost, More: opMore, AtLeast: opAtLeast, In: opIn, NotIn: opNotIn,
	Contains: opContains, StartsWith: opStartsWith, EndsWith: opEndsWith, Under: opUnder, Matches: opMatches,
}

// leaf is one comparison with its wanted value made ready.
type leaf struct {
	slot    uint16
	op      opcode
	list    bool // over the entries of a list, as more.each says
	numeric bool // compares numbers, not texts
	number  int64
	unit    unit
	text    string
	more    *more
}

// more is what only some comparisons need.
type more struct {
	each    Each
	numbers []int64
	texts   []string
	pattern *regexp.Regexp
	network netip.Prefix
}

func (l *leaf) test(s *Slot) Truth {
	switch {
	case !s.known || s.unit != l.unit:
		return Unknown
	case l.list:
		return l.testList(s.value.List)
	case l.numeric:
		return truth(l.compare(s.number))
	case s.lower != "":
		return truth(l.read(s.value.Text, s.lower))
	}
	return truth(l.read(s.value.Text, s.value.Text))
}

func (l *leaf) testList(entries []catalog.Value) Truth {
	switch l.more.each {
	case CountOf:
		return truth(l.compare(int64(len(entries))))
	case AnyOf:
		return truth(slices.ContainsFunc(entries, l.testEntry))
	case NoneOf:
		return truth(!slices.ContainsFunc(entries, l.testEntry))
	}
	return truth(!slices.ContainsFunc(entries, func(v catalog.Value) bool { return !l.testEntry(v) }))
}

func (l *leaf) testEntry(v catalog.Value) bool {
	if l.numeric {
		return l.compare(number(&v))
	}
	return l.read(v.Text, strings.ToLower(v.Text))
}

func number(v *catalog.Value) int64 {
	switch v.Type {
	case catalog.Time:
		return v.Time.UnixMicro()
	case catalog.Bool:
		if v.Bool {
			return 1
		}
		return 0
	}
	return v.Number
}

func (l *leaf) compare(n int64) bool {
	switch l.op {
	case opMore:
		return n > l.number
	case opAtLeast:
		return n >= l.number
	case opLess:
		return n < l.number
	case opAtMost:
		return n <= l.number
	case opIs:
		return n == l.number
	case opIsNot:
		return n != l.number
	case opIn:
		return slices.Contains(l.more.numbers, n)
	}
	return !slices.Contains(l.more.numbers, n) // opNotIn: compiling lets nothing else through
}

func (l *leaf) read(text, lower string) bool {
	switch l.op {
	case opIs:
		return text == l.text
	case opIsNot:
		return text != l.text
	case opIn:
		return slices.Contains(l.more.texts, text)
	case opNotIn:
		return !slices.Contains(l.more.texts, text)
	case opContains:
		return strings.Contains(lower, l.text)
	case opStartsWith:
		return strings.HasPrefix(lower, l.text)
	case opEndsWith:
		return strings.HasSuffix(lower, l.text)
	case opUnder:
		return l.under(text)
	}
	return l.more.pattern.MatchString(text) // opMatches: compiling lets nothing else through
}

// under takes a domain, an e-mail address or an IP address.
func (l *leaf) under(text string) bool {
	if l.more.network.IsValid() {
		addr, err := netip.ParseAddr(text)
		return err == nil && l.more.network.Contains(addr)
	}
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		text = text[at+1:]
	}
	return text == l.text || strings.HasSuffix(text, l.text) && text[len(text)-len(l.text)-1] == '.'
}
