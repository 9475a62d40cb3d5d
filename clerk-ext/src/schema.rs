//! JSON Schemas of metadata types.
//!
//! [`of`] writes down what a type takes, for an editor, a dashboard, a program in another language. [`Checker`] looks
//! at stored metadata with it, which finds everything at once that does not fit, where [`read`](crate::metadata::read)
//! stops at the first.
//!
//! ```
//! use clerk_ext::{
//!     JsonMap,
//!     schema::{self, Checker},
//! };
//! use schemars::JsonSchema;
//! use serde_json::json;
//!
//! #[derive(JsonSchema)]
//! struct Plan {
//!     name: String,
//!     seats: Option<u32>,
//! }
//!
//! assert_eq!(schema::of::<Plan>()["required"], json!(["name"]));
//!
//! let stored = JsonMap::from_iter([("seats".to_owned(), json!("a secret"))]);
//! let violations = Checker::<Plan>::new()?.check(&stored).unwrap_err();
//! let texts: Vec<String> = violations.iter().map(ToString::to_string).collect();
//! assert_eq!(texts, ["the field `name` is missing", "seats: a string where a whole number or null is expected"]);
//! # Ok::<(), clerk_ext::Error>(())
//! ```

mod checker;
mod vocabulary;

use clerk_core::Json;
use schemars::JsonSchema;

pub use self::checker::{Checker, Violation};

/// The schema of what a type is read from, in the draft of 2020-12.
#[must_use]
pub fn of<T: JsonSchema>() -> Json {
    schemars::schema_for!(T).to_value()
}
