package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/jexi/portal/handlers"
	"github.com/jexi/portal/internal/embedpg"
	"github.com/jexi/portal/internal/mailer"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rule/condition"
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/web"
)

// world is a portal over a database with a large and a small workspace, and a bare pool beside it.
type world struct {
	server   *embedpg.Server
	owner    string // address as the owner of everything
	app      string // address as the portal
	gate     *db.DB
	bare     *pgxpool.Pool // as the owner: no row-level security, no portal
	url      string
	web      *http.Server
	tools    handlers.Tools
	big      place
	small    place
	throwing string // folder to remove in the end

	postmaster int // the database server's process
}

// place is one workspace.
type place struct {
	ID      uuid.UUID
	Slug    string
	Owner   uuid.UUID
	Session string   // the Owner's
	Keys    []string // of as many agents as there are connections: each has a limit of calls
}

const few = 10_000 // requests in the small workspace

func openWorld(ctx context.Context, s settings) (w *world, err error) {
	w = &world{}
	dir := s.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "bench"); err != nil {
			return nil, err
		}
		w.throwing = dir
	}
	w.server, err = embedpg.Start(ctx, embedpg.Options{Dir: filepath.Join(dir, "postgres"), Fast: s.fast, Stderr: os.Stderr,
		Settings: map[string]string{"shared_buffers": "1GB", "max_wal_size": "4GB", "jit": "off"}})
	if err != nil {
		return nil, err
	}
	w.postmaster = findPostmaster(filepath.Join(dir, "postgres"))
	if err := w.migrate(ctx); err != nil {
		w.close()
		return nil, err
	}
	if err := w.settle(ctx, s, filepath.Join(dir, "places.json")); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *world) migrate(ctx context.Context) (err error) {
	if err := db.Create(ctx, w.server.DSN("postgres"), "portal"); err != nil {
		return err
	}
	w.owner = w.server.DSN("portal")
	if err := db.Migrate(ctx, w.owner); err != nil {
		return err
	}
	if w.app, err = db.AppDSN(w.owner); err != nil {
		return err
	}
	if w.gate, err = db.Open(ctx, w.app, db.Options{}); err != nil {
		return err
	}
	cfg, err := pgxpool.ParseConfig(w.owner)
	if err != nil {
		return err
	}
	cfg.MaxConns = 8 // as the portal's
	w.bare, err = pgxpool.NewWithConfig(ctx, cfg)
	return err
}

// settle makes the workspaces or finds those of an earlier run, then opens the portal's doors.
func (w *world) settle(ctx context.Context, s settings, kept string) error {
	if err := w.serve(); err != nil {
		return err
	}
	var places [2]place
	if text, err := os.ReadFile(kept); err == nil && json.Unmarshal(text, &places) == nil {
		w.big, w.small = places[0], places[1]
		return w.signIn(ctx)
	}
	var err error
	if w.big, err = w.found(ctx, "bigco", s.rows); err != nil {
		return err
	}
	if w.small, err = w.found(ctx, "smallco", few); err != nil {
		return err
	}
	if _, err := w.bare.Exec(ctx, "vacuum analyze"); err != nil {
		return err
	}
	text, err := json.Marshal([2]place{w.big, w.small})
	if err != nil {
		return err
	}
	if err := os.WriteFile(kept, text, 0o600); err != nil {
		return err
	}
	return w.signIn(ctx)
}

func (w *world) serve() error {
	encoded, err := seal.NewKeyset()
	if err != nil {
		return err
	}
	keyset, err := seal.ParseKeyset(encoded)
	if err != nil {
		return err
	}
	signer, err := seal.ParseSigner(seal.NewSigningKey())
	if err != nil {
		return err
	}
	post, err := mailer.New("smtp://127.0.0.1:1", mail.Address{Address: "portal@jexi.example"})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	base := &url.URL{Scheme: "http", Host: l.Addr().String()}
	w.tools = handlers.NewTools(w.gate, base, keyset, signer, post)
	app := w.tools.App(slog.New(slog.NewJSONHandler(io.Discard, nil)))
	app.Metrics = web.NewMetrics(prometheus.NewRegistry())
	w.url, w.web = base.String(), web.Server(app.Handler(handlers.Map(w.tools)))
	go w.web.Serve(l)
	return nil
}

