package audit_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/audit"
)

// BenchmarkVerify reads a bundle of 100,000 entries: entries/s is the figure of OPERATIONS.md.
func BenchmarkVerify(b *testing.B) {
	const n = 100_000
	tr := newTrail(b, 0)
	for i := range n {
		tr.add(b, "rule.edited")
		if i%1000 == 0 {
			tr.sign(b)
		}
	}
	tr.sign(b)
	var out bytes.Buffer
	if err := audit.WriteBundle(&out, tr.bundle()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(out.Len())/n, "bytes/entry")
	for b.Loop() {
		if _, err := audit.Verify(bytes.NewReader(out.Bytes()), int64(out.Len()), nil, ""); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkAppend is what one entry costs a transaction, without the database.
func BenchmarkAppend(b *testing.B) {
	body := audit.Body{ActorKind: "person", Actor: "Ann", Email: "ann@acme.example", From: "192.0.2.7", Object: "Refunds over 50 €",
		Before: map[string]any{"limit": "50.00"}, After: map[string]any{"limit": "75.00"}}
	var f audit.Frontier
	for b.Loop() {
		raw, err := body.Encode()
		if err != nil {
			b.Fatal(err)
		}
		l := leaf()
		l.Index, l.ObjectID, l.Body = f.Size(), uuid.NewString(), audit.Commit(audit.NewSalt(), raw)
		enc, err := l.Encode()
		if err != nil {
			b.Fatal(err)
		}
		if f, err = audit.ParseFrontier(f.Size(), f.Bytes()); err != nil {
			b.Fatal(err)
		}
		if nodes := f.Append(audit.LeafHash(enc)); len(nodes) == 0 {
			b.Fatal(fmt.Errorf("nothing stored"))
		}
	}
}
