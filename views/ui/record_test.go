package ui

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"testing"

	"github.com/a-h/templ"
)

func text(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, templ.EscapeString(s))
		return err
	})
}

// within is a component with its children.
func within(outer templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return outer.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

var between = regexp.MustCompile(`>\s+|\s+<`)

// markup is what a browser sees, whatever blanks stand between elements.
func markup(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return between.ReplaceAllStringFunc(b.String(), func(s string) string { return string(bytes.TrimSpace([]byte(s))) })
}

func TestARecordRowWritesWhatItsComponentsWrite(t *testing.T) {
	for _, p := range []RecordProps{
		{Title: "refund 184.00 EUR", Href: "/w/acme/requests/1", Sub: "AR-1, amber-kettle", State: Approved(), Values: []Value{{"Rule", "Refunds", ""}, {"Decided", "Ann", "on 2 Jan"}}},
		{Title: `<script>&"'`, Href: "javascript:alert(1)", State: State{Word: `<b>"`, Tone: Stop, Glyph: Octagon}, Values: []Value{{`"><i>`, `</td>&`, `"<u>`}}},
		{Title: "nothing else", Href: "?a=1&b=2", State: Withdrawn()},
	} {
		cells := []templ.Component{within(HeadCell(), RowLink(p.Href, p.Title, p.Sub)), within(Cell("State"), Status(p.State))}
		for _, v := range p.Values {
			cells = append(cells, within(Cell(v.Label), text(v.Text), Sub(v.Sub)))
		}
		if got, want := markup(t, RecordRow(p)), markup(t, within(TableRow(), cells...)); got != want {
			t.Errorf("it writes\n%s\nand they\n%s", got, want)
		}
	}
}
