-- +goose Up

-- visit() takes the place of enter(), which the release before still calls. It finds the workspace by
-- its name and then looks for one membership; enter() read all of a person's memberships three times.
-- The name is looked up as a sweep reads it. Nothing of it comes out unless the membership is there.
-- +goose StatementBegin
create function visit(session bytea, wanted text, drift interval,
  out person_id uuid, out email text, out person_name text, out proof_at timestamptz, out seen_at timestamptz,
  out workspace_id uuid, out slug text, out workspace_name text, out region text, out time_zone text, out role text,
  out at timestamptz)
language plpgsql as $$
declare place record; belongs record; t timestamptz := clock_timestamp() + drift;
begin
  select p.id, p.email, p.name, s.proof_at, s.seen_at into person_id, email, person_name, proof_at, seen_at
    from sessions s join people p on p.id = s.person_id
   where s.hashed_id = session and s.ended_at is null and p.disabled_at is null
     and s.seen_at > t - interval '1 hour' and s.created_at > t - interval '24 hours';
  if not found then return; end if;
  at := t;
  perform set_config('app.person', person_id::text, true);
  if wanted = '' then return; end if;
  perform set_config('app.sweep', 'on', true);
  select w.workspace_id, w.slug, w.name, w.region, w.time_zone into place from workspaces w where w.slug = wanted;
  perform set_config('app.sweep', '', true);
  select m.role, coalesce(m.seen_at, 'epoch') as seen_at into belongs from members m
   where m.workspace_id = place.workspace_id and m.person_id = visit.person_id and m.removed_at is null;
  if not found then return; end if;
  workspace_id := place.workspace_id; slug := place.slug; workspace_name := place.name;
  region := place.region; time_zone := place.time_zone; role := belongs.role;
  seen_at := least(seen_at, belongs.seen_at);
  perform set_config('app.workspace', workspace_id::text, true), set_config('app.role', role, true);
end $$;
-- +goose StatementEnd
grant execute on function visit to portal_app;
