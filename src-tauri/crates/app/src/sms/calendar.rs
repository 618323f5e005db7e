//! Hours, days and months of the station's time zone (IANA), and the send window. The rules of zones come with the program:
//! no machine's own are needed.

use gerai_core::sms::limits::WindowEnds;
use gerai_core::time::UnixMs;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, ZonedDateTime};

use crate::contract::SmsSettings;

/// Where a moment lies in the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Begin of its hour.
    pub(crate) hour: UnixMs,
    /// Begin of its day.
    pub(crate) day: UnixMs,
    /// Begin of its month.
    pub(crate) month: UnixMs,
    /// When its second, hour, day and month end.
    pub(crate) ends: WindowEnds,
}

/// Whether an IANA name names a time zone.
pub(crate) fn is_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

fn zoned(now: UnixMs, zone: &str) -> Option<ZonedDateTime> {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Some(Timestamp::from_millisecond(now.0).ok()?.to_zoned_datetime(zone))
}

fn ms(at: &ZonedDateTime) -> UnixMs {
    UnixMs(at.timestamp().as_millisecond())
}

/// Where `now` lies. A clock that shows an impossible time counts from 1970.
pub(crate) fn place(now: UnixMs, zone: &str) -> Place {
    places(now, zone).unwrap_or(Place {
        hour: UnixMs(0),
        day: UnixMs(0),
        month: UnixMs(0),
        ends: WindowEnds { second: now, hour: now, day: now, month: now },
    })
}

fn places(now: UnixMs, zone: &str) -> Option<Place> {
    let at = zoned(now, zone)?;
    let hour = at
        .round(jiff::ZonedDateTimeRound::new().smallest(jiff::Unit::Hour).mode(jiff::RoundMode::Trunc))
        .ok()?;
    let day = at.start_of_day().ok()?;
    let month = at.first_of_month().ok()?.start_of_day().ok()?;
    Some(Place {
        hour: ms(&hour),
        day: ms(&day),
        month: ms(&month),
        ends: WindowEnds {
            second: UnixMs((now.0.div_euclid(1_000) + 1) * 1_000),
            hour: ms(&hour.checked_add(1.hour()).ok()?),
            day: ms(&day.checked_add(1.day()).ok()?),
            month: ms(&month.checked_add(1.month()).ok()?),
        },
    })
}

/// When the send window opens; `None`: it is open, or there is none. A window that ends before it begins goes over
/// midnight.
pub(crate) fn window_opens(now: UnixMs, settings: &SmsSettings) -> Option<UnixMs> {
    let (from, to) = (settings.window_from?, settings.window_to?);
    let at = zoned(now, &settings.time_zone)?;
    let minute = i64::from(at.hour()) * 60 + i64::from(at.minute());
    let open = if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to };
    if open || from == to {
        return None;
    }
    let time = Time::new(i8::try_from(from / 60).ok()?, i8::try_from(from % 60).ok()?, 0, 0).ok()?;
    let today = at.with().time(time).build().ok()?;
    let opens = if minute < from { today } else { today.checked_add(1.day()).ok()? };
    Some(ms(&opens))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22 12:00 WIB.
    const NOON: UnixMs = UnixMs(1_795_323_600_000);
    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_moment_of_the_station() {
        let place = place(NOON.plus(59 * 60_000), "Asia/Jakarta");
        assert_eq!(place.hour, NOON);
        assert_eq!(place.day, NOON.plus(-12 * HOUR));
        assert_eq!(place.month, NOON.plus(-12 * HOUR - 21 * 24 * HOUR));
        assert_eq!(place.ends.hour, NOON.plus(HOUR));
        assert_eq!(place.ends.day, NOON.plus(12 * HOUR));
        assert_eq!(place.ends.month, NOON.plus(-12 * HOUR + 9 * 24 * HOUR));
        assert!(is_zone("Asia/Makassar") && !is_zone("Asia/Bekasi"));
    }

    #[test]
    fn windows_open_and_close() {
        let settings =
            |from, to| SmsSettings { window_from: Some(from), window_to: Some(to), ..SmsSettings::default() };
        let day = settings(8 * 60, 20 * 60);
        assert_eq!(window_opens(NOON, &day), None);
        assert_eq!(window_opens(NOON.plus(8 * HOUR), &day), Some(NOON.plus(20 * HOUR)), "20:00 is closed");
        assert_eq!(window_opens(NOON.plus(-5 * HOUR), &day), Some(NOON.plus(-4 * HOUR)));
        let night = settings(20 * 60, 6 * 60);
        assert_eq!(window_opens(NOON, &night), Some(NOON.plus(8 * HOUR)));
        assert_eq!(window_opens(NOON.plus(16 * HOUR), &night), None);
        assert_eq!(window_opens(NOON, &SmsSettings::default()), None);
    }
}
