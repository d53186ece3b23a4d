package audit

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/jexi/portal/internal/seal"
)

const (
	maxNote  = 64 << 10
	maxNotes = 64 << 20
)

// Verify reads a bundle or a .tlog-proof and tells whether it is genuine. kept are checkpoints
// from earlier, one or several, nil for none: the trail must extend each. key is what must have
// signed, in any form that parseTrust reads, "" for the key that the file names.
// It needs no database. The error is one line that says what is wrong; ErrKey if key is unusable.
func Verify(r io.ReaderAt, size int64, kept []byte, key string) (Report, error) {
	t, err := parseTrust(key)
	if err != nil {
		return Report{}, err
	}
	c := check{trust: t, kept: kept}
	start := make([]byte, len(proofStart))
	if n, _ := r.ReadAt(start, 0); string(start[:n]) == proofStart {
		err = c.proofFile(io.NewSectionReader(r, 0, size))
	} else {
		err = c.bundle(r, size)
	}
	if err != nil {
		return Report{}, err
	}
	return c.report, nil
}

// check is one verification.
type check struct {
	trust  trust
	kept   []byte
	keys   []ed25519.PublicKey // named by file and caller
	signed []byte
	head   Checkpoint
	marks  []mark
	report Report
}

// mark is a signed state that the tree must have passed through.
type mark struct {
	Checkpoint
	name string
}

func (c *check) bundle(r io.ReaderAt, size int64) error {
	a, err := openArchive(r, size)
	if err != nil {
		return err
	}
	if c.signed, err = a.read(nameCheckpoint, maxNote); err != nil {
		return err
	}
	keys, err := a.read(nameKeys, maxNote)
	if err != nil {
		return err
	}
	if err := c.openHead(string(keys)); err != nil {
		return err
	}
	if err := c.openEarlier(a); err != nil {
		return err
	}
	if err := c.openKept(); err != nil {
		return err
	}
	if a.has(nameSelection) {
		return c.selection(a)
	}
	return c.complete(a)
}

// openHead verifies the signature of the checkpoint that all else is compared with.
func (c *check) openHead(keys string) error {
	head, err := ParseCheckpoint(c.signed)
	if err != nil {
		return fmt.Errorf("its checkpoint is not readable: %w", err)
	}
	named, err := parseVerifierKeys(keys, head.Origin)
	if err != nil {
		return err
	}
	c.keys = append(slices.Clone(c.trust.keys), named...)
	accepted := c.keys
	if c.trust.named() {
		accepted = slices.DeleteFunc(slices.Clone(c.keys), func(pub ed25519.PublicKey) bool { return !c.trust.includes(pub) })
	}
	_, pub, err := OpenCheckpoint(c.signed, accepted...)
	if err != nil {
		return fmt.Errorf("its checkpoint is %w", err)
	}
	c.head = head
	c.report = Report{Size: head.Size, Root: head.Root, Fingerprint: seal.Fingerprint(pub), Pinned: c.trust.named()}
	c.report.Workspace, c.report.Epoch, err = ParseOrigin(head.Origin)
	return err
}

func (c *check) openEarlier(a archive) error {
	if !a.has(nameEarlier) {
		return nil
	}
	text, err := a.read(nameEarlier, maxNotes)
	if err != nil {
		return err
	}
	for i, signed := range splitNotes(text) {
		at, pub, err := OpenCheckpoint([]byte(signed), c.keys...)
		switch {
		case err != nil:
			return fmt.Errorf("checkpoint %d of %s is %w", i+1, nameEarlier, err)
		case at.Origin != c.head.Origin || at.Size > c.head.Size:
			return fmt.Errorf("checkpoint %d of %s belongs to another or a longer trail", i+1, nameEarlier)
		}
		c.marks = append(c.marks, mark{at, fmt.Sprintf("the signed checkpoint of %d entries", at.Size)})
		if !c.trust.named() || c.trust.includes(pub) {
			c.report.Earlier++ // one that only a key of the file signed must fit, but proves nothing
		}
	}
	return nil
}

