//! Where random bytes come from.
