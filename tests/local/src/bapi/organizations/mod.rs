//! To be written.

use super::Handlers;

pub(crate) const HANDLERS: Handlers = &[];
