// Package handlers is the map of the portal: every route with its door and permission, and
// every job with its worker. The rooms below it answer; nothing here decides.
package handlers

import (
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/riverqueue/river"

	"github.com/jexi/portal/handlers/account"
	"github.com/jexi/portal/handlers/agentapi"
	"github.com/jexi/portal/handlers/approver"
	"github.com/jexi/portal/handlers/dev"
	"github.com/jexi/portal/handlers/mail"
	"github.com/jexi/portal/handlers/portal"
	"github.com/jexi/portal/internal/mailer"
	"github.com/jexi/portal/internal/mailer/mailbox"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/web"
)

// Tools are what the rooms need from outside, built once in cmd/portal.
type Tools struct {
	DB      *db.DB
	Hub     *db.Hub
	Base    *url.URL
	Keyset  seal.Keyset
	Signer  seal.Signer
	Mailer  *mailer.Mailer
	Mailbox *mailbox.Mailbox  // of the demo, nil elsewhere
	Agents  map[string]string // of the demo: secrets of its agents' tokens by workspace

	Approval approval.Room
}

// NewTools are the tools of a service; the demo adds its mailbox.
func NewTools(d *db.DB, base *url.URL, keyset seal.Keyset, signer seal.Signer, post *mailer.Mailer) Tools {
	return Tools{DB: d, Hub: db.NewHub(d), Base: base, Keyset: keyset, Signer: signer, Mailer: post,
		Approval: approval.Room{Signer: signer, Books: rulebook.NewBooks()}}
}

// rooms are the handler packages, each with exactly the tools it uses.
type rooms struct {
	account  account.Room
	agentapi agentapi.Room
	approver approver.Room
	dev      dev.Room
	portal   portal.Room
}

func (t Tools) rooms() rooms {
	return rooms{
		account:  account.Room{Credentials: identity.Credentials{Base: t.Base, Keyset: t.Keyset}},
		agentapi: agentapi.Room{Approval: t.Approval, Hub: t.Hub, Signer: t.Signer},
		approver: approver.Room{Approval: t.Approval},
		dev:      dev.NewRoom(t.Base, t.Mailbox, t.Agents),
		portal:   portal.Room{Integrations: integration.Safe{Keyset: t.Keyset}, Approval: t.Approval, Notary: audit.Notary{Signer: t.Signer}},
	}
}

// Workers do every kind of job.
func (t Tools) Workers() *river.Workers {
	post := mail.Post{DB: t.DB, Mailer: t.Mailer, Base: t.Base, Approval: t.Approval}
	w := river.NewWorkers()
	river.AddWorker(w, mail.SignIns(post))
	river.AddWorker(w, mail.Credentials(post))
	river.AddWorker(w, mail.Requests(post))
	river.AddWorker(w, mail.Invitations(post))
	river.AddWorker(w, mail.Growth(post))
	river.AddWorker(w, mail.Warnings(post))
	river.AddWorker(w, mail.Roundups(post))
	river.AddWorker(w, &audit.Checkpoints{DB: t.DB, Notary: audit.Notary{Signer: t.Signer}})
	river.AddWorker(w, workspace.CheckpointRounds(t.DB))
	river.AddWorker(w, &workspace.Sweeps{DB: t.DB})
	river.AddWorker(w, &approval.Deadlines{DB: t.DB, Room: t.Approval})
	river.AddWorker(w, &approval.Recounts{DB: t.DB})
	river.AddWorker(w, &rulebook.Publications{DB: t.DB})
	river.AddWorker(w, rulebook.GrowthRounds(t.DB))
	river.AddWorker(w, &rulebook.Growths{DB: t.DB})
	return w
}

// Periodic are the jobs that come by the clock.
func (t Tools) Periodic() []*river.PeriodicJob {
	return []*river.PeriodicJob{
		river.NewPeriodicJob(river.PeriodicInterval(time.Hour), func() (river.JobArgs, *river.InsertOpts) { return workspace.CheckpointRound{}, nil },
			&river.PeriodicJobOpts{ID: "checkpoints", RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(time.Hour), func() (river.JobArgs, *river.InsertOpts) { return workspace.Sweep{}, nil },
			&river.PeriodicJobOpts{ID: "retention", RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(24*time.Hour), func() (river.JobArgs, *river.InsertOpts) { return rulebook.GrowthRound{}, nil },
			&river.PeriodicJobOpts{ID: "growth", RunOnStart: true}),
	}
}

func healthy(c *web.Ctx) error {
	return c.Bytes(http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
}

func (t Tools) ready(c *web.Ctx) error {
	if err := t.DB.Ping(c.Context()); err != nil {
		c.Writer().Header().Set("Retry-After", "5")
		return c.Bytes(http.StatusServiceUnavailable, "text/plain; charset=utf-8", []byte("the database does not answer\n"))
	}
	return c.Bytes(http.StatusOK, "text/plain; charset=utf-8", []byte("ready\n"))
}

// App is the frame that serves the map.
func (t Tools) App(log *slog.Logger) *web.App {
	return &web.App{DB: t.DB, Log: log, Base: t.Base, Key: t.Signer.Derive("forms"), Demo: t.Mailbox != nil,
		FindLink: approval.LinkActor, FindInvitation: workspace.InvitedActor, Frame: portal.Frame}
}
