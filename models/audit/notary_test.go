package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
)

func TestATreeIsSignedAsItGrowsAndNotTwice(t *testing.T) {
	t.Parallel()
	d := open(t)
	for range 5 {
		d.grow("ada", 7)
		s, err := d.sign()
		if err != nil || s.Size != d.standing(d.Acme.ID).Size {
			t.Fatalf("signed %+v, %v", s, err)
		}
		if again, err := d.sign(); err != nil || !bytes.Equal(again.Note, s.Note) {
			t.Errorf("signed again otherwise: %v", err)
		}
	}
	if in := d.check(); !in.Unbroken() || in.Checkpoints != 5 || in.Entries != d.standing(d.Acme.ID).Size {
		t.Errorf("the check says %+v", in)
	}
}

func TestAChangeAndItsCheckpointAreOneTransaction(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.As(d.Grant(d.Acme, "ada", access.SeeOverview), func(tx *db.Tx) error {
		audit.Record(tx, published(1))
		d.SignAfter(tx)
		return nil
	})
	if s := d.standing(d.Acme.ID); s.Signed != s.Size {
		t.Errorf("%d of %d are signed", s.Signed, s.Size)
	}
}

// rebuild makes the stored tree fit the leaves, as somebody would who alters them with care.
func (d desk) rebuild() {
	d.T.Helper()
	var f audit.Frontier
	nodes := map[int64]audit.Hash{}
	d.As(access.ForSystem(d.Acme.ID, "test"), func(tx *db.Tx) error {
		var leaves []struct{ Leaf []byte }
		err := tx.Gorm().Raw("select leaf from audit_leaves where workspace_id = ? order by idx", d.Acme.ID).Scan(&leaves).Error
		for _, l := range leaves {
			for _, n := range f.Append(audit.LeafHash(l.Leaf)) {
				nodes[n.Pos] = n.Hash
			}
		}
		return err
	})
	d.tamper("delete from audit_nodes where workspace_id = $1")
	for pos, h := range nodes {
		d.tamper("insert into audit_nodes (workspace_id, epoch, pos, hash) values ($1, 1, $2, $3)", pos, h[:])
	}
	d.tamper("update audit_heads set size = $2, frontier = $3 where workspace_id = $1", f.Size(), f.Bytes())
}

const dropFrom = "delete from audit_leaves where workspace_id = $1 and idx >= $2"

func TestEveryTamperingIsFoundByTheCheckOfTheChain(t *testing.T) {
	t.Parallel()
	otherLeaf := `update audit_leaves set leaf = convert_to(replace(convert_from(leaf, 'UTF8'), '"rule.published"', '"rule.retired"'), 'UTF8'), act = 'rule.retired' where workspace_id = $1 and idx = 20`
	for name, c := range map[string]struct {
		do      func(d desk)
		says    string
		refused bool // by the hourly signing too
	}{
		"a leaf":   {func(d desk) { d.tamper(otherLeaf) }, "Entry 20 is not the one that was recorded", false},
		"a column": {func(d desk) { d.tamper("update audit_leaves set object_id = 'x' where workspace_id = $1 and idx = 20") }, "Entry 20 is listed under other facts", false},
		"a time": {func(d desk) {
			d.tamper("update audit_leaves set at = at + interval '1 day' where workspace_id = $1 and idx = 20")
		}, "Entry 20 is listed under other facts", false},
		"a body": {func(d desk) {
			d.tamper(`update audit_bodies set body = convert_to(replace(convert_from(body, 'UTF8'), 'Ada', 'Eve'), 'UTF8') where workspace_id = $1 and idx = 20`)
		}, "Entry 20 has a body that is not the recorded one", false},
		"a leaf taken away":     {func(d desk) { d.tamper("delete from audit_leaves where workspace_id = $1 and idx = 20") }, "Entry 20 is missing", false},
		"the end taken away":    {func(d desk) { d.tamper(dropFrom, 25) }, "Entry 25 is missing", false},
		"all leaves taken away": {func(d desk) { d.tamper(dropFrom, 0) }, "Entry 0 is missing", false},
		"two leaves swapped":    {swap, "Entry 20 has a body that is not the recorded one", false},
		"a node": {func(d desk) {
			d.tamper("update audit_nodes set hash = sha256('x') where workspace_id = $1 and pos = $2", tlog.StoredHashIndex(2, 1))
		}, "The stored tree was altered", false},
		"a node taken away": {func(d desk) {
			d.tamper("delete from audit_nodes where workspace_id = $1 and pos = $2", tlog.StoredHashIndex(4, 0))
		}, "The stored tree was altered", true},
		"a leaf, with care":         {func(d desk) { d.tamper(otherLeaf); d.rebuild() }, "The first 30 entries are not those that were signed", true},
		"the end, with care":        {func(d desk) { d.tamper(dropFrom, 25); d.rebuild() }, "30 entries were signed, and only 25 are there", true},
		"everything, with care":     {func(d desk) { d.tamper(dropFrom, 1); d.rebuild() }, "30 entries were signed, and only 1 are there", true},
		"a checkpoint":              {func(d desk) { d.tamper("update audit_checkpoints set root = sha256('x') where workspace_id = $1") }, "The checkpoint of 30 entries is not one that this portal signed", true},
		"somebody's own checkpoint": {forge, "The checkpoint of 30 entries is not one that this portal signed", true},
		"the head": {func(d desk) {
			d.tamper("update audit_heads set frontier = repeat('x', length(frontier))::bytea where workspace_id = $1")
		}, "has another hash than the one that was kept", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			d.grow("ada", 30-int(d.standing(d.Acme.ID).Size))
			if _, err := d.sign(); err != nil {
				t.Fatal(err)
			}
			c.do(d)
			if in := d.check(); in.Unbroken() || !strings.Contains(in.Problem, c.says) {
				t.Errorf("the check says %q, want %q", in.Problem, c.says)
			}
			if d.standing(d.Acme.ID).Size == 30 { // the hourly job meets a tree that has grown since
				d.grow("ada", 1)
			}
			if _, err := d.sign(); errors.Is(err, audit.ErrInconsistent) != c.refused {
				t.Errorf("signing gives %v, refused %v wanted", err, c.refused)
			}
		})
	}
}

