package main_test

import (
	"encoding/base64"
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"
)

// trail is what is left of it all: entries that verify without the portal.
func (w *world) trail() {
	b := w.person(priya)
	b.open("/w/northmoor/audit").sees("Check the chain now", "Marc Lindqvist").page("audit trail")
	b.click("Check the chain now").sees("The chain is unbroken").page("audit trail, checked")
	b.open("/w/northmoor/audit/0").page("audit entry")
	b.open("/w/northmoor/audit/exports/new").sees("Download the audit trail").page("audit downloads")
	bundle := filepath.Join(w.t.TempDir(), "audit.zip")
	w.must(os.WriteFile(bundle, b.download(`form[action$="/bundles"]`), 0o600))
	if said := w.command("audit", "verify", bundle); said == "" {
		w.t.Error("the check says nothing")
	}
	auditor := w.person(jonas)
	auditor.open("/w/northmoor/audit").sees("Audit trail").open("/w/northmoor").page("overview of an Auditor")
}

// download sends a form that answers with a file and gives its bytes.
func (b *tab) download(form string) []byte {
	b.w.t.Helper()
	encoded, err := evaluate[string](b, `(async () => { const f = document.querySelector('`+form+`');
		const r = await fetch(f.action, {method: "POST", body: new URLSearchParams(new FormData(f))});
		if (!r.ok) throw new Error(r.status + await r.text());
		const bytes = new Uint8Array(await r.arrayBuffer());
		let s = ""; for (let i = 0; i < bytes.length; i += 32768) s += String.fromCharCode(...bytes.subarray(i, i + 32768));
		return btoa(s) })()`, chromedp.EvalAwaitPromise)
	b.w.must(err)
	out, err := base64.StdEncoding.DecodeString(encoded)
	b.w.must(err)
	return out
}
