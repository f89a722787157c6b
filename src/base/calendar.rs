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
}

impl LocalTime {
    /// As syslog writes it.
    #[must_use]
    pub const fn syslog(self) -> SyslogTime {
        SyslogTime(self)
    }
}

/// The form of RFC 3164, 4.1.2: `Nov  1 03:17:24`.
#[derive(Clone, Copy, Debug)]
pub struct SyslogTime(LocalTime);

impl fmt::Display for SyslogTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LocalTime { month, day, hour, minute, second, .. } = self.0;
        let month = MONTHS.get(usize::from(month)).copied().unwrap_or("???");
        write!(out, "{month} {day:>2} {hour:02}:{minute:02}:{second:02}")
    }
}

/// As the C library's `%c` in the C locale: `Sat Nov  1 03:17:24 2026`.
impl fmt::Display for LocalTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weekday = WEEKDAYS.get(usize::from(self.weekday)).copied().unwrap_or("???");
        write!(out, "{weekday} {} {}", self.syslog(), self.year)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_look_as_in_every_other_log() {
        let time = LocalTime { year: 2026, month: 10, day: 1, weekday: 0, hour: 3, minute: 7, second: 9 };
        assert_eq!(time.to_string(), "Sun Nov  1 03:07:09 2026");
        assert_eq!(time.syslog().to_string(), "Nov  1 03:07:09");
    }
}
