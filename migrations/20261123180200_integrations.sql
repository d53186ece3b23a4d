-- +goose Up
create table integrations (
  workspace_id uuid not null references workspaces,
  id uuid not null,
  kind text not null,
  name text not null,
  state text not null check (state in ('connected','paused','disconnected')),
  scopes text[] not null,
  workflows text[] not null,
  sealed_credential bytea,
  credential_hint text not null default '',
  expires_on date,
  owner_id uuid,
  pause_reason text not null default '',
  version int not null default 1,
  connected_by uuid,
  connected_at timestamptz not null,
  paused_by uuid,
  paused_at timestamptz,
  disconnected_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, owner_id) references members,
  foreign key (workspace_id, connected_by) references members,
  foreign key (workspace_id, paused_by) references members,
  check (state <> 'disconnected' or sealed_credential is null)
);
create unique index on integrations (workspace_id, name) where state <> 'disconnected';
call tenant('integrations');
