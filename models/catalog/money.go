package catalog

import (
	"regexp"
	"slices"
	"strings"
)

// ISO 4217 codes in use, by the number of decimals. Metals, funds and test codes are left out.
const (
	noDecimals    = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
	twoDecimals   = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
	threeDecimals = "BHD IQD JOD KWD LYD OMR TND"
)

// Currencies lists the ISO 4217 codes in use, sorted.
func Currencies() []string {
	return slices.Sorted(strings.FieldsSeq(noDecimals + " " + twoDecimals + " " + threeDecimals))
}

// minorDigits of an unknown currency are two: the currency itself is refused elsewhere.
func minorDigits(currency string) int {
	switch {
	case len(currency) != 3:
	case strings.Contains(noDecimals, currency):
		return 0
	case strings.Contains(threeDecimals, currency):
		return 3
	}
	return 2
}

var amount = regexp.MustCompile(`^(0|[1-9][0-9]{0,11})(\.[0-9]{1,3})?$`)

// readMoney pads to the currency's decimals, so that "184" and "184.00" are one amount.
func readMoney(s string, digits int) (string, int64, bool) {
	if !amount.MatchString(s) {
		return "", 0, false
	}
	whole, fraction, _ := strings.Cut(s, ".")
	if len(fraction) > digits {
		return "", 0, false
	}
	if digits == 0 {
		return whole, millionths(whole), true
	}
	text := whole + "." + fraction + strings.Repeat("0", digits-len(fraction))
	return text, millionths(text), true
}

var symbols = map[string]string{"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩"}

// FormatMoney writes an amount for pages: "€184.00", "1,250.00 CHF". Mail and plain text use
// the ISO code instead.
func FormatMoney(amount, currency string) string {
	whole, fraction, decimals := strings.Cut(amount, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if decimals {
		whole += "." + fraction
	}
	if s, ok := symbols[currency]; ok {
		return s + whole
	}
	return whole + " " + currency
}
