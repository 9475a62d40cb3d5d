//! Webhooks: whether they are Clerk's, and each handled once.
