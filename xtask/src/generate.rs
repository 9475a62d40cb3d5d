//! The generator itself: progenitor, with typify for the types, and its output as a syntax tree.

use std::cell::Cell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use anyhow::{Context as _, Result, anyhow};
use heck::ToSnakeCase as _;
use proc_macro2::TokenStream;
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle};
use syn::{GenericArgument, ImplItem, Item, PathArguments, ReturnType, Type};

use crate::model::{Api, Document};
use crate::openapi;

/// What the generator made of a document: names and types, by name.
#[derive(Debug, Default)]
pub(crate) struct Generated {
    /// Fields of each struct: identifier, key on the wire, type.
    pub(crate) structs: HashMap<String, Vec<Field>>,
    /// Variants of each enum: identifier and value on the wire.
    pub(crate) enums: HashMap<String, Vec<(String, String)>>,
    pub(crate) calls: HashMap<String, Call>,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) ident: String,
    pub(crate) wire: String,
    pub(crate) ty: Type,
}

/// An operation as the generator sees it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    /// The method of the client.
    pub(crate) method: String,
    /// Setters of the builder and what they take.
    pub(crate) setters: HashMap<String, Type>,
    pub(crate) answer: Option<Type>,
}

/// Runs the generator. Its panics become errors, and whatever it fails of is named.
pub(crate) fn generate(document: &Document, api: Api) -> Result<Generated> {
    let tokens = tokens(document, api).map_err(|error| match culprit(document, api) {
        Some(id) => error.context(format!("operations/{id}")),
        None => error,
    })?;
    let file: syn::File = syn::parse2(tokens).context("the generator wrote something that is not Rust")?;
    read(&file)
}

fn tokens(document: &Document, api: Api) -> Result<TokenStream> {
    let value = openapi::write(document, api);
    let spec: openapiv3::OpenAPI = serde_json::from_value(value).context("the generator does not take the document")?;
    let mut settings = GenerationSettings::default();
    settings.with_interface(InterfaceStyle::Builder).with_map_type("::std::collections::BTreeMap");
    let mut generator = Generator::new(&settings);
    quietly(|| generator.generate_tokens(&spec))
        .map_err(|panic| anyhow!("the generator gave up: {}", panic_text(&panic)))?
        .map_err(|error| anyhow!("the generator refused: {error}"))
}

/// The first operation that the generator does not take alone either.
fn culprit(document: &Document, api: Api) -> Option<String> {
    document.operations.iter().find_map(|operation| {
        let mut alone = Document { operations: vec![operation.clone()], ..document.clone() };
        alone.events.clear();
        alone.prune();
        tokens(&alone, api).is_err().then(|| operation.id.clone())
    })
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Catches a panic without the lines that a panic prints: its text goes into the error.
fn quietly<T>(run: impl FnOnce() -> T) -> std::thread::Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                loud(panic);
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(run));
    QUIET.set(false);
    result
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given").to_owned()
}

fn read(file: &syn::File) -> Result<Generated> {
    let mut generated = Generated::default();
    for item in &file.items {
        match item {
            Item::Mod(module) => {
                let items = module.content.as_ref().map(|(_, items)| items.as_slice()).unwrap_or_default();
                match module.ident.to_string().as_str() {
                    "types" => read_types(items, &mut generated),
                    "builder" => read_builders(items, &mut generated),
                    _ => {}
                }
            }
            Item::Impl(block) if block.trait_.is_none() => read_methods(block, &mut generated),
            _ => {}
        }
    }
    Ok(generated)
}

fn read_types(items: &[Item], generated: &mut Generated) {
    for item in items {
        match item {
            Item::Struct(item) => {
                let fields = item.fields.iter().filter_map(|field| {
                    let ident = field.ident.as_ref()?.to_string();
                    let wire = renamed(&field.attrs).unwrap_or_else(|| ident.clone());
                    Some(Field { ident, wire, ty: field.ty.clone() })
                });
                generated.structs.insert(item.ident.to_string(), fields.collect());
            }
            Item::Enum(item) => {
                let variants = item.variants.iter().map(|variant| {
                    let ident = variant.ident.to_string();
                    let wire = renamed(&variant.attrs).unwrap_or_else(|| ident.clone());
                    (ident, wire)
                });
                generated.enums.insert(item.ident.to_string(), variants.collect());
            }
            _ => {}
        }
    }
}

fn renamed(attributes: &[syn::Attribute]) -> Option<String> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // Other settings of serde do not matter here; a value must still be read past.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                found = Some(meta.value()?.parse::<syn::LitStr>()?.value());
            } else if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<syn::Expr>()?;
            }
            Ok(())
        });
    }
    found
}

