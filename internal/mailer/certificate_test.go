package mailer_test

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/jexi/portal/internal/mailer"
)

// A server with a certificate that nobody vouches for gets no mail, neither by STARTTLS nor when it
// speaks TLS from the start.
func TestAServerThatNobodyVouchesForGetsNoMail(t *testing.T) {
	web := httptest.NewTLSServer(nil)
	t.Cleanup(web.Close)
	var got letters
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &got, nil }))
	server.ErrorLog = log.New(io.Discard, "", 0)
	server.TLSConfig = &tls.Config{Certificates: web.TLS.Certificates}
	t.Cleanup(func() { server.Close() })
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	secure, err := tls.Listen("tcp", "127.0.0.1:0", server.TLSConfig)
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(plain)
	go server.Serve(secure)
	for _, url := range []string{"smtp://" + plain.Addr().String() + "?tls=required", "smtps://" + secure.Addr().String()} {
		m, err := mailer.New(url, sender)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Send(t.Context(), letter()); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: %v", url, err)
		}
		m.Close()
	}
	if got.n.Load() != 0 {
		t.Error("it got a mail")
	}
}

// letters counts what a server is asked to take.
type letters struct{ n atomic.Int64 }

func (l *letters) Mail(string, *smtp.MailOptions) error { l.n.Add(1); return nil }
func (l *letters) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (l *letters) Data(r io.Reader) error               { _, err := io.Copy(io.Discard, r); return err }
func (l *letters) Reset()                               {}
func (l *letters) Logout() error                        { return nil }
