//! How far it is: a bar on a terminal, a line now and then anywhere else.

use std::{
    fmt,
    io::{IsTerminal as _, Write as _, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// In a log a line for each page would drown the rest.
const PAUSE: Duration = Duration::from_secs(10);

/// Says something on standard error. Where nobody listens any more, as behind `2>&1 | head -0`, the export goes on.
pub(crate) fn tell(line: impl fmt::Display) {
    let _ = writeln!(stderr(), "{line}");
}

/// It is on standard error, and gone when this is dropped.
pub(crate) enum Progress {
    Bar(ProgressBar),
    Lines { total: u64, told: Instant },
}

impl Progress {
    /// So many there were when they were counted, and so many are done already.
    pub(crate) fn new(total: i64, done: u64) -> anyhow::Result<Self> {
        let total = u64::try_from(total).unwrap_or_default().max(done);
        if !stderr().is_terminal() {
            return Ok(Self::Lines { total, told: Instant::now() });
        }
        let style =
            ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} users, {speed} a second, {eta} left")?;
        let style = style.with_key("speed", |state: &ProgressState, text: &mut dyn fmt::Write| {
            // There is nobody to tell when a terminal cannot be written to.
            let _ = write!(text, "{:.0}", state.per_sec());
        });
        let bar = ProgressBar::new(total).with_style(style).with_position(done);
        // What an earlier run did says nothing about the speed of this one.
        bar.reset_eta();
        Ok(Self::Bar(bar))
    }

    pub(crate) fn reached(&mut self, users: u64) {
        match self {
            Self::Bar(bar) => {
                // More than were counted, where some signed up meanwhile.
                bar.set_length(bar.length().unwrap_or_default().max(users));
                bar.set_position(users);
            }
            Self::Lines { total, told } if told.elapsed() >= PAUSE => {
                tell(format_args!("{users} of {} users", (*total).max(users)));
                *told = Instant::now();
            }
            Self::Lines { .. } => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
