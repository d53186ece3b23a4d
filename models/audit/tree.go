// Package audit proves what happened in a workspace: nobody, the portal's own staff included,
// can change, remove or insert an entry without a holder of an earlier checkpoint seeing it.
//
// An entry is a leaf without personal data in an RFC 6962 tree, and a body that may be erased.
// It is recorded in the change's own transaction (entry, record); head, notary, inspection, work
// sign and check what the database holds, query, row, trail read it. The rest needs no database:
// tree, leaf, body; key, checkpoint, proof; bundle and line write what is handed out (its form
// is told in bundle_readme.txt); archive, stream, verify, report read it back.
package audit

import (
	"crypto/sha256"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256 in a Merkle tree.
type Hash = tlog.Hash

// Nodes reads stored nodes by position, in the order asked.
type Nodes = tlog.HashReaderFunc

// Node is a finished subtree as it is stored. Pos is tlog.StoredHashIndex of its level and
// number: nodes of a tree that grows are only ever added.
type Node struct {
	Pos  int64
	Hash Hash
}

// LeafHash is the RFC 6962 hash of an encoded leaf.
func LeafHash(leaf []byte) Hash {
	return sha256.Sum256(append(make([]byte, 1, 512), leaf...))
}

// Frontier is a tree reduced to what an append needs: the roots of its finished subtrees,
// largest first, one for each bit set in its size. The zero Frontier is the empty tree.
type Frontier struct {
	size  int64
	roots []Hash
}

// ParseFrontier reads what Bytes gave for a tree of this size.
func ParseFrontier(size int64, b []byte) (Frontier, error) {
	if size < 0 || len(b) != sha256.Size*bits.OnesCount64(uint64(size)) {
		return Frontier{}, fmt.Errorf("audit: a tree of %d entries does not have a frontier of %d bytes", size, len(b))
	}
	f := Frontier{size: size}
	for ; len(b) > 0; b = b[sha256.Size:] {
		f.roots = append(f.roots, Hash(b[:sha256.Size]))
	}
	return f, nil
}

// Bytes is the frontier for storage: at most 63 hashes.
func (f Frontier) Bytes() []byte {
	b := make([]byte, 0, len(f.roots)*sha256.Size)
	for _, h := range f.roots {
		b = append(b, h[:]...)
	}
	return b
}

// Size is the number of leaves.
func (f Frontier) Size() int64 { return f.size }

// Append adds a leaf and gives the nodes to be stored with it: the leaf and each subtree that
// it completes. tlog.StoredHashes does the same, but reads from storage what the frontier holds.
func (f *Frontier) Append(leaf Hash) []Node {
	pos := tlog.StoredHashIndex(0, f.size)
	added := []Node{{pos, leaf}}
	f.push(leaf, func(h Hash) {
		pos++
		added = append(added, Node{pos, h})
	})
	return added
}

// push adds a leaf and tells of each subtree that it completes.
func (f *Frontier) push(h Hash, completed func(Hash)) {
	for n := f.size; n&1 == 1; n >>= 1 {
		h = tlog.NodeHash(f.roots[len(f.roots)-1], h)
		f.roots = f.roots[:len(f.roots)-1]
		completed(h)
	}
	f.roots = append(f.roots, h)
	f.size++
}

// Root is the RFC 6962 hash of the whole tree.
func (f Frontier) Root() Hash {
	if f.size == 0 {
		return sha256.Sum256(nil)
	}
	h := f.roots[len(f.roots)-1]
	for i := len(f.roots) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.roots[i], h)
	}
	return h
}

// Root computes the root of the first size leaves from stored nodes.
func Root(size int64, nodes Nodes) (Hash, error) {
	if size < 0 {
		return Hash{}, fmt.Errorf("audit: no tree has %d entries", size)
	}
	return tlog.TreeHash(size, nodes)
}

// ProveInclusion gives the hashes which show that leaf idx is in the tree of this size.
func ProveInclusion(size, idx int64, nodes Nodes) ([]Hash, error) {
	if idx < 0 || idx >= size {
		return nil, fmt.Errorf("audit: there is no entry %d among %d", idx, size)
	}
	return tlog.ProveRecord(size, idx, nodes)
}

// CheckInclusion tells whether ProveInclusion gave proof for this leaf and root.
func CheckInclusion(proof []Hash, size int64, root Hash, idx int64, leaf Hash) bool {
	return idx >= 0 && idx < size && tlog.CheckRecord(proof, size, root, idx, leaf) == nil
}

// ProveConsistency gives the hashes which show that the tree of size starts with the tree of old.
// For an empty old tree there is nothing to show.
func ProveConsistency(old, size int64, nodes Nodes) ([]Hash, error) {
	if old < 0 || old > size {
		return nil, fmt.Errorf("audit: a tree of %d entries does not extend one of %d", size, old)
	}
	if old == 0 {
		return nil, nil
	}
	return tlog.ProveTree(size, old, nodes)
}

// CheckConsistency tells whether ProveConsistency gave proof for these two trees.
func CheckConsistency(proof []Hash, old int64, oldRoot Hash, size int64, root Hash) bool {
	if old == 0 {
		return len(proof) == 0 && oldRoot == Frontier{}.Root()
	}
	return old > 0 && old <= size && tlog.CheckTree(proof, size, root, old, oldRoot) == nil
}
