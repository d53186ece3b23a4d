-- +goose Up

-- Why somebody took their approval back, in their words.
alter table votes add column withdrawn_reason text not null default '';
