package main_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe.min.js
var axe string

// page holds the open page to what every page promises: nothing for axe to find (WCAG 2.0 to 2.2,
// A and AA, and best practice), no breach of the content-security policy, no failing script, and
// where it is looked at for the first time also the dark theme and no sideways scrolling on phones.
func (b *tab) page(name string) *tab {
	b.w.t.Helper()
	b.settle()
	b.quiet(name)
	if !b.scripted {
		b.allow(true) // for the test's own script
		defer b.allow(false)
	}
	b.accessible(name + ", light")
	if !b.w.looked[name] {
		b.w.looked[name] = true
		b.theme("dark")
		b.accessible(name + ", dark")
		b.theme("light")
		b.fits(name)
	}
	b.picture(name)
	return b
}

// settle waits until the page has come whole.
func (b *tab) settle() {
	b.w.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ready, err := evaluate[bool](b, `document.readyState === "complete" && document.fonts.status === "loaded"`); err == nil && ready {
			return
		}
	}
	b.w.t.Fatalf("%s: the page never came whole:\n%s", b.who, b.text())
}

// quiet fails the journey with what the browser complained about since the last page.
func (b *tab) quiet(name string) {
	b.w.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.problems {
		b.w.t.Errorf("on the way to %s the browser says: %s", name, p)
	}
	b.problems = nil
}

func (b *tab) theme(scheme string) {
	b.w.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

func (b *tab) accessible(name string) {
	b.w.t.Helper()
	found, err := evaluate[json.RawMessage](b, `(async () => { if (!window.axe) { `+axe+` }
		const r = await window.axe.run(document, {resultTypes: ["violations"], iframes: false,
			runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]});
		return r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 300) + " " + n.any.concat(n.all, n.none).map(c => c.message).join("; ")).join(" | ")) })()`,
		chromedp.EvalAwaitPromise)
	b.w.must(err)
	if string(found) != "[]" {
		b.w.t.Errorf("axe on %s: %s", name, found)
	}
}

// beyond are the elements that reach over the window's edge, other than inside a box that scrolls by itself.
const beyond = `(() => {
	const boxed = e => e && e !== document.body && (["auto", "scroll", "hidden"].includes(getComputedStyle(e).overflowX) || boxed(e.parentElement));
	const wide = [...document.querySelectorAll("body *")].filter(e => { const r = e.getBoundingClientRect();
		return r.width > 1 && r.right > innerWidth + 1 && e.checkVisibility() && !e.closest("svg") && !boxed(e.parentElement) });
	const out = wide.slice(0, 5).map(e => e.outerHTML.slice(0, 200));
	return document.documentElement.scrollWidth > innerWidth ? ["the page scrolls", ...out] : out })()`

// fits fails the journey when a page is wider than a phone's window, also where that is clipped away.
func (b *tab) fits(name string) {
	b.w.t.Helper()
	was := b.width
	for _, width := range []int64{phone, least} {
		b.size(width)
		wider, err := evaluate[[]string](b, beyond)
		b.w.must(err)
		if len(wider) > 0 {
			b.w.t.Errorf("%s is wider than %d px: %s", name, width, strings.Join(wider, "\n"))
		}
	}
	b.size(was)
}

// picture saves the page in both themes and widths, where somebody wants to look at it.
func (b *tab) picture(name string) {
	dir := os.Getenv("PORTAL_SHOTS")
	if dir == "" {
		return
	}
	b.w.t.Helper()
	b.w.must(os.MkdirAll(dir, 0o755))
	was := b.width
	for _, width := range []int64{desk, phone} {
		b.size(width)
		for _, theme := range []string{"dark", "light"} {
			b.theme(theme)
			png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			b.w.must(err)
			b.w.must(os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", strings.ReplaceAll(name, " ", "-"), width, theme)), png, 0o644))
		}
	}
	b.size(was)
}
