package main_test

// connection is the life of a connected system, as far as requests feel it.
func (w *world) connection() {
	b := w.person(ines) // an Approver may not
	b.open("/w/northmoor/integrations").sees("Your role cannot").page("denied")

	b = w.person(marc)
	b.open("/w/northmoor/integrations").sees("Cloudflare DNS").page("integrations")
	b.click("Connect a system").sees("Stripe").page("integration, choose")
	b.open("/w/northmoor/integrations/new/stripe").prove("Make a key that can do no more").page("integration, connect")
	b.write("name", "").click("Connect Stripe").sees("There are", "problems").page("integration, refused")
	b.write("name", "Stripe").write("key", "rk_live_A1b2C3d4E5f6G7h8I9j0").click("Connect Stripe")
	stripe := b.sees("Stripe is connected").lacks("A1b2C3d4E5f6").page("integration").path()

	b.open("/w/northmoor/integrations").click("Cloudflare DNS").sees("Pause").click("Pause").sees("Pause Cloudflare DNS?").page("integration, pause")
	paused := b.write("reason", "We move the zones this evening.").click("Pause Cloudflare DNS").sees("We move the zones this evening.").page("integration, paused").path()
	a := w.agentOf("northmoor")
	r := a.ask("dns.record.change", map[string]any{"zone": "quarz-reisen.example", "name": "@", "record_type": "MX", "value": "10 mail.example", "ttl": 3600})
	if r.Decision != "held" {
		w.t.Fatalf("while the connection is paused it is %s", r.Decision)
	}
	b.open(r.page()).sees("Its system is paused").page("request held")
	news := a.follow(r, "held")
	b.open(paused).click("Resume").sees("Resumed").page("integration, resumed")
	a.hears(news, "pending")
	b.open(stripe).click("Disconnect Stripe").sees("Disconnect Stripe?").page("integration, disconnect")
	b.write("name", "Stripe").click("Disconnect Stripe").sees("The sealed key is destroyed. End it").page("integration, disconnected")
	b.open("/w/northmoor/people").sees("Tomasz Wilk").page("people")
	b.open("/w/northmoor/groups").sees("Billing approvers").page("groups")
	b.open("/w/northmoor/tokens").sees("Jexi agent").page("tokens")
}
