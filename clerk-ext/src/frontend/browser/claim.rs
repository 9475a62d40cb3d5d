use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use clerk_core::{ClientId, Error, Timestamp};

use super::{LIFETIME, failure::BrowserFailure};
use crate::frontend::device::Device;

/// The flow of a device that is in the browser now: at most one, because Clerk knows one attempt of a device at a time.
#[derive(Debug, Default)]
pub(in crate::frontend) struct Slot(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    /// How many flows there were.
    count: u64,
    current: Option<Flow>,
}

impl Held {
    fn put(&mut self, name: &str, begun_at: Timestamp) -> u64 {
        self.count += 1;
        self.current = Some(Flow { number: self.count, name: name.to_owned(), begun_at, client: None });
        self.count
    }
}

#[derive(Debug)]
struct Flow {
    number: u64,
    name: String,
    begun_at: Timestamp,
    /// The client that it began on, to which alone it may come back.
    client: Option<ClientId>,
}

impl Slot {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a flow into the browser, unless one is there that it is not to replace.
    fn take(&self, name: &str, begun_at: Timestamp) -> Result<u64, BrowserFailure> {
        let mut held = self.held();
        match &held.current {
            Some(other) if begun_at <= other.begun_at + LIFETIME => Err(BrowserFailure::Busy(other.name.clone())),
            _ => Ok(held.put(name, begun_at)),
        }
    }

    /// The client that the flow in the browser began on.
    pub(in crate::frontend) fn client(&self) -> Option<ClientId> {
        self.held().current.as_ref()?.client.clone()
    }

    fn release(&self, number: u64) {
        let mut held = self.held();
        if held.current.as_ref().is_some_and(|flow| flow.number == number) {
            held.current = None;
        }
    }
}

/// That a flow is the one in the browser, until it is dropped.
pub(super) struct Claim {
    device: Device,
    number: u64,
    /// Whether somebody else goes on with the flow: it stays in the browser then.
    is_saved: AtomicBool,
}

impl Claim {
    /// Puts a flow into the browser.
    ///
    /// # Errors
    ///
    /// There is one already, and this one is not to replace it.
    pub(super) fn new(device: &Device, name: &str, replaces: bool) -> Result<Self, Error> {
        let now = device.core().now();
        if replaces {
            return Ok(Self::resumed(device, name, now));
        }
        let number = device.core().browser.take(name, now)?;
        Ok(Self { device: device.clone(), number, is_saved: AtomicBool::new(false) })
    }

    /// Takes up a flow that was begun before, in place of whatever is in the browser.
    pub(super) fn resumed(device: &Device, name: &str, begun_at: Timestamp) -> Self {
        let number = device.core().browser.held().put(name, begun_at);
        Self { device: device.clone(), number, is_saved: AtomicBool::new(false) }
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// Says on which client it began.
    pub(super) fn of_client(self, client: Option<&ClientId>) -> Self {
        let mut held = self.device.core().browser.held();
        if let Some(flow) = held.current.as_mut().filter(|flow| flow.number == self.number) {
            flow.client = client.cloned();
        }
        drop(held);
        self
    }

    /// Leaves the flow in the browser also when this is dropped.
    pub(super) fn keep(&self) {
        self.is_saved.store(true, Ordering::Relaxed);
    }

    /// Takes the flow out of the browser.
    pub(super) fn end(&self) {
        self.device.core().browser.release(self.number);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.is_saved.load(Ordering::Relaxed) {
            self.end();
        }
    }
}
