package mailbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/jexi/portal/internal/mailer/mailbox"
)

func start(t *testing.T) (*mailbox.Mailbox, func(to, body string) error) {
	t.Helper()
	box, err := mailbox.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	addr := strings.TrimPrefix(box.URL(), "smtp://")
	return box, func(to, body string) error {
		return smtp.SendMail(addr, nil, "from@x.example", []string{to}, []byte(body))
	}
}

func TestTheNewestMailComesFirstAndTheOldestAreDropped(t *testing.T) {
	box, send := start(t)
	for i := range mailbox.Keeps + 5 {
		if err := send("a@x.example", fmt.Sprintf("Subject: %d\r\n\r\ntext", i)); err != nil {
			t.Fatal(err)
		}
	}
	list := box.List()
	if len(list) != mailbox.Keeps || list[0].Subject != fmt.Sprint(mailbox.Keeps+4) || list[len(list)-1].Subject != "5" {
		t.Fatalf("%d mails from %q to %q", len(list), list[0].Subject, list[len(list)-1].Subject)
	}
}

func TestTheListInJSONHasTheFieldsThatScriptsRead(t *testing.T) {
	box, send := start(t)
	if err := send("a@x.example", "Subject: =?utf-8?q?H=C3=A4llo?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"+
		"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>html</p>\r\n--b--\r\n"); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(box.List())
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	got := list[0]
	if len(got) != 6 || got["id"] != "1" || got["to"] != "a@x.example" || got["subject"] != "Hällo" ||
		got["text"] != "plain" || got["html"] != "<p>html</p>" {
		t.Fatalf("%s", raw)
	}
	if _, err := time.Parse(time.RFC3339Nano, got["at"].(string)); err != nil {
		t.Fatal(err)
	}
}

func TestAnEmptyMailboxIsAnEmptyListInJSON(t *testing.T) {
	box, _ := start(t)
	if raw, _ := json.Marshal(box.List()); string(raw) != "[]" {
		t.Fatalf("%s", raw)
	}
}

func TestWaitingGivesTheMailThatComesLater(t *testing.T) {
	box, send := start(t)
	go func() {
		send("b@x.example", "Subject: other\r\n\r\n.")
		send("a@x.example", "Subject: mine\r\n\r\n.")
	}()
	got, err := box.Wait(t.Context(), func(m mailbox.Mail) bool { return m.To == "a@x.example" })
	if err != nil || got.Subject != "mine" {
		t.Fatalf("%+v, %v", got, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := box.Wait(ended, func(mailbox.Mail) bool { return false }); err == nil {
		t.Fatal("waiting for nothing succeeds")
	}
}

func TestAnUnreadableMessageIsRefusedNotKept(t *testing.T) {
	box, send := start(t)
	if err := send("a@x.example", "no header at all"); err == nil || len(box.List()) != 0 {
		t.Fatalf("%v, %d kept", err, len(box.List()))
	}
}
