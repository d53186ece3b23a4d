package ui

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/a-h/templ"
)

// Value is the text of one column, with a line under it.
type Value struct{ Label, Text, Sub string }

// RecordProps is a row of a long list: what it is, how it stands, and texts.
type RecordProps struct {
	Title  string
	Href   string
	Sub    string
	State  State
	Values []Value
}

// RecordRow is a TableRow of HeadCell, RowLink, a Status and Cells. It writes by hand what they
// write: long lists have many rows, and components within components are what such a page costs.
func RecordRow(p RecordProps) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		b := rows.Get().(*bytes.Buffer)
		defer rows.Put(b)
		b.Reset()
		write := func(markup, text string) {
			b.WriteString(markup)
			b.WriteString(templ.EscapeString(text))
		}
		write(`<tr role="row"><th scope="row" role="rowheader"><a class="row-link" href="`, string(templ.URL(p.Href)))
		write(`">`, p.Title)
		b.WriteString(`</a>`)
		sub := func(text string) {
			if text != "" {
				write(` <span class="sub">`, text)
				b.WriteString(`</span>`)
			}
		}
		sub(p.Sub)
		write(`</th><td role="cell" data-l="State"><div><span class="st st-`, string(p.State.Tone))
		b.WriteString(`">` + glyphs()[p.State.Glyph])
		write(` `, p.State.Word)
		b.WriteString(`</span></div></td>`)
		for _, v := range p.Values {
			write(`<td role="cell" data-l="`, v.Label)
			write(`"><div>`, v.Text)
			sub(v.Sub)
			b.WriteString(`</div></td>`)
		}
		b.WriteString(`</tr>`)
		_, err := w.Write(b.Bytes())
		return err
	})
}

var rows = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// glyphs are drawn once.
var glyphs = sync.OnceValue(func() map[Glyph]string {
	all := map[Glyph]string{}
	for _, g := range []Glyph{"", Dashed, Ring, Waiting, Half, Done, Octagon, Triangle, Bars, Slashed, Scheduled, Hatch} {
		var b bytes.Buffer
		if err := glyph(g).Render(context.Background(), &b); err == nil { // a buffer takes everything
			all[g] = b.String()
		}
	}
	return all
})
