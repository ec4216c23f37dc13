-- A sync's links of a record are one step into the index, also while the table is younger than its statistics.
drop index links_by_record;
create index links_by_record on links (workspace, record, sync);
