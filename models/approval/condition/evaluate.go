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

// Test is a compiled condition.
type Test struct {
	kind   kind
	kids   []Test
	leaf   leaf
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

// leaf is one comparison with its wanted value made ready.
type leaf struct {
	slot    int
	op      Op
	each    Each
	numeric bool // compares numbers, not texts
	number  int64
	text    string
	unit    string // currency of the wanted value
	numbers []int64
	texts   []string
	pattern *regexp.Regexp
	network netip.Prefix
}

func (l *leaf) test(s *Slot) Truth {
	switch {
	case !s.known || s.unit != l.unit:
		return Unknown
	case l.each != "":
		return l.testList(s.value.List)
	case l.numeric:
		return truth(l.compare(number(&s.value)))
	case s.lower != "":
		return truth(l.read(s.value.Text, s.lower))
	}
	return truth(l.read(s.value.Text, s.value.Text))
}

func (l *leaf) testList(entries []catalog.Value) Truth {
	switch l.each {
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
	case More:
		return n > l.number
	case AtLeast:
		return n >= l.number
	case Less:
		return n < l.number
	case AtMost:
		return n <= l.number
	case Is:
		return n == l.number
	case IsNot:
		return n != l.number
	case In:
		return slices.Contains(l.numbers, n)
	}
	return !slices.Contains(l.numbers, n) // NotIn: compiling lets nothing else through
}

func (l *leaf) read(text, lower string) bool {
	switch l.op {
	case Is:
		return text == l.text
	case IsNot:
		return text != l.text
	case In:
		return slices.Contains(l.texts, text)
	case NotIn:
		return !slices.Contains(l.texts, text)
	case Contains:
		return strings.Contains(lower, l.text)
	case StartsWith:
		return strings.HasPrefix(lower, l.text)
	case EndsWith:
		return strings.HasSuffix(lower, l.text)
	case Under:
		return l.under(text)
	}
	return l.pattern.MatchString(text) // Matches: compiling lets nothing else through
}

// under takes a domain, an e-mail address or an IP address.
func (l *leaf) under(text string) bool {
	if l.network.IsValid() {
		addr, err := netip.ParseAddr(text)
		return err == nil && l.network.Contains(addr)
	}
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		text = text[at+1:]
	}
	return text == l.text || strings.HasSuffix(text, l.text) && text[len(text)-len(l.text)-1] == '.'
}
