-- +goose Up
-- A connection to a customer's system. settings say where and as whom, and hold no secret;
-- the key is sealed for its row (workspace, table, id, field) and gone once disconnected.
create table integrations (
  workspace_id uuid not null references workspaces,
  id uuid not null,
  kind text not null,
  name text not null,
  state text not null check (state in ('connected','paused','disconnected')),
  scopes text[] not null check (cardinality(scopes) > 0),
  workflows text[] not null,
  settings jsonb not null,
  sealed_credential bytea,
  credential_hint text not null default '',
  credential_at timestamptz not null,
  expires_on date,
  owner_id uuid,
  version int not null default 1,
  connected_by uuid,
  connected_at timestamptz not null,
  pause_reason text not null default '',
  paused_by uuid,
  paused_at timestamptz,
  disconnected_by uuid,
  disconnected_at timestamptz,
  change text not null,
  changed_by uuid,
  changed_at timestamptz not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, owner_id) references members,
  foreign key (workspace_id, connected_by) references members,
  foreign key (workspace_id, paused_by) references members,
  foreign key (workspace_id, disconnected_by) references members,
  foreign key (workspace_id, changed_by) references members,
  check ((state = 'disconnected') = (sealed_credential is null)),
  check ((state = 'disconnected') = (disconnected_at is not null)),
  check ((state = 'paused') = (paused_at is not null)),
  check (state <> 'paused' or pause_reason <> '')
);
create unique index integrations_live_name on integrations (workspace_id, lower(name)) where state <> 'disconnected';
-- No delete: a connection that ended stays on record.
call tenant('integrations', 'select, insert, update');
