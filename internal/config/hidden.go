package config

import "log/slog"

// Hidden is a setting that is or contains a secret. Only Reveal shows it. It lies behind a
// pointer, so that fmt does not find it by reflection either.
type Hidden struct{ text *string }

func hide(text string) Hidden { return Hidden{&text} }

// Reveal gives the setting, "" if it is not set.
func (h Hidden) Reveal() string {
	if h.text == nil {
		return ""
	}
	return *h.text
}

// IsZero tells that the setting is not set.
func (h Hidden) IsZero() bool { return h.text == nil }

func (h Hidden) String() string               { return "[redacted]" }
func (h Hidden) GoString() string             { return "[redacted]" }
func (h Hidden) LogValue() slog.Value         { return slog.StringValue("[redacted]") }
func (h Hidden) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }
