-- Where deletions come to light by absence only, everything is read again now and then.
alter table syncs add column full_passed timestamptz;     -- when the last full pass ended

-- What a plan would do, item by item, is dropped some time after it was done or came to nothing; what it counted stays.
alter table plans add column pruned timestamptz;
create index plans_unpruned on plans (workspace, expires) where pruned is null;
