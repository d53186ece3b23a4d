package audit_test

import (
	"crypto/sha256"
	"encoding/hex"
	"math/bits"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/jexi/portal/models/audit"
)

// naive is RFC 6962 section 2.1 word by word.
func naive(leaves [][]byte) audit.Hash {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, leaves[0]...))
	}
	k := 1 << (bits.Len(uint(len(leaves)-1)) - 1)
	left, right := naive(leaves[:k]), naive(leaves[k:])
	return sha256.Sum256(slices.Concat([]byte{1}, left[:], right[:]))
}

func TestTheTreeMatchesTheVectorsOfCertificateTransparency(t *testing.T) {
	leaves := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots := []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	var f audit.Frontier
	for i, want := range roots {
		root := f.Root()
		if got := hex.EncodeToString(root[:]); got != want {
			t.Fatalf("root of %d is %s, want %s", i, got, want)
		}
		if i < len(leaves) {
			leaf, _ := hex.DecodeString(leaves[i])
			f.Append(audit.LeafHash(leaf))
		}
	}
}

func TestTheFrontierGrowsTheTreeOfRFC6962(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 0, 140).Draw(t, "leaves")
		for i := range leaves {
			leaves[i] = append([]byte{byte(i)}, leaves[i]...) // equal leaves prove each other's place
		}
		nodes := map[int64]audit.Hash{}
		read := func(positions []int64) (out []audit.Hash, err error) {
			for _, p := range positions {
				out = append(out, nodes[p])
			}
			return out, nil
		}
		var f audit.Frontier
		for i, leaf := range leaves {
			var err error
			if f, err = audit.ParseFrontier(int64(i), f.Bytes()); err != nil {
				t.Fatal(err)
			}
			for _, n := range f.Append(audit.LeafHash(leaf)) {
				if _, twice := nodes[n.Pos]; twice {
					t.Fatalf("node %d is stored twice", n.Pos)
				}
				nodes[n.Pos] = n.Hash
			}
			if int64(len(nodes)) != tlog.StoredHashCount(int64(i+1)) {
				t.Fatalf("%d nodes are stored for %d leaves", len(nodes), i+1)
			}
		}
		n := rapid.IntRange(0, len(leaves)).Draw(t, "size")
		root, err := audit.Root(int64(n), read)
		if err != nil || root != naive(leaves[:n]) || f.Root() != naive(leaves) || f.Size() != int64(len(leaves)) {
			t.Fatalf("the root of %d of %d is wrong: %v", n, len(leaves), err)
		}
		if n > 0 {
			proveAll(t, rapid.IntRange(0, n-1).Draw(t, "leaf"), n, leaves, read)
		}
	})
}

func proveAll(t *rapid.T, i, n int, leaves [][]byte, read audit.Nodes) {
	size, root, leaf := int64(n), naive(leaves[:n]), audit.LeafHash(leaves[i])
	p, err := audit.ProveInclusion(size, int64(i), read)
	if err != nil || !audit.CheckInclusion(p, size, root, int64(i), leaf) {
		t.Fatalf("inclusion of %d in %d: %v", i, n, err)
	}
	other := leaf
	other[0] ^= 1
	if audit.CheckInclusion(p, size, root, int64(i), other) || audit.CheckInclusion(p, size, root, int64(n-1-i), leaf) && n-1-i != i {
		t.Fatalf("inclusion of %d in %d proves something else", i, n)
	}
	total := int64(len(leaves))
	c, err := audit.ProveConsistency(size, total, read)
	if err != nil || !audit.CheckConsistency(c, size, root, total, naive(leaves)) {
		t.Fatalf("consistency of %d with %d: %v", n, total, err)
	}
	if root[3] ^= 1; audit.CheckConsistency(c, size, root, total, naive(leaves)) {
		t.Fatalf("consistency of %d with %d proves another past", n, total)
	}
}

func TestSizesAtTheEdgesAreProvedAndOthersRefused(t *testing.T) {
	tr := newTrail(t, 66)
	var leaves [][]byte
	for _, e := range tr.entries {
		leaves = append(leaves, e.Leaf)
	}
	for _, size := range []int64{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 66} {
		root, err := audit.Root(size, tr.read)
		if err != nil || root != naive(leaves[:size]) {
			t.Errorf("root of %d: %v", size, err)
		}
		for _, idx := range []int64{0, 1, size / 2, size - 2, size - 1} {
			p, err := audit.ProveInclusion(size, idx, tr.read)
			if exists := idx >= 0 && idx < size; exists != (err == nil) || exists && !audit.CheckInclusion(p, size, root, idx, audit.LeafHash(leaves[idx])) {
				t.Errorf("entry %d of %d: %v", idx, size, err)
			}
		}
		for _, old := range []int64{0, 1, size / 2, size - 1, size, size + 1, -1} {
			p, err := audit.ProveConsistency(old, size, tr.read)
			if exists := old >= 0 && old <= size; exists != (err == nil) || exists && !audit.CheckConsistency(p, old, naive(leaves[:old]), size, root) {
				t.Errorf("%d extends %d: %v", size, old, err)
			}
		}
		for _, idx := range []int64{-1, size, size + 1, 1 << 62} {
			if audit.CheckInclusion(nil, size, root, idx, audit.Hash{}) {
				t.Errorf("entry %d of %d is accepted", idx, size)
			}
		}
	}
	if _, err := audit.Root(67, tr.read); err == nil {
		t.Error("a tree larger than the log has a root")
	}
	if _, err := audit.Root(-1, tr.read); err == nil {
		t.Error("a negative tree has a root")
	}
}

func TestAFrontierOfAnotherSizeIsRefused(t *testing.T) {
	f := newTrail(t, 11).tree
	for _, size := range []int64{-1, 0, 1, 10, 12, 15, 16, 1 << 62} {
		if _, err := audit.ParseFrontier(size, f.Bytes()); err == nil {
			t.Errorf("the frontier of 11 is taken for %d", size)
		}
	}
	if again, err := audit.ParseFrontier(11, f.Bytes()); err != nil || again.Root() != f.Root() {
		t.Errorf("the frontier of 11 is refused: %v", err)
	}
}
