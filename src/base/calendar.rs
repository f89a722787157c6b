//! Dates as people read them in a log.

use std::fmt;

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A moment of the wall clock in the local time zone, for display only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// As people count them.
    pub year: i32,
    /// 0 is January.
    pub month: u8,
    /// From 1.
    pub day: u8,
    /// 0 is Sunday.
    pub weekday: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60.
    pub second: u8,
    /// How many seconds the zone is ahead of UTC.
    pub offset: i32,
}

impl LocalTime {
    /// As syslog writes it.
    #[must_use]
    pub const fn syslog(self) -> SyslogTime {
        SyslogTime(self)
    }

    /// As machines read it.
    #[must_use]
    pub const fn rfc3339(self) -> Rfc3339 {
        Rfc3339(self)
    }

    /// As log files have it, with the nanoseconds of the second.
    #[must_use]
    pub const fn precise(self, nanos: u32) -> PreciseTime {
        PreciseTime(self, nanos)
    }

    /// As mails have it.
    #[must_use]
    pub const fn mail(self) -> MailTime {
        MailTime(self)
    }

    fn weekday_name(self) -> &'static str {
        WEEKDAYS.get(usize::from(self.weekday)).copied().unwrap_or("???")
    }

    fn month_name(self) -> &'static str {
        MONTHS.get(usize::from(self.month)).copied().unwrap_or("???")
    }

    /// The sign, hours and minutes of the zone.
    const fn zone(self) -> (char, u32, u32) {
        let minutes = self.offset.unsigned_abs() / 60;
        (if self.offset < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
    }
}

/// The form of RFC 3339, 5.6: `2026-11-01T03:17:24+01:00`.
#[derive(Clone, Copy, Debug)]
pub struct Rfc3339(LocalTime);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LocalTime { year, month, day, hour, minute, second, .. } = self.0;
        let (sign, hours, minutes) = self.0.zone();
        let month = month + 1;
        write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        write!(out, "{sign}{hours:02}:{minutes:02}")
    }
}

/// `Sun Nov  1 03:17:24.000000042 2026`.
#[derive(Clone, Copy, Debug)]
pub struct PreciseTime(LocalTime, u32);

impl fmt::Display for PreciseTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PreciseTime(time, nanos) = *self;
        let LocalTime { year, day, hour, minute, second, .. } = time;
        let (weekday, month) = (time.weekday_name(), time.month_name());
        write!(out, "{weekday} {month} {day:2} {hour:02}:{minute:02}:{second:02}.{nanos:09} {year}")
    }
}

/// The form of RFC 5322, 3.3: `Sun, 01 Nov 2026 03:17:24 +0100`.
#[derive(Clone, Copy, Debug)]
pub struct MailTime(LocalTime);

impl fmt::Display for MailTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LocalTime { year, day, hour, minute, second, .. } = self.0;
        let (sign, hours, minutes) = self.0.zone();
        let (weekday, month) = (self.0.weekday_name(), self.0.month_name());
        write!(out, "{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02}")?;
        write!(out, " {sign}{hours:02}{minutes:02}")
    }
}

/// The form of RFC 3164, 4.1.2: `Nov  1 03:17:24`.
#[derive(Clone, Copy, Debug)]
pub struct SyslogTime(LocalTime);

impl fmt::Display for SyslogTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LocalTime { day, hour, minute, second, .. } = self.0;
        let month = self.0.month_name();
        write!(out, "{month} {day:>2} {hour:02}:{minute:02}:{second:02}")
    }
}

/// As the C library's `%c` in the C locale: `Sat Nov  1 03:17:24 2026`.
impl fmt::Display for LocalTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} {}", self.weekday_name(), self.syslog(), self.year)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_look_as_in_every_other_log() {
        let time = LocalTime {
            year: 2026,
            month: 10,
            day: 1,
            weekday: 0,
            hour: 3,
            minute: 7,
            second: 9,
            offset: 3600,
        };
        assert_eq!(time.to_string(), "Sun Nov  1 03:07:09 2026");
        assert_eq!(time.syslog().to_string(), "Nov  1 03:07:09");
        assert_eq!(time.rfc3339().to_string(), "2026-11-01T03:07:09+01:00");
        assert_eq!(time.mail().to_string(), "Sun, 01 Nov 2026 03:07:09 +0100");
        let west = LocalTime { offset: -12_600, ..time };
        assert_eq!(west.rfc3339().to_string(), "2026-11-01T03:07:09-03:30");
        assert_eq!(west.mail().to_string(), "Sun, 01 Nov 2026 03:07:09 -0330");
    }
}
