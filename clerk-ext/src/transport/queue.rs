use std::{collections::VecDeque, time::Duration};

use super::{defaults, window::Window};

/// Who waits for the window to open, in the order of asking.
///
/// Whoever waits is driven by a caller, and a caller may stop for as long as it likes: a stream that fetches ahead
/// waits while its entries are worked on. So nobody holds a turn while it sleeps. Each is told when its turn comes, and
/// one that is not there then is passed by; it comes first again as soon as it asks.
#[derive(Debug)]
pub(crate) struct Queue {
    window: Window,
    waiting: VecDeque<Waiting>,
    tickets: u64,
}

#[derive(Debug)]
struct Waiting {
    ticket: u64,
    due: Duration,
}

impl Queue {
    pub(crate) fn new(window: Window) -> Self {
        Self { window, waiting: VecDeque::new(), tickets: 0 }
    }

    pub(crate) fn window(&mut self) -> &mut Window {
        &mut self.window
    }

    pub(crate) fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    /// Lets the holder of a ticket go, or says how long to wait before asking again.
    pub(crate) fn ask(&mut self, ticket: u64, now: Duration) -> Result<(), Duration> {
        let patience = self.window.period() / defaults::LIMIT_MARGIN;
        while self.waiting.front().is_some_and(|first| first.due.saturating_add(patience) < now) {
            self.waiting.pop_front();
        }
        let ahead = self.waiting.partition_point(|other| other.ticket < ticket);
        let asked = self.window.take_behind(ahead, now);
        self.leave(ticket);
        if let Err(wait) = asked {
            self.waiting.insert(ahead, Waiting { ticket, due: now.saturating_add(wait) });
        }
        asked
    }

    /// Takes a ticket out; answers whether somebody waits behind it, who may now go sooner.
    pub(crate) fn leave(&mut self, ticket: u64) -> bool {
        let place = self.waiting.partition_point(|other| other.ticket < ticket);
        if self.waiting.get(place).is_none_or(|waiting| waiting.ticket != ticket) {
            return false;
        }
        self.waiting.remove(place);
        place < self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const PERIOD: Duration = Duration::from_secs(10);
    const SPAN: Duration = Duration::from_millis(10_500);

    fn full(requests: u32) -> Queue {
        let mut queue = Queue::new(Window::new(requests, PERIOD));
        for _ in 0..requests {
            let ticket = queue.ticket();
            assert_eq!(queue.ask(ticket, SECOND), Ok(()));
        }
        queue
    }

    #[test]
    fn each_is_told_when_its_turn_comes() {
        let mut queue = full(2);
        let waits: Vec<_> = (0..5)
            .map(|_| {
                let ticket = queue.ticket();
                queue.ask(ticket, SECOND).unwrap_err()
            })
            .collect();
        assert_eq!(waits, [SPAN, SPAN, SPAN * 2, SPAN * 2, SPAN * 3]);
    }

    #[test]
    fn whoever_asks_early_does_not_take_the_turn_of_one_that_waits() {
        let mut queue = full(2);
        let (first, second, third) = (queue.ticket(), queue.ticket(), queue.ticket());
        for ticket in [first, second, third] {
            assert!(queue.ask(ticket, SECOND).is_err());
        }
        let opened = SECOND + SPAN;
        assert_eq!(queue.ask(third, opened), Err(SPAN));
        assert_eq!((queue.ask(second, opened), queue.ask(first, opened)), (Ok(()), Ok(())));
    }

    #[test]
    fn whoever_is_not_there_when_its_turn_comes_is_passed_by_and_comes_first_later() {
        let mut queue = full(1);
        let (absent, second, third) = (queue.ticket(), queue.ticket(), queue.ticket());
        for ticket in [absent, second, third] {
            assert!(queue.ask(ticket, SECOND).is_err());
        }
        let now = SECOND + SPAN * 2;
        assert_eq!(queue.ask(second, now), Ok(()));
        assert_eq!(queue.ask(absent, now), Err(SPAN));
        assert_eq!(queue.ask(third, now), Err(SPAN * 2));
    }

    #[test]
    fn one_that_leaves_tells_whether_others_are_behind_it() {
        let mut queue = full(1);
        let (first, last) = (queue.ticket(), queue.ticket());
        assert!(queue.ask(first, SECOND).is_err() && queue.ask(last, SECOND).is_err());
        assert!(queue.leave(first));
        assert!(!queue.leave(first));
        assert_eq!(queue.ask(last, SECOND), Err(SPAN));
        assert!(!queue.leave(last));
    }
}
