package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"

	message "github.com/emersion/go-message/mail"
	"github.com/emersion/go-smtp"
)

// session is one SMTP connection.
type session struct {
	box  *Mailbox
	conn *smtp.Conn
	to   []string
	cut  bool
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Reset()                               { s.to, s.cut = nil, false }
func (s *session) Logout() error                        { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	err := s.box.verdict(to)
	var reply Reply
	switch {
	case errors.Is(err, ErrCut):
		s.cut = true
	case errors.As(err, &reply):
		return &smtp.SMTPError{Code: reply.Code, EnhancedCode: smtp.NoEnhancedCode, Message: reply.Text}
	case err != nil:
		return err
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	got, err := parse(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.NoEnhancedCode, Message: "unreadable message: " + err.Error()}
	}
	for _, to := range s.to {
		got.To = to
		s.box.keep(got)
	}
	if s.cut {
		s.conn.Conn().Close()
	}
	return nil
}

func parse(raw []byte) (Mail, error) {
	plain, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Mail{}, fmt.Errorf("header: %w", err)
	}
	got := Mail{Header: plain.Header, MessageID: strings.Trim(plain.Header.Get("Message-Id"), "<> ")}
	r, err := message.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return Mail{}, fmt.Errorf("body: %w", err)
	}
	if got.Subject, err = r.Header.Subject(); err != nil {
		return Mail{}, fmt.Errorf("subject: %w", err)
	}
	for {
		part, err := r.NextPart()
		if err == io.EOF {
			return got, nil
		}
		if err != nil {
			return Mail{}, fmt.Errorf("part: %w", err)
		}
		if err := got.take(part); err != nil {
			return Mail{}, err
		}
	}
}

// take keeps the first plain and the first HTML part; attachments are dropped.
func (m *Mail) take(part *message.Part) error {
	inline, ok := part.Header.(*message.InlineHeader)
	if !ok {
		return nil
	}
	body, err := io.ReadAll(part.Body)
	if err != nil {
		return fmt.Errorf("part: %w", err)
	}
	kind, _, _ := inline.ContentType()
	text := strings.ReplaceAll(string(body), "\r\n", "\n")
	switch {
	case kind == "text/html" && m.HTML == "":
		m.HTML = text
	case kind != "text/html" && m.Text == "":
		m.Text = text
	}
	return nil
}
