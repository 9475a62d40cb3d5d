//! What clerk-ext repeats of clerk-bapi: the setters of lists and of calls whose answers carry metadata.
//!
//! Both wrap the generated builder, and a setter takes `self`: there is no way to hand all of them through at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Type;

use super::operations::{qualified, setter_name, taken};
use super::{doc, ident, text};
use crate::model::Method;
use crate::shape::{InputPlace, Module, OperationItem, Package, Presence};

/// The groups that clerk-ext's `backend` brings; every other group is a feature of its own.
const ALWAYS: &[&str] = &["invitations", "organizations", "sessions", "users"];

/// What a walk over a list sets by itself.
const PAGING: &[&str] = &["limit", "offset", "paginated", "starting_after"];

/// The files, by their path below the workspace.
pub(super) fn files(package: &Package) -> Result<BTreeMap<PathBuf, String>> {
    let folder = Path::new("clerk-ext/src/backend/generated");
    let mut files = BTreeMap::new();
    let mut modules = TokenStream::new();
    for (name, module) in &package.modules {
        let mut items = TokenStream::new();
        for operation in &module.operations {
            items.extend(wrapped(package, name, module, operation)?);
        }
        if items.is_empty() {
            continue;
        }
        let ident = format_ident!("{name}");
        let gate = (!ALWAYS.contains(&module.group.as_str())).then(|| {
            let group = &module.group;
            quote!(#[cfg(feature = #group)])
        });
        modules.extend(quote!(#gate mod #ident;));
        let tokens = quote! {
            use clerk_bapi::{#ident as raw, types};
            use clerk_core::*;
            use crate::backend::{list::{Fields, Key, List, ListCall}, request::{Request, Update}};
            #items
        };
        let about = format!("The setters of `clerk_bapi::{name}` on lists, and on calls whose answers carry metadata.");
        files.insert(folder.join(format!("{name}.rs")), text::print(package, &about, tokens, &[])?);
    }
    let about = "What `backend` repeats of the generated client, a tag each.";
    files.insert(folder.join("mod.rs"), text::print(package, about, modules, &[])?);
    Ok(files)
}

fn wrapped(package: &Package, name: &str, module: &Module, operation: &OperationItem) -> Result<TokenStream> {
    if is_list(operation) {
        return list(package, operation).with_context(|| format!("{name}.{}", operation.id));
    }
    let carries = operation.answer_type.as_ref().is_some_and(|ty| carries_metadata(package, ty));
    if !carries || operation.setters.is_empty() {
        return Ok(TokenStream::new());
    }
    let wrapper = if has_metadata_of_its_own(module, operation) { "Update" } else { "Request" };
    setters(package, operation, &format_ident!("{wrapper}"), |input| input.ends_with("_metadata"))
}

/// A list that is answered in pages.
fn is_list(operation: &OperationItem) -> bool {
    let has = |name: &str| operation.setters.iter().any(|input| input.wire == name && is_query(input.place));
    operation.verb == Method::Get && has("limit") && has("offset")
}

fn is_query(place: InputPlace) -> bool {
    matches!(place, InputPlace::Query | InputPlace::Joined(_))
}

/// Whether what is answered, or each of what is answered, has metadata.
fn carries_metadata(package: &Package, ty: &Type) -> bool {
    let Some(item) = innermost(ty).and_then(|name| package.types.get(&name)) else {
        return false;
    };
    item.answered && item.fields().iter().any(|field| field.wire == "public_metadata")
}

fn innermost(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(syn::GenericArgument::Type(inner)) => innermost(inner),
            _ => None,
        },
        _ => Some(last.ident.to_string()),
    }
}

/// Whether its metadata is changed by a call of its own beside this one.
fn has_metadata_of_its_own(module: &Module, operation: &OperationItem) -> bool {
    let path = format!("{}/metadata", operation.path);
    operation.verb == Method::Patch
        && module.operations.iter().any(|other| other.verb == Method::Patch && other.path == path)
}

fn list(package: &Package, operation: &OperationItem) -> Result<TokenStream> {
    let builder = format_ident!("{}", operation.name);
    let answer = operation.answer_type.as_ref().context("a list without an answer")?;
    let (item, page) = paged(package, answer)?;
    let has = |name: &str| operation.setters.iter().any(|input| input.wire == name);
    let (by_key, paginated) = (has("starting_after"), has("paginated"));
    let key = by_key.then(|| {
        quote! {
            fn key(item: &Self::Item) -> Option<Key> {
                Some(Key { id: item.id.to_string(), created_at: item.created_at })
            }
        }
    });
    let setters = setters(package, operation, &format_ident!("List"), |input| PAGING.contains(&input))?;
    Ok(quote! {
        impl ListCall for raw::#builder {
            type Item = #item;
            const FIELDS: Fields = Fields { starting_after: #by_key, paginated: #paginated };

            fn page(answer: Self::Answer) -> Page<Self::Item> {
                #page
            }
            #key
        }
        #setters
    })
}

/// What is listed, and how a page is made of an answer.
fn paged(package: &Package, answer: &Type) -> Result<(Type, TokenStream)> {
    let item = |ty: &Type| super::operations::item_of(ty).map(|ty| qualified(package, &ty));
    if let Some(item) = item(answer) {
        return Ok((item, quote!(Page::new(answer))));
    }
    let Type::Path(path) = answer else { bail!("its answer is no list") };
    let last = path.path.segments.last().context("its answer has no name")?;
    if last.ident == "Page"
        && let syn::PathArguments::AngleBracketed(arguments) = &last.arguments
        && let Some(syn::GenericArgument::Type(ty)) = arguments.args.first()
    {
        return Ok((qualified(package, ty), quote!(answer)));
    }
    let fields = package.types.get(&last.ident.to_string()).map(|item| item.fields()).unwrap_or_default();
    let lists: Vec<_> = fields.iter().filter_map(|field| Some((field, item(&field.ty)?))).collect();
    let [(field, item)] = lists.as_slice() else { bail!("its answer has {} lists", lists.len()) };
    let data = ident(&field.ident)?;
    let total = fields.iter().find(|field| field.wire == "total_count").map(|field| {
        let total = if field.presence == Presence::Always {
            quote!(Some(answer.total_count))
        } else {
            quote!(answer.total_count)
        };
        quote!(page.total_count = #total;)
    });
    Ok((item.clone(), quote! { let mut page = Page::new(answer.#data); #total page }))
}

fn setters(
    package: &Package,
    operation: &OperationItem,
    wrapper: &Ident,
    own: impl Fn(&str) -> bool,
) -> Result<TokenStream> {
    let builder = format_ident!("{}", operation.name);
    let mut methods = TokenStream::new();
    for input in operation.setters.iter().filter(|input| !own(&input.wire)) {
        let name = setter_name(input)?;
        let ty = qualified(package, &input.ty);
        let taken = if input.place == InputPlace::File { quote!(Upload) } else { taken(&ty, &name).0 };
        let about = doc(&input.words.replace("(crate::", "(clerk_bapi::"));
        let deprecated = input.deprecated.then(|| quote!(#[deprecated]));
        methods.extend(quote! {
            #about
            #deprecated
            pub fn #name(self, #name: #taken) -> Self {
                self.with(|call| call.#name(#name))
            }
        });
        if input.clearable {
            let clear = format_ident!("clear_{}", name.to_string().trim_start_matches("r#"));
            let words = format!(" Clears `{}`.", input.wire);
            methods.extend(quote! {
                #[doc = #words]
                #deprecated
                pub fn #clear(self) -> Self {
                    self.with(|call| call.#clear())
                }
            });
        }
    }
    if methods.is_empty() {
        return Ok(methods);
    }
    Ok(quote! { impl<T> #wrapper<raw::#builder, T> { #methods } })
}