func (w *world) close() {
	if w.web != nil {
		w.web.Close()
	}
	if w.gate != nil {
		w.gate.Close()
	}
	if w.bare != nil {
		w.bare.Close()
	}
	if err := w.server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	if w.throwing != "" {
		os.RemoveAll(w.throwing)
	}
}

// found makes a workspace with rules, a connection and this many requests.
func (w *world) found(ctx context.Context, slug string, requests int) (p place, err error) {
	fmt.Fprintf(os.Stderr, "making %s with %d requests …\n", slug, requests)
	p = place{ID: uuid.New(), Slug: slug}
	var agent identity.Token
	err = w.gate.In(ctx, access.ForSystem(p.ID, "bench"), func(tx *db.Tx) error {
		_, err := workspace.Create(tx, workspace.Draft{Name: slug, Slug: slug, OwnerEmail: "ada@" + slug + ".example", OwnerName: "Ada Okafor"})
		if err != nil {
			return err
		}
		ann, err := workspace.Join(tx, "ann@"+slug+".example", "Ann Keller", access.Approver)
		if err != nil {
			return err
		}
		ada, err := workspace.Join(tx, "ada@"+slug+".example", "Ada Okafor", access.Owner) // as Create did
		if err != nil {
			return err
		}
		p.Owner = ada.PersonID
		group, err := workspace.CreateGroup(tx, workspace.GroupDraft{Name: "Billing", Members: []uuid.UUID{ann.PersonID, p.Owner}})
		if err != nil {
			return err
		}
		if err := publish(tx, group.ID); err != nil {
			return err
		}
		if err := w.connect(tx, p.Owner); err != nil {
			return err
		}
		var scopes []string
		for _, x := range access.TokenScopes {
			scopes = append(scopes, string(x))
		}
		for n := range connections {
			var key string
			agent, key, err = identity.CreateToken(tx, identity.TokenDraft{Name: fmt.Sprintf("agent %d", n), Scopes: scopes, Days: 90})
			if err != nil {
				return err
			}
			p.Keys = append(p.Keys, key)
		}
		return nil
	})
	if err != nil {
		return p, err
	}
	return p, w.fill(ctx, p, agent, requests)
}

// publish makes 50 live rules, of which three or so are about any one kind of action.
func publish(tx *db.Tx, group uuid.UUID) error {
	types := catalog.Types()
	for n := range 50 {
		body := rule.Body{Name: fmt.Sprintf("Rule %d", n), Actions: []string{types[n%len(types)].Key}, Effect: rule.RequireApproval,
			DecideWithin: 240, ExecuteWithin: 30, Where: condition.Condition{Field: "confidence", Op: condition.Less, Value: condition.Text(fmt.Sprintf("0.%02d", n+1))},
			Stages: []rule.Stage{{Mode: rule.Quorum, Min: 1, Who: []rule.Approver{{Kind: rule.GroupKind, Ref: group.String()}}}}}
		if n == 0 {
			body.Name, body.Actions = "Refunds over 50 EUR", []string{"billing.refund"}
			body.Where = condition.Condition{Field: "params.amount", Op: condition.More, Value: condition.Cash("50.00", "EUR")}
		}
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		id := uuid.New()
		if err := tx.Gorm().Exec("insert into rules (workspace_id, id, name, created_at) values (?, ?, ?, ?)", tx.Workspace(), id, body.Name, tx.Now()).Error; err != nil {
			return err
		}
		err = tx.Gorm().Exec("insert into rule_versions (workspace_id, rule_id, n, state, body, edited_at, published_at) values (?, ?, 1, 'live', ?, ?, ?)",
			tx.Workspace(), id, string(text), tx.Now(), tx.Now()).Error
		if err != nil {
			return err
		}
	}
	return tx.Gorm().Exec("update workspaces set rules_edition = 1 where workspace_id = ?", tx.Workspace()).Error
}

