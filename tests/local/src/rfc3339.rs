//! Dates as people and databases write them.

use clerk_core::Timestamp;

/// The moment that an RFC 3339 date names; nothing if it is none.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let (date, time) = text.trim().split_once(['T', 't', ' '])?;
    let mut date = date.splitn(3, '-');
    let (year, month, day) = (number(date.next()?, 4)?, number(date.next()?, 2)?, number(date.next()?, 2)?);
    let zone_at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = time.split_at_checked(zone_at)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut clock = clock.splitn(3, ':');
    let (hour, minute, second) = (number(clock.next()?, 2)?, number(clock.next()?, 2)?, number(clock.next()?, 2)?);
    if !(1..=days_in(year, month)?).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset(zone)?;
    Some(Timestamp::from_millis(seconds * 1000 + millis(fraction)?))
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let valid = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| text.parse().ok()).flatten()
}

fn millis(fraction: &str) -> Option<i64> {
    let valid = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let digits: String = fraction.chars().chain("00".chars()).take(3).collect();
    valid.then(|| digits.parse().ok()).flatten()
}

/// The seconds that a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.chars().next()? {
        'Z' | 'z' => return (zone.len() == 1).then_some(0),
        '+' => 1,
        _ => -1,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn days_in(year: i64, month: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    })
}

/// Days since 1970, counted in years that begin in March so that a leap day is the last of its year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_moment_it_names() {
        let dates = [
            ("1970-01-01T00:00:00Z", 0),
            ("2024-02-29T12:30:45.5Z", 1_709_209_845_500),
            ("2024-02-29T14:30:45.500+02:00", 1_709_209_845_500),
            ("2024-02-29 07:00:45.500999-05:30", 1_709_209_845_500),
            ("1969-12-31T23:59:59.999z", -1),
            ("2100-03-01T00:00:00Z", 4_107_542_400_000),
        ];
        for (text, millis) in dates {
            assert_eq!(parse(text).map(Timestamp::as_millis), Some(millis), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_nothing() {
        let texts = [
            "",
            "2024",
            "2024-02-30T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00+2",
            "2024-01-01T00:00:00Zx",
            "2024-01-01T00:00:00.Z",
            "2024-1-1T00:00:00Z",
            "2024-01-01T00:00Z",
            "２024-01-01T00:00:00Z",
            "2024-01-01T00:00:00+é:00",
        ];
        for text in texts {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
