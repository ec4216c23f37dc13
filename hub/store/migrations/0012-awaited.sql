-- Rows that refer to rows which have not come in yet, kept as read: when those arrive they are settled from here, and no service is asked.
create table parked_rows (
  workspace integer not null,
  sync      integer not null,
  row       text collate "C" not null,
  raw       json not null,
  begun     bigint not null,
  since     timestamptz not null,
  ready     text[],                                   -- crm fields that have nothing left to wait for
  primary key (workspace, sync, row)
);
create index parked_ready on parked_rows (workspace, sync, row) where ready is not null;

-- Who waits for what. A row of a connection waits for rows of its streams; a record waits to be sent until others are there.
create table awaited (
  workspace  integer not null,
  connection integer not null,
  stream     text not null,
  side       text not null check (side in ('row', 'record')),
  target     text collate "C" not null,               -- id of the row, or of the record
  sync       integer not null,
  waits      text collate "C" not null,               -- the row that waits, or the record
  field      text not null,                           -- its crm field
  choice     text not null,                           -- of those with the same one is enough
  primary key (workspace, connection, stream, side, target, sync, waits, field, choice)
);
create index awaited_by_waiting on awaited (workspace, sync, side, waits);
