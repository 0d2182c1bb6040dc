//! Progress of the load on the terminal: a bar where there is a terminal, plain lines where there is none.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Time between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// Time between two moves of the bar while nothing arrives.
const TICK: Duration = Duration::from_millis(200);

/// Shows how many households are loaded, at which rate, and the time left.
pub(super) struct Progress {
    bar: ProgressBar,
    lines: Option<Mutex<Instant>>,
}

impl Progress {
    pub(super) fn new(total: u64) -> Self {
        if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new(total);
            let template = "{bar:30} {human_pos} of {human_len} households, {per_sec:.0}, {eta} left";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.enable_steady_tick(TICK);
            return Progress { bar, lines: None };
        }
        // A hidden bar counts and estimates without drawing.
        let bar = ProgressBar::with_draw_target(Some(total), indicatif::ProgressDrawTarget::hidden());
        Progress { bar, lines: Some(Mutex::new(Instant::now())) }
    }

    /// Counts households that were there already.
    pub(super) fn skip(&self, households: u64) {
        self.bar.inc(households);
        self.bar.reset_eta();
    }

    /// Counts more households that are on disk.
    pub(super) fn add(&self, households: u64) {
        self.bar.inc(households);
        let Some(lines) = &self.lines else { return };
        let Ok(mut last) = lines.lock() else { return };
        if last.elapsed() >= LINE_EVERY {
            *last = Instant::now();
            let (done, total) = (self.bar.position(), self.bar.length().unwrap_or(0));
            let (rate, left) = (self.bar.per_sec(), self.bar.eta().as_secs());
            eprintln!("{done} of {total} households, {rate:.0}/s, {left} s left");
        }
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
