package catalog

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/jexi/portal/internal/fault"
)

// CleanLine brings one line of text into NFC and refuses what people cannot see: control,
// direction and invisible characters, and spaces at the ends. The problem's message
// starts with a verb, to follow the input's label.
func CleanLine(s string, limit int) (string, *Problem) {
	if strings.TrimSpace(s) != s {
		return "", problem(Mistyped, "must not begin or end with a space.")
	}
	if wrong := CheckLine(s); wrong != nil {
		return "", wrong
	}
	return fit(s, limit)
}

// CleanProse is CleanLine for text of several lines: line breaks (CR LF becomes LF), tabs,
// and joiners anywhere.
func CleanProse(s string, limit int) (string, *Problem) {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	for _, r := range s {
		if r != '\n' && r != '\t' && !joining(r) && hidden(r) {
			return "", unseen(r)
		}
	}
	return fit(s, limit)
}

// longestReason is what fits into a reason, in code points.
const longestReason = 500

// CleanReason is CleanProse for the reason of a change, which stands on record. missing says what to
// write where there is none. Its refusals are faults at the field "reason".
func CleanReason(s, missing string) (string, error) {
	s, problem := CleanProse(strings.TrimSpace(s), longestReason)
	if problem != nil {
		return "", fault.At("reason", "The reason %s", problem.Message)
	}
	if s == "" {
		return "", fault.At("reason", "%s", missing)
	}
	return s, nil
}

// CheckLine finds the first hidden character of one line of text.
func CheckLine(s string) *Problem {
	before := rune('a')
	for i, r := range s {
		switch {
		case joining(r):
			// Between letters of scripts that need it a joiner is spelling; beside
			// ASCII it only makes two texts look the same.
			after, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			if before < utf8.RuneSelf || after < utf8.RuneSelf && !unicode.Is(unicode.Variation_Selector, r) {
				return unseen(r)
			}
		case hidden(r):
			return unseen(r)
		}
		before = r
	}
	return nil
}

func fit(s string, limit int) (string, *Problem) {
	s = norm.NFC.String(s)
	if n := utf8.RuneCountInString(s); n > limit {
		return "", problem(TooLong, "has %d characters. At most %d are allowed.", n, limit)
	}
	return s, nil
}

func unseen(r rune) *Problem {
	return problem(Mistyped, "contains the hidden character U+%04X. Remove it.", r)
}

func joining(r rune) bool {
	return r == '\u200c' || r == '\u200d' || unicode.Is(unicode.Variation_Selector, r)
}

func hidden(r rune) bool {
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp,
		unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point)
}

// plain tells that a text is printable ASCII: most are.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Visible writes every hidden character as <U+202E>, so that nothing can hide in what
// an approver reads. Line breaks (browsers send CR LF) and tabs stay.
func Visible(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	for _, r := range strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\r\n", "\n") {
		if r != '\n' && r != '\t' && hidden(r) {
			fmt.Fprintf(&b, "<U+%04X>", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
