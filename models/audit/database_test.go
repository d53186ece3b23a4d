package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/modelstest"
)

// desk is the tests' world with what signs in it.
type desk struct {
	*modelstest.World
	audit.Notary
}

func open(t testing.TB) desk {
	t.Helper()
	key, err := seal.ParseSigner(seal.NewSigningKey())
	if err != nil {
		t.Fatal(err)
	}
	return desk{modelstest.New(t), audit.Notary{Signer: key}}
}

// published is an entry that nothing but the test made.
func published(i int) audit.Entry {
	return audit.Entry{Act: "rule.published", ObjectType: "rule", ObjectID: uuid.NewString(), Object: fmt.Sprintf("Rule %d", i),
		Before: map[string]any{"limit": i}, After: map[string]any{"limit": i + 1}}
}

// grow records n entries as this person.
func (d desk) grow(first string, n int) {
	d.T.Helper()
	d.As(d.Grant(d.Acme, first, access.SeeOverview), func(tx *db.Tx) error {
		for i := range n {
			audit.Record(tx, published(i))
		}
		return nil
	})
}

// gate is a Gate as this person.
func (d desk) gate(first string) audit.Gate {
	g := d.Grant(d.Acme, first, access.SeeOverview)
	return func(fn func(*db.Tx) error) error { return d.DB.In(context.Background(), g, fn) }
}

func (d desk) sign() (s *audit.Signed, err error) {
	err = d.Try(access.ForSystem(d.Acme.ID, "test"), func(tx *db.Tx) error {
		s, err = d.Sign(tx)
		return err
	})
	return s, err
}

func (d desk) check() audit.Inspection {
	d.T.Helper()
	in, err := d.Check(d.gate("udo"))
	if err != nil {
		d.T.Fatal(err)
	}
	return in
}

// break changes rows as somebody with every right on the database could.
func (d desk) tamper(sql string, args ...any) {
	d.T.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, d.OwnerDSN)
	if err != nil {
		d.T.Fatal(err)
	}
	defer c.Close(ctx)
	tag, err := c.Exec(ctx, sql, append([]any{d.Acme.ID}, args...)...)
	if err != nil {
		d.T.Fatal(err)
	}
	if tag.RowsAffected() == 0 {
		d.T.Fatalf("nothing was changed by %s", sql)
	}
}

func (d desk) list(first string, f audit.Filter, limit int) (p audit.Page) {
	d.T.Helper()
	d.As(d.Grant(d.Acme, first, access.SeeOverview), func(tx *db.Tx) (err error) {
		p, err = audit.List(tx, f, limit)
		return err
	})
	return p
}

func (d desk) standing(ws uuid.UUID) (s audit.Standing) {
	d.T.Helper()
	d.As(access.ForSystem(ws, "test"), func(tx *db.Tx) (err error) {
		s, err = audit.Stand(tx)
		return err
	})
	return s
}

func TestTwoHundredAppendsAtOnceMakeOneTreeWithoutAGap(t *testing.T) {
	t.Parallel()
	d := open(t)
	before, other := d.standing(d.Acme.ID), d.standing(d.Globex.ID)
	g := d.Grant(d.Acme, "ada", access.SeeOverview)
	var all sync.WaitGroup
	failed := make(chan error, 200)
	for i := range 200 {
		all.Go(func() {
			if err := d.Try(g, func(tx *db.Tx) error { audit.Record(tx, published(i)); audit.Record(tx, published(i)); return nil }); err != nil {
				failed <- err
			}
		})
	}
	all.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	if got := d.standing(d.Acme.ID).Size; got != before.Size+400 {
		t.Errorf("200 appends of two gave a tree of %d from %d", got, before.Size)
	}
	if got := d.standing(d.Globex.ID).Size; got != other.Size {
		t.Errorf("the other workspace's tree went from %d to %d", other.Size, got)
	}
	if in := d.check(); !in.Unbroken() {
		t.Error(in.Problem)
	}
}

func TestAPersonsOwnActsAreInEveryTreeOfTheirs(t *testing.T) {
	t.Parallel()
	d := open(t)
	ada := d.Acme.People["ada"].PersonID
	d.As(access.ForSystem(d.Globex.ID, "test"), func(tx *db.Tx) error {
		return tx.Gorm().Exec("insert into members (workspace_id, person_id, role, joined_at, role_since) values (?, ?, 'auditor', now(), now())", d.Globex.ID, ada).Error
	})
	acme, globex := d.standing(d.Acme.ID).Size, d.standing(d.Globex.ID).Size
	self, err := access.Check(access.Actor{Kind: access.Person, ID: ada, Name: "Ada Okafor"}, access.Self)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 20 { // with single appends from both sides, so that a wrong order of locks would meet
		all.Go(func() {
			d.As(self, func(tx *db.Tx) error {
				return audit.RecordEverywhere(tx, audit.Entry{Act: "passkey.added", ObjectType: "person", ObjectID: ada.String()})
			})
		})
		all.Go(func() {
			d.As(access.ForSystem(d.Globex.ID, "test"), func(tx *db.Tx) error { audit.Record(tx, published(1)); return nil })
		})
	}
	all.Wait()
	if a, g := d.standing(d.Acme.ID).Size-acme, d.standing(d.Globex.ID).Size-globex; a != 20 || g != 40 {
		t.Errorf("the trees grew by %d and %d, want 20 and 40", a, g)
	}
	p := d.list("ada", audit.Filter{Acts: []string{"passkey.added"}}, 50)
	if len(p.Rows) != 20 || p.Rows[0].Body.Actor != "Ada Okafor" || p.Rows[0].Actor != ada {
		t.Errorf("Acme's trail shows %d of 20", len(p.Rows))
	}
}

