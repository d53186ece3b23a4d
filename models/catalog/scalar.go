package catalog

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// readText reads every type that travels as a JSON string.
func readText(p Param, s string, digits int) (Value, *Problem) {
	v := Value{Type: p.Type}
	ok := true
	switch p.Type {
	case String:
		text, wrong := readString(p, s)
		v.Text = text
		return v, wrong
	case Enum:
		v.Text, ok = s, slices.Contains(p.Values, s)
	case Money:
		v.Text, v.Number, ok = readMoney(s, digits)
	case Decimal:
		v.Text, v.Number, ok = readDecimal(s)
	case Domain:
		v.Text, ok = CanonicalDomain(s)
	case Email:
		v.Text, ok = CanonicalEmail(s)
	case IP:
		v.Text, ok = readIP(s)
	case Time:
		v.Text, v.Time, ok = readTime(s)
	default:
		ok = false
	}
	if !ok {
		return Value{}, mistyped(p)
	}
	return v, nil
}

func readString(p Param, s string) (string, *Problem) {
	limit := p.MaxLen
	if limit == 0 {
		limit = 200
	}
	var text string
	var wrong *Problem
	switch p.Form {
	case Prose:
		text, wrong = CleanProse(s, limit)
	default:
		text, wrong = CleanLine(s, limit)
	}
	if wrong != nil {
		wrong.Message = p.Label + " " + wrong.Message
		return "", wrong
	}
	ok := true
	switch p.Form {
	case Ident:
		ok = ident.MatchString(text)
	case Host:
		text, ok = canonicalHost(text)
	}
	if !ok {
		return "", mistyped(p)
	}
	return text, nil
}

func mistyped(p Param) *Problem {
	return problem(Mistyped, "%s must be %s.", p.Label, expected(p))
}

// expected says what would be right, to follow "Send" and "must be".
func expected(p Param) string {
	switch p.Type {
	case Int:
		return "a whole number without quotes, such as 3600"
	case Decimal:
		return "a decimal in quotes, such as \"12.5\""
	case Money:
		return "an amount in quotes, such as \"184.00\", not negative, with the decimals of its currency"
	case Bool:
		return "true or false, without quotes"
	case Enum:
		return expectedEnum(p)
	case Domain:
		return "a domain name in quotes, such as \"example.com\""
	case Email:
		return "an e-mail address in quotes, such as \"ann@example.com\""
	case IP:
		return "an IP address in quotes, such as \"192.0.2.1\""
	case Time:
		return "a time with its zone in quotes, such as \"2026-11-23T09:00:00Z\""
	case List:
		return "a list of 1 to 1,000 entries, each " + expected(Param{Type: p.Item, Values: p.Values, Form: p.Form})
	}
	return expectedString(p.Form)
}

func expectedEnum(p Param) string {
	if slices.Contains(p.Values, "EUR") {
		return "an ISO 4217 currency code in quotes, such as \"EUR\""
	}
	return "one of \"" + strings.Join(p.Values, "\", \"") + "\""
}

func expectedString(f Form) string {
	switch f {
	case Ident:
		return "an id in quotes, of plain letters, digits and ._:@/#+-, such as \"20418\""
	case Host:
		return "a record name within its zone in quotes, such as \"www\", or \"@\" for the zone itself"
	}
	return "text in quotes"
}

var (
	ident     = regexp.MustCompile(`^[A-Za-z0-9._:@/#+-]+$`)
	decimal   = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$`)
	rfc3339   = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$`)
	hostLabel = regexp.MustCompile(`^(\*|[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)$`)
	topLabel  = regexp.MustCompile(`[a-z]`)
	mailbox   = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")
)

// readDecimal drops trailing zeros, so that "1.50" and "1.5" are one value.
func readDecimal(s string) (string, int64, bool) {
	if !decimal.MatchString(s) {
		return "", 0, false
	}
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s, millionths(s), s != "-0"
}

// millionths of a checked decimal: at most 18 digits, so it cannot overflow.
func millionths(s string) int64 {
	whole, fraction, _ := strings.Cut(s, ".")
	n, _ := strconv.ParseInt(whole+fraction+strings.Repeat("0", 6-len(fraction)), 10, 64)
	return n
}

var (
	domainNames = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))
	recordNames = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.StrictDomainName(false))
)

// CanonicalDomain is the lower-case A-label form without trailing dot, of at least two labels.
func CanonicalDomain(s string) (string, bool) {
	s = strings.TrimSuffix(s, ".")
	if len(s) > 1_000 || CheckLine(s) != nil {
		return "", false
	}
	a, err := domainNames.ToASCII(s)
	labels := strings.Split(a, ".")
	if err != nil || len(labels) < 2 || !topLabel.MatchString(labels[len(labels)-1]) {
		return "", false
	}
	return a, true
}

// CanonicalEmail keeps the mailbox as written and brings the domain into canonical form.
// Quoted and non-ASCII mailboxes are refused: they can be made to look like others.
func CanonicalEmail(s string) (string, bool) {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > 64 || !mailbox.MatchString(s[:at]) {
		return "", false
	}
	domain, ok := CanonicalDomain(s[at+1:])
	return s[:at+1] + domain, ok && !strings.HasSuffix(s, ".")
}

// canonicalHost brings a record name into lower-case A-labels. A trailing dot would mean
// an absolute name, so it is refused.
func canonicalHost(s string) (string, bool) {
	if s == "@" {
		return s, true
	}
	labels := strings.Split(s, ".")
	for i, label := range labels {
		a, err := recordNames.ToASCII(label)
		if err != nil || !hostLabel.MatchString(a) || a == "*" && i > 0 {
			return "", false
		}
		labels[i] = a
	}
	s = strings.Join(labels, ".")
	return s, len(s) <= 240
}

func readIP(s string) (string, bool) {
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" {
		return "", false
	}
	return addr.Unmap().String(), true
}

func readTime(s string) (string, time.Time, bool) {
	if !rfc3339.MatchString(s) {
		return "", time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return "", time.Time{}, false
	}
	t = t.UTC()
	return t.Format(time.RFC3339Nano), t, t.Year() >= 1900 && t.Year() <= 9999
}
