package handlers_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/workspace"
)

// publishes records n entries of Max's, as if he had published rules, and gives their day.
func (h *house) publishes(n int) (day string) {
	h.t.Helper()
	h.As(h.Grant(h.Acme, "max", access.WriteRules), func(tx *db.Tx) error {
		day = tx.Now().Format(time.DateOnly)
		for i := range n {
			audit.Record(tx, audit.Entry{Act: "rule.published", ObjectType: "rule", ObjectID: "r", Object: fmt.Sprintf("Rule %d", i),
				Before: map[string]any{"limit": "50.00"}, After: map[string]any{"limit": "75.00"}, Detail: map[string]any{"version": i}})
		}
		return nil
	})
	return day
}

// trailSize is how many entries Acme's trail has.
func (h *house) trailSize() int64 {
	h.t.Helper()
	var s audit.Standing
	h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) (err error) {
		s, err = audit.Stand(tx)
		return err
	})
	return s.Size
}

// tamper changes rows past the app's role.
func (h *house) tamper(sql string, args ...any) {
	h.t.Helper()
	c, err := pgx.Connect(context.Background(), h.OwnerDSN)
	must(h.t, err)
	defer c.Close(context.Background())
	tag, err := c.Exec(context.Background(), sql, append([]any{h.Acme.ID}, args...)...)
	must(h.t, err)
	if tag.RowsAffected() == 0 {
		h.t.Fatalf("nothing was changed by %s", sql)
	}
}

func verifies(t *testing.T, file []byte, key string) audit.Report {
	t.Helper()
	r, err := audit.Verify(bytes.NewReader(file), int64(len(file)), nil, key)
	if err != nil {
		t.Fatalf("the file is not genuine: %v", err)
	}
	return r
}

func TestTheTrailIsReadFilteredAndPaged(t *testing.T) {
	t.Parallel()
	h := open(t)
	day := h.publishes(120)
	udo := h.signIn(h.Acme, "udo")
	first := udo.get("/w/acme/audit").shows(200, "Audit trail", "Unbroken", "Max Lindqvist", "Published a rule, version 119", "Rule 119", "Older", "Check it yourself")
	newest := h.trailSize() - 1
	if !strings.Contains(first.Body, fmt.Sprintf(`/w/acme/audit/%d"`, newest)) {
		t.Error("no link to the newest entry")
	}
	older := udo.get(fmt.Sprintf("/w/acme/audit?before=%d", newest-49)).shows(200, "Rule 69", "Rule 20")
	if strings.Contains(older.Text(), "Rule 70") {
		t.Error("the next page repeats an entry")
	}
	udo.get(fmt.Sprintf("/w/acme/audit?after=%d", newest-59)).shows(200, "Rule 109", "Rule 60", "Newer")
	udo.get("/w/acme/audit?area=rule&contains=rule+11").shows(200, "“rule 11”", "Approval rules", "Rule 119", "11 entries")
	udo.get("/w/acme/audit?who="+h.Acme.People["max"].PersonID.String()).shows(200, "120 entries", "Max Lindqvist", "Download these 120")
	udo.get("/w/acme/audit?from="+day+"&to="+day).shows(200, "Rule 119")
	udo.get("/w/acme/audit?from=2001-01-01&to=2001-01-02").shows(200, "No entry fits", "1 Jan 2001 to 2 Jan 2001", "0 entries")
	udo.get("/w/acme/audit?from=yesterday").shows(200, "“yesterday” is not a date", "Rule 119")
	udo.get("/w/acme/audit?object=r").shows(200, "120 entries", "About Rule 119")
	for _, odd := range []string{"before=x", "after=-1", "before=99999999999999999999", "who=%00%ff", "contains=%00%ff%27%5c", "object=%00%ff", "area=%00", "to=%ff"} {
		if p := udo.get("/w/acme/audit?" + odd); p.Status != 200 {
			t.Errorf("%s answers %d", odd, p.Status)
		}
	}
	h.signIn(h.Acme, "ada").get("/w/globex/audit").shows(404)
}

