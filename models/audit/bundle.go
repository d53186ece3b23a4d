package audit

import (
	"bufio"
	"crypto/ed25519"
	_ "embed" // for bundle_readme.txt
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zip"
)

// Names in a bundle. Only README.txt and selection.txt are not covered by the verification.
const (
	nameReadme      = "README.txt"
	nameKeys        = "keys.txt"
	nameCheckpoint  = "checkpoint.txt"
	nameEarlier     = "checkpoints.txt"
	nameEntries     = "entries.jsonl"
	nameSelection   = "selection.txt"
	namesProof      = "proofs/%d.tlog-proof"
	namesConsistent = "consistency/%d.txt"
)

//go:embed bundle_readme.txt
var readme string

// Bundle is what an audit trail is handed out as. A complete one holds every entry up to its
// checkpoint; a selection holds some, each with a proof.
type Bundle struct {
	Checkpoint []byte                   // signed note
	Keys       []ed25519.PublicKey      // all that signed, the present one first
	Earlier    iter.Seq2[[]byte, error] // signed notes before Checkpoint, oldest first; may be nil
	Entries    iter.Seq2[Stored, error] // by index; a complete bundle has them from 0 to the checkpoint's size
	Selection  string                   // in words what was selected; "" for a complete bundle
	Nodes      Nodes                    // for the proofs of a selection
}

// WriteBundle streams a bundle as a ZIP file. Memory does not grow with the entries, but for
// eight bytes an entry of a selection.
func WriteBundle(w io.Writer, b Bundle) error {
	head, err := ParseCheckpoint(b.Checkpoint)
	if err != nil {
		return fmt.Errorf("audit: bundle: %w", err)
	}
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	out := bundler{Bundle: b, head: head, zip: z}
	if err := out.write(); err != nil {
		return fmt.Errorf("audit: bundle: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("audit: bundle: %w", err)
	}
	return nil
}

type bundler struct {
	Bundle
	head    Checkpoint
	zip     *zip.Writer
	indexes []int64      // of a selection
	earlier []Checkpoint // of a selection
}

func (b *bundler) write() error {
	for _, f := range []struct{ name, text string }{
		{nameReadme, readme},
		{nameKeys, verifierKeys(b.head.Origin, b.Keys)},
		{nameCheckpoint, string(b.Checkpoint)},
		{nameSelection, b.Selection},
	} {
		if f.text == "" {
			continue
		}
		if err := b.file(f.name, []byte(f.text)); err != nil {
			return err
		}
	}
	if err := b.writeEntries(); err != nil {
		return err
	}
	if err := b.writeEarlier(); err != nil {
		return err
	}
	return b.writeProofs()
}

func (b *bundler) file(name string, text []byte) error {
	f, err := b.zip.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return err
}

func (b *bundler) writeEntries() error {
	f, err := b.zip.Create(nameEntries)
	if err != nil {
		return err
	}
	var line []byte
	out := bufio.NewWriterSize(f, 64<<10)
	for e, err := range b.Entries {
		if err != nil {
			return err
		}
		if b.Selection != "" {
			l, err := ParseLeaf(e.Leaf)
			if err != nil {
				return err
			}
			b.indexes = append(b.indexes, l.Index)
		}
		line = e.appendLine(line[:0])
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (b *bundler) writeEarlier() error {
	if b.Earlier == nil {
		return nil
	}
	f, err := b.zip.Create(nameEarlier)
	if err != nil {
		return err
	}
	for signed, err := range b.Earlier {
		if err != nil {
			return err
		}
		c, err := ParseCheckpoint(signed)
		if err != nil {
			return err
		}
		if b.Selection != "" {
			b.earlier = append(b.earlier, c)
		}
		if _, err := fmt.Fprintf(f, "%s\n", signed); err != nil {
			return err
		}
	}
	return nil
}

// writeProofs gives a selection what a complete bundle shows by itself.
func (b *bundler) writeProofs() error {
	for _, idx := range b.indexes {
		hashes, err := ProveInclusion(b.head.Size, idx, b.Nodes)
		if err != nil {
			return err
		}
		p := Proof{Index: idx, Hashes: hashes, Checkpoint: b.Checkpoint}
		if err := b.file(fmt.Sprintf(namesProof, idx), p.Encode()); err != nil {
			return err
		}
	}
	for _, c := range b.earlier {
		hashes, err := ProveConsistency(c.Size, b.head.Size, b.Nodes)
		if err != nil {
			return err
		}
		if err := b.file(fmt.Sprintf(namesConsistent, c.Size), encodeConsistency(c.Size, hashes, b.Checkpoint)); err != nil {
			return err
		}
	}
	return nil
}

func verifierKeys(origin string, keys []ed25519.PublicKey) string {
	var b strings.Builder
	for _, pub := range keys {
		b.WriteString(VerifierKey(origin, pub) + "\n")
	}
	return b.String()
}
