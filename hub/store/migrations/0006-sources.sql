-- The one connection that may overwrite a field of an object (decision 0009). Of fields without a row any may, as its mapping says.
create table sources (
  workspace  integer not null,
  object     text not null,
  field      text not null,
  connection integer not null,
  set_at     timestamptz not null,
  by         text not null,
  primary key (workspace, object, field)
);
