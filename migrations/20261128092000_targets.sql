-- +goose Up

-- An index holds no text of a thousand names, so that an ask for a long list could not be stored. Such a
-- target is looked for by type and time; see models/approval/window.go.
create index action_requests_same_target on action_requests (workspace_id, type, target, created_at) where length(target) <= 300;
drop index action_requests_target;