func (w *world) connect(tx *db.Tx, owner uuid.UUID) error {
	k, ok := catalog.FindKind("whmcs")
	if !ok {
		return fmt.Errorf("no kind whmcs")
	}
	d := integration.NewDraft(k, owner)
	d.Settings, d.Scopes = map[string]string{}, nil
	for _, f := range k.Fields {
		if f.Secret {
			d.Key = seal.NewSecret("key-that-opens-nothing-at-all")
		} else {
			d.Settings[f.Name] = f.Example
		}
	}
	for _, x := range k.Scopes {
		d.Scopes = append(d.Scopes, x.Name)
	}
	_, err := integration.Safe{Keyset: w.tools.Keyset}.Connect(tx, d)
	return err
}

// fill multiplies one request that was really submitted: three of four were allowed, the others
// decided by a person, a few not in time, over the last 300 days.
func (w *world) fill(ctx context.Context, p place, agent identity.Token, requests int) error {
	grant, err := access.Check(access.Actor{Kind: access.Token, ID: agent.ID, Name: agent.Name, Workspace: p.ID, Scopes: access.TokenScopes}, access.RequestActions)
	if err != nil {
		return err
	}
	var first approval.Request
	err = w.gate.In(ctx, grant, func(tx *db.Tx) error {
		first, _, err = w.tools.Approval.Submit(tx, approval.Ask{Type: "billing.refund", Params: params("184.00", "1"), Workflow: "billing-desk",
			OnBehalfOf: catalog.Subject{Kind: "client", Ref: "C-1001", TicketRef: "T-1"}, Explanation: "The client was charged twice for the same month."})
		return err
	})
	if err != nil {
		return err
	}
	columns, values, err := w.columns(ctx)
	if err != nil {
		return err
	}
	_, err = w.bare.Exec(ctx, "insert into action_requests ("+columns+") select "+values+` from generate_series(2, $3::bigint + 1) n
		join action_requests r on r.workspace_id = $1 and r.id = $2`, p.ID, first.ID, requests)
	if err != nil {
		return err
	}
	_, err = w.bare.Exec(ctx, "update workspaces set request_count = $2 where workspace_id = $1", p.ID, requests+1)
	return err
}

// columns are those of a request, and what stands in them for the n-th: as in the one that was
// submitted, but where they must differ.
func (w *world) columns(ctx context.Context) (columns, values string, err error) {
	differ := map[string]string{
		"id": "gen_random_uuid()", "ref": "n", "digest": "'sha256:' || md5(n::text) || md5(n::text || 'b')",
		"fingerprint": "decode(md5(n::text), 'hex')",
		"state":       "case when n % 4 > 0 then 'allowed' when n % 64 = 0 then 'expired' else 'succeeded' end",
		"proof":       "case when n % 4 > 0 then 0 else r.proof end",
		"created_at":  "now() - ($3::bigint + 2 - n) * (interval '300 days' / $3)",
		"decided_at":  "case when n % 4 = 0 then now() - ($3::bigint + 2 - n) * (interval '300 days' / $3) end",
		"decided_by":  "case when n % 4 = 0 and n % 64 > 0 then 'Ann Keller' else '' end",
	}
	rows, err := w.bare.Query(ctx, `select attname from pg_attribute where attrelid = 'action_requests'::regclass
		and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`)
	if err != nil {
		return "", "", err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", "", err
	}
	for i, name := range names {
		value, ok := differ[name]
		if !ok {
			value = "r." + name
		}
		if i > 0 {
			columns, values = columns+", ", values+", "
		}
		columns, values = columns+name, values+value
	}
	return columns, values, nil
}

func params(amount, invoice string) json.RawMessage {
	return json.RawMessage(`{"amount":"` + amount + `","currency":"EUR","client_id":"C-1001","invoice_id":"` + invoice + `"}`)
}

// signIn starts a session of each Owner.
func (w *world) signIn(ctx context.Context) error {
	for _, p := range []*place{&w.big, &w.small} {
		g, err := access.Check(access.Actor{}, access.Public)
		if err != nil {
			return err
		}
		err = w.gate.In(ctx, g, func(tx *db.Tx) error {
			p.Session, err = identity.StartSession(tx, &p.Owner, true, "bench", "127.0.0.1")
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
