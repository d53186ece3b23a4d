package main_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// key presses keys one after the other, wherever the focus is.
func (b *tab) key(keys string, with ...chromedp.KeyOption) *tab {
	b.w.t.Helper()
	b.do(chromedp.KeyEvent(keys, with...))
	return b
}

// holds waits until a script is true in the page.
func (b *tab) holds(what, script string) *tab {
	b.w.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok, err := evaluate[bool](b, script); err == nil && ok {
			return b
		}
	}
	b.w.t.Fatalf("%s never holds: %s, on\n%s", b.who, what, b.text())
	return b
}

// at waits until the page is at this path, whole and with its scripts run.
func (b *tab) at(path string) *tab {
	b.w.t.Helper()
	return b.holds("the path is "+path, fmt.Sprintf(`document.readyState === "complete" && location.pathname === %q`, path))
}

// focused holds the journey to what has the focus.
func (b *tab) focused(script string) *tab {
	b.w.t.Helper()
	return b.holds("the focus is on "+script, "document.activeElement === "+script)
}

const (
	ctrl   = chromedp.ModifierCtrl
	opened = `document.querySelector("dialog[open]")`
	closed = `!` + opened
)

// marks waits until the dialog marks an entry that reads so, and tells assistive technology.
func (b *tab) marks(text string) *tab {
	b.w.t.Helper()
	return b.holds("marked is "+text, fmt.Sprintf(`(() => { const i = document.querySelector("#jump input"), o = document.getElementById(i.getAttribute("aria-activedescendant"));
		return !!o && i.getAttribute("aria-expanded") === "true" && o.parentElement.ariaBusy === "false" && o.getAttribute("aria-selected") === "true" && o.textContent.includes(%q) && document.activeElement === i &&
			document.querySelectorAll("#jump [aria-selected=true]").length === 1 })()`, text))
}

// jump is the search and the keys, with nothing but the keyboard.
func (w *world) jump() {
	b := w.visitor("who uses the keyboard").signIn(priya)
	b.open("/w/northmoor").at("/w/northmoor")
	b.key("k", chromedp.KeyModifiers(ctrl)).holds("it opens", "!!"+opened).marks("Overview").page("jump dialog")
	b.key("approval").marks("Approval requests").page("jump dialog, typed")
	b.key(kb.ArrowDown).marks("Approval rules").key(kb.ArrowUp).marks("Approval requests").key(kb.ArrowUp).marks("Search the audit trail")
	b.key(kb.ArrowDown).key(kb.ArrowDown).marks("Approval rules").key(kb.Enter).at("/w/northmoor/rules")

	r := w.agentOf("northmoor").ask("billing.refund", map[string]any{"client_id": "20779", "amount": "184.00", "currency": "EUR"})
	b.key("k", chromedp.KeyModifiers(ctrl)).key(r.Words).marks(r.Summary).key(kb.Escape).holds("it closes", closed)
	b.key("k", chromedp.KeyModifiers(ctrl)).holds("it begins anew", `document.querySelector("#jump input").value === ""`)
	b.key(strings.ToLower(r.Reference)).marks(r.Summary).key(kb.Enter).at(r.page())
	b.key("k", chromedp.KeyModifiers(ctrl)).key("zzzz").marks("Search the audit trail").key(kb.Enter).at("/w/northmoor/audit")
	b.open("/w/northmoor").at("/w/northmoor").click("Search or jump to Ctrl K").marks("Overview").key("priya").marks("Priya").press("#jump [role=option]").sees("priya@northmoor.example")

	w.keys(b)
	b.close()

	phoned := w.visitor("on a phone").size(phone).signIn(priya)
	phoned.open("/w/northmoor").press(".mobilebar [data-opens=jump]").marks("Overview").page("jump dialog on a phone")
	phoned.close()
	w.jumpPlain(r)
}

// keys are those that are pressed alone.
func (w *world) keys(b *tab) {
	b.open("/w/northmoor").at("/w/northmoor")
	for letter, path := range map[string]string{"a": "/requests", "r": "/rules", "i": "/integrations", "p": "/people", "t": "/audit", "o": ""} {
		b.key("g" + letter).at("/w/northmoor" + path)
	}
	b.key("gr").at("/w/northmoor/rules")
	first := `document.querySelectorAll("main th[scope=row] a")[0]`
	second := `document.querySelectorAll("main th[scope=row] a")[1]`
	b.key("j").focused(first).key("j").focused(second).key("k").focused(first).key("k").focused(first)
	b.key("gt").at("/w/northmoor/audit").key("/").focused(`document.querySelector("main [name=contains]")`)
	b.key("gaj?/k").holds("typing stays typing", `location.pathname === "/w/northmoor/audit" && document.activeElement.value.endsWith("gaj?/k") && `+closed)
	b.open("/w/northmoor/keys").sees("No key decides or changes anything").page("keys")
	b.open("/w/northmoor").at("/w/northmoor").key("j", chromedp.KeyModifiers(chromedp.ModifierAlt)).key("?").holds("they are listed", "!!"+opened)
	b.sees("Go to Approval rules").page("keys dialog").key("ga").holds("a dialog keeps them", `location.pathname === "/w/northmoor" && !!`+opened)
	b.click("Switch single keys off").at("/w/northmoor").holds("they are off", `!("shortcuts" in document.documentElement.dataset)`)
	b.key("gr?j/").holds("nothing moves", `location.pathname === "/w/northmoor" && document.activeElement === document.body && `+closed)
	b.key("k", chromedp.KeyModifiers(ctrl)).marks("Overview").key(kb.Escape)
	b.click("Keys").sees("Single keys are off in this browser").click("Switch single keys on").holds("they are on", `"shortcuts" in document.documentElement.dataset`).at("/w/northmoor").key("gr").at("/w/northmoor/rules")
}

// jumpPlain is the same without scripts.
func (w *world) jumpPlain(r request) {
	b := w.visitor("without scripts").scripts(false).signIn(tomasz)
	b.open("/w/northmoor").click("Search or jump to Ctrl K").sees("A request by its number").page("jump page")
	b.write("q", r.Words).click("Search").sees("Search for", r.Summary, "Waiting for you").page("jump page, found").click(r.Summary).sees("Your decision")
	b.open("/w/northmoor/jump").write("q", "nothing is called so").click("Search").sees("Nothing that you may open").page("jump page, nothing")
	b.click("Keys").sees("Single keys are on").page("keys page").click("Switch single keys off").sees("Single keys are off")
	b.close()
}
