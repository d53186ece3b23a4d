package workspace

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
)

// Welcome is what an invitation says to the person it was sent to, in mail and on its page.
type Welcome struct {
	Invitation
	Workspace string
	Slug      string
	Inviter   string // "" when the portal itself invited, or the inviter has left
	Known     bool   // the address has an account
}

// SendableInvitation makes a new token for a mail that is being written, and stores its hash:
// a link mailed before stops working. ok is false when the invitation ended meanwhile.
func SendableInvitation(tx *db.Tx, id uuid.UUID) (w Welcome, plain string, ok bool, err error) {
	if w, err = welcome(tx, id); err != nil {
		return w, "", false, err
	}
	if !w.Open(tx.Now()) {
		return w, "", false, nil
	}
	plain, hash := token.New()
	return w, plain, true, set(tx, w.Invitation, "hashed_token", hash)
}

// InvitedActor finds whose invitation was presented. The grant is access.ForBearer of its hash.
func InvitedActor(tx *db.Tx, hash []byte) (access.Actor, error) {
	var i Invitation
	ok, err := db.Found(tx.Gorm().Where("hashed_token = ?", hash).Take(&i).Error)
	if err != nil {
		return access.Actor{}, fmt.Errorf("find invitation: %w", err)
	}
	if !ok {
		return access.Actor{}, fault.New(fault.Gone, "This invitation is unknown, or a newer mail has replaced it. Open the newest one, or ask to be invited again.")
	}
	return access.Actor{Kind: access.Invited, ID: i.ID, Name: i.Email, Email: i.Email, Workspace: i.WorkspaceID}, nil
}

// Invited is the invitation that the transaction's actor holds. It refuses with Gone one that
// ended, and says why. It changes nothing.
func Invited(tx *db.Tx) (Welcome, error) {
	w, err := welcome(tx, tx.Actor().ID)
	if err != nil {
		return w, err
	}
	return w, w.refusal(tx.Now())
}

func (w Welcome) refusal(now time.Time) error {
	switch {
	case w.AcceptedAt != nil:
		return fault.New(fault.Gone, "You have accepted this invitation. Sign in with %s to open %s.", w.Email, w.Workspace)
	case w.RevokedAt != nil:
		return fault.New(fault.Gone, "This invitation to %s was taken back. Ask %s if you still need it.", w.Workspace, w.whom())
	case !w.Open(now):
		return fault.New(fault.Gone, "This invitation to %s ended on %s. Ask %s to send it again.",
			w.Workspace, w.ExpiresAt.Format("2 January 2006"), w.whom())
	}
	return nil
}

func (w Welcome) whom() string {
	if w.Inviter == "" {
		return "an Owner or Admin there"
	}
	return w.Inviter
}

func welcome(tx *db.Tx, id uuid.UUID) (w Welcome, err error) {
	if w.Invitation, err = FindInvitation(tx, id); err != nil {
		return w, err
	}
	here, err := Here(tx)
	if err != nil {
		return w, err
	}
	w.Workspace, w.Slug = here.Name, here.Slug
	if m, err := FindMember(tx, w.InvitedBy); err == nil {
		w.Inviter = m.Name
	} else if !fault.Is(err, fault.NotFound) {
		return w, err
	}
	_, w.Known, err = identity.FindByEmail(tx, w.Email)
	return w, err
}

// Accepted is who joined by an invitation and where they go. New people were unknown until
// now: the mail has proved their address, so that they can be signed in.
type Accepted struct {
	Person identity.Person
	Slug   string
	Name   string // of the workspace
	Role   access.Role
	New    bool
}

// Accept makes the holder of the transaction's invitation a member and ends it. name is used for
// a new person only, whose name is the transaction's from here on. Somebody with an account is
// not recognized: an invitation lives for days and may be passed on, and it must not open the
// other workspaces of the person it names.
func Accept(tx *db.Tx, name string) (Accepted, error) {
	if err := lockPeople(tx); err != nil {
		return Accepted{}, err
	}
	w, err := Invited(tx)
	if err != nil {
		return Accepted{}, err
	}
	if !w.Known {
		if name, err = identity.CleanName("name", name); err != nil {
			return Accepted{}, err
		}
	}
	m, err := Join(tx, w.Email, name, w.Role)
	if err != nil {
		return Accepted{}, err
	}
	if err := set(tx, w.Invitation, "accepted_at", tx.Now()); err != nil {
		return Accepted{}, err
	}
	audit.Record(tx, audit.Entry{Act: "invitation.accepted", ObjectType: "invitation", ObjectID: w.ID.String(), Object: w.Email})
	out := Accepted{Slug: w.Slug, Name: w.Workspace, Role: m.Role, New: !w.Known}
	if out.Person, err = identity.FindPerson(tx, m.PersonID); err != nil || w.Known {
		return out, err
	}
	return out, identity.Recognize(tx, out.Person, "person.signed_in", map[string]any{"by": "invitation"})
}
