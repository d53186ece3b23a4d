package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/jexi/portal/handlers"
	"github.com/jexi/portal/internal/mailer"
	"github.com/jexi/portal/internal/mailer/mailbox"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/web"
)

// settings are what a service is built from, by serve out of the environment and by demo by itself.
type settings struct {
	appDSN  string
	base    *url.URL
	addr    string
	metrics string
	smtp    string
	from    mail.Address
	keyset  string
	signing string
	proxies []string
	mailbox *mailbox.Mailbox // of the demo
	drift   func() time.Duration
	log     *slog.Logger
}

// service is the running portal, built by hand from top to bottom.
type service struct {
	settings
	db     *db.DB
	tools  handlers.Tools
	app    *web.App
	worker *db.Worker
	reg    *prometheus.Registry
}

func build(ctx context.Context, s settings) (*service, error) {
	v := &service{settings: s, reg: prometheus.NewRegistry()}
	var err error
	if v.db, err = db.Open(ctx, s.appDSN, db.Options{Log: s.log, Drift: s.drift}); err != nil {
		return nil, unreachable(err)
	}
	keyset, err := seal.ParseKeyset(s.keyset)
	if err != nil {
		return nil, wrongUse("PORTAL_KEYSET: %w", err)
	}
	signer, err := seal.ParseSigner(s.signing)
	if err != nil {
		return nil, wrongUse("PORTAL_SIGNING_KEY: %w", err)
	}
	post, err := mailer.New(s.smtp, s.from)
	if err != nil {
		return nil, wrongUse("PORTAL_SMTP_URL: %w", err)
	}
	v.tools = handlers.NewTools(v.db, s.base, keyset, signer, post)
	v.tools.Mailbox = s.mailbox
	v.app = v.tools.App(s.log)
	v.app.Proxies = s.proxies
	v.app.Metrics = web.NewMetrics(v.reg)
	v.reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	v.worker, err = v.db.NewWorker(v.tools.Workers(), v.tools.Periodic())
	return v, err
}

// drain is how long a stop waits for requests and jobs.
const drain = 25 * time.Second

// run serves the roles until ctx ends, then takes no new work and lets the running end.
// ready is called once everything listens.
func (v *service) run(ctx context.Context, web, work bool, ready func()) error {
	defer v.db.Close()
	signal.Ignore(syscall.SIGPIPE) // whoever reads the log may be gone; the portal goes on without
	listening, stopListening := context.WithCancel(context.WithoutCancel(ctx))
	defer stopListening()
	failed := make(chan error, 2)
	var servers []*http.Server
	if web {
		go v.tools.Hub.Run(listening)
		srv, err := listen(v.addr, v.handler(), failed)
		if err != nil {
			return err
		}
		servers = append(servers, srv)
	}
	if v.metrics != "" {
		srv, err := listen(v.metrics, v.metricsHandler(), failed)
		if err != nil {
			return err
		}
		servers = append(servers, srv)
	}
	if work {
		if err := v.worker.Start(ctx); err != nil {
			return fmt.Errorf("worker: %w", err)
		}
	}
	ready()
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	v.stop(servers, work)
	return err
}

func (v *service) stop(servers []*http.Server, work bool) {
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	v.tools.Hub.Close() // long-polls answer at once
	for _, s := range servers {
		if err := s.Shutdown(ctx); err != nil {
			v.log.Warn("a request was cut off", "error", err)
		}
	}
	if work {
		if err := v.worker.Stop(ctx); err != nil {
			v.log.Warn("a job was handed back", "error", err)
		}
	}
}

func (v *service) handler() http.Handler { return v.app.Handler(handlers.Map(v.tools)) }

func (v *service) metricsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(v.reg, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := v.db.Ping(r.Context()); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	return mux
}

func listen(addr string, h http.Handler, failed chan<- error) (*http.Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: is another portal running there? (%w)", addr, err)
	}
	srv := web.Server(h)
	go func() {
		if err := srv.Serve(l); err != http.ErrServerClosed {
			failed <- err
		}
	}()
	return srv, nil
}

func logger(format string) *slog.Logger {
	utc := &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Time(a.Key, a.Value.Time().UTC())
		}
		return a
	}}
	if format == "text" {
		return slog.New(slog.NewTextHandler(os.Stderr, utc))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, utc))
}
