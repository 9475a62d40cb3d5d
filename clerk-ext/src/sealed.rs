/// What only this crate implements.
pub trait Sealed {}
