-- +goose Up

-- written_at: when a message's letter was first written. roundup_id: the roundup that names it, because
-- its receiver had enough letters; it then has none of its own and shares what becomes of the roundup.
alter table messages
  add column written_at timestamptz,
  add column roundup_id uuid,
  add foreign key (workspace_id, roundup_id) references messages;
create index messages_written on messages (workspace_id, person_id, written_at) where written_at is not null;
create index messages_roundup on messages (workspace_id, roundup_id) where roundup_id is not null;
-- A person has one roundup at most that still takes in what comes.
create unique index one_open_roundup on messages (workspace_id, person_id)
  where kind = 'request.roundup' and state = 'queued' and written_at is null;
