package approval

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/rule"
)

// wrongCodes is how many wrong codes end a person's links to one request; a mail with a new one
// follows, at most moreLinks times.
const (
	wrongCodes = 5
	moreLinks  = 2
)

// explainedFor is how long an ended link still explains itself.
const explainedFor = 90 * 24 * time.Hour

// Link lets one person decide one request from a mail. It never signs anybody in.
type Link struct {
	WorkspaceID uuid.UUID `gorm:"primaryKey"`
	ID          uuid.UUID `gorm:"primaryKey"`
	RequestID   uuid.UUID
	PersonID    uuid.UUID
	HashedToken []byte
	HashedCode  []byte // nil: the link only leads to sign-in
	WrongCodes  int
	CreatedAt   time.Time
	ExpiresAt   time.Time
	UsedAt      *time.Time
	EndedAt     *time.Time
	EndedReason string
}

// TableName is where links live.
func (Link) TableName() string { return "decision_links" }

// LinkActor finds who holds a link, also one that has ended: its page explains why. The grant
// is access.ForBearer of the token's hash.
func LinkActor(tx *db.Tx, hash []byte) (access.Actor, error) {
	var l Link
	ok, err := db.Found(tx.Gorm().Where("hashed_token = ?", hash).Take(&l).Error)
	if err != nil {
		return access.Actor{}, fmt.Errorf("find decision link: %w", err)
	}
	if !ok || tx.Now().Sub(l.ExpiresAt) > explainedFor {
		return access.Actor{}, fault.New(fault.NotFound, "This link is not known. It may be incomplete: open the whole address from the mail, or sign in and look under Approval requests for the two words from the mail.")
	}
	who, err := identity.FindPerson(tx, l.PersonID)
	if err != nil {
		return access.Actor{}, err
	}
	return access.Actor{Kind: access.Link, ID: l.PersonID, Name: who.Name, Email: who.Email, Workspace: l.WorkspaceID}, nil
}

// Opened is what the page behind a link shows.
type Opened struct {
	Link      Link
	Request   Request
	Tally     rule.Tally
	Names     []string // of those who agreed so far, in this stage
	Workspace string
	Slug      string
	Mine      *Vote  // what the holder said already
	Refusal   error  // why the holder cannot decide now, nil if they can
	SignIn    string // why they decide signed in, "" where the mail's code decides
}

// OpenLink reads what a link leads to. It changes nothing, not even "seen".
func OpenLink(tx *db.Tx, plain string) (Opened, error) {
	var o Opened
	var err error
	if o.Link, err = findLink(tx, plain); err != nil {
		return o, err
	}
	if o.Request, err = Find(tx, o.Link.RequestID); err != nil {
		return o, err
	}
	return o, o.look(tx)
}

func (o *Opened) look(tx *db.Tx) error {
	c, err := gather(tx, &o.Request)
	if err != nil {
		return err
	}
	o.Tally = c.tally
	if i := c.tally.Current; i < len(c.tally.Stages) {
		for _, id := range c.tally.Stages[i].Approved {
			o.Names = append(o.Names, c.name(id))
		}
	}
	for i, v := range c.votes {
		if v.PersonID == o.Link.PersonID && v.WithdrawnAt == nil {
			o.Mine = &c.votes[i]
		}
	}
	o.Refusal = o.refusal(tx.Now(), c)
	m, err := readByMail(tx, o.Link.PersonID)
	if err != nil {
		return err
	}
	o.SignIn = o.signIn(m)
	o.Slug, o.Workspace, err = placeName(tx)
	return err
}

func (o *Opened) refusal(now time.Time, c circle) error {
	switch {
	case o.Request.State != Pending:
		return o.Request.decided()
	case o.Request.ExpiresAt != nil && !now.Before(*o.Request.ExpiresAt):
		return expired()
	case o.Link.EndedAt != nil:
		return fault.New(fault.Gone, "%s", o.Link.EndedReason)
	case !now.Before(o.Link.ExpiresAt):
		return fault.New(fault.Gone, "This link has ended. Sign in to decide.")
	}
	return c.tally.Check(o.Link.PersonID)
}

