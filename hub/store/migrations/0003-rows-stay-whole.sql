-- A link or a record is about 2 KB, which is where PostgreSQL begins to compress a row and to store parts of it apart:
-- work for nothing, where rows are read whole anyway. Up to the size of a page they stay as they are. A kept page of a plan is read once
-- and dropped: it is stored apart, but not compressed.
alter table links set (toast_tuple_target = 8160);
alter table records set (toast_tuple_target = 8160);
alter table stage alter column body set storage external;
