package mail_test

import (
	"context"
	"net/mail"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	post "github.com/jexi/portal/handlers/mail"
	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/mailer"
	"github.com/jexi/portal/internal/mailer/mailbox"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/workspace"
)

var invitationToken = regexp.MustCompile(`/invitations/([a-z2-7]{52})`)

// office is the worker with a real mail server and one open invitation.
type office struct {
	*modelstest.World
	box        *mailbox.Mailbox
	worker     *post.Letters[workspace.InvitationMail]
	invitation workspace.Invitation
	args       workspace.InvitationMail
}

func openOffice(t *testing.T) *office {
	o := &office{World: modelstest.New(t)}
	var err error
	if o.box, err = mailbox.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	m, err := mailer.New(o.box.URL(), mail.Address{Name: "Jexi", Address: "portal@jexi.example"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close(); o.box.Close() })
	o.worker = post.Invitations(post.Post{DB: o.DB, Mailer: m, Base: &url.URL{Scheme: "https", Host: "portal.example"}})
	o.change(func(tx *db.Tx) (err error) {
		o.invitation, err = workspace.Invite(tx, workspace.InvitationDraft{Email: "nia@new.example", Role: access.Auditor})
		return err
	})
	o.args = workspace.InvitationMail{Workspace: o.Acme.ID, Invitation: o.invitation.ID, Message: o.message().ID}
	return o
}

func (o *office) change(fn func(*db.Tx) error) { o.As(o.Grant(o.Acme, "max", access.ManagePeople), fn) }

func (o *office) message() (m delivery.Message) {
	o.change(func(tx *db.Tx) error {
		all, err := delivery.About(tx, o.invitation.ID)
		m = all[0]
		return err
	})
	return m
}

func (o *office) try(n int) error {
	return o.worker.Work(context.Background(), &river.Job[workspace.InvitationMail]{JobRow: &rivertype.JobRow{ID: 1, Attempt: n, MaxAttempts: 25, CreatedAt: time.Now()}, Args: o.args})
}

// works tells whether the link of the n-th mail, oldest first, still opens the invitation.
func (o *office) works(n int) bool {
	all := o.box.List()
	found := invitationToken.FindStringSubmatch(all[len(all)-1-n].Text)
	hash := token.Hash(found[1])
	err := o.Try(access.ForBearer(hash), func(tx *db.Tx) error {
		_, err := workspace.InvitedActor(tx, hash)
		return err
	})
	if err != nil && !fault.Is(err, fault.Gone) {
		o.T.Fatal(err)
	}
	return err == nil
}

func TestAnInvitationIsMailedOnce(t *testing.T) {
	o := openOffice(t)
	for n := range 3 {
		if err := o.try(n + 1); err != nil {
			t.Fatal(err)
		}
	}
	if got := o.box.List(); len(got) != 1 || got[0].To != "nia@new.example" || !o.works(0) {
		t.Errorf("the mails are %+v", got)
	}
	if m := o.message(); m.State != delivery.Sent || m.SentAt == nil {
		t.Errorf("the message is %+v", m)
	}
}

func TestAnInvitationTakenBackIsNotMailed(t *testing.T) {
	o := openOffice(t)
	o.change(func(tx *db.Tx) error {
		_, err := workspace.RevokeInvitation(tx, o.invitation.ID)
		return err
	})
	if err := o.try(1); err != nil {
		t.Fatal(err)
	}
	if len(o.box.List()) != 0 || o.message().State != delivery.Skipped {
		t.Errorf("%d mails, the message is %s", len(o.box.List()), o.message().State)
	}
}

func TestOfAMailThatCameTwiceTheNewerLinkWorks(t *testing.T) {
	o := openOffice(t)
	o.box.Refuse(func(string) error { return mailbox.ErrCut }) // taken, but not said so
	if err := o.try(1); err == nil {
		t.Fatal("the broken connection was not noticed")
	}
	if m := o.message(); m.State != delivery.Queued || m.Attempts != 1 || m.Problem == "" {
		t.Errorf("the message is %+v", m)
	}
	o.box.Refuse(nil)
	if err := o.try(2); err != nil {
		t.Fatal(err)
	}
	all := o.box.List()
	if len(all) != 2 || o.works(0) || !o.works(1) {
		t.Fatalf("%d mails; the older link works: %v, the newer: %v", len(all), o.works(0), o.works(1))
	}
	if all[0].MessageID == all[1].MessageID {
		t.Error("two different links under one Message-ID: a mail program may keep the older")
	}
}

func TestAnAddressThatIsRefusedForGoodIsNotTriedAgain(t *testing.T) {
	o := openOffice(t)
	o.box.Refuse(func(string) error { return mailbox.Reply{Code: 550, Text: "no such mailbox"} })
	if err := o.try(1); err == nil {
		t.Fatal("a refusal went unnoticed")
	}
	o.box.Refuse(nil)
	if err := o.try(2); err != nil || len(o.box.List()) != 0 || o.message().State != delivery.Bounced {
		t.Errorf("%v; %d mails, the message is %s", err, len(o.box.List()), o.message().State)
	}
}
