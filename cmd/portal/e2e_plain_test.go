package main_test

// plain is the main job in a browser that runs no script.
func (w *world) plain() {
	a := w.agentOf("northmoor")
	r := a.ask("billing.refund", map[string]any{"client_id": "20778", "amount": "184.00", "currency": "EUR"})
	news := a.follow(r, "pending")
	w.approveByMail(w.visitor("Marc, by mail").scripts(false).size(phone), w.letter(marc, r.Words), "20778", r)
	b := w.visitor("Tomasz, without scripts").scripts(false).signIn(tomasz)
	w.decideSignedIn(b, r)
	a.hears(news, "approved")
	a.consume(r)
	b.close()

	owner := w.visitor("Priya, without scripts").scripts(false).signIn(priya)
	r = a.ask("registrar.domain.transfer_out", map[string]any{"domain": "mira-optik.example"})
	news = a.follow(r, "pending")
	owner.open(r.page()).sees("Your decision", r.Words).choose("decision", "approve").click("Continue").sees("Show that it is you").page("proof by code, without scripts")
	owner.prove("Your decision").choose("decision", "approve").click("Continue").sees("Check your decision")
	owner.click("Confirm approval").sees("Your decision is recorded", "fresh passkey or authenticator code")
	a.hears(news, "approved")
	owner.open("/w/northmoor/menu").page("menu").click("Help").sees("How this portal works", "Whom to write to").page("help")
	owner.open("/signout").sees("Sign out?").page("sign-out").click("Sign out").sees("You are signed out").page("signed out")
	owner.close()
}
