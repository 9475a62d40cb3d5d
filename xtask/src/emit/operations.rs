//! The operations of a tag: a method of the client and a builder for each.

use anyhow::Result;
use heck::ToShoutySnakeCase as _;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Type;
use syn::visit_mut::VisitMut;

use super::{Filled, crate_name, doc, ident, sample, text, types};
use crate::normalise::{Answer, Encoding};
use crate::shape::{FieldItem, Input, InputPlace, Module, OperationItem, Package, Repetition, TypeItem, TypeKind};

/// Methods that every builder has: no setter may be called so.
const TAKEN: &[&str] =
    &["send", "send_full", "with_query", "with_header", "with_field", "into_future", "call", "clone", "fmt"];

pub(super) fn module(package: &Package, module: &Module) -> Result<String> {
    let inputs = module.operations.iter().flat_map(|operation| operation.arguments.iter().chain(&operation.setters));
    let bodies = module.operations.iter().filter_map(|operation| operation.body_struct.as_ref());
    let answers = module.operations.iter().filter_map(|operation| operation.answer_type.as_ref());
    let own: Vec<String> = bodies.clone().map(|body| body.name.clone()).collect();
    let used: Vec<&Type> = inputs
        .map(|input| &input.ty)
        .chain(bodies.flat_map(|body| body.fields.iter().map(|field| &field.ty)))
        .chain(answers)
        .collect();
    let used = used.into_iter().filter(|ty| !own.iter().any(|name| is_named(ty, name)));
    let imports = types::imports(package, used, false);
    let mut methods = TokenStream::new();
    let mut builders = TokenStream::new();
    let mut filled = Vec::new();
    for operation in &module.operations {
        methods.extend(method(package, operation)?);
        builders.extend(builder(package, operation, &mut filled)?);
    }
    let tokens = quote! {
        use crate::types;
        use clerk_core::http::Method;
        use clerk_core::{Call, Encoding, Error, Operation, Redirect, Response};
        #imports
        impl crate::Client { #methods }
        #builders
    };
    text::print(package, &module.words, tokens, &filled)
}

fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident(name))
}

/// A type as the modules of operations see it: the API's own types stand in `types`.
pub(super) fn qualified(package: &Package, ty: &Type) -> Type {
    struct Qualify<'a>(&'a Package);
    impl VisitMut for Qualify<'_> {
        fn visit_path_mut(&mut self, path: &mut syn::Path) {
            syn::visit_mut::visit_path_mut(self, path);
            if let [only] = path.segments.iter().cloned().collect::<Vec<_>>().as_slice()
                && only.ident == "Enveloped"
            {
                *path = syn::parse_quote!(types::#only);
                return;
            }
            if let Some(name) = path.get_ident().map(ToString::to_string)
                && self.0.types.contains_key(&name)
            {
                let ident = format_ident!("{name}");
                *path = syn::parse_quote!(types::#ident);
            }
        }
    }
    let mut ty = ty.clone();
    Qualify(package).visit_type_mut(&mut ty);
    ty
}

