//! The types of a crate: a file for each feature, one for what several features reach.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Type;
use syn::visit::Visit;

use super::{Filled, doc, feature_gate, ident, text};
use crate::model::Api;
use crate::shape::{FieldItem, Package, Presence, TypeItem, TypeKind};

pub(super) fn files(package: &Package) -> Result<BTreeMap<String, String>> {
    let mut by_file: BTreeMap<String, Vec<&TypeItem>> = BTreeMap::new();
    for item in package.types.values() {
        let file = match item.groups.iter().next() {
            Some(only) if item.groups.len() == 1 => only.clone(),
            _ => "shared".to_owned(),
        };
        by_file.entry(file).or_default().push(item);
    }
    let mut files = BTreeMap::new();
    let mut modules = TokenStream::new();
    for (name, items) in &by_file {
        let module = format_ident!("{name}");
        let gate = if name == "shared" { TokenStream::new() } else { quote!(#[cfg(feature = #name)]) };
        modules.extend(quote! {
            #gate
            mod #module;
            #gate
            pub use #module::*;
        });
        files.insert(format!("types/{name}.rs"), file(package, name, items)?);
    }
    if package.api == Api::Fapi
        && let Some(client) = package.types.get("Client")
    {
        let gate = feature_gate(&client.groups);
        modules.extend(quote! {
            /// What most answers are: what was asked for, and the state of the client beside it.
            #gate
            pub type Enveloped<T> = clerk_core::Enveloped<T, Client>;
        });
    }
    let about = "What the operations take and answer.";
    files.insert("types/mod.rs".to_owned(), text::print(package, about, modules, &[])?);
    if !package.events.is_empty() {
        files.insert("events.rs".to_owned(), events(package)?);
    }
    Ok(files)
}

fn file(package: &Package, name: &str, items: &[&TypeItem]) -> Result<String> {
    let mut tokens = imports(package, items.iter().flat_map(|item| item.fields().iter().map(|field| &field.ty)), true);
    tokens = quote!(use super::*; #tokens);
    let mut filled = Vec::new();
    for item in items {
        let gate = if name == "shared" { feature_gate(&item.groups) } else { TokenStream::new() };
        tokens.extend(type_item(item, &gate, &mut filled)?);
    }
    let about = match name {
        "shared" => "Types that several features reach.".to_owned(),
        name => format!("Types that only the feature `{name}` reaches."),
    };
    text::print(package, &about, tokens, &filled)
}

/// The names of clerk-core that these types use.
pub(super) fn imports<'t>(package: &Package, types: impl Iterator<Item = &'t Type>, with_update: bool) -> TokenStream {
    struct Names(BTreeSet<String>);
    impl Visit<'_> for Names {
        fn visit_ident(&mut self, ident: &syn::Ident) {
            self.0.insert(ident.to_string());
        }
    }
    let mut names = Names(BTreeSet::new());
    for ty in types {
        names.visit_type(ty);
    }
    const STANDARD: &[&str] = &["Enveloped", "Vec", "String", "Box", "Option", "bool", "i64", "f64", "types", "u64"];
    let mut standard = TokenStream::new();
    let mut core = Vec::new();
    for name in names.0 {
        match name.as_str() {
            "BTreeMap" => standard.extend(quote!(
                use std::collections::BTreeMap;
            )),
            name if STANDARD.contains(&name) || package.types.contains_key(name) => {}
            name => core.push(format_ident!("{name}")),
        }
    }
    if with_update {
        core.push(format_ident!("Update"));
    }
    quote!(#standard use clerk_core::{#(#core),*};)
}

fn type_item(item: &TypeItem, gate: &TokenStream, filled: &mut Vec<Filled>) -> Result<TokenStream> {
    match &item.kind {
        TypeKind::Struct(fields) => {
            let mut tokens = structure(item, fields, None, gate, filled)?;
            tokens.extend(person(item, gate));
            Ok(tokens)
        }
        TypeKind::Enum(variants) => enumeration(item, variants, gate, filled),
        TypeKind::Union { fields, discriminator, kinds } => {
            structure(item, fields, Some((discriminator.as_deref(), kinds)), gate, filled)
        }
    }
}

/// What everybody asks of a user, for the types that have all that it takes.
fn person(item: &TypeItem, gate: &TokenStream) -> Option<TokenStream> {
    let field = |name: &str| item.fields().iter().find(|field| field.wire == name);
    let identifiers = |list: &str, primary: &str| {
        field(primary)?;
        super::operations::item_of(&field(list)?.ty)
    };
    field("first_name").and(field("last_name"))?;
    let email = identifiers("email_addresses", "primary_email_address_id")?;
    let phone = identifiers("phone_numbers", "primary_phone_number_id")?;
    let wallet = identifiers("web3_wallets", "primary_web3_wallet_id")?;
    let name = format_ident!("{}", item.name);
    Some(quote!(#gate clerk_core::person!(#name { #email, #phone, #wallet });))
}

/// A struct with public fields, the constructor of what is always there, and its form on the wire.
pub(super) fn structure(
    item: &TypeItem,
    fields: &[FieldItem],
    union: Option<(Option<&str>, &Vec<String>)>,
    gate: &TokenStream,
    filled: &mut Vec<Filled>,
) -> Result<TokenStream> {
    let name = format_ident!("{}", item.name);
    let about = doc(&item.words);
    let deprecated = item.deprecated.then(|| quote!(#[deprecated]));
    let mut declared = TokenStream::new();
    let (mut arguments, mut values) = (TokenStream::new(), TokenStream::new());
    for field in fields {
        let (ident, ty, words) = (ident(&field.ident)?, present_type(field), doc(&field.words));
        let deprecated = field.deprecated.then(|| quote!(#[deprecated]));
        declared.extend(quote!(#words #deprecated pub #ident: #ty,));
        if field.presence == Presence::Always {
            let (taken, made) = super::operations::taken(&field.ty, &ident);
            arguments.extend(quote!(#ident: #taken,));
            values.extend(quote!(#ident: #made,));
        } else {
            values.extend(quote!(#ident: Default::default(),));
        }
    }
    let mark = format!("__fill_{}", item.name);
    let mark_ident = format_ident!("{mark}");
    let (macro_name, mut lines) = match union {
        None => (quote!(object), vec![format!("{} {{", item.name)]),
        Some((tag, kinds)) => {
            declared.extend(quote! {
                /// The whole object as it came, where its kind is not one that this version knows; it is what is
                /// written back then.
                pub raw: Option<Box<clerk_core::SecretJson>>,
            });
            values.extend(quote!(raw: None,));
            let kinds = kinds.iter().map(|kind| format!("{kind:?}")).collect::<Vec<_>>().join(", ");
            let tag_field = fields.iter().find(|field| Some(field.wire.as_str()) == tag);
            let line = match (tag, tag_field) {
                (Some(tag), Some(field)) => format!("tag {} {tag:?} known [{kinds}];", field.ident),
                _ => "untagged;".to_owned(),
            };
            (quote!(union), vec![format!("{} {{", item.name), format!("    {line}")])
        }
    };
    for (index, field) in fields.iter().enumerate() {
        lines.push(format!("    {index} {} {} {:?},", field.presence.name(), field.ident, field.wire));
    }
    lines.push("}".to_owned());
    filled.push(Filled { mark, lines });
    let says_nothing = arguments.is_empty();
    let (derived, body, new_about) = if says_nothing {
        (quote!(, Default), quote!(Self::default()), format!(" A `{}` that says nothing yet.", item.name))
    } else {
        (quote!(), quote!(Self { #values }), format!(" A `{}` of what is always there.", item.name))
    };
    Ok(quote! {
        #gate
        #about
        #[derive(Clone, Debug #derived)]
        #[non_exhaustive]
        #deprecated
        pub struct #name { #declared }
        #gate
        impl #name {
            #[doc = #new_about]
            #[inline]
            #[must_use]
            pub fn new(#arguments) -> Self {
                #body
            }
        }
        #gate
        clerk_core::#macro_name! { #mark_ident }
    })
}

/// A field's type with its presence.
fn present_type(field: &FieldItem) -> TokenStream {
    let ty = &field.ty;
    match field.presence {
        Presence::Always | Presence::Filled | Presence::Sparse => quote!(#ty),
        Presence::Nullable | Presence::Optional => quote!(Option<#ty>),
        Presence::Update => quote!(Update<#ty>),
    }
}

fn enumeration(
    item: &TypeItem,
    variants: &[(String, String)],
    gate: &TokenStream,
    filled: &mut Vec<Filled>,
) -> Result<TokenStream> {
    let name = format_ident!("{}", item.name);
    let about = doc(&item.words);
    let mut declared = TokenStream::new();
    let mut lines = vec![format!("{} {{", item.name)];
    for (variant, wire) in variants {
        let ident = ident(variant)?;
        let words = format!(" `{wire}`.");
        let words = if wire.is_empty() { " The empty string.".to_owned() } else { words };
        declared.extend(quote!(#[doc = #words] #ident,));
        lines.push(format!("    {variant} {wire:?},"));
    }
    lines.push("}".to_owned());
    let mark = format!("__fill_{}", item.name);
    let mark_ident = format_ident!("{mark}");
    filled.push(Filled { mark, lines });
    Ok(quote! {
        #gate
        #about
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #declared
            /// A value that this version does not know, exactly as it came.
            Unknown(String),
        }
        #gate
        clerk_core::open_enum! { #mark_ident }
    })
}

/// The kinds of webhook events, with what their `data` is.
fn events(package: &Package) -> Result<String> {
    let mut variants = TokenStream::new();
    let mut lines = vec!["EventType {".to_owned()];
    let mut payloads = TokenStream::new();
    let mut visits = TokenStream::new();
    let mut writes = TokenStream::new();
    for event in &package.events {
        let variant = format_ident!("{}", event.variant);
        let (words, ty, wire) = (doc(&event.words), &event.ty, &event.event);
        variants.extend(quote!(#words #variant,));
        payloads.extend(quote!(#words #variant(Box<types::#ty>),));
        writes.extend(quote!(Self::#variant(data) => data.serialize(serializer),));
        visits.extend(
            quote!(EventType::#variant => Self::#variant(Box::new(clerk_core::decode("webhook event", data)?)),),
        );
        lines.push(format!("    {} {wire:?},", event.variant));
    }
    lines.push("}".to_owned());
    let filled = Filled { mark: "__fill_EventType".to_owned(), lines };
    let tokens = quote! {
        use clerk_core::__private::serde;
        use clerk_core::{Error, Json};
        use crate::types;

        pub use crate::event::{Event, EventAttributes, HttpRequest};

        /// What happened: the `type` of a webhook event.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum EventType {
            #variants
            /// A kind of event that this version does not know, exactly as it came.
            Unknown(String),
        }
        clerk_core::open_enum! { __fill_EventType }

        /// The `data` of a webhook event, by its type.
        ///
        /// A resource that the API also answers has the same Rust type here.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum Payload {
            #payloads
            /// The data of a kind of event that this version does not know, as it came.
            Unknown(Json),
        }

        impl Payload {
            /// Reads the `data` of an event of this type, as JSON.
            ///
            /// # Errors
            ///
            /// The data does not have the shape of its type; the error names the JSON path.
            #[inline]
            pub fn read(event: &EventType, data: &[u8]) -> Result<Self, Error> {
                Ok(match event {
                    #visits
                    EventType::Unknown(_) => Self::Unknown(clerk_core::decode("webhook event", data)?),
                })
            }
        }
    };
    let tokens = quote! {
        #tokens

        impl serde::Serialize for Payload {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    #writes
                    Self::Unknown(data) => data.serialize(serializer),
                }
            }
        }
    };
    text::print(package, "Webhook events: their types and payloads.", tokens, &[filled])
}
