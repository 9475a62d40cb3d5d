//! How requests travel: retries, limits, deadlines.
