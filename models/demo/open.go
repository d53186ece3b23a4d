package demo

import (
	"encoding/json"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
)

// openAsks are the questions that wait when somebody first looks.
func openAsks(slug string) []approval.Ask {
	ask := func(kind, params, client, ticket, why, evidence string) approval.Ask {
		sure := 0.93
		return approval.Ask{Type: kind, Params: json.RawMessage(params), Workflow: "support-desk", WorkflowVersion: "14", RunID: "run-" + ticket, Confidence: &sure,
			OnBehalfOf: catalog.Subject{Kind: "client", Ref: client, TicketRef: ticket}, Explanation: why,
			Evidence: []approval.Evidence{{Kind: "ticket", Ref: ticket, Text: evidence}}}
	}
	if slug == "tidewater" {
		return []approval.Ask{
			ask("registrar.domain.transfer_out", `{"domain":"verre-bleu.example","gaining_registrar":"Otherwise Domains"}`, "r-204", "88121", "The registrant started a transfer and confirmed it by mail.", "Please let verre-bleu.example go, we move all our names to one place."),
		}
	}
	return []approval.Ask{
		ask("billing.refund", `{"client_id":"20418","amount":"184.00","currency":"EUR","invoice_id":"INV-30911"}`, "20418", "58213", "The client was charged twice for renewing brandt-keramik.example. Both payments cleared on the same invoice period.", "I can see two payments of 184 on my card. Please return one of them."),
		ask("registrar.domain.transfer_out", `{"domain":"okra-market.example"}`, "11870", "58197", "The registrant asked for the transfer in the ticket and confirmed it by mail.", "We are moving okra-market.example to another registrar, please unlock and release it."),
		ask("registrar.domain.nameservers_change", `{"domain":"verre-bleu.example","nameservers":["ns1.hoster.example","ns2.hoster.example"]}`, "19022", "58231", "The client moves the site and gave the new nameservers.", "Our new nameservers are ns1 and ns2.hoster.example."),
		ask("dns.zone.delete", `{"zone":"old-shop.example"}`, "14007", "58240", "The client closed the shop and asked to remove the zone.", "The shop is closed for good, you can delete everything of old-shop.example."),
	}
}
