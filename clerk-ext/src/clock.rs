//! What time it is, and waiting.
