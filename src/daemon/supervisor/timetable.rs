//! What the file says that names the time of a reload (`reload_time_file`, keepalived.conf(5)).

use crate::base::calendar::LocalTime;

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// When a reload is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Days since 1970; every day without one.
    day: Option<i64>,
    /// Seconds since midnight.
    second: i64,
    utc: bool,
}

impl Wanted {
    /// Reads the first line of the file: `HH:MM:SS`, with `YY-MM-DD` or `YYYY-MM-DD` and one space before it if it is meant
    /// for one day, and `Z` behind it if it is UTC and not the local time. Nothing if it is anything else.
    pub(super) fn parse(text: &str) -> Option<Wanted> {
        let line = text.lines().next()?;
        let (line, utc) = line.strip_suffix('Z').map_or((line, false), |line| (line, true));
        let (date, time) = line.rsplit_once(' ').map_or((None, line), |(date, time)| (Some(date), time));
        let [hour, minute, second] = parts(time, ':', [2, 2, 2])?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let day = match date {
            None => None,
            Some(date) => Some(day_of(date)?),
        };
        Some(Wanted { day, second: (hour * 60 + minute) * 60 + second, utc })
    }

    /// Whether it comes every day.
    pub(super) const fn is_daily(&self) -> bool {
        self.day.is_none()
    }

    /// When that is next, in seconds since 1970; nothing if it is over.
    pub(super) fn next(&self, now: LocalTime) -> Option<i64> {
        let here = days(now.year.into(), i64::from(now.month) + 1, now.day.into()) * DAY
            + (i64::from(now.hour) * 60 + i64::from(now.minute)) * 60
            + i64::from(now.second);
        let offset = i64::from(now.offset);
        let (now, ahead) = (here - offset, if self.utc { 0 } else { offset });
        let on = |day: i64| day * DAY + self.second - ahead;
        match self.day {
            Some(day) => Some(on(day)).filter(|at| *at > now),
            None => {
                let today = (now + ahead).div_euclid(DAY);
                [today, today + 1].map(on).into_iter().find(|at| *at > now)
            }
        }
    }
}

/// Days since 1970 of `YYYY-MM-DD` or `YY-MM-DD`.
fn day_of(date: &str) -> Option<i64> {
    let short = || parts(date, '-', [2, 2, 2]).map(|[year, month, day]| [2000 + year, month, day]);
    let [year, month, day] = parts(date, '-', [4, 2, 2]).or_else(short)?;
    let exists = (1..=12).contains(&month) && day >= 1 && day <= length_of_month(year, month);
    exists.then(|| days(year, month, day))
}

fn length_of_month(year: i64, month: i64) -> i64 {
    let next = if month == 12 { days(year + 1, 1, 1) } else { days(year, month + 1, 1) };
    next - days(year, month, 1)
}

/// Days since 1970-01-01 in the Gregorian calendar; months and days count from 1. The year begins in March here, so that a
/// leap day is its last.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

/// Three numbers of so many digits each.
fn parts(text: &str, between: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let mut words = text.split(between);
    let mut numbers = [0; 3];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let word = words.next()?;
        let fits = word.len() == digits && word.bytes().all(|byte| byte.is_ascii_digit());
        *number = fits.then(|| word.parse().ok()).flatten()?;
    }
    words.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds since 1970 of what the file says, seen from 2026-11-21 12:00:00 in a zone one hour ahead of UTC.
    fn next(text: &str) -> Option<i64> {
        let now = LocalTime {
            year: 2026,
            month: 10,
            day: 21,
            weekday: 6,
            hour: 12,
            minute: 0,
            second: 0,
            offset: 3600,
        };
        Wanted::parse(text)?.next(now)
    }

    /// 2026-11-21 11:00:00 UTC.
    const NOW: i64 = 1_795_258_800;

    #[test]
    fn a_time_comes_today_or_tomorrow() {
        assert_eq!(next("12:00:01"), Some(NOW + 1));
        assert_eq!(next("12:00:00\n"), Some(NOW + DAY));
        assert_eq!(next("11:59:59"), Some(NOW + DAY - 1));
        assert_eq!(next("11:00:01Z"), Some(NOW + 1));
        assert_eq!(next("11:00:00Z"), Some(NOW + DAY));
        assert_eq!(next("00:30:00"), Some(NOW + 12 * 3600 + 1800));
        assert_eq!(next("00:30:00Z"), Some(NOW + 13 * 3600 + 1800));
    }

    #[test]
    fn a_date_comes_once() {
        assert_eq!(next("2026-11-21 12:00:05"), Some(NOW + 5));
        assert_eq!(next("26-11-22 12:00:00"), Some(NOW + DAY));
        assert_eq!(next("2026-11-21 11:00:05Z"), Some(NOW + 5));
        assert_eq!(next("2026-11-21 12:00:00"), None);
        assert_eq!(next("2025-12-31 00:00:00"), None);
        assert_eq!(next("2028-02-29 00:00:00Z"), Some(1_835_395_200));
    }

    #[test]
    fn anything_else_is_refused() {
        let wrong = [
            "",
            " 12:00:01",
            "12:00:01 ",
            "1:00:00",
            "24:00:00",
            "12:60:00",
            "12:00:60",
            "12:00",
            "+1:00:00",
        ];
        let dates =
            ["2026-02-29 12:00:00", "2026-13-01 12:00:00", "2026-00-01 12:00:00", "2026-11-00 12:00:00"];
        let spaces =
            ["2026-11-22  12:00:00", "2026-11-22T12:00:00", "126-11-22 12:00:00", "12:00:00ZZ", "12:00:00 Z"];
        for text in wrong.into_iter().chain(dates).chain(spaces) {
            assert_eq!(Wanted::parse(text), None, "{text}");
        }
    }
}