func swap(d desk) {
	d.tamper("update audit_leaves set idx = 1000 where workspace_id = $1 and idx = 20")
	d.tamper("update audit_leaves set idx = 20 where workspace_id = $1 and idx = 21")
	d.tamper("update audit_leaves set idx = 21 where workspace_id = $1 and idx = 1000")
}

// forge replaces the checkpoint by one of another key.
func forge(d desk) {
	key, err := seal.ParseSigner(seal.NewSigningKey())
	if err != nil {
		d.T.Fatal(err)
	}
	s, err := d.sign()
	if err != nil {
		d.T.Fatal(err)
	}
	note, err := s.Checkpoint.Sign(key)
	if err != nil {
		d.T.Fatal(err)
	}
	d.tamper("update audit_checkpoints set note = $2 where workspace_id = $1", string(note))
}

func TestABackupRestoredBehindACheckpointIsNotSignedOn(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.grow("ada", 10)
	size := d.standing(d.Acme.ID).Size
	if _, err := d.sign(); err != nil {
		t.Fatal(err)
	}
	d.tamper(dropFrom, size-5)
	d.tamper("delete from audit_bodies where workspace_id = $1 and idx >= $2", size-5)
	d.rebuild()
	if _, err := d.sign(); !errors.Is(err, audit.ErrInconsistent) {
		t.Errorf("a tree that lost its end was signed: %v", err)
	}
	d.grow("ada", 5) // other entries in the place of the lost ones
	if _, err := d.sign(); !errors.Is(err, audit.ErrInconsistent) {
		t.Errorf("a tree with another end was signed: %v", err)
	}
	var state audit.State
	d.As(d.Grant(d.Acme, "udo", access.ReadAudit), func(tx *db.Tx) (err error) { state, err = d.Inspect(tx); return err })
	if !strings.Contains(state.Problem, "does not continue") {
		t.Errorf("the page would say %q", state.Problem)
	}
}

func TestTheHourlyJobRaisesAnAlarmAndRecordsItOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	w := audit.Checkpoints{DB: d.DB, Notary: d.Notary}
	work := func() error {
		return w.Work(context.Background(), &river.Job[audit.DueCheckpoint]{Args: audit.DueCheckpoint{Workspace: d.Acme.ID}})
	}
	if err := work(); err != nil || d.standing(d.Acme.ID).Signed == 0 {
		t.Fatalf("nothing was signed: %v", err)
	}
	signed := d.standing(d.Acme.ID).Signed
	d.tamper("update audit_checkpoints set root = sha256('x') where workspace_id = $1")
	for range 2 {
		if err := work(); !errors.Is(err, audit.ErrInconsistent) {
			t.Errorf("the job answers %v", err)
		}
	}
	d.As(access.ForSystem(d.Acme.ID, "test"), func(tx *db.Tx) error {
		var last string
		err := tx.Gorm().Raw("select act from audit_leaves where workspace_id = ? order by idx desc limit 1", d.Acme.ID).Scan(&last).Error
		if last != "audit.signing_refused" {
			t.Errorf("the last entry is %s", last)
		}
		return err
	})
	if s := d.standing(d.Acme.ID); s.Size != signed+1 || s.Signed != signed {
		t.Errorf("after two refusals %d entries, %d signed; want %d and %d", s.Size, s.Signed, signed+1, signed)
	}
}

func TestTheJobsArgumentsOutliveReleases(t *testing.T) {
	raw, err := json.Marshal(audit.DueCheckpoint{Workspace: acme})
	if want := `{"workspace":"7e57ab1e-0000-4000-8000-00000000acae"}`; err != nil || string(raw) != want || (audit.DueCheckpoint{}).Kind() != "audit_checkpoint" {
		t.Errorf("the job is %s, want %s", raw, want)
	}
}

