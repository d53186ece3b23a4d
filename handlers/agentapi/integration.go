package agentapi

import (
	"net/http"

	"github.com/jexi/portal/handlers/agentapi/api"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/web"
)

// ListIntegrations tells what the agent may work with, and what is paused.
func (m Room) ListIntegrations(c *web.Ctx) error {
	all, err := web.Read(c, integration.List)
	if err != nil {
		return err
	}
	out := make([]api.Integration, len(all))
	for i, it := range all {
		out[i] = api.Integration{Id: it.ID, Kind: it.Kind, Name: it.Name, State: api.IntegrationState(it.State),
			Scopes: append([]string{}, it.Scopes...), Workflows: append([]string{}, it.Workflows...)}
		if it.State == integration.Paused {
			out[i].Pause = &api.Pause{Reason: it.PauseReason, Since: it.PausedAt.UTC()}
		}
	}
	return c.JSON(http.StatusOK, map[string][]api.Integration{"integrations": out})
}
