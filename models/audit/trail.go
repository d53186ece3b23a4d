package audit

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/models/db"
)

// Read gives the entries that the filter leaves, oldest first, up to those of the moment it
// begins. Memory does not grow with their number.
func Read(in Gate, f Filter) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for r, err := range records(in, f, 0) {
			if err != nil {
				yield(Row{}, err)
				return
			}
			if !yield(r.row(), nil) {
				return
			}
		}
	}
}

// records is Read without reading the bodies; size 0 is all there are.
func records(in Gate, f Filter, size int64) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		for next, end := int64(0), size; next == 0 || next < end; {
			var found []record
			err := in(func(tx *db.Tx) (err error) {
				found, next, end, err = f.advance(tx, next, end)
				return err
			})
			if err != nil {
				yield(record{}, err)
				return
			}
			for i := range found {
				if !yield(found[i], nil) {
					return
				}
			}
			if end == 0 {
				return
			}
		}
	}
}

// advance reads the next entries and tells where to go on. An end of 0 becomes the tree's.
func (f Filter) advance(tx *db.Tx, begin, end int64) (found []record, next, last int64, err error) {
	epoch, tree, err := readHead(tx)
	if err != nil {
		return nil, 0, 0, err
	}
	if end == 0 {
		end = tree.Size()
	}
	if f.All() && seesAll(tx) {
		to := min(end, begin+step)
		found, err = between(tx, epoch, begin, to)
		return found, max(to, 1), end, err
	}
	to := end
	if f.searched() {
		to = min(end, begin+window)
	}
	found, err = f.span(tx, epoch, begin, to, "asc", step)
	if len(found) == step {
		return found, found[step-1].Index + 1, end, err
	}
	return found, max(to, 1), end, err
}

// Bundle is what the workspace hands out: everything under its newest checkpoint, or what the
// filter leaves of it, selected in these words. ok is false before the first checkpoint.
func (n Notary) Bundle(in Gate, f Filter, words string) (b Bundle, ok bool, err error) {
	var epoch int
	var last *Signed
	err = in(func(tx *db.Tx) (err error) {
		if epoch, _, err = readHead(tx); err == nil {
			last, err = n.last(tx, epoch)
		}
		return err
	})
	if err != nil || last == nil {
		return b, false, err
	}
	b = Bundle{Checkpoint: last.Note, Keys: n.Signer.Published(), Selection: words, Nodes: in.nodes(epoch)}
	b.Earlier = in.notes(epoch, last.Size, words != "")
	b.Entries = func(yield func(Stored, error) bool) {
		for r, err := range records(in, f, last.Size) {
			if !yield(r.Stored, err) || err != nil {
				return
			}
		}
	}
	return b, true, nil
}

// remembered is how many nodes a reader keeps: the upper ones stand in every proof.
const remembered = 1 << 16