// findLink finds a link of whoever acts; one of another person is not there.
func findLink(tx *db.Tx, plain string) (Link, error) {
	var l Link
	ok, err := db.Found(tx.Gorm().Where("workspace_id = ? and hashed_token = ? and person_id = ?", tx.Workspace(), token.Hash(plain),
		tx.Actor().ID).Take(&l).Error)
	if err != nil {
		return l, fmt.Errorf("find decision link: %w", err)
	}
	if !ok {
		return l, fault.Missing()
	}
	return l, nil
}

// LinkBallot is what somebody sent from a link's page. Confirm is set by its second step.
type LinkBallot struct {
	Token   string
	Choice  rule.VoteChoice
	Code    string
	Target  string
	Reason  string
	Confirm bool
}

// LinkVerdict is what came of it. Wrong is a refusal that counts and so is kept: a code that
// was not right.
type LinkVerdict struct {
	Opened Opened
	Voted  bool
	Wrong  *fault.Fault
}

// DecideByLink checks a ballot and, with Confirm, casts it. Wrong codes are counted over all
// links of the person to this request; the fifth ends them.
func (m Room) DecideByLink(tx *db.Tx, b LinkBallot) (LinkVerdict, error) {
	var v LinkVerdict
	l, err := findLink(tx, b.Token)
	if err != nil {
		return v, err
	}
	var now time.Time
	var mail byMail
	if v.Opened.Request, mail, now, err = lockVote(tx, l.RequestID, l.PersonID); err != nil {
		return v, err
	}
	if l, err = findLink(tx, b.Token); err != nil { // as it is under the locks
		return v, err
	}
	v.Opened.Link = l
	if err := v.Opened.look(tx); err != nil {
		return v, err
	}
	if v.Opened.Refusal != nil {
		return v, v.Opened.Refusal
	}
	if v.Opened.SignIn != "" {
		return v, fault.New(fault.ProofNeeded, "%s", v.Opened.SignIn)
	}
	if err := b.check(&v.Opened.Request); err != nil {
		return v, err
	}
	if v.Wrong, err = v.codeWrong(tx, b, now); err != nil || v.Wrong != nil || !b.Confirm {
		return v, err
	}
	ballot := Ballot{Request: l.RequestID, Person: l.PersonID, Choice: b.Choice, Reason: b.Reason, Proof: b.proof(&v.Opened.Request), Channel: "mail", ByMailbox: true}
	if v.Opened.Request, err = m.cast(tx, &v.Opened.Request, now, ballot); err != nil {
		return v, err
	}
	v.Voted = true
	if err := noteMany(tx, mail, l.PersonID); err != nil {
		return v, err
	}
	return v, endLinks(tx, l.RequestID, l.PersonID, "You decided this.", true)
}

func (b LinkBallot) proof(r *Request) string {
	if b.Choice == rule.Approve && r.Proof >= catalog.CodeTarget {
		return "code_target"
	}
	return "code"
}

// check refuses what is incomplete, without looking at the code itself.
func (b LinkBallot) check(r *Request) error {
	var problems fault.Collect
	if b.Choice != rule.Approve && b.Choice != rule.Deny {
		problems.Add("decision", "Choose whether to approve or to decline.")
	}
	if _, ok := token.CleanCode(b.Code); !ok {
		problems.Add("code", "Type the code from the e-mail: six letters and digits.")
	}
	if b.Choice == rule.Approve && r.Proof >= catalog.CodeTarget {
		if t := r.Action(); t == nil || !t.TargetMatches(r.Values(), b.Target) {
			problems.Add("target", "Type the name of what this is about, exactly as it stands above.")
		}
	}
	problems = append(problems, reasonProblems(r, b.Choice, b.Reason)...)
	return problems.OrNil()
}

