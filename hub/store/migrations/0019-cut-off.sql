-- Refreshes whose refresher has vanished: found for all workspaces at once, since nobody may ask for those grants for long.
create index grants_refreshing on grants (refresh_until) where refresher is not null and dead is null;
grant select (workspace, id, refresher, refresh_until, dead) on grants to switchboard_worker;
create policy dispatch on grants for select to switchboard_worker using (true);
