package ui

import (
	"testing"
	"time"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestATimeIsWrittenAsShortAsItIsClear(t *testing.T) {
	now := at("2026-11-23T09:04:00Z")
	for in, want := range map[string]string{
		"2026-11-23T11:44:00Z":      "11:44 UTC",
		"2026-11-23T23:30:00-02:00": "24 Nov, 01:30 UTC",
		"2026-11-22T09:02:00Z":      "22 Nov, 09:02 UTC",
		"2025-11-20T09:02:00Z":      "20 Nov 2025, 09:02 UTC",
		"2028-01-01T00:00:00Z":      "1 Jan 2028, 00:00 UTC",
	} {
		if got := When(at(in), now); got != want {
			t.Errorf("When(%s) = %q, want %q", in, got, want)
		}
	}
	if got := Until(at("2026-11-24T06:10:00Z"), now); got != "tomorrow, 06:10 UTC" {
		t.Errorf("Until tomorrow = %q", got)
	}
}

func TestASpanHasAtMostTwoUnits(t *testing.T) {
	for in, want := range map[time.Duration]string{
		40 * time.Second:             "40 s",
		58 * time.Minute:             "58 min",
		160 * time.Minute:            "2 h 40 min",
		3 * time.Hour:                "3 h",
		76 * time.Hour:               "3 d 4 h",
		16*day + 5*time.Hour:         "16 days",
		-160 * time.Minute:           "2 h 40 min",
		10*time.Hour - time.Second:   "9 h 59 min",
		24*time.Hour - time.Second:   "23 h",
		7*24*time.Hour - time.Minute: "6 d 23 h",
	} {
		if got := Span(in); got != want {
			t.Errorf("Span(%v) = %q, want %q", in, got, want)
		}
	}
	now := at("2026-11-23T09:04:00Z")
	if got := Relative(now.Add(-76*time.Hour), now); got != "3 d 4 h ago" {
		t.Errorf("Relative = %q", got)
	}
}

func TestHiddenCharactersAreShown(t *testing.T) {
	for in, want := range map[string]string{
		"pay \u202e001": "pay <U+202E>001",
		"a\x00b":        "a<U+0000>b",
		"two\nlines":    "two\nlines",
		"of a\r\nform":  "of a\nform",
		"Zoë, 日本, 👍":    "Zoë, 日本, 👍",
	} {
		if got := Shown(in); got != want {
			t.Errorf("Shown(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNumbersAreGrouped(t *testing.T) {
	for in, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 18422: "18,422", -1234567: "-1,234,567"} {
		if got := Thousands(in); got != want {
			t.Errorf("Thousands(%d) = %q, want %q", in, got, want)
		}
	}
}

func TestInitialsAreTwoLettersOfAnyName(t *testing.T) {
	for in, want := range map[string]string{"Priya Raman": "PR", "Ana Maria da Silva": "AS", "system": "SY", "é": "É", "": "", "  ": ""} {
		if got := (Who{Name: in}).Initials(); got != want {
			t.Errorf("Initials(%q) = %q, want %q", in, got, want)
		}
	}
}