fn read_builders(items: &[Item], generated: &mut Generated) {
    for item in items {
        let Item::Impl(block) = item else { continue };
        let Type::Path(path) = &*block.self_ty else {
            continue;
        };
        let Some(name) = path.path.segments.last().map(|segment| segment.ident.to_string()) else {
            continue;
        };
        if block.trait_.is_some() {
            continue;
        }
        let call = generated.calls.entry(name).or_default();
        for item in &block.items {
            let ImplItem::Fn(function) = item else {
                continue;
            };
            let ident = function.sig.ident.to_string();
            if ident == "send" {
                call.answer = answer(&function.sig.output);
            } else if let Some(taken) = taken(&function.sig.generics) {
                call.setters.insert(ident, taken);
            }
        }
    }
}

/// `V: TryInto<T>`: the `T`.
fn taken(generics: &syn::Generics) -> Option<Type> {
    let clause = generics.where_clause.as_ref()?;
    clause.predicates.iter().find_map(|predicate| {
        let syn::WherePredicate::Type(predicate) = predicate else {
            return None;
        };
        predicate.bounds.iter().find_map(|bound| {
            let syn::TypeParamBound::Trait(bound) = bound else {
                return None;
            };
            let last = bound.path.segments.last()?;
            (last.ident == "TryInto").then(|| argument(&last.arguments)).flatten()
        })
    })
}

fn argument(arguments: &PathArguments) -> Option<Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    })
}

/// `Result<ResponseValue<T>, Error<E>>`: the `T`.
fn answer(output: &ReturnType) -> Option<Type> {
    let ReturnType::Type(_, ty) = output else {
        return None;
    };
    let inner = |ty: &Type| match ty {
        Type::Path(path) => path.path.segments.last().and_then(|segment| argument(&segment.arguments)),
        _ => None,
    };
    inner(&inner(ty)?)
}

fn read_methods(block: &syn::ItemImpl, generated: &mut Generated) {
    for item in &block.items {
        let ImplItem::Fn(function) = item else {
            continue;
        };
        let ReturnType::Type(_, ty) = &function.sig.output else {
            continue;
        };
        let Type::Path(path) = &**ty else { continue };
        let segments: Vec<String> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let [.., module, name] = segments.as_slice()
            && module == "builder"
        {
            generated.calls.entry(name.clone()).or_default().method = function.sig.ident.to_string();
        }
    }
}

impl Generated {
    /// The operation of this id.
    pub(crate) fn call(&self, id: &str) -> Result<(&str, &Call)> {
        let method = id.to_snake_case();
        self.calls
            .iter()
            .find(|(_, call)| call.method == method)
            .map(|(name, call)| (name.as_str(), call))
            .with_context(|| format!("operations/{id}: the generator made no method {method} of it"))
    }
}

#[cfg(test)]
mod tests {
    use super::generate;
    use crate::model::Api;
    use crate::sketch;

    #[test]
    fn what_the_generator_panics_of_is_named() {
        let object = "schema: { $ref: '#/components/schemas/Filter' }";
        let document = sketch::document(&format!(
            "
            paths:
              /a: {{ get: {{ operationId: getA, responses: {{ '204': {{ description: '' }} }} }} }}
              /b: {{ get: {{ operationId: getB, parameters: [{{ name: f, in: query, {object} }}], responses: {{ '204': {{ description: '' }} }} }} }}
            components: {{ schemas: {{ Filter: {{ type: object, properties: {{ a: {{ type: string }} }} }} }} }}
            "
        ));
        let error = format!("{:#}", generate(&document, Api::Bapi).unwrap_err());
        assert!(error.starts_with("operations/getB: the generator gave up: "), "{error}");
    }

    #[test]
    fn names_and_types_are_read_from_what_it_writes() {
        let document = sketch::document(
            "
            paths:
              /users/{id}:
                get:
                  operationId: getUser
                  parameters:
                    - { name: id, in: path, required: true, schema: { type: string } }
                    - { name: type, in: query, schema: { type: integer, format: int64 } }
                  responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/User' } } } } }
            components:
              schemas:
                User:
                  type: object
                  required: [id]
                  properties: { id: { type: string }, type: { $ref: '#/components/schemas/State' } }
                State: { type: string, enum: [new, in-use] }
            ",
        );
        let made = generate(&document, Api::Bapi).unwrap();
        let fields: Vec<_> =
            made.structs["User"].iter().map(|field| (field.ident.as_str(), field.wire.as_str())).collect();
        assert_eq!(fields, [("id", "id"), ("type_", "type")]);
        let values: Vec<_> = made.enums["State"].iter().map(|(ident, wire)| (ident.as_str(), wire.as_str())).collect();
        assert_eq!(values, [("New", "new"), ("InUse", "in-use")]);
        let (name, call) = made.call("getUser").unwrap();
        assert_eq!((name, call.method.as_str()), ("GetUser", "get_user"));
        assert!(call.setters.contains_key("id") && call.setters.contains_key("type_") && call.answer.is_some());
        let gone = made.call("getTeam").unwrap_err().to_string();
        assert_eq!(gone, "operations/getTeam: the generator made no method get_team of it");
    }
}
