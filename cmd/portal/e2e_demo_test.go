package main_test

import "strings"

// agentPage is the demo's page on which one plays the agent.
func (w *world) agentPage() {
	b := w.visitor("somebody who looks")
	b.open("/dev/kit").sees("Component sheet").page("component sheet")
	b.open("/dev/mailbox").sees("mails were sent").page("mailbox")
	l := w.letter(ines, "Transfer")
	b.open("/dev/mailbox/" + l.ID).sees(l.Subject).page("mail")
	b.open("/dev/agent").sees("through the real API").page("agent")
	b.click("Ask: Refund 184.00 EUR").sees("People are asked").page("agent, waiting")
	b.lacks(w.secret("northmoor"))
	words := strings.Fields(strings.SplitN(b.text(), "Words", 2)[1])[0]
	for _, who := range []string{tomasz, marc} {
		w.voteByMail(w.letter(who, words), "20418")
	}
	b.sees("People agreed").page("agent, approved") // the page heard by itself
	b.click("Take it and act").sees("It has its ticket").page("agent, acting")
	b.click("It worked").sees("Done").page("agent, done")
	b.close()

	b = w.visitor("somebody without scripts").scripts(false)
	b.open("/dev/agent?workspace=tidewater&type=dns.record.change").sees("New value").page("agent, other action")
	b.write("param.name", "@").write("param.value", "192.0.2.1").write("param.ttl", "soon").click("Ask: Add or change a DNS record")
	b.sees("There is a problem", "The API refused").page("agent, refused")
	b.write("param.ttl", "").click("Ask: Add or change a DNS record").sees("It may take it and act").page("agent, allowed")
	b.close()
}

// voteByMail approves from a mail's link.
func (w *world) voteByMail(l letter, target string) {
	w.t.Helper()
	b := w.visitor("a voter")
	defer b.close()
	b.open(l.link()).choose("decision", "approve").write("code", l.code()).write("target", target).click("Continue")
	b.sees("Check your decision").click("Confirm approval").sees("You approved this")
}
