//! Web frameworks: layers, guards and extractors over [`auth`](crate::auth).
