-- A creation that was edited over there while a pass was under way may be shown by the next pass only: one pass without it proves nothing.
alter table intents add column missed smallint not null default 0;   -- finished passes in a row that did not show an unsure creation
