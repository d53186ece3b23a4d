-- +goose Up

-- Who a transaction speaks for. Set by the gate as its first statement, gone at its end.
-- A setting that was never made is NULL, one from an earlier transaction is ''.
-- +goose StatementBegin
create function app_ws() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('app.workspace', true), '')::uuid $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function app_person() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('app.person', true), '')::uuid $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function app_bearer() returns bytea language sql stable parallel safe
  as $$ select decode(nullif(current_setting('app.bearer', true), ''), 'hex') $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function app_sweep() returns boolean language sql stable parallel safe
  as $$ select coalesce(current_setting('app.sweep', true), '') = 'on' $$;
-- +goose StatementEnd

-- tenant() gives a table its wall: forced row-level security, one policy, and DML for the app's role.
-- +goose StatementBegin
create procedure tenant(tab regclass, rights text default 'select, insert, update, delete') language plpgsql as $$
begin
  execute format('alter table %s enable row level security', tab);
  execute format('alter table %s force row level security', tab);
  execute format('create policy tenant on %s using (workspace_id = app_ws()) with check (workspace_id = app_ws())', tab);
  execute format('grant %s on %s to portal_app', rights, tab);
end $$;
-- +goose StatementEnd

-- People are global: one person may belong to several workspaces.
create table people (
  id uuid primary key,
  email text not null unique check (email = lower(email)),
  name text not null,
  sealed_totp bytea,
  totp_step bigint not null default 0,
  totp_wrong int not null default 0,
  totp_since timestamptz,
  created_at timestamptz not null,
  disabled_at timestamptz
);
create table sign_in_links (
  hashed_token bytea primary key check (length(hashed_token) = 32),
  person_id uuid not null references people,
  next text not null default '',
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index on sign_in_links (person_id, created_at);
create table sessions (
  hashed_id bytea primary key check (length(hashed_id) = 32),
  person_id uuid references people,
  data jsonb not null default '{}',
  user_agent text not null default '',
  address text not null default '',
  created_at timestamptz not null,
  seen_at timestamptz not null,
  proof_at timestamptz,
  ended_at timestamptz
);
create index on sessions (person_id) where ended_at is null;
create index on sessions (created_at) where person_id is null;
create table passkeys (
  id bytea primary key,
  person_id uuid not null references people,
  name text not null,
  credential jsonb not null,
  created_at timestamptz not null,
  used_at timestamptz
);
create index on passkeys (person_id);
grant select, insert, update, delete on people, sign_in_links, sessions, passkeys to portal_app;

create table workspaces (
  workspace_id uuid primary key,
  slug text not null unique check (slug ~ '^[a-z0-9](-?[a-z0-9])*$' and length(slug) between 2 and 40),
  name text not null,
  region text not null default 'EU',
  time_zone text not null default 'UTC',
  unmatched_people int not null default 1 check (unmatched_people between 1 and 5),
  request_count bigint not null default 0,
  rules_edition bigint not null default 0,
  created_at timestamptz not null
);
create table members (
  workspace_id uuid not null references workspaces,
  person_id uuid not null references people,
  role text not null check (role in ('owner','admin','privacy_officer','approver','auditor')),
  joined_at timestamptz not null,
  role_since timestamptz not null,
  seen_at timestamptz,
  removed_at timestamptz,
  primary key (workspace_id, person_id)
);
create index on members (person_id);
call tenant('workspaces');
call tenant('members');
create policy self on members for select using (person_id = app_person());
create policy self on workspaces for select using (exists
  (select 1 from members m where m.workspace_id = workspaces.workspace_id and m.person_id = app_person() and m.removed_at is null));
create policy sweep on workspaces for select using (app_sweep());

create table groups (
  workspace_id uuid not null references workspaces,
  id uuid not null,
  name text not null,
  description text not null default '',
  version int not null default 1,
  created_at timestamptz not null,
  primary key (workspace_id, id),
  unique (workspace_id, name)
);
create table group_members (
  workspace_id uuid not null,
  group_id uuid not null,
  person_id uuid not null,
  added_at timestamptz not null,
  primary key (workspace_id, group_id, person_id),
  foreign key (workspace_id, group_id) references groups,
  foreign key (workspace_id, person_id) references members
);
create index on group_members (workspace_id, person_id);
create table invitations (
  workspace_id uuid not null references workspaces,
  id uuid not null,
  email text not null check (email = lower(email)),
  name text not null default '',
  role text not null check (role in ('owner','admin','privacy_officer','approver','auditor')),
  hashed_token bytea not null unique check (length(hashed_token) = 32),
  invited_by uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz,
  primary key (workspace_id, id)
);
create table api_tokens (
  workspace_id uuid not null references workspaces,
  id uuid not null,
  name text not null,
  hint text not null,
  hashed_token bytea not null unique check (length(hashed_token) = 32),
  scopes text[] not null,
  created_by uuid,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  primary key (workspace_id, id),
  unique (workspace_id, name)
);
call tenant('groups');
call tenant('group_members');
call tenant('invitations');
call tenant('api_tokens');
create policy bearer on invitations for select using (hashed_token = app_bearer());
create policy bearer on api_tokens for select using (hashed_token = app_bearer());

-- What was answered to an operation id, so that a second try gets the same answer.
-- Operations outside a workspace stand under the nil workspace.
create table operations (
  workspace_id uuid not null,
  actor_id uuid not null,
  operation text not null check (length(operation) <= 200),
  hash bytea not null,
  result bytea,
  at timestamptz not null,
  primary key (workspace_id, actor_id, operation)
);
create index on operations (at);
alter table operations enable row level security;
alter table operations force row level security;
create policy tenant on operations
  using (workspace_id = coalesce(app_ws(), '00000000-0000-0000-0000-000000000000'))
  with check (workspace_id = coalesce(app_ws(), '00000000-0000-0000-0000-000000000000'));
grant select, insert, update, delete on operations to portal_app;

-- enter() is the door of a signed-in person: it knows the session, sets app.person and, when the
-- person is a member of the workspace called slug, app.workspace for this transaction.
-- Idle one hour or older than a day is ended. drift moves the clock in tests.
-- seen_at is the older of what session and membership noted last: the one that is due.
-- +goose StatementBegin
create function enter(session bytea, wanted text, drift interval)
returns table (person_id uuid, email text, person_name text, proof_at timestamptz, seen_at timestamptz,
               workspace_id uuid, slug text, workspace_name text, region text, time_zone text, role text,
               workspaces bigint, at timestamptz)
language plpgsql as $$
declare who record; place record; n bigint; t timestamptz := clock_timestamp() + drift;
begin
  select p.id, p.email, p.name, s.proof_at, s.seen_at into who
    from sessions s join people p on p.id = s.person_id
   where s.hashed_id = session and s.ended_at is null and p.disabled_at is null
     and s.seen_at > t - interval '1 hour' and s.created_at > t - interval '24 hours';
  if not found then return; end if;
  perform set_config('app.person', who.id::text, true);
  select count(*) into n from members m where m.person_id = who.id and m.removed_at is null;
  select w.workspace_id, w.slug, w.name, w.region, w.time_zone, m.role, coalesce(m.seen_at, 'epoch') as seen_at into place
    from workspaces w join members m on m.workspace_id = w.workspace_id
   where w.slug = wanted and m.person_id = who.id and m.removed_at is null;
  if place.workspace_id is not null then
    perform set_config('app.workspace', place.workspace_id::text, true);
  end if;
  return query select who.id, who.email, who.name, who.proof_at, least(who.seen_at, place.seen_at),
    place.workspace_id, place.slug, place.name, place.region, place.time_zone, place.role, n, t;
end $$;
-- +goose StatementEnd
grant execute on function enter to portal_app;
