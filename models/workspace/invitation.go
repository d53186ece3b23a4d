package workspace

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/identity"
)

// InvitationLasts is how long an invitation can be accepted after it was sent last.
const InvitationLasts = 7 * 24 * time.Hour

// sendGap and mostOpen keep a workspace from being used to flood mailboxes.
const (
	sendGap  = time.Minute
	mostOpen = 200
)

// Invitation asks somebody by e-mail to become a member. Its token is made when the mail is
// written, so that it stands nowhere else; until then the hash is of a token nobody has.
type Invitation struct {
	WorkspaceID uuid.UUID `gorm:"primaryKey"`
	ID          uuid.UUID `gorm:"primaryKey"`
	Email       string
	Name        string // as the inviter wrote it, may be ""
	Role        access.Role
	HashedToken []byte
	InvitedBy   uuid.UUID // uuid.Nil for the portal itself
	CreatedAt   time.Time
	ExpiresAt   time.Time
	AcceptedAt  *time.Time
	RevokedAt   *time.Time
}

// Open tells whether the invitation can still be accepted.
func (i Invitation) Open(now time.Time) bool {
	return i.AcceptedAt == nil && i.RevokedAt == nil && now.Before(i.ExpiresAt)
}

// SentAt is when a mail was asked for last.
func (i Invitation) SentAt() time.Time { return i.ExpiresAt.Add(-InvitationLasts) }

// InvitationMail asks the outgoing door to write and send an invitation.
type InvitationMail struct {
	Workspace  uuid.UUID `json:"workspace"`
	Invitation uuid.UUID `json:"invitation"`
	Message    uuid.UUID `json:"message"`
}

func (InvitationMail) Kind() string { return "invitation_mail" }

// InsertOpts puts it into the queue of mails.
func (InvitationMail) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: db.MailQueue} }

// InvitationDraft is what the inviter's form says.
type InvitationDraft struct {
	Email, Name string
	Role        access.Role
}

// Invite has an invitation sent. It refuses an address that is a member or invited already;
// only Owners invite Owners.
func Invite(tx *db.Tx, d InvitationDraft) (Invitation, error) {
	i, err := d.check(tx)
	if err != nil {
		return i, err
	}
	if err := mayInvite(tx, i.Role); err != nil {
		return i, err
	}
	if err := lockPeople(tx); err != nil {
		return i, err
	}
	if err := notInvited(tx, i.Email); err != nil {
		return i, err
	}
	if err := tx.Gorm().Create(&i).Error; err != nil {
		return i, fmt.Errorf("create invitation: %w", err)
	}
	audit.Record(tx, audit.Entry{Act: "invitation.created", ObjectType: "invitation", ObjectID: i.ID.String(), Object: i.Email,
		After: map[string]any{"role": i.Role, "expires_at": i.ExpiresAt}})
	return i, i.send(tx)
}

func (d InvitationDraft) check(tx *db.Tx) (Invitation, error) {
	var problems fault.Collect
	email, err := identity.Address("email", d.Email)
	problems = append(problems, fieldsOf(err)...)
	name := ""
	if d.Name != "" {
		name, err = identity.CleanName("name", d.Name)
		problems = append(problems, fieldsOf(err)...)
	}
	if !known(d.Role) {
		problems.Add("role", "Choose a role from the list.")
	}
	_, hash := token.New()
	return Invitation{WorkspaceID: tx.Workspace(), ID: uuid.New(), Email: email, Name: name, Role: d.Role, HashedToken: hash,
		InvitedBy: tx.Actor().ID, CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(InvitationLasts)}, problems.OrNil()
}

func notInvited(tx *db.Tx, email string) error {
	var n struct{ Members, Same, Open int }
	err := tx.Gorm().Raw(`select
		(select count(*) from members m join people p on p.id = m.person_id where m.workspace_id = @w and m.removed_at is null and p.email = @email) as members,
		count(*) filter (where email = @email) as same, count(*) as open
		from invitations where workspace_id = @w and accepted_at is null and revoked_at is null and expires_at > @now`,
		map[string]any{"w": tx.Workspace(), "email": email, "now": tx.Now()}).Scan(&n).Error
	if err != nil {
		return fmt.Errorf("find invitations: %w", err)
	}
	switch {
	case n.Members > 0:
		return fault.At("email", "%s is a member already.", email)
	case n.Same > 0:
		return fault.At("email", "%s is invited already. Send that invitation again, or take it back first.", email)
	case n.Open >= mostOpen:
		return fault.New(fault.Conflict, "%d invitations are open. Take some back, or wait until people have accepted.", n.Open)
	}
	return nil
}

