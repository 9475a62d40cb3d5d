//! The delivery service's own pages: there is no such service here, so nothing is answered.
//!
//! Endpoints are added through [`Webhooks`](crate::Webhooks) or `/local/webhooks`.

use super::Handlers;

pub(crate) const HANDLERS: Handlers = &[];
