# Recomputes the digests of the test vectors with nothing but Python's own library.
import hashlib
import json
import sys


def canonical(value):
    # Every name is ASCII and every number a safe integer, so this is RFC 8785.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


checked = 0
for v in json.load(open(sys.argv[1], encoding="utf-8")):
    if "digest" not in v:
        continue
    action = json.loads(v["canonical"])
    built = {
        "schema": "jexi.action.v1", "workspace": v["workspace"], "type": v["type"], "type_version": v["type_version"],
        "integration_id": v["integration_id"],
        "params": json.loads(v["params"]) if v.get("as_sent") else action["params"],
        "on_behalf_of": {k: t for k, t in (v["on_behalf_of"] or {}).items() if t} or None,
    }
    digest = "sha256:" + hashlib.sha256(canonical(built).encode()).hexdigest()
    if canonical(action) != v["canonical"] or digest != v["digest"]:
        sys.exit(f"{v['name']}: {canonical(built)} {digest}")
    checked += 1
print(f"{checked} vectors: all digests agree")
