-- Sales that are not paid, by what a payment may know of them. Kept with the records in their transaction.
create table open_invoices (
  workspace integer not null,
  invoice   uuid not null,
  currency  text not null,
  balance   text collate "C" not null,                -- the shortest decimal
  company   uuid,
  number    text collate "C" not null,                -- letters and digits, small; '' for none
  primary key (workspace, invoice)
);
create index open_invoices_by_balance on open_invoices (workspace, currency, balance);
create index open_invoices_by_company on open_invoices (workspace, company);
create index open_invoices_by_number on open_invoices (workspace, number) where number <> '';

-- Money received that is allocated to nothing: when somebody looks for its invoice, and what was found.
create table unmatched_payments (
  workspace  integer not null,
  payment    uuid not null,
  currency   text not null,
  amount     text collate "C" not null,
  company    uuid,
  number     text collate "C" not null,
  due        timestamptz,                             -- null: a person said to leave it
  doubt      text,                                    -- why it is matched with nothing: unknown, several, weak; null before the first look
  because    text,
  candidates json,
  looked     timestamptz,
  primary key (workspace, payment)
);
create index unmatched_due on unmatched_payments (due) where due is not null;
create index unmatched_by_amount on unmatched_payments (workspace, currency, amount);
create index unmatched_by_company on unmatched_payments (workspace, company);
create index unmatched_by_number on unmatched_payments (workspace, number) where number <> '';
create policy dispatch on unmatched_payments to switchboard_worker using (true);
grant select on unmatched_payments to switchboard_worker;
