package portal_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// clocks are the places that may look at the app's own clock, each with the reason. Nothing is decided by it
// that anybody is told or that is kept: the database's clock does that.
var clocks = map[string]string{
	"web/log.go":                         "how long an answer took",
	"web/limit.go":                       "the pace of whoever asks too often, within one process",
	"web/ctx.go":                         "shown on pages that nobody signed in for",
	"web/render.go":                      "deadlines of a connection",
	"handlers/dev/call.go":               "shown in the demo",
	"models/demo/world.go":               "the demo world's past ends now",
	"models/demo/history.go":             "the demo world's past ends now",
	"cmd/portal/workspace.go":            "a name for a token that was given none",
	"internal/mailer/mailbox/mailbox.go": "when the demo's mailbox got a mail",
	"internal/embedpg/join.go":           "patience with a server that ends",
}

// pace is how mails are tried again. River, whose leader hands retries and planned jobs out, goes by the app's
// clock too: where it is wrong they come late or early, and what they do is decided by the database's.
const pace = "time.Now().Add(retryAfter(job.Attempt))"

func TestTheAppsClockDecidesNothing(t *testing.T) {
	looks := regexp.MustCompile(`\btime\.(Now|Since|Until)\(|\bnew Date\(\)`)
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		path = filepath.ToSlash(path)
		if err != nil || d.IsDir() {
			if path == "node_modules" || path == "internal/bench" || path == "static" {
				return filepath.SkipDir
			}
			return err
		}
		if (strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".templ")) && looks.MatchString(strings.ReplaceAll(read(t, path), pace, "")) {
			seen[path] = true
			if clocks[path] == "" {
				t.Errorf("%s looks at the app's clock. tx.Now() and tx.Clock() are the database's; or give its reason in clock_test.go.", path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path := range clocks {
		if !seen[path] {
			t.Errorf("clock_test.go has a reason for %s, which does not look at the app's clock", path)
		}
	}
}
