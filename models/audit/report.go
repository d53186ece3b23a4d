package audit

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Report says what Verify found genuine.
type Report struct {
	Workspace   uuid.UUID
	Epoch       int
	Size        int64 // entries that the checkpoint covers
	Root        Hash
	Complete    bool  // the file holds all of them
	Entries     int64 // in the file
	Redacted    int64 // of these, with an erased body
	First, Last time.Time
	Earlier     int    // signed checkpoints in the file that the trail passed through
	Kept        int    // kept checkpoints that it extends
	KeptSize    int64  // entries of the largest of them
	Fingerprint string // of the key that signed
	Pinned      bool   // the caller named that key
}

// String is the one line that people read.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "genuine: %s of %d in the audit trail of workspace %s", count(r.Entries, "entry", "entries"), r.Size, r.Workspace)
	if r.Complete {
		b.WriteString(", complete")
	}
	if r.Epoch > 1 {
		fmt.Fprintf(&b, ", part %d, begun after a restore", r.Epoch)
	}
	if r.Redacted > 0 {
		fmt.Fprintf(&b, ", %d redacted (place proved)", r.Redacted)
	}
	if r.Earlier > 0 {
		fmt.Fprintf(&b, "; extends %s in the file", count(int64(r.Earlier), "earlier checkpoint", "earlier checkpoints"))
	}
	switch {
	case r.Kept == 1:
		fmt.Fprintf(&b, "; extends the kept checkpoint of %s", count(r.KeptSize, "entry", "entries"))
	case r.Kept > 1:
		fmt.Fprintf(&b, "; extends %d kept checkpoints of up to %s", r.Kept, count(r.KeptSize, "entry", "entries"))
	}
	if r.Pinned {
		fmt.Fprintf(&b, "; signed by the given key %s", r.Fingerprint)
	} else {
		fmt.Fprintf(&b, "; signed by the key in the file, fingerprint %s: compare with …/.well-known/portal-keys.json", r.Fingerprint)
	}
	return b.String()
}

func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
