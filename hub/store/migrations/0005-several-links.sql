-- A record may have several rows of one sync. One leads, the others follow in the order in which they were tied (decision 0008).
alter table links add column tied bigint;             -- rows tied before have none: they are older than all that follow
alter table links alter column tied set default nextval('reading');
create index links_following on links (workspace, sync, record) where not leads;

-- One intent, one draft for each row of its record.
alter table intents rename column flight to flights;  -- the frozen drafts, each with the values of ours it stands for
update intents set flights = json_build_array(flights) where flights is not null;
