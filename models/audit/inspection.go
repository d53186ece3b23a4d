package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/jexi/portal/models/db"
)

// Gate opens one short transaction after another for work that is too long for one.
type Gate func(func(*db.Tx) error) error

// Inspection is the result of computing a whole tree anew from the entries in the database.
type Inspection struct {
	Entries     int64 // that were recomputed
	Erased      int64 // of these, with an erased body
	Checkpoints int   // that the tree passed through
	Problem     string
	Entry       int64     // that the problem is at, -1 for none
	At          time.Time // of a recorded one
	By          string
}

// Unbroken tells that everything is as it was recorded and signed.
func (in Inspection) Unbroken() bool { return in.Problem == "" }

// step is how many entries one transaction of a long reading takes.
const step = 4096

// Check recomputes every entry and the whole tree of the workspace from what the database holds,
// and compares them with the stored tree, its head and every checkpoint. Memory does not grow
// with the entries. What is found is in the Inspection, not in the error.
func (n Notary) Check(in Gate) (Inspection, error) {
	c := inspector{notary: n, out: Inspection{Entry: -1}}
	if err := in(c.begin); err != nil {
		return c.out, err
	}
	for c.out.Unbroken() && c.tree.Size() < c.head.Size() {
		if err := in(c.step); err != nil {
			return c.out, err
		}
	}
	if c.out.Unbroken() && c.tree.Root() != c.head.Root() {
		c.found(-1, "The recomputed tree of %d entries has another hash than the one that was kept.", c.head.Size())
	}
	return c.out, nil
}

type inspector struct {
	notary Notary
	ws     uuid.UUID
	epoch  int
	head   Frontier
	tree   Frontier // as far as it is recomputed
	marks  []Signed
	nodes  []byte // of this step, as stored
	from   int64  // position of the first of them
	out    Inspection
}

func (c *inspector) found(entry int64, format string, args ...any) {
	if c.out.Unbroken() {
		c.out.Entry, c.out.Problem = entry, fmt.Sprintf(format, args...)
	}
}

// begin reads the head and every checkpoint.
func (c *inspector) begin(tx *db.Tx) (err error) {
	c.ws = tx.Workspace()
	if c.epoch, c.head, err = readHead(tx); err != nil {
		return err
	}
	err = each(tx, signedColumns+"order by size", []any{c.ws, c.epoch}, func(r pgx.Rows) error {
		s, root, err := scanSigned(r)
		if err != nil {
			return err
		}
		if s, err = c.notary.open(s, root, Origin(c.ws, c.epoch)); err != nil {
			c.found(-1, "The checkpoint of %d entries is not one that this portal signed.", s.Size)
			return nil
		}
		c.marks = append(c.marks, s)
		return nil
	})
	if err != nil {
		return fmt.Errorf("audit: checkpoints: %w", err)
	}
	if len(c.marks) > 0 && c.marks[len(c.marks)-1].Size > c.head.Size() {
		c.found(c.head.Size(), "%d entries were signed, and only %d are there: the end was removed.", c.marks[len(c.marks)-1].Size, c.head.Size())
	}
	c.pass()
	return nil
}

// step recomputes some entries and compares them with the stored tree.
func (c *inspector) step(tx *db.Tx) error {
	begin := c.tree.Size()
	end := min(begin+step, c.head.Size())
	if err := c.readNodes(tx, begin, end); err != nil {
		return err
	}
	found, err := between(tx, c.epoch, begin, end)
	if err != nil {
		return err
	}
	for i := range found {
		c.enter(&found[i])
	}
	if c.tree.Size() < end {
		c.found(c.tree.Size(), "Entry %d is missing.", c.tree.Size())
	}
	return nil
}

// readNodes reads what the tree gained with these entries. A gap shows as a difference.
func (c *inspector) readNodes(tx *db.Tx, begin, end int64) error {
	c.from = tlog.StoredHashIndex(0, begin)
	n := tlog.StoredHashIndex(0, end) - c.from
	c.nodes = make([]byte, n*tlog.HashSize)
	err := each(tx, "select pos, hash from audit_nodes where workspace_id = $1 and epoch = $2 and pos >= $3 and pos < $4",
		[]any{c.ws, c.epoch, c.from, c.from + n}, func(r pgx.Rows) error {
			var pos int64
			var hash []byte
			if err := r.Scan(&pos, &hash); err != nil {
				return err
			}
			copy(c.nodes[(pos-c.from)*tlog.HashSize:], hash)
			return nil
		})
	if err != nil {
		return fmt.Errorf("audit: read nodes from %d: %w", c.from, err)
	}
	return nil
}

