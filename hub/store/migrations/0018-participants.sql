-- Meetings, mails and files give keys of what they are called everywhere (mappings/keys.ts, rules 3).
alter table workspaces alter column indexed set default 'US 3';
