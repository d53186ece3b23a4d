package audit

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/db"
)

// Row is an entry as the database has it, read out of the bytes that were hashed.
type Row struct {
	Leaf
	Body    Body
	Erased  bool   // the body is gone; the leaf proves its place
	Altered string // why this is not what was recorded, "" if it is
	Stored  Stored
}

// record is an entry with the columns that lists are made from.
type record struct {
	Index                int64
	At                   time.Time
	Act, ObjectType, Obj string
	Actor                pgtype.UUID
	Stored               Stored
}

// recordColumns looks each body up by its key, whatever the planner thinks of the tables' sizes:
// row-level security keeps it from joining them by the key. $1 is the workspace, $2 the epoch.
const recordColumns = `select l.idx, l.at, l.act, l.object_type, l.object_id, l.actor_ref, l.leaf, b.salt, b.body from audit_leaves l
	left join lateral (select salt, body from audit_bodies b where b.workspace_id = $1 and b.epoch = $2 and b.idx = l.idx limit 1) b on true
	where `

func (r *record) scan(rows pgx.Rows) error {
	return rows.Scan(&r.Index, &r.At, &r.Act, &r.ObjectType, &r.Obj, &r.Actor, &r.Stored.Leaf, &r.Stored.Salt, &r.Stored.Body)
}

// span reads at most limit entries of [begin, end) that the filter leaves.
func (f Filter) span(tx *db.Tx, epoch int, begin, end int64, order string, limit int) (out []record, err error) {
	if begin, end, err = f.narrow(tx, epoch, begin, end); err != nil {
		return nil, err
	}
	w := f.where(tx, epoch, begin, end)
	err = each(tx, fmt.Sprintf("%s%s order by l.idx %s limit %d", recordColumns, w.text(), order, limit), w.args, func(rows pgx.Rows) error {
		var r record
		if err := r.scan(rows); err != nil {
			return err
		}
		out = append(out, r)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("audit: list: %w", err)
	}
	return out, nil
}

// between reads every entry of [begin, end). Two scans are quicker than a look-up for each.
func between(tx *db.Tx, epoch int, begin, end int64) (out []record, err error) {
	var b pgx.Batch
	args := []any{tx.Workspace(), epoch, begin, end}
	const part = " where workspace_id = $1 and epoch = $2 and idx >= $3 and idx < $4 order by idx"
	b.Queue("select idx, at, act, object_type, object_id, actor_ref, leaf from audit_leaves"+part, args...).Query(func(rows pgx.Rows) error {
		out = make([]record, 0, end-begin)
		var r record
		_, err := pgx.ForEachRow(rows, []any{&r.Index, &r.At, &r.Act, &r.ObjectType, &r.Obj, &r.Actor, &r.Stored.Leaf}, func() error {
			out = append(out, r)
			r = record{}
			return nil
		})
		return err
	})
	b.Queue("select idx, salt, body from audit_bodies"+part, args...).Query(func(rows pgx.Rows) error {
		var idx int64
		var salt, body []byte
		at := 0
		_, err := pgx.ForEachRow(rows, []any{&idx, &salt, &body}, func() error {
			for at < len(out) && out[at].Index < idx {
				at++
			}
			if at < len(out) && out[at].Index == idx {
				out[at].Stored.Salt, out[at].Stored.Body = salt, body
			}
			salt, body = nil, nil
			return nil
		})
		return err
	})
	if err := tx.Batch(&b).Close(); err != nil {
		return nil, fmt.Errorf("audit: read entries from %d: %w", begin, err)
	}
	return out, nil
}

// verify compares leaf, body and columns with each other.
func (r *record) verify(ws uuid.UUID) (Leaf, error) {
	l, err := r.Stored.verify()
	switch {
	case err != nil:
		return l, err
	case l.Workspace != ws || l.Index != r.Index || !l.At.Equal(r.At) || l.Act != r.Act || l.ObjectType != r.ObjectType ||
		l.ObjectID != r.Obj || l.Actor != r.Actor.Bytes:
		return l, errColumns
	}
	return l, nil
}

var errColumns = errors.New("is listed under other facts than it holds")

func (r *record) row() Row {
	row := Row{Stored: r.Stored, Erased: r.Stored.Body == nil}
	l, err := ParseLeaf(r.Stored.Leaf)
	if err != nil { // the columns are all there is
		row.Leaf = Leaf{Index: r.Index, At: r.At.UTC(), Act: r.Act, ObjectType: r.ObjectType, ObjectID: r.Obj, Actor: r.Actor.Bytes}
		row.Altered = err.Error()
		return row
	}
	row.Leaf = l
	if _, err := r.verify(l.Workspace); err != nil {
		row.Altered = err.Error()
	}
	if !row.Erased {
		if row.Body, err = ParseBody(r.Stored.Body); err != nil {
			row.Altered = errBody.Error()
		}
	}
	return row
}

// Shown is one entry with its place in the tree.
type Shown struct {
	Row
	Size   int64   // of the tree
	Hash   Hash    // of the leaf, in the tree
	Signed *Signed // the newest checkpoint, if it covers the entry
}

// Show reads one entry. Somebody else's is Forbidden for those who see their own only.
func (n Notary) Show(tx *db.Tx, idx int64) (s Shown, err error) {
	epoch, tree, err := readHead(tx)
	if err != nil {
		return s, err
	}
	if idx < 0 || idx >= tree.Size() {
		return s, fault.Missing()
	}
	found, err := Filter{}.span(tx, epoch, idx, idx+1, "asc", 1)
	switch {
	case err != nil:
		return s, err
	case len(found) == 0 && !seesAll(tx):
		return s, refused()
	case len(found) == 0:
		s.Row = Row{Leaf: Leaf{Index: idx}, Altered: "is not there any more"}
	default:
		s.Row = found[0].row()
	}
	s.Size = tree.Size()
	return s, n.place(tx, epoch, &s)
}

// place compares the entry with the tree and tells which checkpoint covers it.
func (n Notary) place(tx *db.Tx, epoch int, s *Shown) error {
	hashes, err := storedNodes(tx, epoch)([]int64{tlog.StoredHashIndex(0, s.Index)})
	if err == nil {
		s.Hash = hashes[0]
	}
	if s.Altered == "" && (err != nil || s.Hash != LeafHash(s.Stored.Leaf)) {
		s.Altered = "is not the one in the tree"
	}
	last, err := n.last(tx, epoch)
	if err == nil && last != nil && s.Index < last.Size {
		s.Signed = last
	}
	if errors.Is(err, ErrInconsistent) { // the page of the trail tells
		return nil
	}
	return err
}

// Proof is the file that shows one entry to be in the tree, for Verify and any C2SP program.
func (n Notary) Proof(tx *db.Tx, idx int64) ([]byte, error) {
	s, err := n.Show(tx, idx)
	switch {
	case err != nil:
		return nil, err
	case s.Signed == nil:
		return nil, fault.New(fault.Conflict, "No checkpoint covers this entry yet. One is signed every hour, and with each check of the chain.")
	case s.Altered != "":
		return nil, fault.New(fault.Conflict, "Entry %d %s. It cannot be proved.", idx, s.Altered)
	}
	_, epoch, err := ParseOrigin(s.Signed.Origin)
	if err != nil {
		return nil, err
	}
	return ProofFile(s.Stored, s.Signed.Note, n.Signer.Published(), storedNodes(tx, epoch))
}
