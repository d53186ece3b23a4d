package static

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// Every pair that text, controls and the focus ring meet, in both themes.
var pairs = []struct {
	ink     string
	grounds []string
	least   float64
}{
	{"ink", []string{"canvas", "surface", "raised", "sunken", "petrol-wash", "warn-wash", "stop-wash", "ok-wash", "info-wash", "mulberry-wash"}, 7},
	{"ink-2", []string{"canvas", "surface", "raised", "sunken", "petrol-wash", "warn-wash", "stop-wash", "mulberry-wash"}, 4.5},
	{"ink-3", []string{"canvas", "surface", "raised", "sunken", "petrol-wash", "warn-wash", "stop-wash", "info-wash", "mulberry-wash"}, 4.5},
	{"petrol", []string{"canvas", "surface", "raised", "sunken", "petrol-wash"}, 4.5},
	{"on-petrol", []string{"petrol-fill", "petrol-deep"}, 4.5},
	{"on-stop", []string{"stop-fill"}, 4.5},
	{"mulberry", []string{"canvas", "surface", "sunken", "mulberry-wash"}, 4.5},
	{"ok", []string{"canvas", "surface", "raised", "sunken", "ok-wash", "petrol-wash"}, 4.5},
	{"info", []string{"canvas", "surface", "raised", "sunken", "info-wash", "petrol-wash"}, 4.5},
	{"warn", []string{"canvas", "surface", "raised", "sunken", "warn-wash", "petrol-wash"}, 4.5},
	{"stop", []string{"canvas", "surface", "raised", "sunken", "stop-wash", "petrol-wash"}, 4.5},
	{"edge", []string{"canvas", "surface", "raised", "sunken"}, 3},
	{"focus", []string{"canvas", "surface", "raised", "sunken", "petrol-wash", "warn-wash", "stop-wash", "mulberry-wash"}, 3},
}

func TestEveryColourCanBeReadOnEveryGroundItMeets(t *testing.T) {
	css, err := os.ReadFile("css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[string][2]float64{}
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+): light-dark\(#(\w{6}), #(\w{6})\)`).FindAllStringSubmatch(string(css), -1) {
		if _, known := tokens[m[1]]; !known {
			tokens[m[1]] = [2]float64{luminance(t, m[2]), luminance(t, m[3])}
		}
	}
	for _, p := range pairs {
		for _, ground := range p.grounds {
			for theme, name := range []string{"light", "dark"} {
				ink, okInk := tokens[p.ink]
				on, okOn := tokens[ground]
				if !okInk || !okOn {
					t.Fatalf("no token %s or %s", p.ink, ground)
				}
				if got := contrast(ink[theme], on[theme]); got < p.least {
					t.Errorf("%s: %s on %s has %.2f, needs %.1f", name, p.ink, ground, got, p.least)
				}
			}
		}
	}
}

func contrast(a, b float64) float64 { return (max(a, b) + .05) / (min(a, b) + .05) }

// luminance is the relative luminance of WCAG 2.
func luminance(t *testing.T, hex string) float64 {
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	linear := func(c uint64) float64 {
		v := float64(c&255) / 255
		if v <= .04045 {
			return v / 12.92
		}
		return math.Pow((v+.055)/1.055, 2.4)
	}
	return .2126*linear(n>>16) + .7152*linear(n>>8) + .0722*linear(n)
}
