use std::{
    fmt,
    ops::{Add, Sub},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::whole::Whole;

/// A moment as the API writes it: milliseconds since the beginning of 1970, UTC.
///
/// Adding and subtracting a `Duration` stops at the ends of the range instead of overflowing. It prints as RFC 3339.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A moment lies outside what the other type can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimestampError;

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the moment lies outside the range of the type it is converted to")
    }
}

impl std::error::Error for TimestampError {}

impl Timestamp {
    /// A moment by its milliseconds since the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This moment, by the clock of the system.
    #[must_use]
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// The same moment as a `SystemTime`, where the platform can hold it.
    #[must_use]
    pub fn system_time(self) -> Option<SystemTime> {
        let distance = Duration::from_millis(self.0.unsigned_abs());
        if self.0 < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
    }
}

fn saturating_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(after) => saturating_millis(after),
            Err(before) => saturating_millis(before.duration()).saturating_neg(),
        })
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(saturating_millis(duration)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(saturating_millis(duration)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, millis) = (self.0.div_euclid(86_400_000), self.0.rem_euclid(86_400_000));
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", millis % 1000)
    }
}

/// Year, month and day of a number of days since 1970-01-01.
///
/// Years are counted from March, in eras of 400 years, so that the leap day is the last of its year.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Whole::deserialize(deserializer).map(|millis| Self(millis.0))
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        "clerk_core::Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "format": "int64" })
    }
}

#[cfg(feature = "chrono")]
impl From<chrono::DateTime<chrono::Utc>> for Timestamp {
    fn from(moment: chrono::DateTime<chrono::Utc>) -> Self {
        Self(moment.timestamp_millis())
    }
}

#[cfg(feature = "chrono")]
impl TryFrom<Timestamp> for chrono::DateTime<chrono::Utc> {
    type Error = TimestampError;

    fn try_from(moment: Timestamp) -> Result<Self, TimestampError> {
        Self::from_timestamp_millis(moment.0).ok_or(TimestampError)
    }
}

#[cfg(feature = "jiff")]
impl From<jiff::Timestamp> for Timestamp {
    fn from(moment: jiff::Timestamp) -> Self {
        Self(moment.as_millisecond())
    }
}

#[cfg(feature = "jiff")]
impl TryFrom<Timestamp> for jiff::Timestamp {
    type Error = TimestampError;

    fn try_from(moment: Timestamp) -> Result<Self, TimestampError> {
        Self::from_millisecond(moment.0).map_err(|_| TimestampError)
    }
}

#[cfg(feature = "time")]
impl From<::time::OffsetDateTime> for Timestamp {
    fn from(moment: ::time::OffsetDateTime) -> Self {
        let millis = moment.unix_timestamp_nanos().div_euclid(1_000_000);
        Self(i64::try_from(millis).unwrap_or(if millis < 0 { i64::MIN } else { i64::MAX }))
    }
}

#[cfg(feature = "time")]
impl TryFrom<Timestamp> for ::time::OffsetDateTime {
    type Error = TimestampError;

    fn try_from(moment: Timestamp) -> Result<Self, TimestampError> {
        Self::from_unix_timestamp_nanos(i128::from(moment.0) * 1_000_000).map_err(|_| TimestampError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_prints_as_rfc_3339_in_utc() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_700_000_000_123, "2023-11-14T22:13:20.123Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(Timestamp::from_millis(millis).to_string(), text);
        }
        // The ends of the range must not overflow on the way.
        assert!(Timestamp::from_millis(i64::MAX).to_string().ends_with('Z'));
        assert!(Timestamp::from_millis(i64::MIN).to_string().ends_with('Z'));
    }

    #[test]
    fn a_timestamp_reads_integers_and_whole_floats_only() {
        for (json, millis) in [
            ("1700000000123", Some(1_700_000_000_123)),
            ("-5", Some(-5)),
            ("1.7e12", Some(1_700_000_000_000)),
            ("1.5", None),
            ("\"1\"", None),
            ("18446744073709551615", None),
            ("1e300", None),
        ] {
            let read = serde_json::from_str::<Timestamp>(json).ok();
            assert_eq!(read, millis.map(Timestamp::from_millis), "{json}");
        }
        assert_eq!(serde_json::to_string(&Timestamp::from_millis(5)).unwrap(), "5");
    }

    #[test]
    fn arithmetic_stops_at_the_ends_of_the_range() {
        let second = Duration::from_secs(1);
        assert_eq!(Timestamp::from_millis(5) + second, Timestamp::from_millis(1005));
        assert_eq!(Timestamp::from_millis(5) - second, Timestamp::from_millis(-995));
        assert_eq!(Timestamp::from_millis(i64::MAX) + second, Timestamp::from_millis(i64::MAX));
        assert_eq!(Timestamp::from_millis(0) - Duration::MAX, Timestamp::from_millis(-i64::MAX));
    }

    #[test]
    fn a_system_time_comes_back_on_both_sides_of_the_epoch() {
        for millis in [0, 1_700_000_000_123, -86_400_000] {
            let moment = Timestamp::from_millis(millis);
            assert_eq!(moment.system_time().map(Timestamp::from), Some(moment));
        }
    }

    #[cfg(all(feature = "chrono", feature = "jiff", feature = "time"))]
    #[test]
    fn other_libraries_agree_on_the_moment_and_refuse_what_they_cannot_hold() {
        let moment = Timestamp::from_millis(1_700_000_000_123);
        let chrono = chrono::DateTime::try_from(moment).unwrap();
        let jiff = jiff::Timestamp::try_from(moment).unwrap();
        let time = ::time::OffsetDateTime::try_from(moment).unwrap();
        assert_eq!([Timestamp::from(chrono), Timestamp::from(jiff), Timestamp::from(time)], [moment; 3]);

        let far = Timestamp::from_millis(i64::MAX);
        assert!(chrono::DateTime::try_from(far).is_err());
        assert!(jiff::Timestamp::try_from(far).is_err());
        assert!(::time::OffsetDateTime::try_from(far).is_err());
    }
}