func TestTheAppCannotChangeWhatWasRecorded(t *testing.T) {
	t.Parallel()
	d := open(t)
	if _, err := d.sign(); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"audit_leaves", "audit_bodies", "audit_nodes", "audit_checkpoints"} {
		for _, act := range []string{"delete from " + table, "update " + table + " set epoch = epoch", "truncate " + table} {
			err := d.Try(access.ForSystem(d.Acme.ID, "test"), func(tx *db.Tx) error { return tx.Gorm().Exec(act).Error })
			if pg := new(pgconn.PgError); !errors.As(err, &pg) || pg.Code != "42501" {
				t.Errorf("%s: %v, want a refusal", act, err)
			}
		}
	}
	if err := d.Try(access.ForSystem(d.Acme.ID, "test"), func(tx *db.Tx) error { return tx.Gorm().Exec("delete from audit_heads").Error }); err == nil {
		t.Error("the head can be deleted")
	}
}

func TestTheListIsReadInPagesBothWays(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.grow("ada", 120)
	size := d.standing(d.Acme.ID).Size
	var seen []int64
	f := audit.Filter{}
	for {
		p := d.list("udo", f, 50)
		for _, r := range p.Rows {
			seen = append(seen, r.Index)
		}
		if p.Older == 0 {
			break
		}
		f.Before = p.Older
	}
	if int64(len(seen)) != size || seen[0] != size-1 || seen[size-1] != 0 {
		t.Fatalf("the pages show %d of %d entries, %v", len(seen), size, seen)
	}
	back := d.list("udo", audit.Filter{After: 10}, 50)
	if len(back.Rows) != 50 || back.Rows[49].Index != 10 || back.Newer != 60 || back.Older != 10 {
		t.Errorf("going newer from 10 gives %d entries down to %d, newer %d, older %d", len(back.Rows), back.Rows[len(back.Rows)-1].Index, back.Newer, back.Older)
	}
	if top := d.list("udo", audit.Filter{After: size - 5}, 50); len(top.Rows) != 50 || top.Newer != 0 || top.Rows[0].Index != size-1 {
		t.Errorf("near the newest there are %d rows, newer %d", len(top.Rows), top.Newer)
	}
}

func TestFiltersLeaveWhatTheySay(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.grow("max", 7)
	d.grow("ada", 5)
	max := d.Acme.People["max"].PersonID
	for name, c := range map[string]struct {
		f    audit.Filter
		want int
	}{
		"somebody":            {audit.Filter{Actor: max}, 7},
		"an act":              {audit.Filter{Acts: []string{"rule.published"}}, 12},
		"people":              {audit.Filter{Kind: access.Person}, 12},
		"words":               {audit.Filter{Contains: "rule 6"}, 1},
		"a percent sign":      {audit.Filter{Contains: "%"}, 0},
		"what Postgres hates": {audit.Filter{Contains: "\x00\xff'\\\"_", Object: "\x00\xff"}, 0},
		"the future":          {audit.Filter{From: time.Now().Add(time.Hour)}, 0},
		"both":                {audit.Filter{Actor: max, Contains: "Rule 6"}, 1},
	} {
		if got := d.list("udo", c.f, 50); len(got.Rows) != c.want {
			t.Errorf("%s: %d entries, want %d", name, len(got.Rows), c.want)
		}
		d.As(d.Grant(d.Acme, "udo", access.ReadAudit), func(tx *db.Tx) error {
			n, ok, err := audit.Count(tx, c.f)
			if ok && n != c.want {
				t.Errorf("%s: counted %d, want %d", name, n, c.want)
			}
			return err
		})
	}
}

