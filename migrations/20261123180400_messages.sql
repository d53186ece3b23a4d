-- +goose Up

-- What was sent to whom. A message row is made with the change that causes it; the worker sends it once.
create table messages (
  workspace_id uuid not null,
  id uuid not null,
  kind text not null,
  person_id uuid,
  email text not null,
  object_type text not null default '',
  object_id uuid,
  state text not null check (state in ('queued','sent','bounced','failed','skipped')),
  attempts int not null default 0,
  problem text not null default '',
  queued_at timestamptz not null,
  sent_at timestamptz,
  primary key (workspace_id, id)
);
create index on messages (workspace_id, object_id);
alter table messages enable row level security;
alter table messages force row level security;
-- Sign-in mails belong to a person, not to a workspace: they stand under the nil workspace.
create policy tenant on messages
  using (workspace_id = coalesce(app_ws(), '00000000-0000-0000-0000-000000000000'))
  with check (workspace_id = coalesce(app_ws(), '00000000-0000-0000-0000-000000000000'));
grant select, insert, update on messages to portal_app;
