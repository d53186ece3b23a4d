package audit

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/klauspost/compress/zip"
)

// archive is an opened bundle. Its members have known names, each once.
type archive struct {
	files map[string]*zip.File
}

var (
	members  = []string{nameReadme, nameKeys, nameCheckpoint, nameEarlier, nameEntries, nameSelection}
	numbered = regexp.MustCompile(`^(proofs/[0-9]{1,19}\.tlog-proof|consistency/[0-9]{1,19}\.txt)$`)
)

func openArchive(r io.ReaderAt, size int64) (archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return archive{}, errors.New("the file is neither a bundle (ZIP) nor a .tlog-proof, or it is cut off")
	}
	a := archive{files: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		if !slices.Contains(members, f.Name) && !numbered.MatchString(f.Name) {
			return archive{}, fmt.Errorf("the bundle holds a file that does not belong to it: %q", f.Name)
		}
		if a.files[f.Name] != nil {
			return archive{}, fmt.Errorf("the bundle holds %s twice", f.Name)
		}
		a.files[f.Name] = f
	}
	return a, nil
}

func (a archive) has(name string) bool { return a.files[name] != nil }

func (a archive) open(name string) (io.ReadCloser, error) {
	if !a.has(name) {
		return nil, fmt.Errorf("the bundle has no %s", name)
	}
	f, err := a.files[name].Open()
	if err != nil {
		return nil, fmt.Errorf("%s is damaged", name)
	}
	return f, nil
}

// read gives a member of at most limit bytes.
func (a archive) read(name string, limit int64) ([]byte, error) {
	f, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s is damaged", name)
	case int64(len(b)) > limit:
		return nil, fmt.Errorf("%s is too large", name)
	}
	return b, nil
}

// countNumbered counts the members of a folder.
func (a archive) countNumbered(folder string) (n int64) {
	for name := range a.files {
		if strings.HasPrefix(name, folder) {
			n++
		}
	}
	return n
}

// parseVerifierKeys reads lines of verifier keys, which all belong to one origin.
func parseVerifierKeys(text, origin string) ([]ed25519.PublicKey, error) {
	var keys []ed25519.PublicKey
	for line := range strings.Lines(text) {
		name, pub, err := parseVerifierKey(strings.TrimSpace(line))
		if err != nil || name != origin || len(keys) == 100 {
			return nil, errors.New("its list of keys is not readable or belongs to another trail")
		}
		keys = append(keys, pub)
	}
	return keys, nil
}

// splitNotes separates signed notes that stand one below the other: text, an empty line,
// signature lines. Line ends and empty lines may be those of a mail program.
func splitNotes(text []byte) []string {
	var notes []string
	var current strings.Builder
	signed := false
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\r\n", "\n")) {
		line = strings.TrimSuffix(line, "\n")
		signature := strings.HasPrefix(line, "— ")
		if signed && !signature {
			notes = append(notes, current.String())
			current.Reset()
			signed = false
		}
		if line == "" && current.Len() == 0 {
			continue
		}
		signed = signed || signature
		current.WriteString(line + "\n")
	}
	if current.Len() > 0 {
		notes = append(notes, current.String())
	}
	return notes
}
