package mailer

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
)

// Message is one mail to one person. Everything but To, ID, Subject and Text may be empty.
type Message struct {
	ID       string // stable: the same for every attempt, unique among messages
	To       string // one bare address
	ToName   string
	FromName string // instead of the mailer's own name
	ReplyTo  string // one bare address
	Subject  string
	Text     string
	HTML     string
	Headers  map[string]string // further ones, such as List-Id
}

var (
	idForm     = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)
	headerForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)
	own        = []string{"from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id",
		"auto-submitted", "mime-version", "return-path", "resent-to", "resent-cc", "resent-bcc"}
)

// longestHeader is what one header line may hold after encoding of a generous subject.
const longestHeader = 900

func (m Message) check() error {
	switch {
	case !idForm.MatchString(m.ID):
		return invalid("id")
	case !bare(m.To):
		return invalid("recipient")
	case m.ReplyTo != "" && !bare(m.ReplyTo):
		return invalid("reply address")
	case control(m.ToName) || control(m.FromName):
		return invalid("name")
	case m.Subject == "" || control(m.Subject):
		return invalid("subject")
	case m.Text == "" || !utf8.ValidString(m.Text) || !utf8.ValidString(m.HTML):
		return invalid("text")
	}
	for name, value := range m.Headers {
		lower := strings.ToLower(name)
		if !headerForm.MatchString(name) || control(value) || slices.Contains(own, lower) || strings.HasPrefix(lower, "content-") {
			return invalid("header " + strings.Map(printable, name))
		}
	}
	return nil
}

func (m Message) build(from mail.Address) (*gomail.Msg, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	host, err := domain(from.Address)
	if err != nil {
		return nil, err
	}
	if m.FromName != "" {
		from.Name = m.FromName
	}
	out := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	out.FromMailAddress(&from)
	out.ToMailAddress(&mail.Address{Name: m.ToName, Address: m.To})
	if m.ReplyTo != "" {
		out.ReplyToMailAddress(&mail.Address{Address: m.ReplyTo})
	}
	out.Subject(m.Subject)
	out.SetDate()
	out.SetMessageIDWithValue(m.ID + "@" + host)
	out.SetGenHeader("Auto-Submitted", "auto-generated")
	for name, value := range m.Headers {
		out.SetGenHeader(gomail.Header(name), value)
	}
	out.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		out.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return out, nil
}

// bare tells whether s is exactly one address without a name.
func bare(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && !control(s) && len(s) <= 254 && !strings.ContainsAny(s, " \"\\")
}

func domain(address string) (string, error) {
	if !bare(address) {
		return "", invalid("sender")
	}
	return address[strings.LastIndexByte(address, '@')+1:], nil
}

// control tells whether s has anything that could end or hide a header line.
func control(s string) bool {
	return len(s) > longestHeader || !utf8.ValidString(s) ||
		strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' })
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return '?'
	}
	return r
}
