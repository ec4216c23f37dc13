-- Meetings, mails and files give keys of what they are called everywhere (mappings/keys.ts, rules 3).
alter table workspaces alter column indexed set default 'US 3';

-- "Somebody bears this e-mail address now": written with the change of a record's addresses, where meetings, mails or files name it.
create table address_marks (
  workspace integer not null,
  address   text collate "C" not null,
  primary key (workspace, address)
);

-- What is done with people met in meetings and mails whom nobody knows: nothing, or they are listed for a person.
alter table workspaces add column strangers text not null default 'off' check (strangers in ('off', 'review'));

create table strangers (
  workspace integer not null,
  address   text collate "C" not null,
  name      text not null default '',                 -- as a meeting or mail gave it last
  last      timestamptz not null,                     -- when they were last met
  dismissed timestamptz,                              -- for good
  by        text,
  primary key (workspace, address)
);
create index strangers_waiting on strangers (workspace, last, address) where dismissed is null;

-- The worker finds where marks are; what is then done is done as that workspace.
grant select on address_marks to switchboard_worker;
create policy dispatch on address_marks to switchboard_worker using (true);
