package audit_test

import (
	"os"
	"testing"
)

// The files in testdata were written by the first release. People keep such files for years.
func TestFilesOfTheFirstFormatVerifyForEver(t *testing.T) {
	const key = "sha256:cc22c434a165d4e7c8c7294816ee92c677833a8763ce03efd0d5460ef1b576bb"
	v := second(t)
	read := func(name string) []byte {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	kept := read("kept-v1.txt")
	for name, want := range map[string]int64{"bundle-v1.zip": 9, "selection-v1.zip": 2, "entry-v1.tlog-proof": 1} {
		file := read(name)
		r, err := verify(file, nil, key)
		if err != nil || r.Entries != want || r.Size != 9 || !r.Pinned {
			t.Errorf("%s: %s, %v", name, r, err)
		}
		if want > 1 {
			v.both(name, file, kept, "")
		}
	}
}