func (c *inspector) enter(r *record) {
	next := c.tree.Size()
	if !c.out.Unbroken() {
		return
	}
	if r.Index != next {
		c.found(next, "Entry %d is missing: entry %d stands in its place.", next, r.Index)
		return
	}
	if _, err := r.verify(c.ws); err != nil {
		c.found(next, "Entry %d %s.", next, err)
		return
	}
	hash := LeafHash(r.Stored.Leaf)
	for i, node := range c.tree.Append(hash) {
		at := (node.Pos - c.from) * tlog.HashSize
		switch {
		case bytes.Equal(node.Hash[:], c.nodes[at:at+tlog.HashSize]):
		case i == 0:
			c.found(next, "Entry %d is not the one that was recorded: its hash is %s, and the tree has %s.", next, hash, Hash(c.nodes[at:at+tlog.HashSize]))
		default:
			c.found(next, "The stored tree was altered: node %d is not what the entries up to %d give.", node.Pos, next)
		}
	}
	c.out.Entries++
	if r.Stored.Body == nil {
		c.out.Erased++
	}
	c.pass()
}

// pass compares the tree with the checkpoints of its present size.
func (c *inspector) pass() {
	for len(c.marks) > 0 && c.marks[0].Size == c.tree.Size() {
		if c.marks[0].Root != c.tree.Root() {
			c.found(c.tree.Size()-1, "The first %d entries are not those that were signed.", c.tree.Size())
		}
		c.marks = c.marks[1:]
		c.out.Checkpoints++
	}
}

const actChecked = "audit.checked"

// RecordCheck records what a check found.
func RecordCheck(tx *db.Tx, in Inspection) {
	detail := map[string]any{"entries": in.Entries, "erased": in.Erased, "checkpoints": in.Checkpoints, "result": "unbroken"}
	if !in.Unbroken() {
		detail["result"], detail["problem"], detail["entry"] = "broken", in.Problem, in.Entry
	}
	Record(tx, Entry{Act: actChecked, ObjectType: "audit", ObjectID: tx.Workspace().String(), Object: "Audit trail", Detail: detail})
}

// lastInspection reads back what RecordCheck recorded last.
func lastInspection(tx *db.Tx, epoch int) (*Inspection, error) {
	var found *Inspection
	err := each(tx, recordColumns+"l.workspace_id = $1 and l.epoch = $2 and l.act = $3 order by l.idx desc limit 1", []any{tx.Workspace(), epoch, actChecked}, func(rows pgx.Rows) error {
		var r record
		if err := r.scan(rows); err != nil || r.Stored.Body == nil {
			return err
		}
		body, err := ParseBody(r.Stored.Body)
		if err != nil {
			return nil // altered: the next check finds it
		}
		found = &Inspection{Entries: count64(body.Detail["entries"]), Erased: count64(body.Detail["erased"]), Entry: -1, At: r.At.UTC(), By: body.Actor,
			Checkpoints: int(count64(body.Detail["checkpoints"]))}
		if text, broken := body.Detail["problem"].(string); broken {
			found.Problem, found.Entry = text, count64(body.Detail["entry"])
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("audit: last check: %w", err)
	}
	return found, nil
}

func count64(v any) int64 {
	n, _ := v.(json.Number)
	i, _ := n.Int64()
	return i
}

// refusedSigning is recorded when the hourly job meets a tree that does not continue what was
// signed, at most once a day.
const refusedSigning = "audit.signing_refused"

func (n Notary) recordRefusal(tx *db.Tx, cause error) error {
	var known bool
	err := each(tx, "select true from audit_leaves where workspace_id = $1 and act = $2 and at > $3 limit 1",
		[]any{tx.Workspace(), refusedSigning, tx.Now().Add(-24 * time.Hour)}, func(r pgx.Rows) error { return r.Scan(&known) })
	if err != nil || known {
		return err
	}
	Record(tx, Entry{Act: refusedSigning, ObjectType: "audit", ObjectID: tx.Workspace().String(), Object: "Audit trail",
		Detail: map[string]any{"cause": cause.Error()}})
	return nil
}
