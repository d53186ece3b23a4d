package catalog

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// FromForm makes the JSON that ParseParams reads from what a person typed into a form, by
// parameter name. Spaces around a value are dropped, what is empty is left out, entries of
// a list stand one a line. What is not of its type stays text, for ParseParams to refuse.
func (t *ActionType) FromForm(get func(name string) string) []byte {
	out := []byte{'{'}
	for _, p := range t.Params {
		typed := strings.ToValidUTF8(strings.TrimSpace(get(p.Name)), string(utf8.RuneError))
		if typed == "" {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(appendText(out, p.Name), ':')
		out = appendTyped(out, p, typed)
	}
	return append(out, '}')
}

func appendTyped(out []byte, p Param, typed string) []byte {
	switch p.Type {
	case Int:
		if _, err := strconv.ParseInt(typed, 10, 64); err == nil && plainInt.MatchString(typed) {
			return append(out, typed...)
		}
	case Bool:
		switch typed {
		case "true", "on", "yes":
			return append(out, "true"...)
		case "false", "off", "no":
			return append(out, "false"...)
		}
	case List:
		return appendLines(out, Param{Type: p.Item}, strings.Split(typed, "\n"))
	}
	return appendText(out, typed)
}

func appendLines(out []byte, item Param, lines []string) []byte {
	out = append(out, '[')
	for _, line := range lines {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if out[len(out)-1] != '[' {
			out = append(out, ',')
		}
		out = appendTyped(out, item, line)
	}
	return append(out, ']')
}
