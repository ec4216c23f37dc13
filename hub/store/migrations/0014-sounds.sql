-- What can be heard of a call: recordings the service's log has named, and the message that was left.
alter table calls add column recordings json, add column voicemail text collate "C";
create index calls_by_voicemail on calls (workspace, connection, voicemail) where voicemail is not null;

-- Two people of one account are connected: another connection tells this call too, and whose it is and what follows is its business.
alter table calls add column shared boolean not null default false;

-- Voicemails as the message store tells them, which knows of no call: they come before the call's log, or after it.
create table call_voicemails (
  workspace  integer not null,
  connection integer not null,
  message    text collate "C" not null,
  number     text collate "C",                        -- who spoke: E.164, or as it was given; null where anonymous
  at         timestamptz not null,
  transcript text,                                    -- it may come later
  primary key (workspace, connection, message)
);
create index call_voicemails_by_number on call_voicemails (workspace, connection, number, at);
