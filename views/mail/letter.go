// Package mail is how the portal's letters read: one layout as HTML, and a plain part that is
// written from the same facts, never stripped from the HTML. A letter has one button at most.
package mail

import (
	"fmt"
	"strings"
)

// Letter is one mail, whatever it is about.
type Letter struct {
	Workspace string // it comes on behalf of, "" for the portal itself
	Subject   string
	Preview   string // what a mailbox shows beside the subject
	Title     string
	Lead      string
	Facts     []Fact
	Code      string // to be typed on the page the button opens
	Button    string
	URL       string
	After     string // under the button: what opening does and does not do
	Small     []string
}

// Fact is one line of the table.
type Fact struct {
	Label, Value string
	Strong       bool
}

// Text is the plain part.
func (l Letter) Text() string {
	var b strings.Builder
	para := func(s string) {
		if s != "" {
			b.WriteString(wrap(s) + "\n\n")
		}
	}
	para(l.Title) // as it is: whoever reads it may have to type what stands in it
	para(l.Lead)
	for _, f := range l.Facts {
		b.WriteString(line(f))
	}
	if len(l.Facts) > 0 {
		b.WriteString("\n")
	}
	if l.URL != "" {
		b.WriteString(l.Button + ":\n" + l.URL + "\n\n")
	}
	if l.Code != "" {
		b.WriteString("Your code for that page: " + l.Code + "\n\n")
	}
	para(l.After)
	for _, s := range l.Small {
		para(s)
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// column is where values begin in the plain part.
const column = 19

func line(f Fact) string {
	value := strings.Split(wrapTo(f.Value, 72-column), "\n")
	out := fmt.Sprintf("%-*s%s\n", column, f.Label, value[0])
	for _, rest := range value[1:] {
		out += strings.Repeat(" ", column) + rest + "\n"
	}
	return out
}

func wrap(s string) string { return wrapTo(s, 72) }

// wrapTo breaks between words; a longer word, such as an address, stays whole.
func wrapTo(s string, width int) string {
	var b strings.Builder
	n := 0
	for i, word := range strings.Fields(s) {
		switch {
		case i == 0:
		case n+1+len(word) > width:
			b.WriteString("\n")
			n = 0
		default:
			b.WriteString(" ")
			n++
		}
		b.WriteString(word)
		n += len(word)
	}
	return b.String()
}
