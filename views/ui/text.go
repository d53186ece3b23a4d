package ui

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Thousands groups a number: 18,422.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Plural is "1 request" or "3 requests".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + many
}

// Short cuts a long name at n characters.
func Short(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return strings.TrimRight(string(r[:n-1]), " .,") + "…"
}

// Spelled opens a sentence with a number: "Four", and digits from ten on.
func Spelled(n int) string {
	names := []string{"Nothing", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"}
	if n >= 0 && n < len(names) {
		return names[n]
	}
	return Thousands(n)
}

// Spell is a number and its noun within a sentence: "one more person", "12 more people".
func Spell(n int, one, many string) string {
	if n == 1 {
		return "one " + one
	}
	return strings.ToLower(Spelled(n)) + " " + many
}

// Shown makes characters visible that could hide or reorder text (control and
// format characters): "<U+202E>". Line breaks and tabs stay.
func Shown(s string) string {
	var b strings.Builder
	for _, r := range strings.ReplaceAll(s, "\r\n", "\n") {
		hidden := unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
		if hidden && r != '\n' && r != '\t' {
			fmt.Fprintf(&b, "<U+%04X>", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Upper lets words open a line: "read DNS zones" becomes "Read DNS zones".
func Upper(words string) string {
	if words == "" || words[0] < 'a' || words[0] > 'z' {
		return words
	}
	return string(words[0]-'a'+'A') + words[1:]
}

// Inside lets words stand inside a sentence: "Read DNS zones" becomes "read DNS zones", "DNS" stays.
func Inside(words string) string {
	r := []rune(words)
	if len(r) > 1 && !unicode.IsUpper(r[1]) {
		r[0] = unicode.ToLower(r[0])
	}
	return string(r)
}
