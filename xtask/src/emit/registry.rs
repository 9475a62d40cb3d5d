//! Every type of a crate by its name, for the tests that hold for all of them.

use anyhow::Result;
use quote::{format_ident, quote};

use super::{crate_name, text};
use crate::shape::Package;

pub(super) fn file(package: &Package) -> Result<String> {
    let krate = format_ident!("{}", crate_name(package.api));
    let entries = package.types.values().map(|item| {
        let (name, ident) = (&item.name, format_ident!("{}", item.name));
        let answered = item.answered;
        quote!(crate::registry::Entry::of::<#krate::types::#ident>(#name, #answered))
    });
    let tokens = quote! {
        /// All types.
        pub(crate) fn types() -> Vec<crate::registry::Entry> {
            vec![#(#entries),*]
        }
    };
    text::print(package, "The types by their names.", tokens, &[])
}