func TestOneEntryTellsWhoWhenFromWhereAndWhatChanged(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.connect("whmcs")
	h.refundRule()
	r := h.ask("billing.refund", refund184)
	ann := h.signIn(h.Acme, "ann")
	path := "/w/acme/requests/" + r.ID.String()
	ann.submit(ann.submit(ann.get(path), "/decisions", url.Values{"decision": {"approve"}, "reason": {"paid twice \u202e"}}), "/decisions", nil).shows(200, "recorded")
	udo := h.signIn(h.Acme, "udo")
	udo.get("/w/acme/audit").shows(200, "Ann Keller", "Approved a request", "Wanted to refund 184.00 EUR", "Asked first", "API token")
	at := fmt.Sprintf("/w/acme/audit/%d", h.trailSize()-1)
	udo.get(at).shows(200, "Approved a request", "Ann Keller", "127.0.0.1", "requests.decide", "request.vote_approve", "paid twice <U+202E>", "No checkpoint covers it yet", "All entries about it")
	if p := udo.get(at + "/proof"); p.Status != 409 {
		t.Errorf("a proof without a checkpoint: %d", p.Status)
	}
	udo.submit(udo.get("/w/acme/audit"), "/checks", nil).shows(200, "The chain is unbroken", "entries were computed anew", "Checked the audit trail")
	udo.get(at).shows(200, "Download the proof")
	proof := udo.get(at + "/proof")
	if rep := verifies(t, []byte(proof.Body), string(h.Tools.Signer.PublicKeys())); rep.Entries != 1 || !strings.Contains(proof.Header.Get("Content-Disposition"), ".tlog-proof") {
		t.Errorf("the proof is %v, %s", rep, proof.Header.Get("Content-Disposition"))
	}
	for _, nowhere := range []string{"/999999", "/-1", "/01", "/x", "/999999/proof"} {
		if p := udo.get("/w/acme/audit" + nowhere); p.Status != 404 {
			t.Errorf("%s answers %d", nowhere, p.Status)
		}
	}
}

func TestADownloadIsAnEntryAndHoldsEveryEntry(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publishes(30)
	udo := h.signIn(h.Acme, "udo")
	page := udo.get("/w/acme/audit/exports/new").shows(200, "Download the audit trail", "Everything, with proof")
	got := udo.submit(page, "/bundles", nil)
	rep := verifies(t, []byte(got.Body), string(h.Tools.Signer.PublicKeys()))
	if !rep.Complete || rep.Entries != h.trailSize() {
		t.Errorf("the bundle is %v of %d entries", rep, h.trailSize())
	}
	udo.submit(page, "/bundles", nil) // a second click downloads again and records nothing
	if h.trailSize() != rep.Entries {
		t.Error("a double click was recorded twice")
	}
	udo.get("/w/acme/audit").shows(200, "Downloaded entries", "Udo Brandt")
	notes := udo.get("/w/acme/audit/checkpoints.txt")
	file := []byte(udo.submit(udo.get("/w/acme/audit/exports/new"), "/bundles", nil).Body)
	if rep, err := audit.Verify(bytes.NewReader(file), int64(len(file)), []byte(notes.Body), ""); err != nil || rep.Kept == 0 {
		t.Errorf("a kept checkpoint does not fit: %v, %v", rep, err)
	}
	some := []byte(udo.submit(udo.get("/w/acme/audit/exports/new?area=rule&contains=Rule+2"), "/bundles", nil).Body)
	if rep := verifies(t, some, ""); rep.Complete || rep.Entries != 11 {
		t.Errorf("the selection is %v", rep)
	}
	if words := member(t, some, "selection.txt"); !strings.Contains(words, "“Rule 2”; Approval rules") {
		t.Errorf("the selection is said to be %q", words)
	}
}

// member reads a file of a ZIP.
func member(t *testing.T, file []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	must(t, err)
	f, err := z.Open(name)
	must(t, err)
	b, err := io.ReadAll(f)
	must(t, err)
	return string(b)
}

