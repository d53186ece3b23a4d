package seal

import "log/slog"

const redacted = "[redacted]"

// Secret is text that must not be printed. Every way of formatting, logging or marshalling it
// gives "[redacted]"; only Reveal gives the text. The text lies behind a pointer, so that fmt
// finds an address even where it looks at unexported fields by reflection.
type Secret struct{ text *string }

// NewSecret hides text.
func NewSecret(text string) Secret { return Secret{&text} }

// Reveal gives the text. Call it where the secret leaves for the one who needs it, not before.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero tells that there is no secret.
func (s Secret) IsZero() bool { return s.text == nil || *s.text == "" }

func (s Secret) String() string               { return redacted }
func (s Secret) GoString() string             { return redacted }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
