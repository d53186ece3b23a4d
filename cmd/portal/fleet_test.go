package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/mailer/mailbox"
	"github.com/jexi/portal/internal/pgtest"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
)

// program builds the real binary once for all tests.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "portal-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "portal")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

// fleet is several portal processes on one database, with a mail server and the tests' world.
type fleet struct {
	*modelstest.World
	t       *testing.T
	program string
	env     map[string]string
	mail    *mailbox.Mailbox
}

// assemble migrates an empty database with the binary itself and fills it.
func assemble(t *testing.T) *fleet { return assembleOn(t, empty(t)) }

func assembleOn(t *testing.T, owner string) *fleet {
	t.Helper()
	f := bareOn(t, owner)
	if code, out := f.run("migrate"); code != 0 {
		t.Fatalf("portal migrate: %d\n%s", code, out)
	}
	f.World = modelstest.At(t, f.env["DATABASE_URL"])
	f.Fill()
	f.furnish()
	return f
}

// empty is a database with nothing in it, by its owner's address.
func empty(t *testing.T) string {
	return pgtest.New(t, pgtest.Template{Hash: "empty", Build: func(context.Context, string) error { return nil }})
}

// bare has an empty database and every setting that a service needs.
func bare(t *testing.T) *fleet { return bareOn(t, empty(t)) }

func bareOn(t *testing.T, owner string) *fleet {
	t.Helper()
	path, err := program()
	must(t, err)
	f := &fleet{t: t, program: path}
	f.mail, err = mailbox.Start("127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { f.mail.Close() })
	f.env = map[string]string{"DATABASE_URL": owner, "PORTAL_SMTP_URL": f.mail.URL(), "PORTAL_MAIL_FROM": "Jexi <portal@jexi.example>",
		"PORTAL_BLOB_URL": "file://" + t.TempDir(), "PORTAL_BASE_URL": "http://localhost"}
	code, keys := f.run("keys", "new")
	if code != 0 {
		t.Fatalf("portal keys new: %d\n%s", code, keys)
	}
	for line := range strings.Lines(keys) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		f.env[name] = value
	}
	return f
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// command prepares the binary with the fleet's settings and nothing else from around.
func (f *fleet) command(args ...string) *exec.Cmd {
	cmd := exec.Command(f.program, args...)
	cmd.Env = []string{"HOME=" + os.Getenv("HOME"), "PATH=" + os.Getenv("PATH"), "TZ=Asia/Tokyo"} // logs are in UTC wherever they are written
	for name, value := range f.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// run runs a command to its end and gives its exit code and all that it said.
func (f *fleet) run(args ...string) (int, string) {
	f.t.Helper()
	cmd := f.command(args...)
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		f.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// process is one running `portal serve`.
type process struct {
	f     *fleet
	port  string
	url   string
	cmd   *exec.Cmd
	log   *record
	out   *os.File // where it writes instead of the log
	ended chan struct{}
}

// launch starts a process on a port of its own and waits until it is ready.
func (f *fleet) launch() *process { return f.launchInto(nil) }

func (f *fleet) launchInto(out *os.File) *process {
	f.t.Helper()
	p := &process{f: f, port: freePort(f.t), log: &record{}, out: out}
	p.url = "http://localhost:" + p.port
	p.start()
	f.t.Cleanup(func() { p.kill() })
	return p
}

func (p *process) start() {
	p.f.t.Helper()
	p.cmd = p.f.command("serve", "--role", "all")
	p.cmd.Env = append(p.cmd.Env, "PORTAL_ADDR=127.0.0.1:"+p.port)
	if p.cmd.Stderr = p.log; p.out != nil {
		p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	}
	must(p.f.t, p.cmd.Start())
	ended := make(chan struct{})
	p.ended = ended
	go func(cmd *exec.Cmd) { cmd.Wait(); close(ended) }(p.cmd)
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if res, err := http.Get(p.url + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(end) {
			p.f.t.Fatalf("portal serve is not ready:\n%s", p.log)
		}
	}
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.ended
}

// stop asks the process to end and gives its exit code.
func (p *process) stop() int {
	p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.ended
	return p.cmd.ProcessState.ExitCode()
}

// furnish connects a billing system and has two of Billing approve refunds.
func (f *fleet) furnish() {
	f.t.Helper()
	keyset, err := seal.ParseKeyset(f.env["PORTAL_KEYSET"])
	must(f.t, err)
	f.As(f.Grant(f.Acme, "ada", access.ManageIntegrations), func(tx *db.Tx) error {
		k, _ := catalog.FindKind("stripe")
		d := integration.NewDraft(k, f.Acme.People["ada"].PersonID)
		d.Key, d.Scopes = seal.NewSecret("rk_live_0000000000000000000000"), []string{"refunds:write"}
		_, err := integration.Safe{Keyset: keyset}.Connect(tx, d)
		return err
	})
	var v rulebook.Version
	f.As(f.Grant(f.Acme, "ada", access.WriteRules), func(tx *db.Tx) (err error) {
		if v, err = rulebook.CreateRule(tx, rule.Body{Name: "Refunds", Actions: []string{"billing.refund"}, Effect: rule.RequireApproval, DecideWithin: 60,
			ExecuteWithin: 30, Stages: []rule.Stage{{Mode: rule.Quorum, Min: 2, Who: []rule.Approver{{Kind: rule.GroupKind, Ref: f.Acme.Billing.ID.String()}}}}}); err == nil {
			v, err = rulebook.SubmitRule(tx, v.RuleID, v.Edit, "")
		}
		return err
	})
	f.As(f.Grant(f.Acme, "max", access.WriteRules), func(tx *db.Tx) error {
		_, err := rulebook.PublishRule(tx, v.RuleID, v.Edit)
		return err
	})
}

// person is a browser in which somebody of Acme is signed in. Cookies know no ports, so it is
// signed in at every process.
type person struct {
	t      testing.TB
	client *http.Client
	csrf   string
}

// patient ends a call that nobody answers; a long-poll answers before.
const patient = 30 * time.Second

func (f *fleet) signIn(first string) *person {
	f.t.Helper()
	var session string
	id := f.Acme.People[first].PersonID
	g, err := access.Check(access.Actor{}, access.Public)
	must(f.t, err)
	f.As(g, func(tx *db.Tx) (err error) {
		session, err = identity.StartSession(tx, &id, true, "test", "127.0.0.1")
		return err
	})
	jar, _ := cookiejar.New(nil)
	jar.SetCookies(&url.URL{Scheme: "http", Host: "localhost"}, []*http.Cookie{{Name: "jexi", Value: session, Path: "/"}})
	return &person{f.t, &http.Client{Jar: jar, Timeout: patient, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, ""}
}

var token = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// get opens a page at a process.
func (b *person) get(at *process, path string) (status int, body string) {
	b.t.Helper()
	res, err := b.client.Get(at.url + path)
	must(b.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(b.t, err)
	if m := token.FindSubmatch(text); m != nil {
		b.csrf = string(m[1])
	}
	return res.StatusCode, string(text)
}

// post sends a form with the token of the last page; any process takes it.
func (b *person) post(at *process, path string, form url.Values) (int, error) {
	form.Set("csrf", b.csrf)
	if form.Get("operation") == "" {
		form.Set("operation", uuid.NewString())
	}
	res, err := b.client.PostForm(at.url+path, form)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

// answer is what the API says about a request.
type answer struct {
	ID       string
	Decision string
	Ticket   string
}

// call makes a call of Acme's agent to a process.
func (f *fleet) call(at *process, method, path, key, body string) (status int, a answer, err error) {
	req, err := http.NewRequest(method, at.url+"/api/v1/action-requests"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, a, err
	}
	req.Header = http.Header{"Authorization": {"Bearer " + f.Key()}, "Content-Type": {"application/json"}}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := (&http.Client{Timeout: patient}).Do(req)
	if err != nil {
		return 0, a, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode < 300 {
		err = json.Unmarshal(text, &a)
	}
	return res.StatusCode, a, err
}

// Key is the agent's secret.
func (f *fleet) Key() string { return f.Acme.Key }
