package handlers_test

import (
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/web"
)

// strange is what no form of ours sends: the end of a statement, an element, characters that text must
// not have, numbers beyond every number, paths, length.
var strange = []string{`'; select pg_sleep(9) --" or 1=1 #<zq-x>{{7*7}}%n`, "\x00", "a\xffb", "\u202e\u200b\u0007\u2028", "9223372036854775808", "-1",
	"../../etc/passwd" + strings.Repeat("é", 85)}

var (
	asks  = regexp.MustCompile(`\.Query\("(\w+)"\)|Get\("(\w+)"\)`)
	takes = regexp.MustCompile(`\.Form(?:s|Int|ID)?\("([\w.]+)"()`)
)

// named are the names that handlers read so from a request.
func named(t *testing.T, read *regexp.Regexp) (names []string) {
	t.Helper()
	must(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range read.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1]+m[2])
		}
		return err
	}))
	slices.Sort(names)
	if names = slices.Compact(names); len(names) < 10 {
		t.Fatalf("only %v are read", names)
	}
	return names
}

// TestNoAddressHoweverStrangeIsAFailure sends each of them in every query and in every piece of a path.
func TestNoAddressHoweverStrangeIsAFailure(t *testing.T) {
	t.Parallel()
	e := openEstate(t)
	before := e.ledger.fingerprint()
	names := named(t, asks)
	look := func(v *visitor, path string) {
		p := v.do("GET", path, nil, nil)
		if p.Status >= 500 {
			t.Errorf("%.200s is answered %d", path, p.Status)
		}
		e.lawful(p, []*premises{e.acme})
	}
	for _, r := range e.routes {
		if r.Method != http.MethodGet || r.Door == web.Demo {
			continue
		}
		v := e.doer(r)
		path := e.address(r, v, target{"acme", e.acme, e.acme})
		for _, s := range strange {
			q := url.Values{}
			for _, name := range names {
				q.Set(name, s)
			}
			look(v, path+"?"+q.Encode())
		}
		look(v, path+"?%zz=%&;=;&show=%ff")
		for _, piece := range strings.Split(r.Path, "/") {
			for _, s := range strange {
				if strings.HasPrefix(piece, ":") {
					look(v, strings.Replace(e.fill(r, strings.Replace(r.Path, piece, "PIECE", 1), v, target{"acme", e.acme, e.acme}), "PIECE", url.PathEscape(s), 1))
				}
			}
		}
	}
	if got := changed(before, e.ledger.fingerprint()); got != nil {
		t.Errorf("looking changed %v", got)
	}
}

// TestNoFormHoweverStrangeIsAFailure puts the texts among them into every field of every form, and into every
// text of every call. What is kept of it can be seen.
func TestNoFormHoweverStrangeIsAFailure(t *testing.T) {
	t.Parallel()
	e := openEstate(t)
	before := e.ledger.fingerprint()
	sent := 0
	e.eachChange(func(c encounter, path string) {
		if strings.HasPrefix(c.route.Path, "/w/:slug/security/") {
			return // the same handlers as at /security
		}
		try := func(what, json string, form url.Values) {
			sent++
			p := c.visitor.send(c.route.Method, path, json, form)
			if p.Status >= 500 {
				t.Errorf("%s with %.120q is answered %d", c, what, p.Status)
			}
			e.lawful(p, c.mayRead())
			if p.Status == http.StatusTooManyRequests {
				t.Errorf("%s is not looked at any more", c)
			}
			if p.Status >= 400 {
				return
			}
			did := changed(before, e.ledger.fingerprint())
			for _, table := range did {
				if n := e.ledger.holding(table, "\u202e", "\u200b", "\u0007", "\u2028"); n > 0 {
					t.Errorf("%s with %.120q stored what nobody sees in %d rows of %s", c, what, n, table)
				}
			}
			e.ledger.restore(did)
		}
		values := strange[:4]
		if c.route.Door == web.Link { // a link takes twenty tries at once
			values = strange[1:4]
		}
		if json := exampleOf(c.route).json; json != "" {
			for _, s := range values {
				for _, text := range regexp.MustCompile(`"[^"]*"`).FindAllString(json, -1) {
					try(text+s, strings.Replace(json, text, fmt.Sprintf(`"%s"`, s), 1), nil)
				}
			}
			return
		}
		form := e.form(c.route, c.visitor, c.target)
		for _, name := range slices.Sorted(maps.Keys(form)) {
			if name == "csrf" || name == "operation" {
				continue
			}
			for _, s := range values {
				odd := maps.Clone(form)
				odd[name] = []string{s}
				try(name+"="+s, "", odd)
			}
			odd := maps.Clone(form)
			odd[name] = nil
			try("without "+name, "", odd)
		}
	})
	t.Logf("%d were sent", sent)
}

// TestWhatNoFormHasChangesNothing sends every change as it is, and then with names of columns beside it
// in the form, and with these and the names of all fields in the address and in headers. What it does
// must be the same: its object is the one of its path, its fields are those of its form.
func TestWhatNoFormHasChangesNothing(t *testing.T) {
	t.Parallel()
	e := openEstate(t)
	before := e.ledger.fingerprint()
	id, fields := uuid.NewString(), named(t, takes)
	e.eachChange(func(c encounter, path string) {
		form, json := url.Values{}, exampleOf(c.route).json
		if json == "" {
			form = e.form(c.route, c.visitor, c.target)
			maps.DeleteFunc(form, func(_ string, values []string) bool { return strings.Join(values, "") == "" }) // so that nothing stands in the way
		}
		first := c.visitor.send(c.route.Method, path, json, form)
		did := changed(before, e.ledger.fingerprint())
		e.ledger.restore(did)

		more := url.Values{"id": {id}, "workspace_id": {e.globex.ID.String()}, "workspace": {"globex"}, "slug": {"globex"}, "person_id": {id}, "state": {"zqforged"},
			"role": {string(access.Owner)}, "version_id": {id}, "created_by": {id}, "created_at": {"2001-01-01"}, "decided_by": {"zqforged"}, "actor": {"zqforged"}, "_method": {"DELETE"}, "token": {id}}
		for name, values := range more {
			if !form.Has(name) {
				form[name] = values
			}
		}
		for _, name := range fields {
			if name != "csrf" {
				more[name] = []string{"zqforged"}
			}
		}
		header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "X-Http-Method-Override": {"DELETE"}, "X-Original-Url": {"/w/globex/people"},
			"X-Workspace": {"globex"}}
		body := form.Encode() + "&csrf=" + url.QueryEscape(c.visitor.csrf)
		if json != "" {
			header.Set("Content-Type", "application/json")
			header.Set("Idempotency-Key", uuid.NewString())
			body = json
		}
		second := c.visitor.do(c.route.Method, path+"?"+more.Encode(), strings.NewReader(body), header)
		also := changed(before, e.ledger.fingerprint())
		if second.Status != first.Status || !slices.Equal(did, also) {
			t.Errorf("%s: it answered %d and changed %v; with more fields %d and %v:\n%.300s", c, first.Status, did, second.Status, also, second.Text())
		}
		if strings.Contains(second.Body, "zqforged") || strings.Contains(second.Body, id) {
			t.Errorf("%s shows what no form has:\n%s", c, second.Text())
		}
		for _, table := range also {
			if n := e.ledger.holding(table, "zqforged", id); n > 0 {
				t.Errorf("%s kept what no form has in %s", c, table)
			}
		}
		e.ledger.restore(also)
	})
}
