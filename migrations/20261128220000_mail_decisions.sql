-- +goose Up

-- signed_in_only: nobody decides with a mailbox alone. An open wish (wanted_by) may also be that they do again.
alter table workspaces
  add column signed_in_only boolean not null default false,
  add column wanted_mail boolean not null default false;

-- by_mailbox: whoever reads the person's mails could have cast it, from a link or signed in by one. What
-- a person decided so within a day is counted with each further one, from this release on.
alter table votes add column by_mailbox boolean not null default false;
create index votes_by_mailbox on votes (workspace_id, person_id, at) where by_mailbox;
