package approval

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
)

// Receipt is what the portal vouches for: this exact action was approved by these people
// under these rules, and may be done until ExpiresAt. It verifies offline with the key at
// /.well-known/portal-keys.json.
type Receipt struct {
	Schema     string            `json:"schema"` // jexi.receipt.v1
	Request    uuid.UUID         `json:"request_id"`
	Reference  string            `json:"reference"`
	Workspace  uuid.UUID         `json:"workspace"`
	Digest     string            `json:"digest"`
	Outcome    string            `json:"outcome"`
	Approvers  []ReceiptApprover `json:"approvers"`
	Rules      []ReceiptRule     `json:"rules"`
	ApprovedAt time.Time         `json:"approved_at"`
	ExpiresAt  time.Time         `json:"expires_at"`
}

// ReceiptApprover is one agreement.
type ReceiptApprover struct {
	Person uuid.UUID `json:"person"`
	Proof  string    `json:"proof"`
	At     time.Time `json:"at"`
}

// ReceiptRule is a rule version that asked.
type ReceiptRule struct {
	Rule    uuid.UUID `json:"rule"`
	Version int       `json:"version"`
	Name    string    `json:"name"`
}

// Signed is a receipt with its signature: Ed25519 over the bytes of Receipt as they stand in
// the base64 payload.
type Signed struct {
	KeyID     string `json:"key_id"`
	Payload   string `json:"payload"`
	Signature string `json:"signature"`
}

func (m Room) receipt(tx *db.Tx, r *Request, now time.Time) (json.RawMessage, error) {
	votes, err := votesOf(tx, r.ID)
	if err != nil {
		return nil, err
	}
	rc := Receipt{Schema: "jexi.receipt.v1", Request: r.ID, Reference: r.Reference(), Workspace: r.WorkspaceID, Digest: r.Digest,
		Outcome: "approved", Approvers: []ReceiptApprover{}, Rules: []ReceiptRule{}, ApprovedAt: now, ExpiresAt: *r.ExecuteBy}
	for _, v := range votes {
		if v.WithdrawnAt == nil && v.Decision == rule.Approve {
			rc.Approvers = append(rc.Approvers, ReceiptApprover{v.PersonID, v.Proof, v.At.UTC()})
		}
	}
	for _, x := range r.Reasons.V {
		if x.Rule != uuid.Nil {
			rc.Rules = append(rc.Rules, ReceiptRule{x.Rule, x.Version, x.Name})
		}
	}
	body, err := json.Marshal(rc)
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	return json.Marshal(Signed{m.Signer.KeyID(), base64.StdEncoding.EncodeToString(body), base64.StdEncoding.EncodeToString(m.Signer.Sign(body))})
}
