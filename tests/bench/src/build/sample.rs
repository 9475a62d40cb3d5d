//! What one run of rustc cost, and the file that carries it from the wrapper to the benchmark.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    /// CPU time of all threads of the process in its own code.
    pub(crate) user: Duration,
    /// CPU time that the kernel spent for it.
    pub(crate) system: Duration,
    /// The largest resident set it ever had.
    pub(crate) bytes: u64,
}

impl Sample {
    /// Adds a line to the file. A line, not the whole file: a second compilation has to show.
    pub(crate) fn append(&self, file: &Path) -> Result<()> {
        let line = format!("{} {} {}\n", self.user.as_micros(), self.system.as_micros(), self.bytes);
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .and_then(|mut open| open.write_all(line.as_bytes()))
            .with_context(|| format!("{}: cannot be written", file.display()))
    }

    /// All samples of the file, none if there is no such file.
    pub(crate) fn read(file: &Path) -> Result<Vec<Self>> {
        if !file.exists() {
            return Ok(Vec::new());
        }
        let text = fs::read_to_string(file).with_context(|| format!("{}: cannot be read", file.display()))?;
        text.lines()
            .map(|line| Self::parse(line).with_context(|| format!("{}: {line:?} is no sample", file.display())))
            .collect()
    }

    fn parse(line: &str) -> Option<Self> {
        let mut numbers = line.split(' ').map(|number| number.parse::<u64>().ok());
        let sample = Self {
            user: Duration::from_micros(numbers.next()??),
            system: Duration::from_micros(numbers.next()??),
            bytes: numbers.next()??,
        };
        numbers.next().is_none().then_some(sample)
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, system, bytes } = self;
        let (user, system) = (user.as_secs_f64(), system.as_secs_f64());
        write!(f, "{user:.2} s user, {system:.2} s system, {:.2} GB", gigabytes(*bytes))
    }
}

/// In units of 10⁹ bytes, as the targets are.
#[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
pub(crate) fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_come_back_from_the_file_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("record");
        assert_eq!(Sample::read(&file).unwrap(), []);
        let sample =
            |user, bytes| Sample { user: Duration::from_micros(user), system: Duration::from_millis(20), bytes };
        sample(1_500_001, 700).append(&file).unwrap();
        sample(2, 800).append(&file).unwrap();
        assert_eq!(Sample::read(&file).unwrap(), [sample(1_500_001, 700), sample(2, 800)]);
    }

    #[test]
    fn a_line_with_too_few_or_too_many_numbers_is_no_sample() {
        for line in ["", "1 2", "1 2 3 4", "1 2 x"] {
            assert_eq!(Sample::parse(line), None, "{line:?}");
        }
    }
}
