package main_test

import (
	"fmt"
	"net/http"
	"regexp"
)

var anyLink = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,)]`)

// robot is what mail scanners do, and more: whatever a mail links to is fetched, opened with
// scripts, and every form on it sent with every choice, again on the page that follows.
func (w *world) robot() {
	a := w.agentOf("northmoor")
	open := []request{
		a.ask("billing.refund", map[string]any{"client_id": "20779", "amount": "184.00", "currency": "EUR"}),
		a.ask("registrar.domain.transfer_out", map[string]any{"domain": "nord-werk.example"}),
		a.ask("dns.zone.delete", map[string]any{"zone": "kiefer-haus.example"}),
		a.ask("dns.record.change", map[string]any{"zone": "tondo-stern.example", "name": "@", "record_type": "MX", "value": "10 mail.example", "ttl": 3600}),
	}
	for _, r := range open {
		w.letter(ines, r.Words)
	}
	// A sign-in mail that leads to a question: whoever opens it would be signed in as Inês.
	b := w.visitor("Inês, who wants in")
	b.open("/signin?next="+open[0].page()).write("email", ines).click("Continue").sees("Check your mail")
	b.close()
	w.letter(ines, "Sign in")

	seen := map[string]bool{}
	machine := w.visitor("robot") // one for all links: what one opened might open another
	for _, l := range w.letters() {
		for _, link := range anyLink.FindAllString(l.Text, -1) {
			if !seen[link] {
				seen[link] = true
				w.fetch(link)
				machine.scan(link)
			}
		}
	}
	machine.open("/workspaces").sees("Sign in with a passkey")
	for _, r := range open {
		if now := a.now(r); now.Version != r.Version || now.Decision != r.Decision {
			w.t.Errorf("the robot moved %s (%s): %+v", r.Reference, r.Summary, now)
		}
	}
	w.t.Logf("%d links of %d mails", len(seen), len(w.letters()))
}

// fetch asks for a link as scanners do before anybody reads the mail.
func (w *world) fetch(link string) {
	w.t.Helper()
	for range 20 {
		for _, method := range []string{http.MethodHead, http.MethodGet} {
			req, _ := http.NewRequest(method, link, nil)
			res, err := http.DefaultClient.Do(req)
			w.must(err)
			res.Body.Close()
			if res.StatusCode >= 500 {
				w.t.Errorf("%s %s answers %d", method, link, res.StatusCode)
			}
		}
	}
}

// forms are those of a page's content that a robot can send.
const forms = `[...document.querySelectorAll("main form[method=post]")].filter(f => !f.dataset.passkey)`

// scan opens a link with scripts and sends every form it finds, with the first choice and with the
// second, and on the pages that follow the first form each.
func (b *tab) scan(link string) {
	b.w.t.Helper()
	for choice := range 2 {
		b.open(link)
		count, err := evaluate[int](b, forms+".length")
		b.w.must(err)
		for n := range count {
			if n > 0 {
				b.open(link)
			}
			for step := 0; step < 3 && b.send(n, choice); step++ {
				n = 0
			}
		}
	}
}

// send fills a form with junk, takes one of its choices and submits it. ok is false without such a form.
func (b *tab) send(n, choice int) bool {
	b.w.t.Helper()
	sent, err := evaluate[bool](b, fmt.Sprintf(`(() => {
		const form = %s[%d];
		if (!form) return false;
		for (const e of form.elements) {
			if (e.type === "checkbox") e.checked = true;
			else if (e.tagName === "TEXTAREA" || ["text", "email", "tel", "search", "url", "password"].includes(e.type)) e.value = "ABC234";
		}
		const radios = [...form.querySelectorAll("input[type=radio]")];
		if (radios.length) radios[Math.min(%d, radios.length - 1)].checked = true;
		document.documentElement.dataset.old = "yes";
		form.requestSubmit(form.querySelector("button[type=submit]"));
		return true })()`, forms, n, choice))
	return err == nil && sent && b.left()
}
