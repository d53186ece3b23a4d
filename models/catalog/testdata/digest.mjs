// Recomputes the digests of the test vectors with nothing but Node's own library.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const canonical = (v) => {
  if (Array.isArray(v)) return "[" + v.map(canonical).join(",") + "]";
  if (v === null || typeof v !== "object") return JSON.stringify(v);
  return "{" + Object.keys(v).sort().map((k) => JSON.stringify(k) + ":" + canonical(v[k])).join(",") + "}";
};

const given = (members) => {
  const kept = Object.entries(members ?? {}).filter(([, text]) => text !== "");
  return kept.length ? Object.fromEntries(kept) : null;
};

let checked = 0;
for (const v of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  if (!v.digest) continue;
  const action = JSON.parse(v.canonical);
  const built = {
    schema: "jexi.action.v1", workspace: v.workspace, type: v.type, type_version: v.type_version,
    integration_id: v.integration_id, params: v.as_sent ? JSON.parse(v.params) : action.params,
    on_behalf_of: given(v.on_behalf_of),
  };
  const digest = "sha256:" + createHash("sha256").update(canonical(built), "utf8").digest("hex");
  if (canonical(action) !== v.canonical || digest !== v.digest) {
    console.error(`${v.name}: ${canonical(built)} ${digest}`);
    process.exit(1);
  }
  checked++;
}
console.log(`${checked} vectors: all digests agree`);
