package portal

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/workspace"
	view "github.com/jexi/portal/views/trail"
	"github.com/jexi/portal/web"
)

// entriesAtOnce is how many entries a page of the trail has.
const entriesAtOnce = 50

// ListEntries shows the audit trail, newest first, or what a filter leaves of it.
func (r Room) ListEntries(c *web.Ctx) error {
	p, f := asked(c.Query)
	f.Before, _ = strconv.ParseInt(c.Query("before"), 10, 64) // what is no number is the newest page
	f.After, _ = strconv.ParseInt(c.Query("after"), 10, 64)
	_, err := web.Read(c, func(tx *db.Tx) (n int, err error) {
		if p.List, err = audit.List(tx, f, entriesAtOnce); err != nil {
			return 0, err
		}
		if p.Days, err = audit.Days(tx, tx.Now().AddDate(0, 0, 1-view.TrailDays), view.TrailDays); err != nil {
			return 0, err
		}
		return 0, r.trailState(tx, f, &p)
	})
	if err != nil {
		return err
	}
	return c.Page(view.Trail(c.Shell("Audit trail"), p))
}

// trailState is what stands around the entries.
func (r Room) trailState(tx *db.Tx, f audit.Filter, p *view.TrailPage) (err error) {
	p.All = tx.Actor().Role.May(access.ReadAudit)
	p.Key = seal.Fingerprint(r.Notary.Signer.Public())
	if p.State, err = r.Notary.Inspect(tx); err != nil {
		return err
	}
	if p.Found, p.Counted, err = audit.Count(tx, f); err != nil {
		return err
	}
	p.Members, err = workspace.ListMembers(tx)
	return err
}

// asked reads a filter from an address or a form. Dates include both days; what is none is told.
func asked(get func(string) string) (p view.TrailPage, f audit.Filter) {
	p.Filter = view.TrailFilter{Contains: get("contains"), Who: get("who"), Area: get("area"), Object: get("object"), From: get("from"), To: get("to")}
	f = audit.Filter{Contains: p.Filter.Contains, Object: p.Filter.Object, Acts: view.ActsOf(p.Filter.Area)}
	if id, err := uuid.Parse(p.Filter.Who); err == nil {
		f.Actor = id
	} else {
		f.Kind = access.Kind(p.Filter.Who)
	}
	day := func(typed *string, shift int) (t time.Time) {
		t, err := time.Parse(time.DateOnly, *typed)
		switch {
		case *typed == "":
			return time.Time{}
		case err != nil:
			p.Wrong = append(p.Wrong, fmt.Sprintf("“%s” is not a date", *typed))
			*typed = ""
			return time.Time{}
		}
		return t.AddDate(0, 0, shift)
	}
	f.From, f.To = day(&p.Filter.From, 0), day(&p.Filter.To, 1)
	return p, f
}

// ShowEntry shows one entry.
func (r Room) ShowEntry(c *web.Ctx) error {
	idx, err := place(c)
	if err != nil {
		return err
	}
	e, err := web.Read(c, func(tx *db.Tx) (audit.Shown, error) { return r.Notary.Show(tx, idx) })
	if err != nil {
		return err
	}
	return c.Page(view.Entry(c.Shell("Entry "+c.Param("idx")), view.EntryPage{Shown: e}))
}

// place is the index in the path. What is no number is nowhere.
func place(c *web.Ctx) (int64, error) {
	idx, err := strconv.ParseInt(c.Param("idx"), 10, 64)
	if err != nil || strconv.FormatInt(idx, 10) != c.Param("idx") {
		return 0, fault.Missing()
	}
	return idx, nil
}

// ShowProof hands out the proof of one entry. It tells no more than the entry's page.
func (r Room) ShowProof(c *web.Ctx) error {
	idx, err := place(c)
	if err != nil {
		return err
	}
	proof, err := web.Read(c, func(tx *db.Tx) ([]byte, error) { return r.Notary.Proof(tx, idx) })
	if err != nil {
		return err
	}
	return c.Download(fmt.Sprintf("entry-%d.tlog-proof", idx), "text/plain; charset=utf-8", func(w io.Writer) error {
		_, err := w.Write(proof)
		return err
	})
}

// ListCheckpoints hands out every signed checkpoint, for whoever keeps them elsewhere.
func (r Room) ListCheckpoints(c *web.Ctx) error {
	return c.Download("checkpoints.txt", "text/plain; charset=utf-8", func(w io.Writer) error { return audit.WriteNotes(w, gate(c)) })
}

// gate opens short transactions of this request, for reading that is too long for one.
func gate(c *web.Ctx) audit.Gate {
	return func(fn func(*db.Tx) error) error {
		if err := c.Longer(); err != nil {
			return err
		}
		_, err := web.Read(c, func(tx *db.Tx) (struct{}, error) { return struct{}{}, fn(tx) })
		return err
	}
}

// CreateCheck recomputes the whole tree and records what came out. Unbroken, it is signed at once.
func (r Room) CreateCheck(c *web.Ctx) error {
	in, err := r.Notary.Check(gate(c))
	if err != nil {
		return err
	}
	to, err := web.Change(c, func(tx *db.Tx) (string, error) {
		audit.RecordCheck(tx, in)
		if in.Unbroken() {
			r.Notary.SignAfter(tx)
		}
		return c.Path("audit"), nil
	})
	if err != nil {
		return err
	}
	if in.Unbroken() {
		c.Say("The chain is unbroken", view.CheckWords(in))
	}
	return c.SeeOther(to)
}
