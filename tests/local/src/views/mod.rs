//! From what is kept to what each API shows of it: the generated types.

pub(crate) mod bapi;
pub(crate) mod fapi;