func (in Gate) nodes(epoch int) Nodes {
	known := map[int64]Hash{}
	return func(positions []int64) ([]Hash, error) {
		var asked []int64
		for _, pos := range positions {
			if _, ok := known[pos]; !ok {
				asked = append(asked, pos)
			}
		}
		if len(asked) > 0 {
			err := in(func(tx *db.Tx) error {
				hashes, err := storedNodes(tx, epoch)(asked)
				if err == nil && len(known) > remembered {
					clear(known)
				}
				for i, h := range hashes {
					known[asked[i]] = h
				}
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		return inOrder(positions, known)
	}
}

// notes are the signed notes of trees smaller than size, oldest first; daily leaves the newest of
// each day.
func (in Gate) notes(epoch int, size int64, daily bool) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		last := int64(-1)
		for {
			var some [][]byte
			err := in(func(tx *db.Tx) (err error) {
				some, last, err = notesAfter(tx, epoch, last, size, daily)
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, note := range some {
				if !yield(note, nil) {
					return
				}
			}
			if len(some) < step {
				return
			}
		}
	}
}

func notesAfter(tx *db.Tx, epoch int, after, size int64, daily bool) (notes [][]byte, last int64, err error) {
	one := ""
	if daily {
		one = ` and not exists (select from audit_checkpoints d where d.workspace_id = c.workspace_id and d.epoch = c.epoch and d.size > c.size
			and d.size < $4 and (d.signed_at at time zone 'UTC')::date = (c.signed_at at time zone 'UTC')::date)`
	}
	last = after
	err = each(tx, fmt.Sprintf(`select c.size, c.note from audit_checkpoints c where c.workspace_id = $1 and c.epoch = $2 and c.size > $3 and c.size < $4 %s
		order by c.size limit %d`, one, step), []any{tx.Workspace(), epoch, after, size}, func(r pgx.Rows) error {
		var note []byte
		if err := r.Scan(&last, &note); err != nil {
			return err
		}
		notes = append(notes, note)
		return nil
	})
	if err != nil {
		return nil, last, fmt.Errorf("audit: notes: %w", err)
	}
	return notes, last, nil
}

// WriteNotes writes every signed checkpoint, oldest first, each followed by an empty line: a file
// to keep, which Verify takes.
func WriteNotes(w io.Writer, in Gate) error {
	epoch, size := 0, int64(0)
	err := in(func(tx *db.Tx) error {
		e, tree, err := readHead(tx)
		epoch, size = e, tree.Size()
		return err
	})
	if err != nil {
		return err
	}
	for note, err := range in.notes(epoch, size+1, false) {
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n", note); err != nil {
			return err
		}
	}
	return nil
}

// WriteLines writes entries as the lines of a bundle's entries.jsonl.
func WriteLines(w io.Writer, entries iter.Seq2[Row, error]) error {
	var line []byte
	for r, err := range entries {
		if err != nil {
			return err
		}
		line = r.Stored.appendLine(line[:0])
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

var sheetHead = []string{"entry", "time", "who", "kind", "email", "role", "from", "act", "what", "object_type", "object_id", "object", "permission", "before", "after", "detail", "erased", "hash"}

// WriteSheet writes entries as CSV for people; words says what an act is. The lines of a bundle
// are what programs verify.
func WriteSheet(w io.Writer, entries iter.Seq2[Row, error], words func(act string) string) error {
	out := csv.NewWriter(w)
	if err := out.Write(sheetHead); err != nil {
		return err
	}
	for r, err := range entries {
		if err != nil {
			return err
		}
		erased := ""
		if r.Erased {
			erased = "yes"
		}
		b := r.Body
		cells := []string{strconv.FormatInt(r.Index, 10), r.At.Format(time.RFC3339Nano), b.Actor, b.ActorKind, b.Email, b.Role, b.From, r.Act, words(r.Act),
			r.ObjectType, r.ObjectID, b.Object, b.Permission, cell(b.Before), cell(b.After), cell(b.Detail), erased, LeafHash(r.Stored.Leaf).String()}
		for i := range cells {
			cells[i] = harmless(cells[i])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func cell(facts map[string]any) string {
	if len(facts) == 0 {
		return ""
	}
	b, err := json.Marshal(facts)
	if err != nil {
		return "" // read from JSON a moment ago
	}
	return string(b)
}

// harmless keeps spreadsheets from taking a text for a formula, also those that read wide characters as
// narrow ones. Without its first apostrophe, if it has one, the text is again what it was.
func harmless(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n'＝＋－＠", first) {
		return "'" + s
	}
	return s
}

// RecordDownload records that entries are handed out, in this form; words say which, "" for all.
func RecordDownload(tx *db.Tx, format, words string) {
	detail := map[string]any{"format": format}
	if words != "" {
		detail["selection"] = words
	}
	Record(tx, Entry{Act: "audit.downloaded", ObjectType: "audit", ObjectID: tx.Workspace().String(), Object: "Audit trail", Detail: detail})
}
