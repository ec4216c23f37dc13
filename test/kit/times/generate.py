"""
Computes cases.jsonl: local times with their zone and the UTC instants they are, by libraries that share nothing with the product.

    pip install tzdata==2026.4 tzlocal==5.4.4 python-dateutil==2.9.0.post0
    python3 generate.py > cases.jsonl

zoneinfo (Python's own, over the IANA database 2026d of tzdata) turns local times into instants; dateutil, over the machine's database and with
code of its own, is asked too, and where it disagrees that is printed: of the second pass in zones whose winter time is the
exception (Dublin, Casablanca, Windhoek), which it takes for the first. dateutil.rrule expands the series; tzlocal says which zone a name of
Windows means.

Rules, of RFC 5545 3.3.5: a local time that clocks leave out is read with the offset from before the gap; of one that they show twice the first
pass is meant. `fold=0` of PEP 495 is both.
"""

import json
import sys
import zoneinfo
from datetime import date, datetime, timedelta, timezone

from dateutil import tz as other
from dateutil.rrule import rrulestr
from tzlocal.windows_tz import win_tz

zoneinfo.reset_tzpath(to=[])  # the package's data alone, not the machine's
UTC = timezone.utc


def instant(at):
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def text(local):
    return local.strftime("%Y-%m-%dT%H:%M:%S")


