#!/usr/bin/env python3
"""Verifies an audit bundle, written from README.txt alone and sharing no code with the portal.

verify.py BUNDLE.zip [KEPT-CHECKPOINT.txt]   exit 0 if genuine, 1 and one line why if not
Ed25519 follows RFC 8032 and needs nothing but the standard library.
"""
import base64, hashlib, json, sys, zipfile

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P

def sha(b): return hashlib.sha256(b).digest()

def add(p, q):
    a, b = (p[1]-p[0])*(q[1]-q[0]) % P, (p[1]+p[0])*(q[1]+q[0]) % P
    c, d = 2*p[3]*q[3]*D % P, 2*p[2]*q[2] % P
    e, f, g, h = b-a, d-c, d+c, b+a
    return e*f % P, g*h % P, f*g % P, e*h % P

def mul(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1: q = add(q, p)
        p, n = add(p, p), n >> 1
    return q

def point(b):
    y = int.from_bytes(b, "little"); sign, y = y >> 255, y & (2**255 - 1)
    x2 = (y*y-1) * pow(D*y*y+1, P-2, P) % P
    x = pow(x2, (P+3)//8, P)
    if (x*x - x2) % P: x = x * pow(2, (P-1)//4, P) % P
    if y >= P or (x*x - x2) % P or (x == 0 and sign): raise ValueError("no point")
    if x & 1 != sign: x = P - x
    return x, y, 1, x*y % P

BASE = point((4 * pow(5, P-2, P) % P).to_bytes(32, "little"))

def signed_by(pub, text, sig):
    s, k = int.from_bytes(sig[32:], "little"), int.from_bytes(hashlib.sha512(sig[:32]+pub+text).digest(), "little") % L
    p, q = mul(s, BASE), add(point(sig[:32]), mul(k, point(pub)))
    return s < L and (p[0]*q[2]-q[0]*p[2]) % P == 0 and (p[1]*q[2]-q[1]*p[2]) % P == 0

def need(ok, why):
    if not ok: sys.exit("not genuine: " + why)

def open_note(note, keys):
    text, sigs = note.rsplit("\n\n", 1); text += "\n"
    lines = text.split("\n"); need(len(lines) == 4, "a checkpoint has three lines")
    for line in sigs.strip("\n").split("\n"):
        name, b64 = line.removeprefix("— ").split(" "); raw = base64.b64decode(b64, validate=True)
        for origin, keyid, pub in keys:
            if (name, raw[:4]) == (origin, keyid) and lines[0] == origin:
                need(signed_by(pub, text.encode(), raw[4:]), "wrong signature")
                return lines[0], int(lines[1]), base64.b64decode(lines[2])
    need(False, "a checkpoint is not signed by a key in the bundle")

def root(roots):
    if not roots: return sha(b"")
    h = roots[-1][1]
    for _, left in reversed(roots[:-1]): h = sha(b"\1" + left + h)
    return h

def included(h, i, n, path):            # RFC 9162, 2.1.3.2
    f, s = i, n - 1
    for p in path:
        if s == 0: return None
        if f & 1 or f == s:
            h = sha(b"\1" + p + h)
            while not f & 1 and f: f, s = f >> 1, s >> 1
        else: h = sha(b"\1" + h + p)
        f, s = f >> 1, s >> 1
    return h if s == 0 else None

def consistent(m, n, old, new, path):   # RFC 9162, 2.1.4.2
    if m == n: return not path and old == new
    if m & (m-1) == 0: path = [old] + path
    f, s = m - 1, n - 1
    while f & 1: f, s = f >> 1, s >> 1
    if not path: return False
    a = b = path[0]
    for c in path[1:]:
        if s == 0: return False
        if f & 1 or f == s:
            a, b = sha(b"\1" + c + a), sha(b"\1" + c + b)
            while not f & 1 and f: f, s = f >> 1, s >> 1
        else: b = sha(b"\1" + b + c)
        f, s = f >> 1, s >> 1
    return s == 0 and a == old and b == new

def entry(line, origin):
    text, rest = line.split(b"}", 1); text = text.removeprefix(b'{"leaf":') + b"}"
    doc, leaf = json.loads(line), json.loads(text)
    need(doc["leaf"] == leaf and f"audit.jexi/ws/{leaf['ws']}/{leaf['epoch']}" == origin, "an entry of another trail")
    if doc.get("redacted") is not True:
        body = rest[rest.index(b'","body":') + 9:-1]; need(json.loads(body) == doc["body"], "a body of its own")
        need(sha(b"\1" + bytes.fromhex(doc["salt"]) + body).hex() == leaf["body"], f"the body of entry {leaf['idx']}")
    return leaf["idx"], sha(b"\0" + text)

def main(bundle, kept=None):
    z = zipfile.ZipFile(bundle); names = set(z.namelist())
    need(len(names) == len(z.namelist()), "a file twice")
    text = lambda name: z.read(name).decode()
    keys = []
    for line in text("keys.txt").splitlines():
        origin, _, b64 = line.split("+", 2); raw = base64.b64decode(b64)
        keys.append((origin, sha(origin.encode() + b"\n" + raw)[:4], raw[1:]))
    head = text("checkpoint.txt"); origin, size, top = open_note(head, keys)
    notes = text("checkpoints.txt").rstrip("\n").split("\n\n") if "checkpoints.txt" in names else []
    marks = [open_note(a + "\n\n" + b + "\n", keys) for a, b in zip(notes[::2], notes[1::2])]
    if kept: marks.append(open_note(open(kept, encoding="utf-8").read(), keys))
    need(all(m[0] == origin and m[1] <= size for m in marks), "a checkpoint of another or a longer trail")
    lines = z.read("entries.jsonl").split(b"\n"); need(lines.pop() == b"", "the last line is cut")
    if "selection.txt" in names:
        last = -1
        for line in lines:
            i, h = entry(line, origin); need(i > last, "order"); last = i
            proof, _, signed = text(f"proofs/{i}.tlog-proof").partition("\n\n")
            proof = proof.split("\n"); need(proof[:2] == ["c2sp.org/tlog-proof@v1", f"index {i}"] and signed == head, "a proof")
            need(included(h, i, size, [base64.b64decode(p) for p in proof[2:]]) == top, f"entry {i} is not in the tree")
        need(len(lines) == sum(n.startswith("proofs/") for n in names), "a proof without its entry")
        for _, n, r in marks:
            if n == 0: need(r == sha(b""), "an empty tree"); continue
            path = [] if n == size else text(f"consistency/{n}.txt").split("\n\n")[0].split("\n")[1:]
            need(consistent(n, size, r, top, [base64.b64decode(p) for p in path]), f"checkpoint of {n} entries")
    else:
        roots, want = [], {}
        for _, n, r in marks + [(origin, size, top)]: want.setdefault(n, []).append(r)
        for n in range(len(lines) + 1):
            need(all(r == root(roots) for r in want.pop(n, [])), f"the first {n} entries")
            if n == len(lines): break
            i, h = entry(lines[n], origin); need(i == n, f"entry {i} in place of {n}")
            level = 0
            while roots and roots[-1][0] == level: h = sha(b"\1" + roots.pop()[1] + h); level += 1
            roots.append((level, h))
        need(not want and len(lines) == size, "entries are missing or added")
    print(f"genuine: {len(lines)} of {size} entries of {origin}, {len(marks)} earlier checkpoints")

def verdict(*args):
    """None if genuine, else why not."""
    try: main(*args)
    except SystemExit as e: return e.code
    except (ValueError, KeyError, IndexError, TypeError, zipfile.BadZipFile) as e: return f"not genuine: unreadable ({e!r})"

if __name__ == "__main__":
    sys.exit(verdict(*sys.argv[1:]))
