use std::fmt;

use clerk_core::SessionId;

use super::device::Device;

/// Somebody's session on this device.
#[derive(Clone)]
pub struct Session {
    pub(super) device: Device,
    pub(super) id: SessionId,
}

impl Session {
    pub(super) fn new(device: Device, id: SessionId) -> Self {
        Self { device, id }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &SessionId {
        &self.id
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Session").field(&self.id).finish()
    }
}
