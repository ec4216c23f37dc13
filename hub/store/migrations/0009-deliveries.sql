-- ── Deliveries: the installation's, for one may speak of several workspaces ────────────────────────────────────────────────────
create sequence delivery_seq as bigint;
create table deliveries (                             -- written once, never changed
  id           bigint not null default nextval('delivery_seq'),
  at           timestamptz not null,                  -- when it came, by the hub's clock
  connector    text not null,
  subscription text,                                  -- from the address, where the service has one for each subscription
  identity     text,                                  -- as its connector reads it; null where nothing makes two deliveries one
  method       text not null,
  query        text not null,
  headers      json not null,                         -- secrets among them are blotted out
  body         bytea not null,
  primary key (id, at)
) partition by range (at);
create index deliveries_by_time on deliveries using brin (at) with (pages_per_range = 16);
create table deliveries_rest partition of deliveries default;

create table delivery_identities (                    -- 8 days' memory
  key uuid primary key,                               -- half of SHA-256 of connector, subscription and identity
  at  timestamptz not null
);
create index delivery_identities_by_age on delivery_identities using brin (at) with (pages_per_range = 8);

create table deliveries_unread (                      -- the inbox: what no reader has dealt with yet
  connector text not null,
  delivery  bigint not null,
  at        timestamptz not null,
  primary key (connector, delivery)
);
create table deliveries_failed (                      -- what could not be read, until somebody has it read again
  delivery bigint primary key,
  at       timestamptz not null,
  connector text not null,
  problem  text not null,
  failed   timestamptz not null
);
create index deliveries_failed_by_connector on deliveries_failed (connector, delivery);
create index deliveries_failed_by_time on deliveries_failed using brin (at) with (pages_per_range = 8);

-- ── News: what a delivery said for one workspace ───────────────────────────────────────────────────────────────────────────────
create sequence news_seq as bigint;
create table news_waiting (                           -- read, and not acted upon yet
  workspace  integer not null,
  id         bigint not null default nextval('news_seq'),
  at         timestamptz not null,                    -- of its delivery
  delivery   bigint not null,
  connector  text not null,
  connection integer not null,
  kind       text not null,                           -- changed, gone, touched, call, expiring, disconnected
  stream     text,
  row        text,
  body       json,                                    -- the row, the event, the subscription or the reason
  times      integer not null default 1,              -- so often the same was said in one reading
  attempts   smallint not null default 0,
  ready      timestamptz not null default clock_timestamp(),   -- nobody takes it before
  problem    text,                                    -- why the last attempt failed
  primary key (workspace, id)
);
create index news_waiting_by_time on news_waiting (ready);

create table news (                                   -- acted upon: what came of it
  workspace  integer not null,
  id         bigint not null,
  at         timestamptz not null,
  delivery   bigint not null,
  connector  text not null,
  connection integer not null,
  kind       text not null,
  stream     text,
  row        text,
  body       json,
  times      integer not null,
  state      text not null,                           -- done, ignored, failed
  outcome    text not null,
  handled    timestamptz not null,
  primary key (workspace, id, at)
) partition by range (at);
create table news_rest partition of news default;

create table news_parked (                            -- for accounts nobody has linked
  id        bigint not null default nextval('news_seq'),
  at        timestamptz not null,
  delivery  bigint not null,
  connector text not null,
  account   text not null,
  kind      text not null,
  stream    text,
  row       text,
  body      json,
  times     integer not null default 1,
  primary key (id)
);
create index news_parked_by_account on news_parked (connector, account, id);
create index news_parked_by_age on news_parked using brin (at) with (pages_per_range = 8);

-- Whose account it is, asked by the installation's reader.
create index connections_by_account on connections (connector, account);

-- ── The engine ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
alter table touched add column arrived json,          -- the row as a webhook brought it; taken only if it is newer than its link
  add column marked bigint not null default nextval('reading');   -- a fetch that began before it is not enough
alter table syncs add column heard bigint;            -- number of the last news of something new: a pass that began before it is not enough

-- ── Days: partitions made ahead and dropped when they are old ──────────────────────────────────────────────────────────────────
create function ensure_delivery_day(day date) returns void language plpgsql security definer set search_path = switchboard, pg_temp set lock_timeout = '5s' as $$
declare
  name text;
begin
  if day < current_date - 1 or day > current_date + 7 then
    raise exception 'partitions of deliveries are made for today and the next seven days, not for %', day;
  end if;
  foreach name in array array['deliveries', 'news'] loop
    if to_regclass('switchboard.' || name || to_char(day, '_YYYY_MM_DD')) is null then
      execute format('create table %I partition of %I for values from (%L) to (%L)', name || to_char(day, '_YYYY_MM_DD'), name, day, day + 1);
      if name = 'news' then
        execute format('alter table %I enable row level security', name || to_char(day, '_YYYY_MM_DD'));
        execute format('create policy workspace on %I to switchboard_hub using (workspace = (select nullif(current_setting(''switchboard.workspace'', true), '''')::int)) with check (workspace = (select nullif(current_setting(''switchboard.workspace'', true), '''')::int))', name || to_char(day, '_YYYY_MM_DD'));
      end if;
    end if;
  end loop;
exception when duplicate_table or check_violation then null;   -- another hub made it; or rows already lie in the rest
end $$;

-- Drops the days that lie wholly before an instant, and what the rest holds from before it. Nothing unread is dropped.
create function drop_delivery_days(before timestamptz) returns integer language plpgsql security definer set search_path = switchboard, pg_temp set lock_timeout = '5s' as $$
declare
  edge timestamptz := least(before, (select min(at) from deliveries_unread));
  part record;
  dropped integer := 0;
begin
  if edge > now() - interval '1 hour' then
    raise exception 'deliveries are kept for an hour at least; % is too late', before;
  end if;
  for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent in ('switchboard.deliveries'::regclass, 'switchboard.news'::regclass) and c.relname ~ '_\d{4}_\d\d_\d\d$'
      and to_date(right(c.relname, 10), 'YYYY_MM_DD') + 1 <= edge
  loop
    execute format('drop table %I', part.relname);
    dropped := dropped + 1;
  end loop;
  delete from deliveries_rest where at < edge;
  delete from news_rest where at < edge;
  return dropped;
end $$;

revoke all on function ensure_delivery_day(date), drop_delivery_days(timestamptz) from public;
grant execute on function ensure_delivery_day(date), drop_delivery_days(timestamptz) to switchboard_worker;
grant select, insert on deliveries to switchboard_worker;
grant select, insert, delete on delivery_identities, deliveries_unread, news_parked to switchboard_worker;
grant select, insert, update, delete on deliveries_failed to switchboard_worker;
grant select, insert on news_waiting to switchboard_worker;
grant usage on sequence delivery_seq, news_seq to switchboard_worker;
grant usage on sequence news_seq to switchboard_hub;
create policy dispatch on news_waiting to switchboard_worker using (true) with check (true);
-- So that the first delivery of a new hub finds its day.
select ensure_delivery_day(current_date), ensure_delivery_day(current_date + 1);
