//! What generated types are made of: macros that give them `Serialize` and `Deserialize`, and the code behind them.
//!
//! All that can be shared is generic code here, so that a type costs little to compile. With the feature `schemars` the
//! macros give a `JsonSchema` too; without it they are the plain ones under another name, because even a macro that
//! expands to nothing costs time where there are hundreds of types.

#![doc(hidden)]

mod object;
mod open_enum;
mod place;
#[cfg(feature = "schemars")]
mod schema;
mod union;
mod update;

#[cfg(feature = "schemars")]
pub use self::schema::SchemaFields;
#[cfg(feature = "schemars")]
pub(crate) use self::schema::string_schema;
pub use self::{
    object::{Fields, IsEmpty, Object, Reader, Writer, deserialize, serialize},
    open_enum::{OpenEnum, deserialize_enum},
    place::Field,
    union::{Union, deserialize_union, serialize_union},
    update::Update,
};
