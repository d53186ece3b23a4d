package handlers_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jexi/portal/handlers"
	"github.com/jexi/portal/web"
)

var update = flag.Bool("update", false, "write golden files anew")

var doors = map[web.Door]string{web.Anyone: "anyone", web.Person: "person", web.Member: "member", web.Link: "link",
	web.Invited: "invited", web.Machine: "machine", web.Demo: "demo"}

// A change of who may do what is seen in review as a changed line of this file.
func TestTheMapIsTheReviewedOne(t *testing.T) {
	const path = "testdata/routes.golden"
	var lines []string
	for _, r := range handlers.Map(handlers.Tools{}) {
		line := fmt.Sprintf("%-50s %-4s %-8s %s", strings.ReplaceAll(r.Path, `\`, ""), r.Method, doors[r.Door], r.Needs)
		if r.Proof {
			line += ", fresh proof"
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	if once := slices.Compact(slices.Clone(lines)); len(once) != len(lines) {
		t.Error("a route stands twice in the map")
	}
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("the map is not the reviewed one (%v); look at the difference, then run go test ./handlers -run TheMapIs -update:\n%s", err,
			difference(string(want), got))
	}
}

// difference are the lines of only one side.
func difference(want, got string) string {
	var out []string
	for line := range strings.Lines(want) {
		if !strings.Contains(got, line) {
			out = append(out, "- "+line)
		}
	}
	for line := range strings.Lines(got) {
		if !strings.Contains(want, line) {
			out = append(out, "+ "+line)
		}
	}
	return strings.Join(out, "")
}
