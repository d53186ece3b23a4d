package mailer

import (
	"errors"
	"fmt"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// Refusal is an answer that no repetition will change, or that may change later.
type Refusal struct {
	Code      int    // of the server, 0 if the message never left
	Text      string // for the delivery log: one line, at most 200 characters
	permanent bool
}

func (r *Refusal) Error() string {
	if r.Code == 0 {
		return "mail not sent: " + r.Text
	}
	return fmt.Sprintf("mail refused with %d: %s", r.Code, r.Text)
}

// Permanent tells that sending this message again is useless: the server refused recipient or
// content with 5xx, or the message itself is unfit. Everything else is worth another try.
func Permanent(err error) bool {
	var r *Refusal
	return errors.As(err, &r) && r.permanent
}

func invalid(what string) error {
	return &Refusal{Text: "the " + what + " is not usable", permanent: true}
}

// classify counts 5xx as permanent only as an answer to recipient or content: to the sender's
// address or to signing in it is our own fault, and cured without changing the message.
func classify(err error) error {
	var s *gomail.SendError
	if err == nil || !errors.As(err, &s) || s.ErrorCode() == 0 || gone(err) {
		return err
	}
	about := s.Reason == gomail.ErrSMTPRcptTo || s.Reason == gomail.ErrSMTPData || s.Reason == gomail.ErrSMTPDataClose
	return &Refusal{Code: s.ErrorCode(), Text: words(s), permanent: about && s.ErrorCode() >= 500}
}

// refused tells that the server answered, so that the connection is still good.
func refused(err error) bool {
	var s *gomail.SendError
	return errors.As(err, &s) && s.Reason == gomail.ErrSMTPRcptTo && s.ErrorCode() != 0 && s.ErrorCode() != 421
}

// gone tells that a kept connection had ended before anything was sent on it.
func gone(err error) bool {
	var s *gomail.SendError
	return errors.As(err, &s) && s.Reason == gomail.ErrConnCheck
}

// words is what the server said, without what go-mail puts around it: the step, the code,
// and the recipient, who has no place in a log.
func words(s *gomail.SendError) string {
	_, text, _ := strings.Cut(s.Error(), ": ")
	text, _, _ = strings.Cut(text, ", affected ")
	text = strings.Trim(strings.TrimPrefix(text, fmt.Sprint(s.ErrorCode())), ` "`)
	text = strings.Map(printable, text)
	return text[:min(len(text), 200)]
}
