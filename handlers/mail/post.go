// Package mail is the outgoing door: workers that write letters and send them.
//
// A letter is prepared in one transaction, sent outside of any, and settled in another, so a
// mail server that is slow or down holds nothing up. A worker that dies between sending and
// settling sends again with the same Message-ID: never zero times, seldom twice.
package mail

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/riverqueue/river"

	"github.com/jexi/portal/internal/mailer"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	view "github.com/jexi/portal/views/mail"
)

// Post is what every worker here needs.
type Post struct {
	DB       *db.DB
	Mailer   *mailer.Mailer
	Base     *url.URL
	Approval approval.Room
}

// retryAfter grows from 10 s to an hour.
func retryAfter(attempt int) time.Duration {
	return min(10*time.Second<<min(attempt-1, 12), time.Hour)
}

// send hands a letter to the mail server. id is the same for every try.
func (p Post) send(ctx context.Context, id, to, name string, l view.Letter) error {
	var html bytes.Buffer
	if err := l.HTML().Render(ctx, &html); err != nil {
		return fmt.Errorf("render mail: %w", err)
	}
	from := "Jexi"
	if l.Workspace != "" {
		from = "Jexi for " + l.Workspace
	}
	return p.Mailer.Send(ctx, mailer.Message{ID: id, To: to, ToName: name, FromName: from, Subject: l.Subject, Text: l.Text(), HTML: html.String()})
}

// address is a path of the portal as a mail needs it.
func (p Post) address(parts ...string) string { return p.Base.JoinPath(parts...).String() }

// later turns a temporary refusal into a further try, a permanent one into none.
func later(err error) error {
	if err == nil {
		return nil
	}
	if mailer.Permanent(err) {
		return river.JobCancel(err)
	}
	return err
}
