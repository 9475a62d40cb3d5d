//! How requests travel: retries, limits, deadlines.
#![allow(missing_docs)]
use clerk_core::Transport;
#[derive(Clone, Debug)]
pub struct Network(Transport);
impl Network {
    pub fn new(transport: Transport) -> Self {
        Self(transport)
    }
    pub fn layered(&self) -> Transport {
        self.0.clone()
    }
}
