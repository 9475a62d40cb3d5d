//! Metadata with the types of the application.
