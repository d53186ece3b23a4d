package identity

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
)

// LongestToken is the longest an API token may live, in days.
const LongestToken = 365

// Token lets a machine speak for one workspace, within its scopes. None can vote.
type Token struct {
	WorkspaceID uuid.UUID `gorm:"primaryKey"`
	ID          uuid.UUID `gorm:"primaryKey"`
	Name        string
	Hint        string // first and last characters, for people to tell tokens apart
	HashedToken []byte
	Scopes      db.Texts
	CreatedBy   *uuid.UUID
	CreatedAt   time.Time
	ExpiresAt   time.Time
	UsedAt      *time.Time
	RevokedAt   *time.Time
	PausedAt    *time.Time // nil: not paused; see pause.go
	PausedBy    *uuid.UUID // nil: by the portal itself
	PauseReason string
	ResumedAt   *time.Time
}

// TableName is where tokens live.
func (Token) TableName() string { return "api_tokens" }

// Live tells whether the token still opens the door.
func (t Token) Live(now time.Time) bool { return t.RevokedAt == nil && now.Before(t.ExpiresAt) }

// Asks tells whether the token still lets a machine ask for actions. Who made it cannot decide those.
func (t Token) Asks(now time.Time) bool {
	return t.Live(now) && t.may(access.RequestActions)
}

func (t Token) may(scope access.Permission) bool { return slices.Contains(t.Scopes, string(scope)) }

// TokenDraft is what somebody asks for.
type TokenDraft struct {
	Name   string
	Scopes []string
	Days   int
}

// CreateToken makes a token and returns its secret, which nobody can read again.
func CreateToken(tx *db.Tx, d TokenDraft) (Token, string, error) {
	name, err := d.check()
	if err != nil {
		return Token{}, "", err
	}
	plain, hash := token.NewAPI()
	t := Token{WorkspaceID: tx.Workspace(), ID: uuid.New(), Name: name, Hint: plain[:7] + "…" + plain[len(plain)-4:],
		HashedToken: hash, Scopes: d.Scopes, CreatedAt: tx.Now(), ExpiresAt: tx.Now().AddDate(0, 0, d.Days)}
	if a := tx.Actor(); a.Kind == access.Person {
		t.CreatedBy = &a.ID
	}
	if err := tx.Gorm().Create(&t).Error; err != nil {
		if db.Violates(err, "api_tokens_workspace_id_name_key") {
			return t, "", fault.At("name", "There is a token called %s already.", name)
		}
		return t, "", fmt.Errorf("create token: %w", err)
	}
	audit.Record(tx, audit.Entry{Act: "token.created", ObjectType: "token", ObjectID: t.ID.String(), Object: name,
		After: map[string]any{"scopes": d.Scopes, "expires_at": t.ExpiresAt, "hint": t.Hint}})
	return t, plain, nil
}

func (d TokenDraft) check() (string, error) {
	var problems fault.Collect
	name, err := CleanName("name", d.Name)
	if f := fault.As(err); f != nil {
		problems = append(problems, f.Fields...)
	}
	if len(d.Scopes) == 0 {
		problems.Add("scopes", "Choose at least one thing that the token may do.")
	}
	for _, s := range d.Scopes {
		if !slices.Contains(access.TokenScopes, access.Permission(s)) {
			problems.Add("scopes", "%q is not a scope of a token.", s)
		}
	}
	if d.Days < 1 || d.Days > LongestToken {
		problems.Add("days", "Let it end after 1 to %d days.", LongestToken)
	}
	return name, problems.OrNil()
}

// ListTokens are the workspace's tokens, live ones first, newest first.
func ListTokens(tx *db.Tx) ([]Token, error) {
	var out []Token
	err := tx.Gorm().Where("workspace_id = ?", tx.Workspace()).Order("revoked_at is not null, created_at desc, id").Limit(500).Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return out, nil
}

// TokensOf are the live tokens that a person made here.
func TokensOf(tx *db.Tx, person uuid.UUID) ([]Token, error) {
	var out []Token
	err := tx.Gorm().Where("workspace_id = ? and created_by = ? and revoked_at is null and expires_at > ?", tx.Workspace(), person, tx.Now()).
		Order("name").Limit(500).Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list tokens of a person: %w", err)
	}
	return out, nil
}

// FindToken finds one in any state, or refuses with NotFound.
func FindToken(tx *db.Tx, id uuid.UUID) (Token, error) {
	var t Token
	ok, err := db.Found(tx.Gorm().Where("workspace_id = ? and id = ?", tx.Workspace(), id).Take(&t).Error)
	if !ok {
		return t, missing(err, "find token")
	}
	return t, nil
}

// RevokeToken ends a token at once. A second time changes nothing.
func RevokeToken(tx *db.Tx, id uuid.UUID) (Token, error) {
	t, err := FindToken(tx, id)
	if err != nil {
		return t, err
	}
	res := tx.Gorm().Model(&Token{}).Where("workspace_id = ? and id = ? and revoked_at is null", tx.Workspace(), id).Update("revoked_at", tx.Now())
	if res.Error != nil {
		return t, fmt.Errorf("revoke token: %w", res.Error)
	}
	if res.RowsAffected == 1 {
		audit.Record(tx, audit.Entry{Act: "token.revoked", ObjectType: "token", ObjectID: id.String(), Object: t.Name})
	}
	return t, nil
}

// useNote is how stale "last used" may be: a token in use is written at most this often.
const useNote = time.Minute

// Bearer finds whose token has this hash, in one round trip, and notes its use now and then. One
// that is unknown, revoked or over is refused with SignIn.
func Bearer(ctx context.Context, d *db.DB, hash []byte) (access.Actor, error) {
	var t Token
	var now time.Time
	err := d.Ask(ctx, func(q *db.Questions) {
		t = Token{}
		q.Ask(db.One(new(string)), "select set_config('app.bearer', $1, true)", hex.EncodeToString(hash))
		q.Ask(db.One(&t.WorkspaceID, &t.ID, &t.Name, (*[]string)(&t.Scopes), &t.UsedAt, &t.RevokedAt, &t.ExpiresAt, &now),
			`select workspace_id, id, name, scopes, used_at, revoked_at, expires_at, clock_timestamp() + $2 from api_tokens
			where hashed_token = $1`, hash, q.Drift)
	})
	if err != nil {
		return access.Actor{}, fmt.Errorf("find token: %w", err)
	}
	if !t.Live(now) {
		return access.Actor{}, fault.New(fault.SignIn, "The token is unknown, revoked or has ended.")
	}
	if t.UsedAt == nil || now.Sub(*t.UsedAt) >= useNote {
		err = d.In(ctx, access.ForBearer(hash), t.used)
	}
	return t.actor(), err
}

func (t Token) actor() access.Actor {
	a := access.Actor{Kind: access.Token, ID: t.ID, Name: t.Name, Workspace: t.WorkspaceID}
	for _, s := range t.Scopes {
		a.Scopes = append(a.Scopes, access.Permission(s))
	}
	return a
}

func (t Token) used(tx *db.Tx) error {
	due := tx.Now().Add(-useNote)
	return tx.Within(t.WorkspaceID, func() error {
		err := tx.Gorm().Exec("update api_tokens set used_at = ? where workspace_id = ? and id = ? and (used_at is null or used_at <= ?)",
			tx.Now(), t.WorkspaceID, t.ID, due).Error
		if err != nil {
			return fmt.Errorf("note the use of a token: %w", err)
		}
		return nil
	})
}