func TestEntriesAreHandedOutAsATableAndAsLines(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publishes(5)
	udo := h.signIn(h.Acme, "udo")
	page := udo.get("/w/acme/audit/exports/new?area=rule").shows(200, "Download 5 entries")
	rows, err := csv.NewReader(strings.NewReader(udo.submit(page, "/exports", url.Values{"format": {"csv"}}).Body)).ReadAll()
	if err != nil || len(rows) != 6 || rows[5][8] != "Published a rule" || rows[1][2] != "Max Lindqvist" {
		t.Errorf("the table is %v, %v", rows, err)
	}
	lines := udo.submit(udo.get("/w/acme/audit/exports/new?area=rule"), "/exports", url.Values{"format": {"jsonl"}})
	if n := strings.Count(lines.Body, "\n"); n != 5 || !strings.HasPrefix(lines.Body, `{"leaf":{"act":"rule.published"`) {
		t.Errorf("%d lines:\n%s", n, lines.Body)
	}
	udo.post(page, "/exports", url.Values{"format": {"exe"}}).shows(422, "Choose csv or jsonl")
}

func TestABrokenChainIsSaidAndStillHandedOut(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publishes(20)
	udo := h.signIn(h.Acme, "udo")
	udo.submit(udo.get("/w/acme/audit"), "/checks", nil).shows(200, "The chain is unbroken")
	h.tamper(`update audit_bodies set body = convert_to(replace(convert_from(body, 'UTF8'), 'Max', 'Eve'), 'UTF8') where workspace_id = $1 and idx = $2`, h.trailSize()-3)
	bad := h.trailSize() - 3
	udo.submit(udo.get("/w/acme/audit"), "/checks", nil).shows(200, "The audit trail is broken", fmt.Sprintf("Broken at entry %d", bad), "has a body that is not the recorded one", "Altered")
	udo.get(fmt.Sprintf("/w/acme/audit/%d", bad)).shows(200, "was altered", "not what was recorded")
	h.tamper("update audit_nodes set hash = sha256('x') where workspace_id = $1 and pos = 0")
	h.tamper("update audit_checkpoints set root = sha256('x') where workspace_id = $1")
	udo.get("/w/acme/audit").shows(200, "The audit trail is broken", "is not one that this portal signed")
	udo.submit(udo.get("/w/acme/audit/exports/new"), "/exports", url.Values{"format": {"jsonl"}}).shows(200, "Eve")
}

func TestAnApproverReadsAndDownloadsWhatTheyDid(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publishes(3)
	ann := h.signIn(h.Acme, "ann")
	ann.get("/w/acme/audit").shows(200, "Your entries in the audit trail", "You have done nothing here yet")
	h.As(h.Grant(h.Acme, "ann", access.SeeOverview), func(tx *db.Tx) error {
		audit.Record(tx, audit.Entry{Act: "request.vote_deny", ObjectType: "request", ObjectID: "q", Object: "AR-1"})
		return nil
	})
	mine := ann.get("/w/acme/audit").shows(200, "Declined a request", "1 entry")
	if strings.Contains(mine.Text(), "Max") {
		t.Error("she sees somebody else's entry")
	}
	ann.get("/w/acme/audit/1").shows(403, "Your role sees its own entries", "Auditors see all")
	ann.posts("/w/acme/audit/checks", url.Values{}).shows(403)
	rep := verifies(t, []byte(ann.submit(ann.get("/w/acme/audit/exports/new"), "/bundles", nil).Body), "")
	if rep.Complete || rep.Entries != 2 { // with the entry of the download itself
		t.Errorf("her bundle is %v", rep)
	}
}

func TestARoundSignsEveryWorkspace(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) error { tx.Enqueue(workspace.CheckpointRound{}); return nil })
	h.worked("audit_checkpoint_round")
	h.worked("audit_checkpoint")
	for _, p := range []modelstest.Place{h.Acme, h.Globex} {
		h.As(access.ForSystem(p.ID, "test"), func(tx *db.Tx) error {
			s, err := audit.Stand(tx)
			if s.Signed != s.Size || s.Size == 0 {
				t.Errorf("of %s %d of %d entries are signed", p.Slug, s.Signed, s.Size)
			}
			return err
		})
	}
	h.signIn(h.Acme, "udo").get("/w/acme/audit").shows(200, "Last checkpoint", "all checkpoints")
}