// bundleOf is what this person would download.
func (d desk) bundleOf(first string, f audit.Filter, words string) []byte {
	d.T.Helper()
	b, ok, err := d.Bundle(d.gate(first), f, words)
	if err != nil || !ok {
		d.T.Fatalf("no bundle: %v", err)
	}
	return zipped(d.T, b)
}

func TestADownloadedBundleIsGenuineAndExtendsKeptCheckpoints(t *testing.T) {
	t.Parallel()
	d := open(t)
	var kept []byte
	for range 4 {
		d.grow("max", 1500)
		s, err := d.sign()
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, s.Note...)
	}
	d.grow("ada", 3) // after the last checkpoint: not in the bundle
	r, err := verify(d.bundleOf("udo", audit.Filter{}, ""), kept, string(d.Signer.PublicKeys()))
	if err != nil || !r.Complete || r.Entries != d.standing(d.Acme.ID).Signed || r.Kept != 4 || r.Earlier != 3 {
		t.Errorf("%v, %v", r, err)
	}
	max := audit.Filter{Actor: d.Acme.People["max"].PersonID, Contains: "Rule 7"}
	if r, err = verify(d.bundleOf("udo", max, "Rule 7"), nil, ""); err != nil || r.Complete || r.Entries != 4*111 {
		t.Errorf("a selection: %v, %v", r, err)
	}
	var notes bytes.Buffer
	if err := audit.WriteNotes(&notes, d.gate("udo")); err != nil {
		t.Fatal(err)
	}
	if r, err = verify(d.bundleOf("udo", audit.Filter{}, ""), notes.Bytes(), ""); err != nil || r.Kept != 4 {
		t.Errorf("the page of all checkpoints: %v, %v", r, err)
	}
}

func TestAnErasedBodyKeepsItsProof(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.grow("ada", 3)
	if _, err := d.sign(); err != nil {
		t.Fatal(err)
	}
	d.tamper("delete from audit_bodies where workspace_id = $1 and idx = 2")
	if in := d.check(); !in.Unbroken() || in.Erased != 1 {
		t.Errorf("the check says %+v", in)
	}
	var proof []byte
	d.As(d.Grant(d.Acme, "udo", access.ReadAudit), func(tx *db.Tx) (err error) {
		s, err := d.Show(tx, 2)
		if err != nil || !s.Erased || s.Altered != "" || s.Signed == nil || s.Body.Actor != "" {
			t.Errorf("the page shows %+v, %v", s, err)
		}
		proof, err = d.Proof(tx, 2)
		return err
	})
	if r, err := verify(proof, nil, ""); err != nil || r.Redacted != 1 {
		t.Errorf("%v, %v", r, err)
	}
	if r, err := verify(d.bundleOf("udo", audit.Filter{}, ""), nil, ""); err != nil || r.Redacted != 1 {
		t.Errorf("%v, %v", r, err)
	}
}

func TestAnAlteredEntryIsShownAsSuchAndNotProved(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.grow("ada", 3)
	if _, err := d.sign(); err != nil {
		t.Fatal(err)
	}
	last := d.standing(d.Acme.ID).Size - 1
	d.tamper(`update audit_bodies set body = convert_to(replace(convert_from(body, 'UTF8'), 'Ada', 'Eve'), 'UTF8') where workspace_id = $1 and idx = $2`, last)
	d.tamper("update audit_leaves set leaf = 'nonsense' where workspace_id = $1 and idx = $2", last-1)
	d.tamper("delete from audit_leaves where workspace_id = $1 and idx = $2", last-2)
	p := d.list("udo", audit.Filter{}, 10)
	if i := slices.IndexFunc(p.Rows, func(r audit.Row) bool { return r.Altered != "" }); i != 0 || p.Rows[1].Altered == "" || p.Rows[1].Index != last-1 {
		t.Errorf("the list does not tell: %+v", p.Rows[:2])
	}
	for idx, says := range map[int64]string{last: "has a body", last - 1: "is not an entry", last - 2: "is not there any more"} {
		d.As(d.Grant(d.Acme, "udo", access.ReadAudit), func(tx *db.Tx) error {
			s, err := d.Show(tx, idx)
			if !strings.Contains(s.Altered, says) {
				t.Errorf("entry %d is said to be %q, want %q", idx, s.Altered, says)
			}
			if _, err := d.Proof(tx, idx); !fault.Is(err, fault.Conflict) {
				t.Errorf("entry %d is proved: %v", idx, err)
			}
			return err
		})
	}
}

func TestAnotherWorkspacesTrailCannotBeRead(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.grow("ada", 2)
	g := access.ForSystem(uuid.New(), "test")
	d.As(g, func(tx *db.Tx) error {
		p, err := audit.List(tx, audit.Filter{}, 10)
		if len(p.Rows) != 0 {
			t.Errorf("%d entries of others", len(p.Rows))
		}
		s, err2 := d.Inspect(tx)
		if s.Size != 0 || s.Problem != "" {
			t.Errorf("an empty trail is %+v", s)
		}
		return errors.Join(err, err2)
	})
}
