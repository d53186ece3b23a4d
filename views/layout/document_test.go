package layout_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

type (
	ctx    = context.Context
	writer = io.Writer
)

func parse(t *testing.T, c templ.Component) *html.Node {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func walk(n *html.Node, visit func(*html.Node)) {
	if n.Type == html.ElementNode {
		visit(n)
	}
	for c := range n.ChildNodes() {
		walk(c, visit)
	}
}

func find(n *html.Node, tag string) *html.Node {
	var found *html.Node
	walk(n, func(each *html.Node) {
		if found == nil && each.Data == tag {
			found = each
		}
	})
	return found
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := range n.ChildNodes() {
		b.WriteString(text(c))
	}
	return b.String()
}

func hasField(form *html.Node, name string) bool {
	has := false
	walk(form, func(n *html.Node) { has = has || n.Data == "input" && attr(n, "name") == name })
	return has
}

// references are the ids that other attributes point at.
func references(doc *html.Node) []string {
	var out []string
	walk(doc, func(n *html.Node) {
		for _, key := range []string{"for", "aria-labelledby", "aria-describedby", "data-opens", "form"} {
			out = append(out, strings.Fields(attr(n, key))...)
		}
		for _, key := range []string{"href", "data-copy"} {
			if id, ok := strings.CutPrefix(attr(n, key), "#"); ok && id != "" {
				out = append(out, id)
			}
		}
	})
	return out
}
