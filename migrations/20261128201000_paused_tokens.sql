-- +goose Up

-- A paused agent asks and consumes nothing. Without paused_by the portal itself paused it.
-- resumed_at: what it was refused before does not count against it.
alter table api_tokens
  add column paused_at timestamptz,
  add column paused_by uuid,
  add column pause_reason text not null default '',
  add column resumed_at timestamptz,
  add constraint paused_has_a_reason check (paused_at is null or pause_reason <> ''),
  add foreign key (workspace_id, paused_by) references members;

-- How often an agent was refused lately is counted with each ask of one that has all waiting that it may.
create index requests_refused on action_requests (workspace_id, token_id, created_at) where state = 'blocked';
