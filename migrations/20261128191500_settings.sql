-- +goose Up

-- version counts changes of the settings. wanted_* is an open wish that fewer people agree where no
-- rule matches: it waits for a second Owner or Admin.
alter table workspaces
  add column version int not null default 1,
  add column wanted_people int,
  add column wanted_by uuid,
  add column wanted_at timestamptz,
  add column wanted_note text not null default '',
  add constraint wanted_is_fewer check (wanted_people is null or wanted_people between 1 and unmatched_people - 1
    and wanted_by is not null and wanted_at is not null),
  add foreign key (workspace_id, wanted_by) references members;