func TestAPeriodHoldsAlsoWhatEndedOutOfOrder(t *testing.T) {
	t.Parallel()
	d := open(t)
	now := time.Now()
	d.Pass(2 * time.Hour)
	d.grow("ada", 3)
	d.Pass(-time.Hour) // began earlier, ended later
	d.grow("max", 2)
	half := now.Add(90 * time.Minute)
	if p := d.list("udo", audit.Filter{From: half}, 50); len(p.Rows) != 3 || p.Rows[0].Body.Actor != "Ada Okafor" {
		t.Errorf("from then on there are %d entries, want 3", len(p.Rows))
	}
	if p := d.list("udo", audit.Filter{From: now.Add(30 * time.Minute), To: half}, 50); len(p.Rows) != 2 || p.Rows[0].Body.Actor != "Max Lindqvist" {
		t.Errorf("in the hour before there are %d entries, want 2", len(p.Rows))
	}
}

func TestASearchLooksAtOneWindowAtATime(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.As(d.Grant(d.Acme, "ada", access.SeeOverview), func(tx *db.Tx) error {
		audit.Record(tx, audit.Entry{Act: "rule.published", ObjectType: "rule", Object: "needle"})
		return nil
	})
	for range 11 {
		d.grow("ada", 1000)
	}
	first := d.list("udo", audit.Filter{Contains: "needle"}, 50)
	if len(first.Rows) != 0 || first.Older == 0 {
		t.Fatalf("one page looked at everything: %d rows, older %d", len(first.Rows), first.Older)
	}
	then := d.list("udo", audit.Filter{Contains: "needle", Before: first.Older}, 50)
	if len(then.Rows) != 1 || then.Older != 0 || then.Newer != first.Older {
		t.Errorf("the page after it has %d rows, older %d, newer %d", len(then.Rows), then.Older, then.Newer)
	}
	if up := d.list("udo", audit.Filter{Contains: "needle", After: 1}, 50); len(up.Rows) != 1 || up.Newer == 0 {
		t.Errorf("going newer finds %d, newer %d", len(up.Rows), up.Newer)
	}
}

func TestAnApproverSeesTheirOwnEntriesOnly(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.grow("ann", 3)
	d.grow("ada", 3)
	ann := d.Acme.People["ann"].PersonID
	mine := d.list("ann", audit.Filter{Actor: d.Acme.People["ada"].PersonID}, 50)
	if len(mine.Rows) != 0 {
		t.Errorf("Ann sees %d of Ada's", len(mine.Rows))
	}
	mine = d.list("ann", audit.Filter{}, 50)
	if len(mine.Rows) != 3 {
		t.Fatalf("Ann sees %d of her 3", len(mine.Rows))
	}
	for _, r := range mine.Rows {
		if r.Actor != ann {
			t.Errorf("Ann sees entry %d of %s", r.Index, r.Body.Actor)
		}
	}
	show := func(first string, idx int64) error {
		return d.Try(d.Grant(d.Acme, first, access.SeeOverview), func(tx *db.Tx) error { _, err := d.Show(tx, idx); return err })
	}
	if err := show("ann", 0); !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), "Auditors see all") {
		t.Errorf("Ann opens the first entry: %v", err)
	}
	if err := show("ann", mine.Rows[0].Index); err != nil {
		t.Errorf("Ann cannot open her own: %v", err)
	}
	if err := show("udo", d.standing(d.Acme.ID).Size); !fault.Is(err, fault.NotFound) {
		t.Errorf("an entry that will be: %v", err)
	}
	n := 0
	for _, err := range audit.Read(d.gate("ann"), audit.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 3 {
		t.Errorf("Ann's download has %d entries", n)
	}
}

func TestDaysAreCountedInUTC(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.grow("ada", 4)
	d.Pass(24 * time.Hour)
	d.grow("ada", 2)
	d.As(d.Grant(d.Acme, "udo", access.ReadAudit), func(tx *db.Tx) error {
		days, err := audit.Days(tx, tx.Now().AddDate(0, 0, -2), 3)
		if len(days) != 3 || days[0].N != 0 || days[1].N < 4 || days[2].N != 2 {
			t.Errorf("the days have %v", days)
		}
		return err
	})
}

func TestASheetHoldsNoFormula(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, name := range []string{"=1+1", "+1", "-1", "@a", "\ta", "\ra", "\na", "＝1", "＋1", "－1", "＠a", "'=1+1", "a=1"} {
		d.As(d.Grant(d.Acme, "ada", access.SeeOverview), func(tx *db.Tx) error {
			audit.Record(tx, audit.Entry{Act: "rule.published", ObjectType: "rule", Object: name})
			return nil
		})
	}
	var out bytes.Buffer
	if err := audit.WriteSheet(&out, audit.Read(d.gate("udo"), audit.Filter{Acts: []string{"rule.published"}}), strings.ToUpper); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{",'=1+1,", ",'+1,", ",'-1,", ",'@a,", "'\ta", "'\ra", "'\na", ",'＝1,", ",'＋1,", ",'－1,", ",'＠a,", ",''=1+1,", ",a=1,", ",RULE.PUBLISHED,"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the sheet lacks %q:\n%s", want, out.String())
		}
	}
}
