-- +goose Up

-- audit_append() adds entries to the tree of a workspace in one step, so that its head is locked
-- no longer than the entries take to write. The caller gives each leaf but for its place: what
-- stands before the epoch and after the index; its hash and the subtrees that it completes follow
-- RFC 6962. frontier holds the roots of finished subtrees, largest first, one for each bit in size.
-- +goose StatementBegin
create function audit_append(ws uuid, at timestamptz, actor uuid, acts text[], kinds text[], objects text[],
                             befores text[], afters text[], salts bytea[], bodies bytea[]) returns void language plpgsql as $$
declare head audit_heads; leaf bytea; node bytea; n bigint; pos bigint;
begin
  select * into head from audit_heads h where h.workspace_id = ws for update;
  if not found then
    insert into audit_heads (workspace_id) values (ws) on conflict do nothing;
    select * into head from audit_heads h where h.workspace_id = ws for update;
  end if;
  if length(head.frontier) <> 32 * bit_count(head.size::bit(64)) then
    raise exception 'the audit tree of % has % entries and a frontier of % bytes', ws, head.size, length(head.frontier);
  end if;
  for i in 1 .. cardinality(acts) loop
    leaf := convert_to(befores[i] || head.epoch || ',"idx":' || head.size || afters[i], 'UTF8');
    insert into audit_leaves (workspace_id, epoch, idx, at, act, object_type, object_id, actor_ref, leaf)
      values (ws, head.epoch, head.size, audit_append.at, acts[i], kinds[i], objects[i], actor, leaf);
    insert into audit_bodies (workspace_id, epoch, idx, salt, body) values (ws, head.epoch, head.size, salts[i], bodies[i]);
    node := sha256('\x00'::bytea || leaf);
    pos := 2 * head.size - length(head.frontier) / 32; -- nodes are numbered as they are completed
    insert into audit_nodes (workspace_id, epoch, pos, hash) values (ws, head.epoch, pos, node);
    n := head.size;
    while n & 1 = 1 loop
      node := sha256('\x01'::bytea || substr(head.frontier, length(head.frontier) - 31) || node);
      head.frontier := substr(head.frontier, 1, length(head.frontier) - 32);
      pos := pos + 1;
      insert into audit_nodes (workspace_id, epoch, pos, hash) values (ws, head.epoch, pos, node);
      n := n >> 1;
    end loop;
    head.frontier := head.frontier || node;
    head.size := head.size + 1;
  end loop;
  update audit_heads h set size = head.size, frontier = head.frontier where h.workspace_id = ws;
end $$;
-- +goose StatementEnd
grant execute on function audit_append to portal_app;
