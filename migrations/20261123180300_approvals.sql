-- +goose Up
create table rules (
  workspace_id uuid not null references workspaces,
  id uuid not null,
  name text not null,
  created_by uuid,
  created_at timestamptz not null,
  retired_at timestamptz,
  primary key (workspace_id, id)
);
create table rule_versions (
  workspace_id uuid not null,
  rule_id uuid not null,
  n int not null,
  state text not null check (state in ('draft','in_review','live','superseded','retired','discarded')),
  body jsonb not null,
  change_note text not null default '',
  retires boolean not null default false,
  edit int not null default 1,
  edited_by uuid,
  edited_at timestamptz not null,
  submitted_at timestamptz,
  publish_after timestamptz,
  published_by uuid,
  published_at timestamptz,
  ended_at timestamptz,
  primary key (workspace_id, rule_id, n),
  foreign key (workspace_id, rule_id) references rules
);
create unique index one_live on rule_versions (workspace_id, rule_id) where state = 'live';
create unique index one_draft on rule_versions (workspace_id, rule_id) where state in ('draft','in_review');

-- Every request ever made, also the allowed ones.
create table action_requests (
  workspace_id uuid not null references workspaces,
  id uuid not null,
  ref bigint not null,
  state text not null check (state in ('allowed','blocked','held','pending','cooling','approved','denied','expired',
    'cancelled','superseded','undecidable','lapsed','consumed','succeeded','failed','partial','never_executed','unknown')),
  version int not null default 1,
  type text not null,
  type_version int not null,
  integration_id uuid,
  params jsonb not null,
  canonical bytea not null,
  digest text not null,
  target text not null,
  fingerprint bytea not null,
  sentence text not null,
  words text not null,
  risk int not null,
  proof int not null,
  plan jsonb not null,
  rules_edition bigint not null,
  reasons jsonb not null,
  token_id uuid,
  run_id text not null default '',
  workflow text not null default '',
  workflow_version text not null default '',
  behalf_kind text not null default '',
  behalf_ref text not null default '',
  ticket_ref text not null default '',
  explanation text not null default '',
  evidence jsonb not null default '[]',
  confidence numeric,
  created_at timestamptz not null,
  expires_at timestamptz,
  held_at timestamptz,
  decided_at timestamptz,
  decided_by text not null default '',
  cooling_until timestamptz,
  execute_by timestamptz,
  closed_reason text not null default '',
  consumed_at timestamptz,
  hashed_ticket bytea,
  ticket_until timestamptz,
  receipt jsonb,
  outcome_at timestamptz,
  external_ref text not null default '',
  outcome_message text not null default '',
  primary key (workspace_id, id),
  unique (workspace_id, ref),
  foreign key (workspace_id, integration_id) references integrations,
  foreign key (workspace_id, token_id) references api_tokens
) partition by hash (workspace_id);
-- +goose StatementBegin
do $$ begin
  for i in 0..7 loop
    execute format('create table action_requests_%s partition of action_requests for values with (modulus 8, remainder %s)', i, i);
  end loop;
end $$;
-- +goose StatementEnd
create index action_requests_recent on action_requests (workspace_id, ref desc);
create index action_requests_state on action_requests (workspace_id, state, ref desc);
create index action_requests_target on action_requests (workspace_id, type, target, created_at);
create index action_requests_behalf on action_requests (workspace_id, type, behalf_ref, created_at);
create index action_requests_type on action_requests (workspace_id, type, created_at);
create index action_requests_day on action_requests (workspace_id, created_at);
create index action_requests_digest on action_requests (workspace_id, digest, created_at);
-- At most one open request per identical ask.
create unique index one_open on action_requests (workspace_id, fingerprint) where state in ('pending','held');

-- Who is asked: one row per person and request, made when the request opens and when stages resolve anew.
create table request_approvers (
  workspace_id uuid not null,
  request_id uuid not null,
  person_id uuid not null,
  asked_at timestamptz not null,
  primary key (workspace_id, request_id, person_id),
  foreign key (workspace_id, request_id) references action_requests,
  foreign key (workspace_id, person_id) references members
);
create index on request_approvers (workspace_id, person_id, request_id);
create table votes (
  workspace_id uuid not null,
  id uuid not null,
  request_id uuid not null,
  person_id uuid not null,
  stage int not null,
  decision text not null check (decision in ('approve','deny')),
  reason text not null default '',
  proof text not null check (proof in ('code','code_target','session','step_up')),
  channel text not null check (channel in ('mail','portal')),
  digest text not null,
  at timestamptz not null,
  withdrawn_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, request_id) references action_requests,
  foreign key (workspace_id, person_id) references members
);
create unique index one_vote on votes (workspace_id, request_id, person_id, stage) where withdrawn_at is null;
create table decision_links (
  workspace_id uuid not null,
  id uuid not null,
  request_id uuid not null,
  person_id uuid not null,
  hashed_token bytea not null unique check (length(hashed_token) = 32),
  hashed_code bytea,
  wrong_codes int not null default 0,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  ended_at timestamptz,
  ended_reason text not null default '',
  primary key (workspace_id, id),
  foreign key (workspace_id, request_id) references action_requests,
  foreign key (workspace_id, person_id) references members
);
create index on decision_links (workspace_id, request_id, person_id);
call tenant('rules');
call tenant('rule_versions');
call tenant('action_requests', 'select, insert, update');
call tenant('request_approvers');
call tenant('votes', 'select, insert, update');
call tenant('decision_links');
create policy bearer on decision_links for select using (hashed_token = app_bearer());
