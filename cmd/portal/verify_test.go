package main_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jexi/portal/handlers"
	"github.com/jexi/portal/internal/mailer"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/modelstest"
)

// shelf is a portal to download from, and the real program to check the files with.
type shelf struct {
	*modelstest.World
	t       *testing.T
	program string
	url     string
	client  *http.Client
	tools   handlers.Tools
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	s := &shelf{World: modelstest.New(t), t: t, program: filepath.Join(t.TempDir(), "portal"), client: &http.Client{}}
	if out, err := exec.Command("go", "build", "-o", s.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	encoded, err := seal.NewKeyset()
	s.must(err)
	keyset, err := seal.ParseKeyset(encoded)
	s.must(err)
	signer, err := seal.ParseSigner(seal.NewSigningKey())
	s.must(err)
	post, err := mailer.New("smtp://127.0.0.1:1", mail.Address{Address: "portal@jexi.example"})
	s.must(err)
	s.tools = handlers.NewTools(s.DB, &url.URL{Scheme: "http", Host: "localhost"}, keyset, signer, post)
	srv := httptest.NewServer(s.tools.App(slog.New(slog.DiscardHandler)).Handler(handlers.Map(s.tools)))
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

func (s *shelf) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// grow publishes n rules, so to say, in a workspace, and signs.
func (s *shelf) grow(p modelstest.Place, n int) (note []byte) {
	s.t.Helper()
	notary := audit.Notary{Signer: s.tools.Signer}
	s.As(access.ForSystem(p.ID, "test"), func(tx *db.Tx) error {
		for i := range n {
			audit.Record(tx, audit.Entry{Act: "rule.published", ObjectType: "rule", ObjectID: fmt.Sprint(i), Object: fmt.Sprintf("Rule %d", i)})
		}
		return nil
	})
	s.As(access.ForSystem(p.ID, "test"), func(tx *db.Tx) error {
		signed, err := notary.Sign(tx)
		note = signed.Note
		return err
	})
	return note
}

// download presses a button of the page that hands the trail out, as Udo.
func (s *shelf) download(page, button string) []byte {
	s.t.Helper()
	cookie := ""
	g, err := access.Check(access.Actor{}, access.Public)
	s.must(err)
	id := s.Acme.People["udo"].PersonID
	s.As(g, func(tx *db.Tx) (err error) {
		cookie, err = identity.StartSession(tx, &id, false, "test", "127.0.0.1")
		return err
	})
	send := func(method, path string, form url.Values, more ...*http.Cookie) (*http.Response, []byte) {
		req, err := http.NewRequest(method, s.url+path, strings.NewReader(form.Encode()))
		s.must(err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, c := range append(more, &http.Cookie{Name: "jexi", Value: cookie}) {
			req.AddCookie(c)
		}
		res, err := s.client.Do(req)
		s.must(err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		s.must(err)
		if res.StatusCode != 200 {
			s.t.Fatalf("%s %s answered %d: %s", method, path, res.StatusCode, body)
		}
		return res, body
	}
	res, html := send("GET", page, nil)
	if button == "" {
		return html
	}
	csrf := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindSubmatch(html)
	_, file := send("POST", button, url.Values{"csrf": {string(csrf[1])}}, res.Cookies()...)
	return file
}

func (s *shelf) bundle() []byte {
	return s.download("/w/acme/audit/exports/new", "/w/acme/audit/bundles")
}

func (s *shelf) put(name string, content []byte) (path string) {
	s.t.Helper()
	path = filepath.Join(s.t.TempDir(), name)
	s.must(os.WriteFile(path, content, 0o600))
	return path
}

// verify runs the program and wants this exit code and one line with these words.
func (s *shelf) verify(name string, code int, says string, args ...string) {
	s.t.Helper()
	cmd := exec.Command(s.program, append([]string{"audit", "verify"}, args...)...)
	cmd.Env = []string{"HOME=/nowhere"} // no database, no configuration
	out, err := cmd.CombinedOutput()
	got := cmd.ProcessState.ExitCode()
	if line := strings.TrimSuffix(string(out), "\n"); got != code || !strings.Contains(line, says) || strings.Contains(line, "\n") || line == "" {
		s.t.Errorf("%s: exit %d (%v), want %d and a line with %q:\n%s", name, got, err, code, says, out)
	}
}

// rewrite gives a bundle whose lines were changed, as whole a ZIP as before.
func (s *shelf) rewrite(bundle []byte, change func(lines []string) []string) []byte {
	s.t.Helper()
	in, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	s.must(err)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range in.File {
		r, err := f.Open()
		s.must(err)
		content, err := io.ReadAll(r)
		s.must(err)
		if f.Name == "entries.jsonl" {
			lines := strings.SplitAfter(string(content), "\n")
			content = []byte(strings.Join(change(lines[:len(lines)-1]), ""))
		}
		to, err := w.Create(f.Name)
		s.must(err)
		_, err = to.Write(content)
		s.must(err)
	}
	s.must(w.Close())
	return out.Bytes()
}

func TestADownloadedBundleIsCheckedByTheProgramAlone(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	old := s.grow(s.Acme, 40)
	foreign := s.grow(s.Globex, 40)
	s.grow(s.Acme, 25)
	file := s.bundle()
	path, kept := s.put("audit.zip", file), s.put("kept.txt", old)
	key := seal.Fingerprint(s.tools.Signer.Public())
	s.verify("the bundle", 0, "complete", path)
	s.verify("with its key", 0, "signed by the given key", path, "--key", key)
	s.verify("with the published keys", 0, "signed by the given key", path, "--key", s.put("portal-keys.json", s.tools.Signer.PublicKeys()))
	s.verify("with an older checkpoint", 0, "extends the kept checkpoint of", path, "--checkpoint", kept)
	s.verify("with a foreign checkpoint", 1, "is of another trail", path, "--checkpoint", s.put("foreign.txt", foreign))
	s.verify("with a checkpoint of the future", 1, "older than what you kept", path, "--checkpoint", s.put("future.txt", s.grow(s.Acme, 5)))
	s.verify("with no checkpoint in the file", 1, "kept checkpoint", path, "--checkpoint", s.put("empty.txt", nil))
	other, err := seal.ParseSigner(seal.NewSigningKey())
	s.must(err)
	s.verify("with another key", 1, "not signed by the expected key", path, "--key", seal.Fingerprint(other.Public()))
	s.verify("with nonsense for a key", 2, "key is not readable", path, "--key", "nonsense")
	s.verify("no such file", 2, "no such file", "nowhere.zip")
	proof := s.download("/w/acme/audit/12/proof", "")
	s.verify("one proof", 0, "1 entry of", s.put("entry.tlog-proof", proof), "--key", key)
	s.verify("one proof, edited", 1, "not genuine", s.put("bad.tlog-proof", bytes.Replace(proof, []byte("index 12"), []byte("index 13"), 1)))
}

func TestABundleThatWasAlteredIsRefused(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	kept := s.put("kept.txt", s.grow(s.Acme, 60))
	s.grow(s.Acme, 10)
	file := s.bundle()
	for name, c := range map[string]struct {
		change func(lines []string) []string
		says   string
	}{
		"a word of one entry": {func(l []string) []string { l[30] = strings.Replace(l[30], "Rule", "Role", 1); return l }, "entry 30 has a body that is not the recorded one"},
		"the act of one entry": {func(l []string) []string {
			l[30] = strings.Replace(l[30], "rule.published", "rule.retired", 1)
			return l
		}, "are not those of"},
		"one entry taken away":  {func(l []string) []string { return slices.Delete(l, 30, 31) }, "entry 31 stands where entry 30 should be"},
		"the first taken away":  {func(l []string) []string { return l[1:] }, "entry 1 stands where entry 0 should be"},
		"two entries exchanged": {func(l []string) []string { l[30], l[31] = l[31], l[30]; return l }, "entry 31 stands where entry 30 should be"},
		"the end taken away":    {func(l []string) []string { return l[:40] }, "its end was removed"},
		"one entry repeated":    {func(l []string) []string { return slices.Insert(l, 30, l[30]) }, "entry 30 stands where entry 31 should be"},
		"one entry added": {func(l []string) []string {
			return append(l, strings.Replace(l[30], `"idx":30`, fmt.Sprintf(`"idx":%d`, len(l)), 1))
		}, "entries were added"},
		"nothing left": {func([]string) []string { return nil }, "its end was removed"},
	} {
		s.verify(name, 1, c.says, s.put("audit.zip", s.rewrite(file, c.change)), "--checkpoint", kept)
	}
	s.verify("unchanged, packed again", 0, "complete", s.put("audit.zip", s.rewrite(file, func(l []string) []string { return l })), "--checkpoint", kept)
	s.verify("a body held back", 0, "1 redacted (place proved)", s.put("audit.zip", s.rewrite(file, func(l []string) []string {
		l[30] = l[30][:strings.Index(l[30], `,"salt"`)] + `,"redacted":true}` + "\n"
		return l
	})))
	s.verify("half of the file", 1, "cut off", s.put("audit.zip", file[:len(file)/2]))
	s.verify("no file at all", 1, "neither", s.put("audit.zip", nil))
}
