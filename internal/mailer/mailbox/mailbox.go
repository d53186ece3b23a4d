// Package mailbox is a real SMTP server in this process that keeps what it receives:
// the mailbox of the demo and the mail server of tests.
//
// It keeps the newest messages only, speaks plain SMTP on one address, and delivers nothing.
// Tests script its refusals per recipient.
package mailbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Keeps is how many messages a mailbox holds; older ones are dropped.
const Keeps = 1000

// Mail is a received message. ID is unique in its mailbox, also when a message came twice.
type Mail struct {
	ID        string      `json:"id"`
	At        time.Time   `json:"at"`
	To        string      `json:"to"`
	Subject   string      `json:"subject"`
	Text      string      `json:"text"`
	HTML      string      `json:"html"`
	Header    mail.Header `json:"-"`
	MessageID string      `json:"-"`
}

// Reply is a refusal as the server says it: code 4xx for later, 5xx for never.
type Reply struct {
	Code int
	Text string
}

func (r Reply) Error() string { return fmt.Sprintf("%d %s", r.Code, r.Text) }

// ErrCut as a refusal lets the message in and breaks the connection before saying so.
var ErrCut = errors.New("connection cut after the message")

// Mailbox receives until Close. It is safe for concurrent use.
type Mailbox struct {
	server   *smtp.Server
	listener net.Listener

	mu      sync.Mutex
	mails   []Mail // oldest first
	count   int
	refuse  func(rcpt string) error
	changed chan struct{} // closed and replaced at every message
}

// Start listens on addr; "127.0.0.1:0" takes any free port.
func Start(addr string) (*Mailbox, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	m := &Mailbox{listener: l, changed: make(chan struct{})}
	m.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{box: m, conn: c}, nil
	}))
	m.server.Domain = "mailbox.localhost"
	m.server.MaxMessageBytes = 10 << 20
	m.server.MaxRecipients = 100
	m.server.EnableSMTPUTF8 = true
	m.server.ReadTimeout, m.server.WriteTimeout = time.Minute, time.Minute
	go m.server.Serve(l)
	return m, nil
}

// URL is what a mailer is given to send here.
func (m *Mailbox) URL() string { return "smtp://" + m.listener.Addr().String() }

// Close stops receiving; what was received stays.
func (m *Mailbox) Close() error { return m.server.Close() }

// Refuse asks script about every recipient from now on; nil lets it pass. A Reply is answered
// as it is, ErrCut breaks the connection. Refuse(nil) accepts all.
func (m *Mailbox) Refuse(script func(rcpt string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = script
}

// List gives the kept messages, newest first.
func (m *Mailbox) List() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]Mail, 0, len(m.mails))
	for i := len(m.mails) - 1; i >= 0; i-- {
		out = append(out, m.mails[i])
	}
	return out
}

// Wait gives the newest message that matches, waiting for one until ctx ends.
func (m *Mailbox) Wait(ctx context.Context, matches func(Mail) bool) (Mail, error) {
	for {
		m.mu.Lock()
		changed := m.changed
		m.mu.Unlock()
		for _, got := range m.List() {
			if matches(got) {
				return got, nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Mail{}, fmt.Errorf("no such mail among %d: %w", len(m.List()), ctx.Err())
		}
	}
}

func (m *Mailbox) verdict(rcpt string) error {
	m.mu.Lock()
	script := m.refuse
	m.mu.Unlock()
	if script == nil {
		return nil
	}
	return script(rcpt)
}

func (m *Mailbox) keep(got Mail) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count++
	got.ID, got.At = fmt.Sprint(m.count), time.Now().UTC()
	m.mails = append(m.mails, got)
	if len(m.mails) > Keeps {
		m.mails = append([]Mail(nil), m.mails[len(m.mails)-Keeps:]...)
	}
	close(m.changed)
	m.changed = make(chan struct{})
}
