package portal

import (
	"fmt"
	"io"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	view "github.com/jexi/portal/views/trail"
	"github.com/jexi/portal/web"
)

// NewExport offers what a filter leaves of the audit trail as files.
func (r Room) NewExport(c *web.Ctx) error {
	p, f := asked(c.Query)
	if _, err := web.Read(c, func(tx *db.Tx) (int, error) { return 0, r.trailState(tx, f, &p) }); err != nil {
		return err
	}
	return c.Page(view.Exports(c.Shell("Download the audit trail"), p))
}

// CreateExport hands entries out as a table or as lines.
func (r Room) CreateExport(c *web.Ctx) error {
	p, f := asked(c.Form)
	format := c.Form("format")
	if format != "csv" && format != "jsonl" {
		return fault.At("format", "Choose csv or jsonl.")
	}
	if err := r.download(c, f, &p, format); err != nil {
		return err
	}
	entries := audit.Read(gate(c), f)
	if format == "csv" {
		return c.Download(fileName(c, "csv"), "text/csv; charset=utf-8", func(w io.Writer) error { return audit.WriteSheet(w, entries, view.ActWords) })
	}
	return c.Download(fileName(c, "jsonl"), "application/jsonl", func(w io.Writer) error { return audit.WriteLines(w, entries) })
}

// CreateBundle hands entries out with what proves them: the whole trail, or each one by itself.
func (r Room) CreateBundle(c *web.Ctx) error {
	p, f := asked(c.Form)
	if err := r.download(c, f, &p, "bundle"); err != nil {
		return err
	}
	b, ok, err := r.Notary.Bundle(gate(c), f, p.Words(c.Actor().Name))
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Conflict, "The trail does not continue what was signed, and no checkpoint is there to prove it with. Download it as lines instead.")
	}
	return c.Download(fileName(c, "zip"), "application/zip", func(w io.Writer) error { return audit.WriteBundle(w, b) })
}

// download records that entries leave the portal, then signs a checkpoint that covers even that.
func (r Room) download(c *web.Ctx, f audit.Filter, p *view.TrailPage, format string) error {
	_, err := web.Change(c, func(tx *db.Tx) (string, error) {
		if err := r.trailState(tx, f, p); err != nil {
			return "", err
		}
		audit.RecordDownload(tx, format, p.Words(tx.Actor().Name))
		r.Notary.SignAfter(tx)
		return c.Path("audit", "exports", "new"), nil
	})
	return err
}

func fileName(c *web.Ctx, ending string) string {
	return fmt.Sprintf("audit-%s-%s.%s", c.Param("slug"), c.Now().Format("2006-01-02-1504"), ending)
}
