//! Figures, for who reads them in a terminal.

use std::fmt;

use crate::figure::{Figure, Measured, Target, Unit};

/// A line for ours, and one for each beside it.
pub(crate) struct Table<'a>(pub(crate) &'a [Figure]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<58} {:>10} {:>10} {:>10} {:>7}   target", "", "min", "median", "max", "ratio")?;
        for figure in self.0 {
            let note = figure.note.as_deref().map(|note| format!(" ({note})")).unwrap_or_default();
            writeln!(f, "{}{note}", figure.what)?;
            let target = figure.target.as_ref().map(|target| target.text(figure.unit)).unwrap_or_default();
            writeln!(f, "{} {:>7}   {target}", line(&figure.ours, figure.unit), "")?;
            for peer in &figure.peers {
                let ratio = figure.ratio(peer);
                let digits = if ratio < 0.1 { 3 } else { 2 };
                writeln!(f, "{} {ratio:>7.digits$}", line(peer, figure.unit))?;
            }
        }
        Ok(())
    }
}

fn line(measured: &Measured, unit: Unit) -> String {
    let version = measured.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let (name, spread) = (format!("  {}{version}", measured.name), measured.spread);
    let [min, median, max] = [spread.min, spread.median, spread.max].map(|value| unit.text(value));
    format!("{name:<58} {min:>10} {median:>10} {max:>10}")
}

impl Unit {
    /// An amount in it, with three digits.
    pub(crate) fn text(self, amount: f64) -> String {
        let (amount, unit) = match self {
            Self::Nanoseconds => (amount, "ns"),
            Self::Microseconds => (amount, "µs"),
            Self::Milliseconds => (amount, "ms"),
            Self::Seconds => (amount, "s"),
            Self::Bytes if amount >= 1e9 => (amount / 1e9, "GB"),
            Self::Bytes if amount >= 1e6 => (amount / 1e6, "MB"),
            Self::Bytes => (amount / 1e3, "kB"),
            Self::Count => (amount, ""),
        };
        let digits = if amount == amount.trunc() || amount >= 100.0 {
            0
        } else if amount >= 10.0 {
            1
        } else {
            2
        };
        format!("{amount:.digits$} {unit}").trim_end().to_owned()
    }
}

impl Target {
    fn text(&self, unit: Unit) -> String {
        match self {
            Self::AtMost(value) => format!("≤ {}", unit.text(*value)),
            Self::Times(most, of) => format!("≤ {most} × {of}"),
            Self::Faster(least, of) => format!("≥ {least} × as fast as {of}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_and_each_beside_it_have_a_line_with_their_ratio() {
        let figure = Figure::new("one", "a token", Unit::Microseconds, "clerk-ext", &[20.0, 10.0])
            .peer_of("other", "1.2.3", &[30.0])
            .at_most_times(0.8, "other");
        let table = Table(&[figure]).to_string();
        let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[1], ["a", "token"]);
        assert_eq!(lines[2], ["clerk-ext", "10", "µs", "15", "µs", "20", "µs", "≤", "0.8", "×", "other"]);
        assert_eq!(lines[3], ["other", "1.2.3", "30", "µs", "30", "µs", "30", "µs", "0.50"]);
    }

    #[test]
    fn amounts_have_three_digits_and_bytes_their_own_units() {
        assert_eq!(Unit::Microseconds.text(0.274), "0.27 µs");
        assert_eq!(Unit::Seconds.text(97.44), "97.4 s");
        assert_eq!(Unit::Nanoseconds.text(123.4), "123 ns");
        assert_eq!(Unit::Bytes.text(276_000_000.0), "276 MB");
        assert_eq!(Unit::Bytes.text(1_590_000_000.0), "1.59 GB");
        assert_eq!(Unit::Count.text(100.0), "100");
    }
}
