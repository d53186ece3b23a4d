// Package agentapi is the door of agents and of customers' own systems: the JSON calls of
// openapi.yaml, from which the types in api are made.
//
// It promises that a body is read strictly, that a refusal names the member that is wrong, that
// a call sent again gets the first answer, and that no secret is stored to do so. A decision is
// data, never an HTTP error. Files: read, request, consume, answer, integration.
package agentapi

//go:generate go tool -modfile=../../internal/tools/go.mod oapi-codegen -config codegen.yaml openapi.yaml

import (
	_ "embed"
	"net/http"

	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/web"
)

// Room answers machines, with exactly the tools that it uses.
type Room struct {
	Approval approval.Room
	Hub      *db.Hub
	Signer   seal.Signer
}

//go:embed openapi.yaml
var description []byte

// ShowDescription is the OpenAPI document.
func ShowDescription(c *web.Ctx) error {
	return c.Bytes(http.StatusOK, "application/yaml", description)
}

// ListKeys are the public keys that verify what the portal signed.
func (m Room) ListKeys(c *web.Ctx) error {
	return c.Bytes(http.StatusOK, "application/json", m.Signer.PublicKeys())
}