// send has a mail written anew; a link that was mailed before stops working when it is.
func (i Invitation) send(tx *db.Tx) error {
	m, err := delivery.Queue(tx, "invitation", uuid.Nil, i.Email, "invitation", i.ID)
	if err != nil {
		return err
	}
	tx.Enqueue(InvitationMail{Workspace: tx.Workspace(), Invitation: i.ID, Message: m.ID})
	return nil
}

// SendAgain sends an invitation anew with another seven days, also one that ran out.
func SendAgain(tx *db.Tx, id uuid.UUID) (Invitation, error) {
	i, err := lockInvitation(tx, id)
	if err != nil {
		return i, err
	}
	if wait := i.SentAt().Add(sendGap).Sub(tx.Now()); wait > 0 {
		return i, &fault.Fault{Code: fault.TooMany, RetryAfter: wait, Message: "It was sent less than a minute ago. Wait a moment."}
	}
	i.ExpiresAt = tx.Now().Add(InvitationLasts)
	if err := set(tx, i, "expires_at", i.ExpiresAt); err != nil {
		return i, err
	}
	audit.Record(tx, audit.Entry{Act: "invitation.sent_again", ObjectType: "invitation", ObjectID: i.ID.String(), Object: i.Email,
		After: map[string]any{"expires_at": i.ExpiresAt}})
	return i, i.send(tx)
}

// RevokeInvitation takes an invitation back: its link stops working at once.
func RevokeInvitation(tx *db.Tx, id uuid.UUID) (Invitation, error) {
	i, err := lockInvitation(tx, id)
	if err != nil {
		return i, err
	}
	return i, i.revoke(tx)
}

func (i Invitation) revoke(tx *db.Tx) error {
	if err := set(tx, i, "revoked_at", tx.Now()); err != nil {
		return err
	}
	audit.Record(tx, audit.Entry{Act: "invitation.revoked", ObjectType: "invitation", ObjectID: i.ID.String(), Object: i.Email,
		Before: map[string]any{"role": i.Role}})
	return nil
}

// endInvitations takes back what somebody invited and, as role ("" for none), could not invite any more.
func endInvitations(tx *db.Tx, person uuid.UUID, role access.Role) error {
	open, err := openOf(tx, person)
	if err != nil {
		return err
	}
	for _, i := range open {
		if role.May(access.ManagePeople) && (i.Role != access.Owner || role == access.Owner) {
			continue
		}
		if err := i.revoke(tx); err != nil {
			return err
		}
	}
	return nil
}

func openOf(tx *db.Tx, person uuid.UUID) (out []Invitation, err error) {
	err = tx.Gorm().Where("workspace_id = ? and invited_by = ? and accepted_at is null and revoked_at is null", tx.Workspace(), person).
		Order("email").Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list invitations of a member: %w", err)
	}
	return out, nil
}

// lockInvitation finds one that can still be changed, and lets only those touch it who could have sent it.
func lockInvitation(tx *db.Tx, id uuid.UUID) (Invitation, error) {
	if err := lockPeople(tx); err != nil {
		return Invitation{}, err
	}
	i, err := FindInvitation(tx, id)
	if err != nil {
		return i, err
	}
	switch {
	case i.AcceptedAt != nil:
		return i, fault.New(fault.Conflict, "%s has accepted already and is a member now.", i.Email)
	case i.RevokedAt != nil:
		return i, fault.New(fault.Conflict, "This invitation was taken back already.")
	}
	return i, mayInvite(tx, i.Role)
}

// ListInvitations are those neither accepted nor taken back, also the ones that ran out, by address.
func ListInvitations(tx *db.Tx) ([]Invitation, error) {
	var out []Invitation
	err := tx.Gorm().Where("workspace_id = ? and accepted_at is null and revoked_at is null", tx.Workspace()).Order("email, id").Limit(500).Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	return out, nil
}

// FindInvitation finds one in any state, or refuses with NotFound.
func FindInvitation(tx *db.Tx, id uuid.UUID) (Invitation, error) {
	var i Invitation
	ok, err := db.Found(tx.Gorm().Where("workspace_id = ? and id = ?", tx.Workspace(), id).Take(&i).Error)
	if err != nil {
		return i, fmt.Errorf("find invitation: %w", err)
	}
	if !ok {
		return i, fault.Missing()
	}
	return i, nil
}

func set(tx *db.Tx, i Invitation, column string, to any) error {
	err := tx.Gorm().Model(&Invitation{}).Where("workspace_id = ? and id = ?", tx.Workspace(), i.ID).Update(column, to).Error
	if err != nil {
		return fmt.Errorf("change invitation: %w", err)
	}
	return nil
}

func mayInvite(tx *db.Tx, role access.Role) error {
	if !slices.Contains(Assignable(tx.Actor()), role) {
		return fault.New(fault.Forbidden, "Only an Owner can invite an Owner, or take such an invitation back.")
	}
	return nil
}
