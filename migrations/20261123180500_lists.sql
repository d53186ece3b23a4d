-- +goose Up

-- The reader's role in the workspace that enter() opened, or that the gate was given.
-- +goose StatementBegin
create function app_role() returns text language sql stable parallel safe
  as $$ select nullif(current_setting('app.role', true), '') $$;
-- +goose StatementEnd

-- enter() now tells the role too, so that a page's questions can go out together with the door's.
-- +goose StatementBegin
create or replace function enter(session bytea, wanted text, drift interval)
returns table (person_id uuid, email text, person_name text, proof_at timestamptz, seen_at timestamptz,
               workspace_id uuid, slug text, workspace_name text, region text, time_zone text, role text,
               workspaces bigint, at timestamptz)
language plpgsql as $$
declare who record; place record; n bigint; t timestamptz := clock_timestamp() + drift;
begin
  select p.id, p.email, p.name, s.proof_at, s.seen_at into who
    from sessions s join people p on p.id = s.person_id
   where s.hashed_id = session and s.ended_at is null and p.disabled_at is null
     and s.seen_at > t - interval '1 hour' and s.created_at > t - interval '24 hours';
  if not found then return; end if;
  perform set_config('app.person', who.id::text, true);
  select count(*) into n from members m where m.person_id = who.id and m.removed_at is null;
  select w.workspace_id, w.slug, w.name, w.region, w.time_zone, m.role, coalesce(m.seen_at, 'epoch') as seen_at into place
    from workspaces w join members m on m.workspace_id = w.workspace_id
   where w.slug = wanted and m.person_id = who.id and m.removed_at is null;
  if place.workspace_id is not null then
    perform set_config('app.workspace', place.workspace_id::text, true), set_config('app.role', place.role, true);
  end if;
  return query select who.id, who.email, who.name, who.proof_at, least(who.seen_at, place.seen_at),
    place.workspace_id, place.slug, place.name, place.region, place.time_zone, place.role, n, t;
end $$;
-- +goose StatementEnd

-- What a list shows of the reasons.
-- +goose StatementBegin
create function names_in(reasons jsonb) returns text language sql immutable parallel safe
  as $$ select coalesce(string_agg(distinct x->>'name', ', '), '') from jsonb_array_elements(reasons) x $$;
-- +goose StatementEnd
alter table action_requests add column rule_names text generated always as (names_in(reasons)) stored;

-- Each list of requests reads its own index from the end and stops. An allowed request is in none of
-- them: it is cheap to store. The list of all reads the key (workspace_id, ref).
create index requests_open on action_requests (workspace_id, ref) where state in ('pending','held','cooling');
create index requests_decided on action_requests (workspace_id, ref)
  where state in ('approved','denied','consumed','succeeded') and proof > 0;
create index requests_ended on action_requests (workspace_id, ref)
  where state in ('expired','cancelled','lapsed','superseded','undecidable');
create index requests_failed on action_requests (workspace_id, ref)
  where state in ('failed','partial','never_executed','unknown');
drop index action_requests_state, action_requests_recent;
