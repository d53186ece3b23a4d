package demo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
)

// system is a connection with what it is left without, so that one system does one thing.
type system struct {
	kind, name string
	without    []string
	workflows  string
}

func (p Place) systems() []system {
	if p.Slug == "tidewater" {
		return []system{
			{kind: "registrar", name: "EPP registrar", workflows: "transfers, renewals"},
			{kind: "stripe", name: "Stripe", workflows: "billing-desk"},
			{kind: "cloudflare", name: "Cloudflare", workflows: "dns-desk"},
		}
	}
	return []system{
		{kind: "whmcs", name: "WHMCS", without: []string{"domains:transfer", "domains:write", "services:write", "services:terminate", "tickets:reply"}, workflows: "billing-desk"},
		{kind: "registrar", name: "Registrar", workflows: "domain-desk"},
		{kind: "cloudflare", name: "Cloudflare DNS", workflows: "dns-desk"},
		{kind: "cpanel", name: "WHM cluster 1", without: []string{"dns:write", "dns:delete"}, workflows: "hosting-desk"},
		{kind: "slack", name: "Slack", workflows: "reply-desk"},
		{kind: "hubspot", name: "HubSpot", workflows: "sales-desk"},
		{kind: "zendesk", name: "Zendesk", workflows: "reply-desk"},
	}
}

// connect connects the systems with keys that open nothing.
func (p Place) connect(tx *db.Tx, safe integration.Safe, owner uuid.UUID) error {
	for _, s := range p.systems() {
		k, ok := catalog.FindKind(s.kind)
		if !ok {
			return fmt.Errorf("no kind of system %s", s.kind)
		}
		d := integration.NewDraft(k, owner)
		d.Name, d.Workflows, d.Settings, d.Scopes = s.name, s.workflows, map[string]string{}, nil
		for _, f := range k.Fields {
			if f.Secret {
				d.Key = seal.NewSecret("demo-key-that-opens-nothing-" + s.kind)
			} else {
				d.Settings[f.Name] = f.Example
				if strings.Contains(f.Example, " ") { // a description, not a value
					d.Settings[f.Name] = "kQ7mZt2XwB9rLd4VhJ6sNc8yPf3GuAe1"
				}
			}
		}
		for _, scope := range k.Scopes {
			if !slices.Contains(s.without, scope.Name) {
				d.Scopes = append(d.Scopes, scope.Name)
			}
		}
		if _, err := safe.Connect(tx, d); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}
