package catalog

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxBytes   = 256 << 10
	maxDepth   = 8
	maxEntries = 1_000
	maxText    = 8_000     // code points of any text
	maxInt     = 1<<53 - 1 // beyond it two numbers can share one canonical form
)

// node is one JSON value that passed the structural rules.
type node struct {
	kind   jsontext.Kind
	text   string // of a string, as sent
	int    int64  // of a number
	list   []node
	fields []field
}

type field struct {
	name string
	node node
}

var (
	plainInt = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,15})$`)
	plainKey = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}$`)
)

// IsKey tells whether a text can be the name of an action type or a parameter. Nothing can be
// said with one: it has no spaces and no slashes.
func IsKey(s string) bool { return plainKey.MatchString(s) }

// readObject reads exactly one JSON object. It refuses duplicate keys, bad UTF-8, numbers
// that are no safe integers, and what is too large, too deep or followed by something else.
func readObject(raw []byte) (node, *Problem) {
	if len(raw) > maxBytes {
		return node{}, problem(TooLong, "The parameters are larger than 256 KiB. Send fewer entries.")
	}
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	if dec.PeekKind() != '{' {
		return node{}, problem(Malformed, "The parameters must be a JSON object, such as {\"domain\":\"example.com\"}.")
	}
	n, wrong := readNode(dec)
	if wrong != nil {
		return node{}, wrong
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return node{}, problem(Malformed, "Something follows the parameters' JSON object. Send one object only.")
	}
	return n, nil
}

func readNode(dec *jsontext.Decoder) (node, *Problem) {
	tok, err := dec.ReadToken()
	if err != nil {
		return node{}, badJSON(err)
	}
	n := node{kind: tok.Kind()}
	switch n.kind {
	case '"':
		n.text = tok.String()
	case '0':
		return readNumber(tok.String())
	case '[':
		return readList(dec)
	case '{':
		return readFields(dec)
	}
	return n, nil
}

func readNumber(literal string) (node, *Problem) {
	i, err := strconv.ParseInt(literal, 10, 64)
	if err != nil || !plainInt.MatchString(literal) || i > maxInt || i < -maxInt {
		return node{}, problem(Malformed, "A number must be a whole number up to 9007199254740991, without fraction or exponent. Send amounts, decimals and ids as text, such as \"184.00\".")
	}
	return node{kind: '0', int: i}, nil
}

func readList(dec *jsontext.Decoder) (node, *Problem) {
	n := node{kind: '['}
	for dec.PeekKind() != ']' {
		if len(n.list) == maxEntries {
			return node{}, problem(TooLong, "A list has more than 1,000 entries. Split the action.")
		}
		entry, wrong := readNested(dec)
		if wrong != nil {
			return node{}, wrong.under("[" + strconv.Itoa(len(n.list)) + "]")
		}
		n.list = append(n.list, entry)
	}
	return n, closing(dec)
}

func readFields(dec *jsontext.Decoder) (node, *Problem) {
	n := node{kind: '{'}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return node{}, badJSON(err)
		}
		key := name.String()
		if !IsKey(key) {
			return node{}, problem(Malformed, "A parameter's name must be 1 to 100 plain letters, digits, dots, hyphens or underscores.")
		}
		value, wrong := readNested(dec)
		if wrong != nil {
			return node{}, wrong.under(key)
		}
		n.fields = append(n.fields, field{key, value})
	}
	return n, closing(dec)
}

func readNested(dec *jsontext.Decoder) (node, *Problem) {
	if dec.StackDepth() >= maxDepth {
		return node{}, problem(Malformed, "The parameters are nested more than %d deep.", maxDepth)
	}
	return readNode(dec)
}

func closing(dec *jsontext.Decoder) *Problem {
	if _, err := dec.ReadToken(); err != nil {
		return badJSON(err)
	}
	return nil
}

func badJSON(err error) *Problem {
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return problem(Malformed, "A name appears twice in the same object. Send each name once.")
	}
	return problem(Malformed, "The parameters are not valid JSON in UTF-8.")
}
