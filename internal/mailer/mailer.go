// Package mailer sends one message to one recipient over SMTP.
//
// It promises that nothing typed by a person can add a header or a recipient, that a message
// keeps its Message-ID when it is sent again, and that an error tells whether trying again
// makes sense (Permanent). It knows no templates and no queue.
// Files: mailer (connections), message (what is sent), refusal (what went wrong).
package mailer

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

const (
	patience = 30 * time.Second // for one step of the conversation
	idle     = 4                // connections kept open between messages
)

// Mailer sends through one server. It is safe for concurrent use.
type Mailer struct {
	client *gomail.Client
	from   mail.Address
	idle   chan *smtp.Client
}

// New reads smtp://user:password@host:port (STARTTLS is required, except on this machine or
// with ?tls=none) or smtps://… (TLS from the start). It does not connect yet.
// Errors never show the address, since it may hold a password.
func New(address string, from mail.Address) (*Mailer, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("mail server: not an smtp:// or smtps:// address with a host")
	}
	if _, err := domain(from.Address); err != nil || control(from.Name) {
		return nil, fmt.Errorf("mail server: %q cannot be a sender", from.Address)
	}
	options, err := security(u)
	if err != nil {
		return nil, err
	}
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	client, err := gomail.NewClient(u.Hostname(), append(options, gomail.WithTimeout(patience))...)
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	return &Mailer{client: client, from: from, idle: make(chan *smtp.Client, idle)}, nil
}

func security(u *url.URL) ([]gomail.Option, error) {
	policy, port := gomail.TLSMandatory, 587
	switch u.Query().Get("tls") {
	case "":
		if loopback(u.Hostname()) {
			policy = gomail.NoTLS
		}
	case "none":
		policy = gomail.NoTLS
	case "required":
	default:
		return nil, errors.New("mail server: tls may be none or required")
	}
	options := []gomail.Option{gomail.WithTLSPolicy(policy)}
	if u.Scheme == "smtps" {
		options, port = []gomail.Option{gomail.WithSSL()}, 465
	}
	if u.Port() != "" {
		var err error
		if port, err = strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
			return nil, errors.New("mail server: the port is not a number from 1 to 65535")
		}
	}
	return append(options, gomail.WithPort(port)), nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Send hands the message to the server. When it returns nil the server has taken it. After an
// error that is not Permanent the server may or may not have it: send it again, it keeps its id.
func (m *Mailer) Send(ctx context.Context, msg Message) error {
	built, err := msg.build(m.from)
	if err != nil {
		return err
	}
	for {
		conn, kept, err := m.connection(ctx)
		if err != nil {
			return fmt.Errorf("mail server: %w", err)
		}
		err = m.sendOn(ctx, conn, built)
		if kept && gone(err) {
			continue
		}
		return err
	}
}

// connection takes a kept connection or makes a new one.
func (m *Mailer) connection(ctx context.Context) (conn *smtp.Client, kept bool, err error) {
	select {
	case conn = <-m.idle:
		return conn, true, nil
	default:
		conn, err = m.dial(ctx)
		return conn, false, err
	}
}

// dial ends with ctx, although the library waits for a silent server as long as its patience
// lasts; a connection that comes too late is closed.
func (m *Mailer) dial(ctx context.Context) (*smtp.Client, error) {
	type result struct {
		conn *smtp.Client
		err  error
	}
	done := make(chan result, 1)
	go func() {
		conn, err := m.client.DialToSMTPClientWithContext(ctx)
		done <- result{conn, err}
	}()
	select {
	case r := <-done:
		return r.conn, r.err
	case <-ctx.Done():
		go func() {
			if r := <-done; r.err == nil {
				r.conn.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

func (m *Mailer) sendOn(ctx context.Context, conn *smtp.Client, built *gomail.Msg) error {
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	err := m.client.SendWithSMTPClient(conn, built)
	if stop() && (err == nil || refused(err)) {
		m.keep(conn)
	} else {
		conn.Close()
	}
	if built.IsDelivered() {
		return nil // taken by the server; what failed came after it
	}
	return classify(err)
}

func (m *Mailer) keep(conn *smtp.Client) {
	select {
	case m.idle <- conn:
	default:
		m.client.CloseWithSMTPClient(conn)
	}
}

// Close ends the kept connections. Messages being sent are finished.
func (m *Mailer) Close() {
	for {
		select {
		case conn := <-m.idle:
			m.client.CloseWithSMTPClient(conn)
		default:
			return
		}
	}
}
