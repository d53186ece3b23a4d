package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
)

// Stored is an entry as it lies in the database: its encoded leaf, and salt and encoded body,
// which are nil once they were erased.
type Stored struct {
	Leaf, Salt, Body []byte
}

// Parts of a line in entries.jsonl. Since no leaf holds a brace, the first } ends it.
const (
	lineLeaf   = `{"leaf":`
	lineSalt   = `,"salt":"`
	lineBody   = `","body":`
	lineErased = `,"redacted":true}`
)

// appendLine adds the entry as one line of JSON, in which leaf and body are the very bytes that
// were hashed.
func (e Stored) appendLine(b []byte) []byte {
	b = append(append(b, lineLeaf...), e.Leaf...)
	if e.Body == nil {
		return append(append(b, lineErased...), '\n')
	}
	b = hex.AppendEncode(append(b, lineSalt...), e.Salt)
	b = append(append(b, lineBody...), e.Body...)
	return append(b, '}', '\n')
}

var (
	errLine = errors.New("is not written as the portal writes it")
	errBody = errors.New("has a body that is not the recorded one")
)

// parseLine undoes appendLine, for a line without its newline.
func parseLine(line []byte) (Stored, error) {
	s := scanner{rest: line}
	s.literal(lineLeaf)
	leaf := s.take("", bytes.IndexByte(s.rest, '}')+1)
	if string(s.rest) == lineErased && !s.bad {
		return Stored{Leaf: leaf}, nil
	}
	var salt [SaltSize]byte
	if digits := s.take(lineSalt, 2*SaltSize); digits != nil {
		s.lowerHex(salt[:], digits)
	}
	s.literal(lineBody)
	body := s.take("", max(0, len(s.rest)-1))
	s.literal("}")
	if s.bad {
		return Stored{}, errLine
	}
	return Stored{leaf, salt[:], body}, nil
}

// verify reads the leaf and compares the body with its commitment. The body must be valid JSON,
// so that no reader of the line takes a part of it for something else.
func (e Stored) verify() (Leaf, error) {
	l, err := ParseLeaf(e.Leaf)
	if err != nil {
		return Leaf{}, err
	}
	if e.Body != nil && (Commit(e.Salt, e.Body) != l.Body || !json.Valid(e.Body)) {
		return Leaf{}, errBody
	}
	return l, nil
}
