-- +goose Up

-- One RFC 6962 tree per workspace; the nil workspace is Jexi's own.
create table audit_heads (
  workspace_id uuid primary key,
  epoch int not null default 1,
  size bigint not null default 0,
  frontier bytea not null default ''
);
-- Leaves hold no personal data: a salted commitment to the body, which may be erased.
create table audit_leaves (
  workspace_id uuid not null,
  epoch int not null,
  idx bigint not null,
  at timestamptz not null,
  act text not null,
  object_type text not null,
  object_id text not null,
  actor_ref uuid not null,
  leaf bytea not null,
  primary key (workspace_id, epoch, idx)
) partition by hash (workspace_id);
create index on audit_leaves (workspace_id, act, idx);
create index on audit_leaves (workspace_id, actor_ref, idx);
create index on audit_leaves (workspace_id, object_id, idx);
create index on audit_leaves (workspace_id, at);
create table audit_bodies (
  workspace_id uuid not null,
  epoch int not null,
  idx bigint not null,
  salt bytea not null check (length(salt) = 32),
  body bytea not null,
  primary key (workspace_id, epoch, idx)
) partition by hash (workspace_id);
create table audit_nodes (
  workspace_id uuid not null,
  epoch int not null,
  pos bigint not null,
  hash bytea not null check (length(hash) = 32),
  primary key (workspace_id, epoch, pos)
) partition by hash (workspace_id);
create table audit_checkpoints (
  workspace_id uuid not null,
  epoch int not null,
  size bigint not null,
  root bytea not null,
  note text not null,
  signed_at timestamptz not null,
  primary key (workspace_id, epoch, size)
);
-- +goose StatementBegin
do $$ begin
  for i in 0..7 loop
    execute format('create table audit_leaves_%s partition of audit_leaves for values with (modulus 8, remainder %s)', i, i);
    execute format('create table audit_bodies_%s partition of audit_bodies for values with (modulus 8, remainder %s)', i, i);
    execute format('create table audit_nodes_%s partition of audit_nodes for values with (modulus 8, remainder %s)', i, i);
  end loop;
end $$;
-- +goose StatementEnd
-- The app adds and reads; it cannot change or delete what was recorded.
call tenant('audit_heads', 'select, insert, update');
call tenant('audit_leaves', 'select, insert');
call tenant('audit_bodies', 'select, insert');
call tenant('audit_nodes', 'select, insert');
call tenant('audit_checkpoints', 'select, insert');
