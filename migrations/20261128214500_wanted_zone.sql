-- +goose Up

-- An open wish (wanted_by) may also be for another time zone, where live rules go by local time.
alter table workspaces add column wanted_zone text;
