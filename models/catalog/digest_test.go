package catalog

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

var update = flag.Bool("update", false, "write the golden files anew")

const vectorFile = "testdata/digest_vectors.json"

// vector is one line of the published test vectors. Params is the JSON text as sent;
// ParamsHex stands in for text that no JSON file can hold.
type vector struct {
	Name          string            `json:"name"`
	Workspace     string            `json:"workspace,omitempty"`
	Type          string            `json:"type"`
	TypeVersion   int               `json:"type_version"`
	IntegrationID *string           `json:"integration_id"`
	Params        string            `json:"params,omitempty"`
	ParamsHex     string            `json:"params_hex,omitempty"`
	OnBehalfOf    map[string]string `json:"on_behalf_of"`
	AsSent        bool              `json:"as_sent,omitempty"` // the parameters are in canonical form already
	Canonical     string            `json:"canonical,omitempty"`
	Digest        string            `json:"digest,omitempty"`
	Refused       []string          `json:"refused,omitempty"` // "kind at parameter"
}

func (v vector) params() (Params, []Problem) {
	raw := []byte(v.Params)
	if v.ParamsHex != "" {
		raw, _ = hex.DecodeString(v.ParamsHex)
	}
	if t, ok := Find(v.Type); ok {
		return ParseParams(t, raw)
	}
	return ParseLoose(raw)
}

func (v vector) action(t *testing.T) Action {
	p, problems := v.params()
	if problems != nil {
		t.Fatalf("refused: %+v", problems)
	}
	a := Action{Workspace: uuid.MustParse(v.Workspace), Type: v.Type, TypeVersion: v.TypeVersion, Params: p}
	if v.IntegrationID != nil {
		a.Integration = uuid.MustParse(*v.IntegrationID)
	}
	subject, err := CleanSubject(Subject{v.OnBehalfOf["kind"], v.OnBehalfOf["ref"], v.OnBehalfOf["ticket_ref"]})
	if err != nil {
		t.Fatal(err)
	}
	a.OnBehalfOf = subject
	return a
}

func vectors(t *testing.T) []vector {
	raw, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestThePublishedVectorsHold(t *testing.T) {
	all := vectors(t)
	for i, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			got := v
			got.Canonical, got.Digest, got.Refused = "", "", nil
			if p, problems := v.params(); problems == nil {
				a := v.action(t)
				got.Canonical, got.Digest = string(Canonical(a)), Digest(a)
				if v.AsSent != (string(p.Canonical()) == v.Params) {
					t.Errorf("as_sent is %v, canonical parameters are %s", v.AsSent, p.Canonical())
				}
			} else {
				for _, problem := range problems {
					got.Refused = append(got.Refused, strings.TrimSuffix(string(problem.Kind)+" at "+problem.Param, " at "))
				}
			}
			if *update {
				all[i] = got
			} else if fmt.Sprint(got.Canonical, got.Digest, got.Refused) != fmt.Sprint(v.Canonical, v.Digest, v.Refused) {
				t.Errorf("got\n%s %s %v, want\n%s %s %v", got.Canonical, got.Digest, got.Refused, v.Canonical, v.Digest, v.Refused)
			}
		})
	}
	if *update {
		writeVectors(t, all)
	}
}

func writeVectors(t *testing.T, all []vector) {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(all); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vectorFile, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestDifferentActionsHaveDifferentDigests(t *testing.T) {
	seen := map[string]string{}
	for _, v := range vectors(t) {
		if v.Digest == "" || strings.HasPrefix(v.Name, "same as") {
			continue
		}
		if other, ok := seen[v.Digest]; ok {
			t.Errorf("%q and %q share a digest", v.Name, other)
		}
		seen[v.Digest] = v.Name
	}
}

func TestTheSameActionWrittenOtherwiseHasTheSameDigest(t *testing.T) {
	byName := map[string]string{}
	pairs := 0
	for _, v := range vectors(t) {
		byName[v.Name] = v.Digest
		if rest, ok := strings.CutPrefix(v.Name, "same as "); ok {
			original, _, _ := strings.Cut(rest, ": ")
			if pairs++; v.Digest == "" || byName[original] != v.Digest {
				t.Errorf("%q has another digest", v.Name)
			}
		}
	}
	if pairs < 5 {
		t.Errorf("only %d pairs", pairs)
	}
}

func TestCanonicalIsWhatRFC8785Says(t *testing.T) {
	for _, v := range vectors(t) {
		if v.Canonical == "" {
			continue
		}
		again := jsontext.Value(v.Canonical).Clone()
		if err := again.Canonicalize(); err != nil || string(again) != v.Canonical {
			t.Errorf("%s: %s, %v", v.Name, again, err)
		}
	}
}

// Two other implementations, in languages whose libraries share nothing with ours.
func TestOtherLanguagesComeToTheSameDigests(t *testing.T) {
	for interpreter, script := range map[string]string{"node": "digest.mjs", "python3": "digest.py"} {
		t.Run(interpreter, func(t *testing.T) {
			program, err := exec.LookPath(interpreter)
			if err != nil {
				t.Skipf("SKIPPED: no %s here, so the digests were not checked in another language", interpreter)
			}
			out, err := exec.Command(program, filepath.Join("testdata", script), vectorFile).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "all digests agree") {
				t.Errorf("%s: %v\n%s", script, err, out)
			}
		})
	}
}

func TestASubjectWithHiddenCharactersIsRefusedAtItsField(t *testing.T) {
	_, err := CleanSubject(Subject{Kind: "client", Ref: "204\u200b18", TicketRef: "58213"})
	if err == nil || !strings.Contains(err.Error(), "U+200B") {
		t.Errorf("got %v", err)
	}
}
