package mail_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	post "github.com/jexi/portal/handlers/mail"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
)

func TestASignInLinkIsNotMailedToWhoHasLongGoneOn(t *testing.T) {
	o := openOffice(t)
	var now time.Time
	o.change(func(tx *db.Tx) error { now = tx.Now(); return nil })
	work := func(asked time.Time) error {
		w := post.SignIns(o.worker.Post)
		return w.Work(context.Background(), &river.Job[identity.SignInMail]{JobRow: &rivertype.JobRow{ID: 1, Attempt: 1, CreatedAt: asked},
			Args: identity.SignInMail{Email: "ada@acme.example"}})
	}
	gone := new(rivertype.JobCancelError)
	if err := work(now.Add(-identity.SignInLinkLasts - time.Minute)); !errors.As(err, &gone) || len(o.box.List()) != 0 {
		t.Errorf("%v, %d mails", err, len(o.box.List()))
	}
	o.Pass(time.Hour) // jobs are stamped without what tests add to the clock
	if err := work(now.Add(-identity.SignInLinkLasts + time.Minute)); err != nil || len(o.box.List()) != 1 {
		t.Errorf("%v, %d mails", err, len(o.box.List()))
	}
}
