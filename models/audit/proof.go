package audit

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

const proofStart = "c2sp.org/tlog-proof@v1\n"

// Proof shows that one entry is in a tree, in the form C2SP tlog-proof.
type Proof struct {
	Index      int64
	Hashes     []Hash
	Checkpoint []byte // signed note
	Extra      []byte // not covered by the proof
}

// Encode writes the proof as text.
func (p Proof) Encode() []byte {
	var b bytes.Buffer
	b.WriteString(proofStart)
	if len(p.Extra) > 0 {
		fmt.Fprintf(&b, "extra %s\n", base64.StdEncoding.EncodeToString(p.Extra))
	}
	fmt.Fprintf(&b, "index %d\n", p.Index)
	writeHashes(&b, p.Hashes)
	b.WriteByte('\n')
	b.Write(p.Checkpoint)
	return b.Bytes()
}

var errProof = errors.New("not a proof in the form c2sp.org/tlog-proof@v1")

// ParseProof reads what Encode writes. It verifies nothing.
func ParseProof(text []byte) (Proof, error) {
	rest, ok := strings.CutPrefix(string(text), proofStart)
	if !ok {
		return Proof{}, errProof
	}
	var p Proof
	if after, ok := strings.CutPrefix(rest, "extra "); ok {
		line, next, _ := strings.Cut(after, "\n")
		extra, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(extra) == 0 {
			return Proof{}, errProof
		}
		p.Extra, rest = extra, next
	}
	head, checkpoint, ok := strings.Cut(rest, "\n\n")
	index, hashes, _ := strings.Cut(head, "\n")
	s := scanner{rest: []byte(index)}
	p.Index = s.number("index ")
	list, hok := parseHashes(hashes)
	if !ok || !hok || s.bad || len(s.rest) > 0 {
		return Proof{}, errProof
	}
	p.Hashes, p.Checkpoint = list, []byte(checkpoint)
	return p, nil
}

// ProofFile is a proof that needs nothing beside it: its extra data hold the entry as a line of
// entries.jsonl, then the verifier keys, one a line.
func ProofFile(e Stored, signed []byte, keys []ed25519.PublicKey, nodes Nodes) ([]byte, error) {
	l, err := e.verify()
	if err != nil {
		return nil, fmt.Errorf("audit: entry %w", err)
	}
	head, err := ParseCheckpoint(signed)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	hashes, err := ProveInclusion(head.Size, l.Index, nodes)
	if err != nil {
		return nil, err
	}
	extra := append(e.appendLine(nil), verifierKeys(head.Origin, keys)...)
	return Proof{Index: l.Index, Hashes: hashes, Checkpoint: signed, Extra: extra}.Encode(), nil
}

const consistencyStart = "old "

// encodeConsistency writes a consistency proof as witnesses take it (C2SP tlog-witness).
func encodeConsistency(old int64, proof []Hash, signed []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%d\n", consistencyStart, old)
	writeHashes(&b, proof)
	b.WriteByte('\n')
	b.Write(signed)
	return b.Bytes()
}

func parseConsistency(text []byte) (old int64, proof []Hash, signed []byte, ok bool) {
	head, checkpoint, found := strings.Cut(string(text), "\n\n")
	first, hashes, _ := strings.Cut(head, "\n")
	s := scanner{rest: []byte(first)}
	old = s.number(consistencyStart)
	proof, hok := parseHashes(hashes)
	return old, proof, []byte(checkpoint), found && hok && !s.bad && len(s.rest) == 0
}

func writeHashes(b *bytes.Buffer, hashes []Hash) {
	for _, h := range hashes {
		b.WriteString(h.String())
		b.WriteByte('\n')
	}
}

// parseHashes reads one hash a line; no proof has more than 64.
func parseHashes(text string) (hashes []Hash, ok bool) {
	if text == "" {
		return nil, true
	}
	for line := range strings.SplitSeq(text, "\n") {
		h, ok := parseHash(line)
		if !ok || len(hashes) == 64 {
			return nil, false
		}
		hashes = append(hashes, h)
	}
	return hashes, true
}
