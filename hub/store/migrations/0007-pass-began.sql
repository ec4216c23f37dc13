-- When the pass under way began, by the clock by which things are due: a creation that took off long enough before is missing if the
-- pass does not show it, however many slices it takes. Of a creation whose answer was given up, `since` says when that was.
alter table syncs add column pass_began timestamptz;
