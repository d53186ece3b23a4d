package mailer_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jexi/portal/internal/mailer"
	"github.com/jexi/portal/internal/mailer/mailbox"
)

var sender = mail.Address{Name: "Jexi", Address: "portal@jexi.example"}

func world(t *testing.T) (*mailbox.Mailbox, *mailer.Mailer) {
	t.Helper()
	box, err := mailbox.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m, err := mailer.New(box.URL(), sender)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close(); box.Close() })
	return box, m
}

func letter() mailer.Message {
	return mailer.Message{ID: "m-1", To: "ann@acme.example", ToName: "Änn Ω", FromName: "Northmoor by Jexi",
		ReplyTo: "help@acme.example", Subject: "Refund 184,00 € – decide", Text: "Hello Änn\n.\nhttp://x/" + strings.Repeat("a", 90) + "\n",
		HTML: "<p>Hello Änn</p>", Headers: map[string]string{"List-Id": "<requests.jexi.example>"}}
}

func TestAMessageArrivesAsItWasWritten(t *testing.T) {
	box, m := world(t)
	sent := letter()
	if err := m.Send(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	got := box.List()[0]
	if got.To != sent.To || got.Subject != sent.Subject || got.HTML != sent.HTML || got.MessageID != "m-1@jexi.example" {
		t.Errorf("%+v", got)
	}
	if strings.TrimSpace(got.Text) != strings.TrimSpace(sent.Text) {
		t.Errorf("text is %q, want %q", got.Text, sent.Text)
	}
	for name, want := range map[string]string{"Auto-Submitted": "auto-generated", "List-Id": "<requests.jexi.example>",
		"X-Mailer": "", "User-Agent": "", "Bcc": ""} {
		if got.Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
		}
	}
	for name, want := range map[string]string{"From": `"Northmoor by Jexi" <portal@jexi.example>`, "Reply-To": "<help@acme.example>"} {
		if list, err := got.Header.AddressList(name); err != nil || len(list) != 1 || list[0].String() != want {
			t.Errorf("%s is %v, %v", name, list, err)
		}
	}
	if to, err := got.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Name != "Änn Ω" {
		t.Errorf("To is %v, %v", to, err)
	}
}

func TestNothingTypedAddsAHeaderOrARecipient(t *testing.T) {
	box, m := world(t)
	for i, change := range []func(*mailer.Message){
		func(l *mailer.Message) { l.Subject = "Hi\r\nBcc: eve@evil.example" },
		func(l *mailer.Message) { l.Subject = "Hi\nthere" },
		func(l *mailer.Message) { l.Subject = "Hi\u2028there" },
		func(l *mailer.Message) { l.Subject = "nul \x00" },
		func(l *mailer.Message) { l.Subject = "" },
		func(l *mailer.Message) { l.Subject = strings.Repeat("x", 10000) },
		func(l *mailer.Message) { l.ToName = "Ann\r\nBcc: eve@evil.example" },
		func(l *mailer.Message) { l.FromName = "A\u0085B" },
		func(l *mailer.Message) { l.To = "ann@acme.example\r\nBcc: eve@evil.example" },
		func(l *mailer.Message) { l.To = "ann@acme.example, eve@evil.example" },
		func(l *mailer.Message) { l.To = "Ann <ann@acme.example>" },
		func(l *mailer.Message) { l.To = "<ann@acme.example>" },
		func(l *mailer.Message) { l.To = "ann" },
		func(l *mailer.Message) { l.To = "" },
		func(l *mailer.Message) { l.To = `"a b"@acme.example` },
		func(l *mailer.Message) { l.ReplyTo = "a@b.example>\r\nX: y" },
		func(l *mailer.Message) { l.ID = "x>\r\nX: y" },
		func(l *mailer.Message) { l.ID = "" },
		func(l *mailer.Message) { l.Text = "" },
		func(l *mailer.Message) { l.Text = "\xff" },
		func(l *mailer.Message) { l.Headers = map[string]string{"X-A\r\nBcc": "eve@evil.example"} },
		func(l *mailer.Message) { l.Headers = map[string]string{"X-A": "1\r\nBcc: eve@evil.example"} },
		func(l *mailer.Message) { l.Headers = map[string]string{"bcc": "eve@evil.example"} },
		func(l *mailer.Message) { l.Headers = map[string]string{"Content-Type": "text/html"} },
	} {
		l := letter()
		change(&l)
		if err := m.Send(t.Context(), l); !mailer.Permanent(err) || !strings.Contains(err.Error(), "is not usable") {
			t.Errorf("case %d is not refused before it is sent: %v", i, err)
		}
	}
	if n := len(box.List()); n != 0 {
		t.Errorf("%d messages left", n)
	}
}

