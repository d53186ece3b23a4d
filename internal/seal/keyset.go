// Package seal keeps what must be read back but never be readable at rest, and signs what
// leaves the portal.
//
// A Keyset seals bytes under a context; they open only under the same context, so that a
// sealed value moved to another row or workspace is refused. A keyset may hold several keys:
// the primary one seals, all of them open. A Signer signs with one Ed25519 key and also
// publishes the earlier ones. Files: keyset, secret, signer.
package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrClosed says that a sealed value does not open: wrong key, wrong context or altered bytes.
// It does not say which.
var ErrClosed = errors.New("the sealed value does not open with these keys in this place")

// Keyset seals and opens. The zero Keyset does neither.
type Keyset struct {
	aead    tink.AEAD
	primary uint32
}

// ParseKeyset reads a Tink keyset in JSON form, in base64. Errors never show key material.
func ParseKeyset(encoded string) (Keyset, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return Keyset{}, errors.New("the keyset is not base64")
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(raw)))
	if err != nil {
		return Keyset{}, errors.New("the keyset is not a Tink keyset in JSON form")
	}
	a, err := aead.New(handle)
	if err != nil {
		return Keyset{}, errors.New("the keyset holds no keys for sealing (AEAD)")
	}
	return Keyset{aead: a, primary: handle.KeysetInfo().GetPrimaryKeyId()}, nil
}

// NewKeyset makes a keyset with one AES-256-GCM key, in the form that ParseKeyset reads.
func NewKeyset() (string, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return "", fmt.Errorf("new keyset: %w", err)
	}
	return encode(handle)
}

// Rotate adds a key to an encoded keyset and makes it the primary one; the others still open.
// Where several processes run, all must know the new key before one seals with it.
func Rotate(encoded string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return "", errors.New("the keyset is not base64")
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(raw)))
	if err != nil {
		return "", errors.New("the keyset is not a Tink keyset in JSON form")
	}
	manager := keyset.NewManagerFromHandle(handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return "", fmt.Errorf("new key: %w", err)
	}
	if err := manager.SetPrimary(id); err != nil {
		return "", fmt.Errorf("new primary key: %w", err)
	}
	if handle, err = manager.Handle(); err != nil {
		return "", fmt.Errorf("rotated keyset: %w", err)
	}
	return encode(handle)
}

func encode(handle *keyset.Handle) (string, error) {
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&b)); err != nil {
		return "", fmt.Errorf("write keyset: %w", err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// Primary is the id of the key that Seal uses; it tells whether a sealed value is of an older one.
func (k Keyset) Primary() uint32 { return k.primary }

// Context names the one place where a sealed value may stand. Parts may not hold "|".
func Context(workspace, table, row, field string) string {
	for _, part := range []string{workspace, table, row, field} {
		if part == "" || strings.Contains(part, "|") {
			panic("seal: a context needs four parts without a bar")
		}
	}
	return strings.Join([]string{workspace, table, row, field, "v1"}, "|")
}

// Seal encrypts plain for context; the result is 33 bytes longer.
func (k Keyset) Seal(plain []byte, context string) ([]byte, error) {
	if k.aead == nil || context == "" {
		return nil, errors.New("seal: no keys or no context")
	}
	sealed, err := k.aead.Encrypt(plain, []byte(context))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

// Open gives back what Seal was given, or ErrClosed.
func (k Keyset) Open(sealed []byte, context string) ([]byte, error) {
	if k.aead == nil || context == "" {
		return nil, ErrClosed
	}
	plain, err := k.aead.Decrypt(sealed, []byte(context))
	if err != nil {
		return nil, ErrClosed
	}
	return plain, nil
}
