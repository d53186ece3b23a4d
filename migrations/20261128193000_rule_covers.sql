-- +goose Up

-- What a live rule covered when that was last looked at: a release may add an action to a family
-- ("registrar.*") that the rule names. Null before the first look.
alter table rules add column covers text[];
