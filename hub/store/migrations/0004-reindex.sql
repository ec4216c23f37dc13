-- By which region and key rules a workspace's keys were made, and how far they have been computed anew since either changed.
alter table workspaces add column indexed text not null default 'US 1', add column reindex json;
update workspaces set indexed = region || ' 1';
