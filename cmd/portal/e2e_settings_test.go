package main_test

// settings are changed by one Admin, and what weakens them by two.
func (w *world) settings() {
	first, second := w.person(marc), w.person(priya)
	first.addApp()
	second.addApp()
	first.open("/w/northmoor/settings").sees("Settings of Northmoor Hosting", "Europe/Berlin").page("settings")
	first.write("people", "nine").click("Save the settings").sees("Write a whole number from 1 to 5.").page("settings, refused")
	first.write("people", "2").click("Save the settings").sees("Settings saved").page("settings, saved")
	first.click("Ask for weaker settings").prove("Ask for weaker settings?").page("settings, weaker")
	first.pick("people", "1").write("note", "One is enough.").click("Ask for weaker settings").sees("You asked for it").page("settings, weaker asked for")
	second.open("/w/northmoor/settings").sees("Marc Lindqvist asks that 1 person must agree instead of 2", "One is enough.")
	second.click("Check and agree").prove("Agree to weaker settings?").page("settings, agreement")
	second.click("Agree to it").sees("The settings are changed")
}

// secondThoughts are of somebody who approved and takes it back.
func (w *world) secondThoughts() {
	a := w.agentOf("northmoor")
	r := a.ask("billing.refund", map[string]any{"client_id": "20791", "amount": "199.00", "currency": "EUR"})
	news := a.follow(r, "pending")
	b := w.person(ines)
	b.approve(r).sees("Your decision is recorded", "You approved this").page("request approved by the reader")
	b.click("Take your approval back").sees("Take your approval back?").page("request, take back")
	b.write("reason", "The client paid twice after all.").click("Take it back").sees("Your approval is taken back", "The client paid twice after all.", "0 of 2").page("request, taken back")
	w.decideSignedIn(w.person(tomasz), r)
	b.open(r.page()).choose("decision", "deny").write("reason", "Not this one.").click("Continue").sees("Check your decision").click("Confirm that you decline").sees("Your decision is recorded")
	a.hears(news, "denied")
}