/// What an argument of this type is written as, and how the value is made of it.
pub(super) fn taken(ty: &Type, name: &proc_macro2::Ident) -> (TokenStream, TokenStream) {
    match item_of(ty) {
        Some(item) => (
            quote!(impl IntoIterator<Item = impl Into<#item>>),
            quote!(#name.into_iter().map(Into::into).collect::<Vec<#item>>()),
        ),
        None => (quote!(impl Into<#ty>), quote!(#name.into())),
    }
}

/// What a list holds.
pub(super) fn item_of(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Vec")?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(ty)) => Some(ty.clone()),
        _ => None,
    }
}

fn method(package: &Package, operation: &OperationItem) -> Result<TokenStream> {
    let (name, method) = (format_ident!("{}", operation.name), ident(&operation.method)?);
    let constant = format_ident!("{}", operation.name.to_shouty_snake_case());
    let mut arguments = TokenStream::new();
    let mut steps = TokenStream::new();
    for input in &operation.arguments {
        let ident = ident(&input.ident)?;
        let ty = qualified(package, &input.ty);
        let (written, step) = set(input, &ty, &ident, quote!(call));
        arguments.extend(quote!(, #ident: #written));
        steps.extend(step);
    }
    let about = doc(&method_words(package, operation));
    let deprecated = operation.deprecated.then(|| quote!(#[deprecated]));
    let binding = if operation.arguments.is_empty() { quote!(let call) } else { quote!(let mut call) };
    Ok(quote! {
        #about
        #deprecated
        pub fn #method(&self #arguments) -> #name {
            #binding = self.endpoint.call(&#constant);
            #steps
            #name { call }
        }
    })
}

fn method_words(package: &Package, operation: &OperationItem) -> String {
    let mut words = operation.words.clone();
    words.push_str("\n\n");
    words.push_str(&format!("`{} {}`", operation.verb.name().to_uppercase(), operation.path));
    if operation.id != operation.name {
        words.push_str(&format!(", operation `{}`", operation.id));
    }
    if let Some(answer) = answer_link(package, operation) {
        words.push_str(&format!("; gives {answer}"));
    }
    words.push_str(".\n");
    let told: Vec<_> = operation.arguments.iter().filter(|input| !is_mechanical(input)).collect();
    if !told.is_empty() {
        words.push('\n');
        for input in told {
            words.push_str(&format!("- `{}`: {}\n", input.ident, input.words.replace('\n', "\n  ")));
        }
    }
    words.push_str("\n# Example\n\n");
    words.push_str(&sample::example(package, operation));
    words
}

/// The answer's type as a link, looking through lists and wrappers.
fn answer_link(package: &Package, operation: &OperationItem) -> Option<String> {
    struct Last<'p>(&'p Package, Option<String>);
    impl syn::visit::Visit<'_> for Last<'_> {
        fn visit_ident(&mut self, ident: &syn::Ident) {
            let name = ident.to_string();
            if self.0.types.contains_key(&name) {
                self.1 = Some(name);
            }
        }
    }
    let mut last = Last(package, None);
    syn::visit::Visit::visit_type(&mut last, operation.answer_type.as_ref()?);
    last.1.map(|name| format!("[`{name}`](types::{name})"))
}

fn is_mechanical(input: &Input) -> bool {
    input.words.starts_with("Sets `")
        || input.words.starts_with("Sends ")
        || input.words.starts_with("The whole body")
        || input.place == InputPlace::File
}

/// How an argument is written, and the statement that puts it into the call.
fn set(input: &Input, ty: &Type, name: &proc_macro2::Ident, call: TokenStream) -> (TokenStream, TokenStream) {
    let (written, made) = taken(ty, name);
    let wire = &input.wire;
    let bind = quote!(let #name: #ty = #made;);
    let step = match input.place {
        InputPlace::Path if is_number(ty) => quote!(#bind #call.path(#wire, &#name.to_string());),
        InputPlace::Path if is_secret(ty) => quote!(#bind #call.path(#wire, #name.expose());),
        InputPlace::Path => quote!(#bind #call.path(#wire, #name.as_ref());),
        InputPlace::Header if is_secret(ty) => quote!(#bind #call.header(#wire, #name.expose());),
        InputPlace::Header => quote!(#bind #call.header(#wire, #name.as_ref());),
        InputPlace::Query => quote!(#bind #call.query(#wire, &#name);),
        InputPlace::Joined(separator) => {
            quote!(#bind #call.query_joined(#wire, #separator, &#name);)
        }
        InputPlace::Field => quote!(#bind #call.field(#wire, &#name);),
        InputPlace::File => return (quote!(Upload), quote!(#call.file(#wire, #name);)),
        InputPlace::Body => quote!(#bind #call.body(&#name);),
    };
    let again = match input.repetition {
        Repetition::AsTheMethod => quote!(),
        Repetition::Once => quote!(#call.once();),
        Repetition::Repeatable => quote!(#call.repeatable();),
    };
    (written, quote!(#step #again))
}

fn is_number(ty: &Type) -> bool {
    ["i64", "f64", "bool", "Timestamp"].iter().any(|name| is_named(ty, name))
}

fn is_secret(ty: &Type) -> bool {
    is_named(ty, "Secret")
}

fn builder(package: &Package, operation: &OperationItem, filled: &mut Vec<Filled>) -> Result<TokenStream> {
    let name = format_ident!("{}", operation.name);
    let constant = format_ident!("{}", operation.name.to_shouty_snake_case());
    let (id, path) = (&operation.id, &operation.path);
    let verb = format_ident!("{}", operation.verb.name().to_uppercase());
    let encoding = match operation.encoding {
        None => quote!(None),
        Some(Encoding::Json) => quote!(Json),
        Some(Encoding::Form) => quote!(Form),
        Some(Encoding::Multipart) => quote!(Multipart),
        Some(Encoding::Bytes) => quote!(Bytes),
    };
    let mut settings = TokenStream::new();
    if operation.requires_body {
        settings.extend(quote!(.requires_body()));
    }
    if operation.once {
        settings.extend(quote!(.once()));
    }
    let (kind, answer) = answer(package, operation);
    let mut setters = TokenStream::new();
    for input in &operation.setters {
        setters.extend(setter(package, operation, input)?);
    }
    if !setters.is_empty() {
        setters = quote!(impl #name { #setters });
    }
    let words = format!(" The call of [`Client::{}`](crate::Client::{}).", operation.method, operation.method);
    let mut tokens = quote! {
        static #constant: Operation = Operation::new(Method::#verb, #id, #path, Encoding::#encoding)#settings;
        clerk_core::operation! {
            #[doc = #words]
            #name => #kind #answer
        }
        #setters
    };
    if let Some(body) = &operation.body_struct {
        let item = TypeItem {
            name: body.name.clone(),
            kind: TypeKind::Struct(Vec::new()),
            groups: Default::default(),
            answered: false,
            deprecated: false,
            words: format!(
                "What [`Client::{}`](crate::Client::{}) cannot do without; the rest is set on the call.",
                operation.method, operation.method
            ),
        };
        let qualify = |field: &FieldItem| FieldItem { ty: qualified(package, &field.ty), ..field.clone() };
        let fields: Vec<_> = body.fields.iter().map(qualify).collect();
        tokens.extend(types::structure(&item, &fields, None, &TokenStream::new(), filled)?);
    }
    Ok(tokens)
}

fn answer(package: &Package, operation: &OperationItem) -> (TokenStream, TokenStream) {
    match (operation.answer, &operation.answer_type) {
        (Answer::Json, Some(ty)) => {
            let ty = qualified(package, ty);
            (quote!(json), quote!(#ty))
        }
        (Answer::Optional, Some(ty)) => {
            let ty = qualified(package, ty);
            (quote!(optional), quote!(Option<#ty>))
        }
        (Answer::Text, _) => (quote!(text), quote!(String)),
        (Answer::Bytes, _) => (quote!(bytes), quote!(clerk_core::Bytes)),
        (Answer::Redirect, _) => (quote!(redirect), quote!(Redirect)),
        (Answer::MaybeRedirect, _) => (quote!(maybe_redirect), quote!(Option<Redirect>)),
        _ => (quote!(empty), quote!(())),
    }
}

/// What the setter of an input is called.
pub(super) fn setter_name(input: &Input) -> Result<proc_macro2::Ident> {
    if TAKEN.contains(&input.ident.as_str()) { ident(&format!("{}_", input.ident)) } else { ident(&input.ident) }
}

fn setter(package: &Package, operation: &OperationItem, input: &Input) -> Result<TokenStream> {
    let name = setter_name(input)?;
    let ty = qualified(package, &input.ty);
    let (written, step) = set(input, &ty, &name, quote!(self.call));
    let about = doc(&input.words);
    let deprecated = input.deprecated.then(|| quote!(#[deprecated]));
    let mut tokens = quote! {
        #about
        #deprecated
        pub fn #name(mut self, #name: #written) -> Self {
            #step
            self
        }
    };
    if input.clearable {
        let clear = format_ident!("clear_{}", name.to_string().trim_start_matches("r#"));
        let sent = if operation.encoding == Some(Encoding::Form) { "it empty" } else { "`null`" };
        let words = format!(" Clears `{}`: sends {sent}.", input.wire);
        let wire = &input.wire;
        tokens.extend(quote! {
            #[doc = #words]
            #deprecated
            pub fn #clear(mut self) -> Self {
                self.call.clear(#wire);
                self
            }
        });
    }
    Ok(tokens)
}

/// The module path of the crate, for examples.
pub(super) fn crate_path(package: &Package) -> &'static str {
    crate_name(package.api)
}
