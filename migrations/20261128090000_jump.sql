-- +goose Up

-- What people look a request up by: its words, ticket and target, from the beginning on. Only what
-- people were asked about is in these: an allowed request stays cheap to store, and is found by its
-- number. The column stands bare and in bytes' order, for row-level security lets no index be searched
-- by a function that could leak.
create index requests_words on action_requests (workspace_id, words collate "C", ref desc) where proof > 0;
create index requests_ticket on action_requests (workspace_id, ticket_ref collate "C", ref desc) where proof > 0 and length(ticket_ref) between 1 and 200;
create index requests_target on action_requests (workspace_id, target collate "C", ref desc) where proof > 0 and length(target) between 1 and 300;
