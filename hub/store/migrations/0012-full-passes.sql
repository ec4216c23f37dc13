-- Where deletions come to light by absence only, everything is read again now and then.
alter table syncs add column full_passed timestamptz;     -- when the last full pass ended