// codeWrong compares the code and counts a wrong one.
func (v *LinkVerdict) codeWrong(tx *db.Tx, b LinkBallot, now time.Time) (*fault.Fault, error) {
	l := v.Opened.Link
	if token.Equal(l.HashedCode, token.HashCode(b.Token, b.Code)) {
		return nil, nil
	}
	if err := tx.Gorm().Exec("update decision_links set wrong_codes = wrong_codes + 1 where workspace_id = ? and id = ?", tx.Workspace(), l.ID).Error; err != nil {
		return nil, fmt.Errorf("count wrong code: %w", err)
	}
	var wrong int
	err := tx.Gorm().Raw("select sum(wrong_codes) from decision_links where workspace_id = ? and request_id = ? and person_id = ? and ended_at is null",
		tx.Workspace(), l.RequestID, l.PersonID).Scan(&wrong).Error
	if err != nil {
		return nil, fmt.Errorf("count wrong codes: %w", err)
	}
	audit.Record(tx, audit.Entry{Act: "link.wrong_code", ObjectType: "request", ObjectID: l.RequestID.String(),
		Object: v.Opened.Request.Reference(), Detail: map[string]any{"wrong": wrong}})
	if wrong < wrongCodes {
		return fault.At("code", "This is not the code from the e-mail. You have %d more tries.", wrongCodes-wrong), nil
	}
	again, err := v.renew(tx)
	if err != nil {
		return nil, err
	}
	reason := "Five wrong codes ended this link. " + again
	return fault.New(fault.Gone, "%s", reason), endLinks(tx, l.RequestID, l.PersonID, reason, false)
}

// renew tells the holder by mail that their links ended, with a new one, and says what they can do.
// Who has the link and not the mail learns nothing by it.
func (v *LinkVerdict) renew(tx *db.Tx) (string, error) {
	l := v.Opened.Link
	var sent int
	err := tx.Gorm().Raw("select count(*) from messages where workspace_id = ? and object_id = ? and person_id = ? and kind = ?",
		tx.Workspace(), l.RequestID, l.PersonID, LetterAgain).Scan(&sent).Error
	if err != nil {
		return "", fmt.Errorf("count new links: %w", err)
	}
	if sent >= moreLinks {
		return "Sign in to decide.", nil
	}
	to := delivery.Receiver{Person: l.PersonID, Email: tx.Actor().Email}
	return "A new one is on its way to you by mail. You can also sign in to decide.", v.Opened.Request.write(tx, LetterAgain, []delivery.Receiver{to})
}

// endLinks ends a person's links to a request.
func endLinks(tx *db.Tx, request, person uuid.UUID, reason string, used bool) error {
	set := "ended_at = @now, ended_reason = @reason"
	if used {
		set += ", used_at = @now"
	}
	err := tx.Gorm().Exec("update decision_links set "+set+" where workspace_id = @ws and request_id = @request and person_id = @person and ended_at is null",
		map[string]any{"now": tx.Now(), "reason": reason, "ws": tx.Workspace(), "request": request, "person": person}).Error
	if err != nil {
		return fmt.Errorf("end links: %w", err)
	}
	return nil
}

func reasonProblems(r *Request, choice rule.VoteChoice, reason string) (out fault.Collect) {
	if len(strings.TrimSpace(reason)) == 0 && choice == rule.Deny && (r.Plan.V.DenyWithReason.Value || r.Risk >= catalog.Medium) {
		out.Add("reason", "Say why you decline. It stands in the audit trail as yours.")
	}
	return append(out, longReason(reason)...)
}

func longReason(reason string) (out fault.Collect) {
	if utf8.RuneCountInString(reason) > longestReason {
		out.Add("reason", "Use at most %d characters.", longestReason)
	}
	return out
}

const longestReason = 1000