func (c *check) openKept() error {
	if c.kept == nil {
		return nil
	}
	notes := splitNotes(c.kept[:min(len(c.kept), maxNotes)])
	if len(notes) == 0 {
		return errors.New("the kept checkpoint is empty")
	}
	for _, signed := range notes {
		at, _, err := OpenCheckpoint([]byte(signed), c.keys...)
		switch {
		case err != nil:
			return fmt.Errorf("the kept checkpoint is %w", err)
		case at.Origin != c.head.Origin:
			return fmt.Errorf("the kept checkpoint is of another trail (%s, not %s)", at.Origin, c.head.Origin)
		case at.Size > c.head.Size:
			return fmt.Errorf("the kept checkpoint has %d entries, this trail only %d: it is older than what you kept, or its end was removed",
				at.Size, c.head.Size)
		}
		c.marks = append(c.marks, mark{at, fmt.Sprintf("the kept checkpoint of %d entries", at.Size)})
		c.report.Kept++
		c.report.KeptSize = max(c.report.KeptSize, at.Size)
	}
	return nil
}

// complete rebuilds the tree and compares it with every mark on the way.
func (c *check) complete(a archive) error {
	f, err := a.open(nameEntries)
	if err != nil {
		return err
	}
	defer f.Close()
	c.marks = append(c.marks, mark{c.head, "the signed checkpoint"})
	slices.SortStableFunc(c.marks, func(a, b mark) int { return cmp.Compare(a.Size, b.Size) })
	p := passage{marks: c.marks, size: c.head.Size}
	if err := p.compare(); err != nil {
		return err
	}
	err = eachLine(f, func(e checked) error {
		if err := c.take(e); err != nil {
			return err
		}
		return p.enter(e)
	})
	if err != nil && !errors.As(err, new(entryError)) {
		return fmt.Errorf("entry %d %w", p.tree.size, err)
	} else if err != nil {
		return err
	}
	if p.tree.size < c.head.Size {
		return fmt.Errorf("the checkpoint covers %d entries, but the bundle ends after %d: its end was removed", c.head.Size, p.tree.size)
	}
	c.report.Complete = true
	return nil
}

// entryError is a finding that names its entry already.
type entryError string

func (e entryError) Error() string { return string(e) }

func finding(format string, args ...any) error { return entryError(fmt.Sprintf(format, args...)) }

// take counts an entry and refuses one of another trail.
func (c *check) take(e checked) error {
	if e.leaf.Workspace != c.report.Workspace || e.leaf.Epoch != c.report.Epoch {
		return finding("entry %d belongs to another trail", e.leaf.Index)
	}
	if c.report.Entries == 0 {
		c.report.First = e.leaf.At
	}
	c.report.Last = e.leaf.At
	c.report.Entries++
	if e.erased {
		c.report.Redacted++
	}
	return nil
}

// passage is a growing tree on its way through the marks.
type passage struct {
	tree   Frontier
	size   int64
	marks  []mark
	proved int64 // size of the last mark that was as signed
}

func (p *passage) enter(e checked) error {
	switch {
	case p.tree.size == p.size:
		return finding("the checkpoint covers %d entries, but the bundle holds more: entries were added", p.size)
	case e.leaf.Index != p.tree.size:
		return finding("entry %d stands where entry %d should be: one was removed, inserted or moved", e.leaf.Index, p.tree.size)
	}
	p.tree.push(e.hash, func(Hash) {})
	return p.compare()
}

func (p *passage) compare() error {
	for len(p.marks) > 0 && p.marks[0].Size == p.tree.size {
		if p.tree.Root() != p.marks[0].Root {
			return finding("entries from %d to %d are not those of %s: at least one was changed, inserted, removed or moved",
				p.proved, p.tree.size-1, p.marks[0].name)
		}
		p.proved, p.marks = p.tree.size, p.marks[1:]
	}
	return nil
}

