-- Who is refreshing a grant now, and until when others keep away. A holder that is still there after its time vanished without a
-- result.
alter table grants add column refresher uuid, add column refresh_until timestamptz;
create index grants_by_id on connections (workspace, grant_id);
create index oauth_states_expired on oauth_states (workspace, expires);
