package audit_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// verifiers asks both verifiers: the portal's and testdata/verify.py, which shares no code with it.
type verifiers struct {
	t   *testing.T
	in  io.Writer // nil without python3; TestASecondVerifierIsThere tells
	out *bufio.Scanner
}

const loop = `
import sys; sys.path.insert(0, "testdata"); sys.dont_write_bytecode = True
import io, contextlib, verify
for line in sys.stdin:
    with contextlib.redirect_stdout(io.StringIO()): why = verify.verdict(*line.rstrip("\n").split("\t"))
    print("genuine" if why is None else why, flush=True)
`

func second(t *testing.T) verifiers {
	t.Helper()
	v := verifiers{t: t}
	if _, err := exec.LookPath("python3"); err != nil {
		return v
	}
	c := exec.Command("python3", "-c", loop)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); c.Wait() })
	v.in, v.out = in, bufio.NewScanner(out)
	return v
}

func (v verifiers) python(file, kept []byte) string {
	v.t.Helper()
	dir := v.t.TempDir()
	args := filepath.Join(dir, "bundle.zip")
	if err := os.WriteFile(args, file, 0o600); err != nil {
		v.t.Fatal(err)
	}
	if kept != nil {
		path := filepath.Join(dir, "kept.txt")
		if err := os.WriteFile(path, kept, 0o600); err != nil {
			v.t.Fatal(err)
		}
		args += "\t" + path
	}
	if fmt.Fprintln(v.in, args); !v.out.Scan() {
		v.t.Fatal("the second verifier broke")
	}
	return v.out.Text()
}

// both wants the same verdict of both; why is "" for genuine, else a part of the reason.
func (v verifiers) both(name string, file, kept []byte, why string) {
	v.t.Helper()
	if why == "" {
		if _, err := verify(file, kept, ""); err != nil {
			v.t.Errorf("%s: %v", name, err)
		}
	} else {
		refused(v.t, name, file, kept, "", why)
	}
	if v.in == nil {
		return
	}
	if verdict := v.python(file, kept); (verdict == "genuine") != (why == "") {
		v.t.Errorf("%s: the second verifier says %s", name, verdict)
	}
}

func TestASecondVerifierIsThere(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("SKIPPED: no python3, so the second verifier (testdata/verify.py) was not run")
	}
}