// selection verifies each entry and each mark by its own proof.
func (c *check) selection(a archive) error {
	f, err := a.open(nameEntries)
	if err != nil {
		return err
	}
	defer f.Close()
	last := int64(-1)
	err = eachLine(f, func(e checked) error {
		if e.leaf.Index <= last {
			return finding("entry %d stands after entry %d: entries were moved or repeated", e.leaf.Index, last)
		}
		last = e.leaf.Index
		if err := c.take(e); err != nil {
			return err
		}
		return c.proveEntry(a, e)
	})
	if err != nil && !errors.As(err, new(entryError)) {
		return fmt.Errorf("line %d of %s %w", c.report.Entries+1, nameEntries, err)
	} else if err != nil {
		return err
	}
	if n := a.countNumbered("proofs/"); n != c.report.Entries {
		return fmt.Errorf("there are %d proofs for %d entries: entries were removed", n, c.report.Entries)
	}
	return c.proveMarks(a)
}

func (c *check) proveEntry(a archive, e checked) error {
	text, err := a.read(fmt.Sprintf(namesProof, e.leaf.Index), maxNote)
	if err != nil {
		return finding("entry %d has no proof: %v", e.leaf.Index, err)
	}
	p, err := ParseProof(text)
	if err != nil || p.Index != e.leaf.Index || !bytes.Equal(p.Checkpoint, c.signed) ||
		!CheckInclusion(p.Hashes, c.head.Size, c.head.Root, e.leaf.Index, e.hash) {
		return finding("entry %d is not in the tree of the signed checkpoint: it was changed or inserted", e.leaf.Index)
	}
	return nil
}

func (c *check) proveMarks(a archive) error {
	for _, m := range c.marks {
		proof := []Hash(nil)
		if m.Size > 0 && m.Size < c.head.Size {
			text, err := a.read(fmt.Sprintf(namesConsistent, m.Size), maxNote)
			if err != nil {
				return fmt.Errorf("this selection cannot show that it extends %s: ask for the complete bundle", m.name)
			}
			old, hashes, signed, ok := parseConsistency(text)
			if !ok || old != m.Size || !bytes.Equal(signed, c.signed) {
				return fmt.Errorf("the proof for %s is not readable", m.name)
			}
			proof = hashes
		}
		if !CheckConsistency(proof, m.Size, m.Root, c.head.Size, c.head.Root) {
			return fmt.Errorf("the trail does not extend %s: entries before it were changed", m.name)
		}
	}
	return nil
}

// proofFile verifies a proof that carries its entry.
func (c *check) proofFile(r io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(r, 2*maxLine))
	if err != nil {
		return fmt.Errorf("the proof cannot be read: %w", err)
	}
	p, err := ParseProof(text)
	if err != nil {
		return err
	}
	line, keys, ok := bytes.Cut(p.Extra, []byte{'\n'})
	if !ok {
		return errors.New("the proof does not carry its entry: verify it together with its bundle")
	}
	c.signed = p.Checkpoint
	if err := c.openHead(string(keys)); err != nil {
		return err
	}
	e, err := checkLine(line)
	if err != nil {
		return fmt.Errorf("entry %d %w", p.Index, err)
	}
	if err := c.take(e); err != nil {
		return err
	}
	if e.leaf.Index != p.Index || !CheckInclusion(p.Hashes, c.head.Size, c.head.Root, p.Index, e.hash) {
		return fmt.Errorf("entry %d is not in the tree of the signed checkpoint: it was changed", p.Index)
	}
	if err := c.openKept(); err != nil {
		return err
	}
	for _, m := range c.marks {
		if m.Checkpoint != c.head {
			return fmt.Errorf("a single proof cannot show that the trail extends %s: ask for the complete bundle", m.name)
		}
	}
	return nil
}
