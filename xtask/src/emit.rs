//! A shaped crate, written as Rust.

mod error_codes;
mod extension;
mod manifest;
mod operations;
mod registry;
mod sample;
mod table;
mod text;
mod types;
mod wire_tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::model::Api;
use crate::shape::Package;

pub(crate) use error_codes::error_codes;
pub(crate) use manifest::{manifest, manifest_path};
pub(crate) use table::tables;
pub(crate) use text::Filled;

/// The files of a package, by their path below the workspace.
pub(crate) fn emit(package: &Package) -> Result<BTreeMap<PathBuf, String>> {
    let folder = PathBuf::from(crate_name(package.api).replace('_', "-")).join("src/generated");
    let mut files = BTreeMap::new();
    files.insert(folder.join("mod.rs"), root(package)?);
    for (name, module) in &package.modules {
        files.insert(folder.join(format!("{name}.rs")), operations::module(package, module)?);
    }
    for (path, text) in types::files(package)? {
        files.insert(folder.join(path), text);
    }
    files.extend(extension::files(package)?);
    let tests = Path::new("tests/it/generated");
    files.insert(tests.join(format!("{}_types.rs", package.api.name())), registry::file(package)?);
    files.insert(tests.join(format!("{}_wire.rs", package.api.name())), wire_tests::file(package)?);
    Ok(files)
}

/// The crate's name in Rust.
pub(crate) fn crate_name(api: Api) -> &'static str {
    match api {
        Api::Fapi => "clerk_fapi",
        Api::Bapi | Api::Webhooks => "clerk_bapi",
    }
}

fn root(package: &Package) -> Result<String> {
    let mut modules = TokenStream::new();
    for (name, module) in &package.modules {
        let ident = format_ident!("{name}");
        let group = &module.group;
        modules.extend(quote! {
            #[cfg(feature = #group)]
            pub mod #ident;
        });
    }
    let events = if package.events.is_empty() {
        TokenStream::new()
    } else {
        quote! {
            #[cfg(feature = "events")]
            pub mod events;
        }
    };
    let version = &package.version;
    let events_version = package.events_version.as_ref().map(|version| {
        quote! {
            /// The version of the webhook events document that the payload types were made from.
            pub const EVENTS_VERSION: &str = #version;
        }
    });
    let tokens = quote! {
        /// The API version that this crate was generated from; it goes out with every request.
        pub const API_VERSION: &str = #version;
        #events_version
        pub mod types;
        #modules
        #events
    };
    text::print(package, "The operations by tag, and the types.", tokens, &[])
}

fn feature_gate(groups: &std::collections::BTreeSet<String>) -> TokenStream {
    let features = groups.iter().map(|group| quote!(feature = #group));
    if groups.len() == 1 { quote!(#[cfg(#(#features)*)]) } else { quote!(#[cfg(any(#(#features),*))]) }
}

/// Documentation, a line each.
fn doc(words: &str) -> TokenStream {
    let lines = words.lines().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}

fn ident(name: &str) -> Result<proc_macro2::Ident> {
    syn::parse_str::<syn::Ident>(name).map(|ident| format_ident!("{ident}")).or_else(|_| {
        let raw = name.strip_prefix("r#").with_context(|| format!("{name} is not a name in Rust"))?;
        Ok(proc_macro2::Ident::new_raw(raw, proc_macro2::Span::call_site()))
    })
}
