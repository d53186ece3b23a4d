-- +goose Up

-- What the hourly sweep looks for. It walks the workspaces one by one, each behind its own wall, so
-- no policy lets it see the operations of all.
create index sessions_age on sessions (created_at);
create index sign_in_links_age on sign_in_links (expires_at);
create index operations_age on operations (workspace_id, at);
drop index operations_at_idx;