def offset(at):
    minutes = int(at.utcoffset().total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def resolved(local, zone, fold=0):
    at = local.replace(tzinfo=zoneinfo.ZoneInfo(zone), fold=fold)
    return at.astimezone(UTC)


def second_opinion(local, zone, fold, utc):
    """Of a gap dateutil has no opinion of its own."""
    at = other.enfold(local.replace(tzinfo=other.gettz(zone)), fold)
    if other.datetime_exists(at) and at.astimezone(UTC) != utc:
        print(f"they disagree: {local} {zone} {fold}", file=sys.stderr)


def shown(utc, zone):
    """What the clocks of the zone show at an instant, with the offset where they show it a second time."""
    at = utc.astimezone(zoneinfo.ZoneInfo(zone))
    said = {"local": text(at)}
    if at.fold:
        said["offset"] = offset(at)
    return said


def case(about, local, zone, fold=0, name=None):
    local = datetime.fromisoformat(local)
    utc = resolved(local, zone, fold)
    second_opinion(local, zone, fold, utc)
    row = {"about": about, "local": text(local), "zone": name or zone}
    if fold:
        row["offset"] = offset(local.replace(tzinfo=zoneinfo.ZoneInfo(zone), fold=1))
    row["utc"] = instant(utc)
    if shown(utc, zone)["local"] != text(local):
        row["shown"] = shown(utc, zone)["local"]
    print(json.dumps(row))


def turns(about, zone, year):
    """Around every change of the offset within a year: before, in the gap or in both passes, after."""
    zi = zoneinfo.ZoneInfo(zone)
    at, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while at < end:
        step = at + timedelta(minutes=15)
        before, after = at.astimezone(zi).utcoffset(), step.astimezone(zi).utcoffset()
        if before != after:
            turn, change = step, after - before
            was = (turn + before).replace(tzinfo=None)  # what clocks show when they are turned
            case(f"{about}: before", text(was - timedelta(minutes=1)), zone)
            middle = abs(change) / 2
            if change > timedelta(0):
                case(f"{about}: in the gap", text(was + middle), zone)
                case(f"{about}: after the gap", text(was + change), zone)
            else:
                twice = text(was - middle)
                case(f"{about}: first pass", twice, zone)
                case(f"{about}: second pass", twice, zone, fold=1)
                case(f"{about}: after the fold", text(was), zone)
        at = step


def day(about, day, zone):
    """When a date begins: not at midnight everywhere, and not every date is there."""
    d, zi = date.fromisoformat(day), zoneinfo.ZoneInfo(zone)
    at = datetime(d.year, d.month, d.day, tzinfo=UTC) - timedelta(hours=16)
    while at.astimezone(zi).date() < d:
        at += timedelta(minutes=15)
    print(json.dumps({"about": about, "day": day, "zone": zone, "utc": instant(at)}))


def all_day(about, first, after):
    """An all-day event as services say it, the day after it as its end: no zone takes part."""
    last = date.fromisoformat(after) - timedelta(days=1)
    print(json.dumps({"about": about, "first": first, "dayAfter": after, "last": last.isoformat()}))


def series(about, start, zone, rule, most=8):
    first = datetime.fromisoformat(start)
    found = list(rrulestr(rule, dtstart=first))[:most]
    told = []
    for local in found:
        utc = resolved(local, zone)
        second_opinion(local, zone, 0, utc)
        told.append({"local": text(local), "utc": instant(utc)})
    print(json.dumps({"about": about, "start": start, "zone": zone, "rule": rule, "occurrences": told}))


for zone, year in [
    ("Europe/Berlin", 2026), ("America/New_York", 2026), ("America/Los_Angeles", 2027), ("Europe/London", 2026),
    ("Australia/Sydney", 2026), ("Australia/Lord_Howe", 2026), ("Pacific/Chatham", 2026), ("America/St_Johns", 2026),
    ("Pacific/Auckland", 2025), ("America/Havana", 2025), ("Asia/Jerusalem", 2025), ("Antarctica/Troll", 2025),
    ("Atlantic/Azores", 2025), ("America/Santiago", 2025), ("Africa/Cairo", 2024), ("Africa/Casablanca", 2025),
    ("America/Asuncion", 2023), ("Asia/Beirut", 2023), ("America/St_Johns", 2008), ("Europe/Dublin", 2026),
]:
    turns(f"clocks are turned, {zone} {year}", zone, year)

for zone, year in [
    ("America/Mexico_City", 2022), ("America/Ciudad_Juarez", 2022), ("America/Ojinaga", 2022), ("Europe/Istanbul", 2016),
    ("America/Nuuk", 2023), ("America/Nuuk", 2024), ("America/Scoresbysund", 2024), ("Africa/Cairo", 2014), ("Africa/Cairo", 2023),
    ("Africa/Casablanca", 2018), ("Asia/Amman", 2022), ("Asia/Damascus", 2022), ("Asia/Tehran", 2022), ("Asia/Pyongyang", 2015),
    ("Asia/Pyongyang", 2018), ("Europe/Volgograd", 2018), ("Europe/Volgograd", 2020), ("America/Caracas", 2016), ("Africa/Juba", 2021),
    ("America/Sao_Paulo", 2019), ("Africa/Windhoek", 2017), ("Asia/Almaty", 2024), ("America/Asuncion", 2024), ("Pacific/Fiji", 2021),
    ("Pacific/Apia", 2011), ("Pacific/Norfolk", 2015), ("Africa/Sao_Tome", 2018), ("Europe/Moscow", 2011), ("Europe/Moscow", 2014),
    ("Asia/Colombo", 2006), ("America/Metlakatla", 2015), ("Pacific/Bougainville", 2014), ("Antarctica/Casey", 2020),
]:
    turns(f"rules changed, {zone} {year}", zone, year)

for old, new in [
    ("Asia/Calcutta", "Asia/Kolkata"), ("Europe/Kiev", "Europe/Kyiv"), ("US/Pacific", "America/Los_Angeles"), ("Asia/Saigon", "Asia/Ho_Chi_Minh"),
    ("Asia/Katmandu", "Asia/Kathmandu"), ("Asia/Rangoon", "Asia/Yangon"), ("America/Godthab", "America/Nuuk"), ("Atlantic/Faeroe", "Atlantic/Faroe"),
    ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"), ("Pacific/Enderbury", "Pacific/Kanton"), ("Australia/ACT", "Australia/Sydney"),
    ("GB", "Europe/London"), ("Asia/Istanbul", "Europe/Istanbul"), ("America/Indianapolis", "America/Indiana/Indianapolis"),
]:
    for local in ["2026-01-15T09:00:00", "2026-07-15T09:00:00"]:
        case(f"renamed to {new}", local, old)
        case(f"renamed from {old}", local, new)

for name in [
    "W. Europe Standard Time", "Romance Standard Time", "GMT Standard Time", "FLE Standard Time", "Pacific Standard Time", "Mountain Standard Time",
    "US Mountain Standard Time", "Central Standard Time", "Eastern Standard Time", "US Eastern Standard Time", "Newfoundland Standard Time",
    "India Standard Time", "Nepal Standard Time", "Sri Lanka Standard Time", "Myanmar Standard Time", "Tokyo Standard Time", "China Standard Time",
    "AUS Central Standard Time", "Cen. Australia Standard Time", "Aus Central W. Standard Time", "Lord Howe Standard Time", "Chatham Islands Standard Time",
    "New Zealand Standard Time", "Samoa Standard Time", "Line Islands Standard Time", "Dateline Standard Time", "UTC", "UTC-11", "UTC+12",
    "Turkey Standard Time", "Egypt Standard Time", "Morocco Standard Time", "Greenland Standard Time", "Mountain Standard Time (Mexico)",
    "Central Standard Time (Mexico)", "Iran Standard Time", "Qyzylorda Standard Time", "South Sudan Standard Time", "E. South America Standard Time",
    "Volgograd Standard Time", "Paraguay Standard Time", "Venezuela Standard Time", "North Korea Standard Time", "Marquesas Standard Time",
]:
    for local in ["2026-01-15T09:00:00", "2026-07-15T09:00:00"]:
        case(f"Windows: {win_tz[name]}", local, win_tz[name], name=name)

for zone in [
    "Asia/Kolkata", "Asia/Kathmandu", "Australia/Eucla", "Pacific/Marquesas", "Asia/Kabul", "Asia/Yangon", "Asia/Tehran", "Australia/Darwin",
    "Australia/Adelaide", "Pacific/Kiritimati", "Etc/GMT+12", "Etc/GMT-14", "Etc/GMT+5", "Africa/Monrovia", "Asia/Colombo", "Europe/Amsterdam",
]:
    case("offsets of halves and quarters, and from end to end", "2026-03-01T00:15:00", zone)
    case("offsets of halves and quarters, and from end to end", "1999-12-31T23:45:00", zone)

# A floating time is nine in the morning wherever it is read: the calendar's zone decides.
for zone in ["America/Anchorage", "America/New_York", "Europe/Lisbon", "Europe/Berlin", "Asia/Dubai", "Asia/Kathmandu", "Asia/Tokyo", "Pacific/Auckland"]:
    case("floating, read in this zone", "2026-11-25T09:00:00", zone)

for about, first, after in [
    ("one day", "2026-03-29", "2026-03-30"), ("over the year’s end", "2026-12-31", "2027-01-02"), ("the leap day", "2028-02-29", "2028-03-01"),
    ("no leap day", "2026-02-28", "2026-03-01"), ("two weeks", "2026-07-01", "2026-07-15"), ("over the day that Samoa left out", "2011-12-29", "2012-01-01"),
    ("over a century", "1999-12-31", "2000-01-02"),
]:
    all_day(f"all day: {about}", first, after)

for zone in ["Pacific/Kiritimati", "Pacific/Apia", "Pacific/Auckland", "Asia/Tokyo", "Europe/Berlin", "America/New_York", "Pacific/Honolulu", "Pacific/Pago_Pago", "Etc/GMT+12"]:
    day("one date, from one side of the date line to the other", "2026-11-25", zone)
for d, zone in [
    ("2018-11-04", "America/Sao_Paulo"), ("2011-12-29", "Pacific/Apia"), ("2011-12-30", "Pacific/Apia"), ("2011-12-31", "Pacific/Apia"), ("1993-08-21", "Pacific/Kwajalein"),
    ("2024-04-26", "Africa/Cairo"), ("2023-03-26", "Asia/Beirut"), ("2026-03-29", "Europe/Berlin"), ("2026-10-25", "Europe/Berlin"), ("2025-09-07", "America/Santiago"),
    ("2025-03-09", "America/Havana"), ("2025-11-02", "America/Havana"), ("2016-03-27", "Asia/Amman"), ("2022-10-28", "Asia/Amman"), ("1995-01-01", "Pacific/Kiritimati"),
]:
    day("a date begins when it can", d, zone)

for about, start, zone, rule in [
    ("weekly over both turns of the year", "2026-03-15T09:00:00", "Europe/Berlin", "FREQ=WEEKLY;INTERVAL=4;COUNT=10"),
    ("daily through a gap", "2026-03-27T02:30:00", "Europe/Berlin", "FREQ=DAILY;COUNT=5"),
    ("daily through a fold", "2026-10-23T02:30:00", "Europe/Berlin", "FREQ=DAILY;COUNT=5"),
    ("Mexico gives up summer time", "2022-03-07T10:00:00", "America/Mexico_City", "FREQ=MONTHLY;BYDAY=1MO;INTERVAL=4;COUNT=6"),
    ("Samoa leaps over the date line", "2011-12-26T09:00:00", "Pacific/Apia", "FREQ=DAILY;COUNT=8"),
    ("Samoa gives up summer time", "2021-03-01T09:00:00", "Pacific/Apia", "FREQ=MONTHLY;INTERVAL=3;COUNT=6"),
    ("Turkey stays in summer", "2016-06-06T09:00:00", "Europe/Istanbul", "FREQ=MONTHLY;BYDAY=1MO;INTERVAL=2;COUNT=8"),
    ("Egypt without summer time, and with it again", "2022-07-01T09:00:00", "Africa/Cairo", "FREQ=YEARLY;COUNT=4"),
    ("Morocco’s Ramadan", "2025-02-20T09:00:00", "Africa/Casablanca", "FREQ=WEEKLY;COUNT=8"),
    ("Morocco stays in summer", "2018-09-03T09:00:00", "Africa/Casablanca", "FREQ=MONTHLY;BYDAY=1MO;COUNT=5"),
    ("Greenland moves a zone", "2023-01-15T09:00:00", "America/Nuuk", "FREQ=MONTHLY;INTERVAL=3;COUNT=8"),
    ("Jordan stays in summer", "2022-01-10T09:00:00", "Asia/Amman", "FREQ=MONTHLY;INTERVAL=3;COUNT=6"),
    ("Iran gives up summer time", "2021-07-01T09:00:00", "Asia/Tehran", "FREQ=MONTHLY;INTERVAL=6;COUNT=6"),
    ("Brazil gives up summer time", "2018-12-03T09:00:00", "America/Sao_Paulo", "FREQ=MONTHLY;INTERVAL=6;COUNT=5"),
    ("North Korea there and back", "2014-08-15T09:00:00", "Asia/Pyongyang", "FREQ=YEARLY;COUNT=5"),
    ("Kazakhstan becomes one zone", "2024-01-08T09:00:00", "Asia/Almaty", "FREQ=MONTHLY;COUNT=5"),
    ("Paraguay stays in summer", "2024-03-04T09:00:00", "America/Asuncion", "FREQ=MONTHLY;INTERVAL=4;COUNT=6"),
    ("Venezuela’s half hour", "2007-10-01T09:00:00", "America/Caracas", "FREQ=YEARLY;COUNT=8"),
    ("Volgograd there and back", "2018-10-01T09:00:00", "Europe/Volgograd", "FREQ=MONTHLY;INTERVAL=8;COUNT=5"),
    ("Lord Howe’s half hour", "2026-03-30T09:00:00", "Australia/Lord_Howe", "FREQ=MONTHLY;INTERVAL=3;COUNT=5"),
    ("Russia’s two changes", "2010-07-01T09:00:00", "Europe/Moscow", "FREQ=MONTHLY;INTERVAL=9;COUNT=8"),
    ("the last working day", "2026-01-30T17:30:00", "America/New_York", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=8"),
    ("the United States lengthen summer time", "2006-03-20T09:00:00", "America/New_York", "FREQ=YEARLY;COUNT=3"),
    ("without and with an hour that is not there", "2025-09-06T23:30:00", "America/Santiago", "FREQ=DAILY;COUNT=3"),
    ("half past midnight where the day begins at one", "2018-11-02T00:30:00", "America/Sao_Paulo", "FREQ=DAILY;COUNT=4"),
]:
    series(about, start, zone, rule)
