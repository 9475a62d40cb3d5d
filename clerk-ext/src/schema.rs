//! JSON Schemas of metadata types.