func FuzzHeadersStayOneLineEach(f *testing.F) {
	f.Add("Hello", "Ann", "x")
	f.Add("Hi\r\nBcc: e@evil.example", "=?utf-8?q?=0D=0ABcc:_e@evil.example?=", "a")
	box, err := mailbox.Start("127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	m, err := mailer.New(box.URL(), sender)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { m.Close(); box.Close() })
	f.Fuzz(func(t *testing.T, subject, name, header string) {
		l := letter()
		l.Subject, l.ToName, l.FromName, l.Headers = subject, name, name, map[string]string{"X-Note": header}
		if m.Send(t.Context(), l) != nil {
			return
		}
		got := box.List()[0]
		for key := range got.Header {
			if !strings.Contains(" From To Reply-To Subject Date Message-Id Auto-Submitted X-Note Mime-Version Content-Type Content-Transfer-Encoding ", " "+key+" ") {
				t.Errorf("there is a header %q", key)
			}
		}
		for _, key := range []string{"From", "To"} {
			if list, err := got.Header.AddressList(key); err != nil || len(list) != 1 {
				t.Errorf("%s is %q: %v", key, got.Header.Get(key), err)
			}
		}
	})
}

func TestARefusalTellsWhetherToTryAgain(t *testing.T) {
	box, m := world(t)
	box.Refuse(func(rcpt string) error {
		switch rcpt {
		case "gone@acme.example":
			return mailbox.Reply{Code: 550, Text: "no such person"}
		case "full@acme.example":
			return mailbox.Reply{Code: 452, Text: "greylisted, later"}
		case "cut@acme.example":
			return mailbox.ErrCut
		}
		return nil
	})
	for _, c := range []struct {
		to        string
		permanent bool
		says      string
	}{{"gone@acme.example", true, "550: no such person"}, {"full@acme.example", false, "452: greylisted, later"}, {"cut@acme.example", false, ""}} {
		l := letter()
		l.To = c.to
		err := m.Send(t.Context(), l)
		if err == nil || mailer.Permanent(err) != c.permanent || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, permanent is %v", c.to, err, mailer.Permanent(err))
		}
		if err != nil && strings.Contains(err.Error(), c.to) {
			t.Errorf("the error names the recipient: %v", err)
		}
	}
	if err := m.Send(t.Context(), letter()); err != nil {
		t.Errorf("after refusals a good message fails: %v", err)
	}
}

func TestAfterACutTheMessageIsSentAgainUnderTheSameID(t *testing.T) {
	box, m := world(t)
	box.Refuse(func(string) error { return mailbox.ErrCut })
	if err := m.Send(t.Context(), letter()); err == nil || mailer.Permanent(err) {
		t.Fatalf("the cut is told as %v", err)
	}
	box.Refuse(nil)
	if err := m.Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	got := box.List()
	if len(got) != 2 || got[0].MessageID != got[1].MessageID || got[0].ID == got[1].ID {
		t.Fatalf("%+v", got)
	}
}

func restarted(t *testing.T, box *mailbox.Mailbox) *mailbox.Mailbox {
	t.Helper()
	box.Close()
	again, err := mailbox.Start(strings.TrimPrefix(box.URL(), "smtp://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { again.Close() })
	return again
}

func TestAServerThatRestartedIsFoundAgain(t *testing.T) {
	box, m := world(t)
	if err := m.Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	again := restarted(t, box)
	if err := m.Send(t.Context(), letter()); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	again.Close()
	if err := m.Send(t.Context(), letter()); err == nil || mailer.Permanent(err) {
		t.Errorf("without a server: %v", err)
	}
	restarted(t, again)
	if err := m.Send(t.Context(), letter()); err != nil {
		t.Errorf("after its return: %v", err)
	}
}

func TestASilentServerEndsWithTheContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m, err := mailer.New("smtp://"+l.Addr().String(), sender)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := m.Send(ctx, letter()); err == nil || mailer.Permanent(err) {
		t.Fatalf("a silent server: %v", err)
	}
}

// hangsUp answers one connection line by line and then closes it.
func hangsUp(t *testing.T, answers ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		in := bufio.NewScanner(c)
		for _, answer := range answers {
			fmt.Fprint(c, answer+"\r\n")
			for in.Scan() && strings.HasPrefix(answer, "354") && in.Text() != "." {
			}
		}
	}()
	return "smtp://" + l.Addr().String()
}

func TestWhatTheServerTookIsNotSentAgain(t *testing.T) {
	m, err := mailer.New(hangsUp(t, "220 hi", "250 hello", "250 noop", "250 from", "250 to", "354 go", "250 taken"), sender)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Send(t.Context(), letter()); err != nil {
		t.Errorf("taken, then cut: %v", err)
	}
	if m, err = mailer.New(hangsUp(t, "220 hi", "250 hello", "250 noop", "550 never this sender"), sender); err != nil {
		t.Fatal(err)
	}
	if err := m.Send(t.Context(), letter()); err == nil || mailer.Permanent(err) {
		t.Errorf("a refused sender is the recipient's fault: %v", err)
	}
}

func TestManySendAtOnce(t *testing.T) {
	box, m := world(t)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			l := letter()
			l.ID = fmt.Sprint("many-", i)
			if err := m.Send(t.Context(), l); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for _, got := range box.List() {
		seen[got.MessageID] = true
	}
	if len(seen) != 40 {
		t.Fatalf("%d of 40 arrived", len(seen))
	}
}

func TestEncryptionIsRequiredAwayFromThisMachine(t *testing.T) {
	box, _ := world(t)
	port := box.URL()[strings.LastIndexByte(box.URL(), ':'):]
	m, err := mailer.New("smtp://127.0.0.1"+port+"?tls=required", sender)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Send(t.Context(), letter()); err == nil || !strings.Contains(err.Error(), "STARTTLS") {
		t.Errorf("without STARTTLS: %v", err)
	}
	if len(box.List()) != 0 {
		t.Error("the message was sent in the clear")
	}
	for _, bad := range []string{"", "mail.example.com:25", "http://h", "smtp://", "smtp://u:CANARY@h:0", "smtp://u:CANARY@h?tls=maybe", "smtp://u:CANARY@h:x y"} {
		if _, err := mailer.New(bad, sender); err == nil || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
