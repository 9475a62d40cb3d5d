//! What clerk-ext repeats of the generated clients: the setters of lists and of calls whose answers it reads, because they
//! carry metadata or come in an envelope.
//!
//! Both wrap the generated builder, and a setter takes `self`: there is no way to hand all of them through at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Type;

use super::operations::{item_of, qualified, setter_name, taken};
use super::{crate_name, doc, ident, text};
use crate::model::{Api, Method};
use crate::shape::{InputPlace, Module, OperationItem, Package, Presence};

/// The groups that clerk-ext's `backend` brings; every other group is a feature of its own. `frontend` brings all of its.
const ALWAYS: &[&str] = &["invitations", "organizations", "sessions", "users"];

/// The tags of the Frontend API whose calls are steps of flows, and never handed out.
const FLOWS: &[&str] = &["sign_ups"];

/// The groups of the Frontend API whose calls are handed out, and read out of their envelopes.
const HANDED_OUT: &[&str] = &["billing", "enterprise", "organizations"];

/// What a walk over a list sets by itself.
const PAGING: &[&str] = &["limit", "offset", "paginated", "starting_after"];

/// What `frontend` reads as it is: an account elsewhere has metadata of its own.
const NOT_READ: &[&str] = &["ExternalAccountWithVerification"];

/// How many a list gives at once, at most, where the document does not say.
const LARGEST_PAGE: u64 = 500;

/// The files, by their path below the workspace.
pub(super) fn files(package: &Package) -> Result<BTreeMap<PathBuf, String>> {
    let (client, part) = (crate_name(package.api), part(package.api));
    let raw = format_ident!("{client}");
    let folder = Path::new("clerk-ext/src").join(part).join("generated");
    let update = (package.api == Api::Bapi).then(|| {
        quote!(
            use crate::backend::Update;
        )
    });
    let mut files = BTreeMap::new();
    let mut modules = TokenStream::new();
    for (name, module) in &package.modules {
        if package.api == Api::Fapi && FLOWS.contains(&name.as_str()) {
            continue;
        }
        let mut items = TokenStream::new();
        for operation in &module.operations {
            items.extend(wrapped(package, module, operation).with_context(|| operation.id.clone())?);
        }
        if items.is_empty() {
            continue;
        }
        let ident = format_ident!("{name}");
        let is_feature = package.api == Api::Bapi && !ALWAYS.contains(&module.group.as_str());
        let gate = is_feature.then(|| {
            let group = &module.group;
            quote!(#[cfg(feature = #group)])
        });
        modules.extend(quote!(#gate mod #ident;));
        let tokens = quote! {
            use #raw::{#ident as raw, types};
            use clerk_core::*;
            #update
            use crate::{list::{Fields, Key, List, ListCall}, request::Request, sealed::Sealed};
            #items
        };
        let about = format!("The setters of `{client}::{name}` on lists, and on calls whose answers are read.");
        files.insert(folder.join(format!("{name}.rs")), text::print_below(package, &about, tokens)?);
    }
    let about = format!("What `{part}` repeats of the generated client, a tag each.");
    files.insert(folder.join("mod.rs"), text::print(package, &about, modules, &[])?);
    Ok(files)
}

/// The part of clerk-ext that is built on the client of an API.
fn part(api: Api) -> &'static str {
    match api {
        Api::Fapi => "frontend",
        Api::Bapi | Api::Webhooks => "backend",
    }
}

fn wrapped(package: &Package, module: &Module, operation: &OperationItem) -> Result<TokenStream> {
    if let Some(list) = List::of(package, operation) {
        return list.emit(package, operation);
    }
    let is_handed_out = package.api == Api::Fapi && HANDED_OUT.contains(&module.group.as_str());
    let is_read = operation
        .answer_type
        .as_ref()
        .is_some_and(|ty| carries_metadata(package, ty) || is_handed_out && within(ty, "Enveloped").is_some());
    if !is_read || operation.setters.is_empty() {
        return Ok(TokenStream::new());
    }
    // Whoever is signed in can only merge, so there is nothing to put together.
    let wrapper =
        if package.api == Api::Bapi && has_metadata_of_its_own(module, operation) { "Update" } else { "Request" };
    setters(package, operation, &format_ident!("{wrapper}"), |input| input.ends_with("_metadata"))
}

/// Whether what is answered, or each of what is answered, has metadata that is read into the application's types.
fn carries_metadata(package: &Package, ty: &Type) -> bool {
    let Some(item) = innermost(ty).and_then(|name| package.types.get(&name)) else {
        return false;
    };
    let is_read = package.api == Api::Bapi || !NOT_READ.contains(&item.name.as_str());
    is_read && item.answered && item.fields().iter().any(|field| field.wire == "public_metadata")
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

/// A list: answered in pages, or whole.
struct List {
    item: Type,
    paged: bool,
    /// How a page is made of an answer.
    page: TokenStream,
    /// What the next page starts after, where it can start after one.
    key: Option<TokenStream>,
    paginated: bool,
    largest: u32,
}

impl List {
    fn of(package: &Package, operation: &OperationItem) -> Option<Self> {
        let has = |name: &str| {
            let queried = |place| matches!(place, InputPlace::Query | InputPlace::Joined(_));
            operation.setters.iter().any(|input| input.wire == name && queried(input.place))
        };
        let answer = operation.answer_type.as_ref()?;
        let paged = has("limit") && has("offset");
        let (answer, value) = match within(answer, "Enveloped") {
            Some(response) => (response, quote!(answer.response)),
            None => (answer.clone(), quote!(answer)),
        };
        let is_list = paged || item_of(&answer).is_some() || within(&answer, "Page").is_some();
        if operation.verb != Method::Get || !is_list {
            return None;
        }
        let (item, page) = read_as_page(package, &answer, &value)?;
        let key = has("starting_after").then(|| key(package, &item)).flatten();
        let largest = u32::try_from(operation.largest_page.unwrap_or(LARGEST_PAGE)).ok()?;
        Some(Self { item: qualified(package, &item), paged, page, key, paginated: has("paginated"), largest })
    }

    fn emit(&self, package: &Package, operation: &OperationItem) -> Result<TokenStream> {
        let Self { item, paged, page, key, paginated, largest } = self;
        let largest = proc_macro2::Literal::u32_unsuffixed(*largest);
        let builder = format_ident!("{}", operation.name);
        let by_key = key.is_some();
        let setters = setters(package, operation, &format_ident!("List"), |input| PAGING.contains(&input))?;
        Ok(quote! {
            impl Sealed for raw::#builder {}
            impl ListCall for raw::#builder {
                type Item = #item;
                const FIELDS: Fields =
                    Fields { paged: #paged, starting_after: #by_key, paginated: #paginated, largest: #largest };

                fn page(answer: Self::Answer) -> Page<Self::Item> {
                    #page
                }
                #key
            }
            #setters
        })
    }
}

/// What is in a generic type of this name.
fn within(ty: &Type, name: &str) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(ty)) => Some(ty.clone()),
        _ => None,
    }
}

/// What is listed, and how a page is made of this value of what is answered.
fn read_as_page(package: &Package, answer: &Type, value: &TokenStream) -> Option<(Type, TokenStream)> {
    if let Some(item) = item_of(answer) {
        return Some((item, quote!(Page::new(#value))));
    }
    if let Some(item) = within(answer, "Page") {
        return Some((item, value.clone()));
    }
    let Type::Path(path) = answer else { return None };
    let last = path.path.segments.last()?;
    // An object with one list in it, under a name of its own.
    let fields = package.types.get(&last.ident.to_string())?.fields();
    let mut lists = fields.iter().filter_map(|field| Some((field, item_of(&field.ty)?)));
    let (Some((field, item)), None) = (lists.next(), lists.next()) else { return None };
    let data = ident(&field.ident).ok()?;
    let total = fields.iter().find(|field| field.wire == "total_count").map(|field| {
        let always = field.presence == Presence::Always;
        let total = if always { quote!(Some(#value.total_count)) } else { quote!(#value.total_count) };
        quote!(page.total_count = #total;)
    });
    Some((item, quote! { let mut page = Page::new(#value.#data); #total page }))
}

fn key(package: &Package, item: &Type) -> Option<TokenStream> {
    let fields = package.types.get(&innermost(item)?)?.fields();
    let field = |name: &str| fields.iter().find(|field| field.wire == name);
    field("id").filter(|id| id.presence == Presence::Always)?;
    let created_at = match field("created_at").map(|field| field.presence) {
        Some(Presence::Always) => quote!(Some(item.created_at)),
        Some(Presence::Nullable | Presence::Optional) => quote!(item.created_at),
        _ => quote!(None),
    };
    Some(quote! {
        fn key(item: &Self::Item) -> Option<Key> {
            Some(Key { id: item.id.to_string(), created_at: #created_at })
        }
    })
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
        let about = doc(&input.words.replace("(crate::", &format!("({}::", crate_name(package.api))));
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

#[cfg(test)]
mod tests {
    use super::{files, part};
    use crate::model::Api;
    use crate::sketch;

    const GROUPS: (&str, &str) =
        ("groups.toml", "[bapi]\nuntagged = 'Things'\n[bapi.groups]\nusers = ['Things']\nbilling = ['Plans']");

    /// What is emitted for a tag, on one line.
    fn emitted(tag: &str, operations: &str) -> Option<String> {
        emitted_of(Api::Bapi, tag, operations)
    }

    fn emitted_of(api: Api, tag: &str, operations: &str) -> Option<String> {
        let thing =
            "{ type: object, required: [id], properties: { id: { type: string }, public_metadata: { type: object } } }";
        let list = "{ type: array, items: { $ref: '#/components/schemas/Thing' } }";
        let things = format!("{{ type: object, properties: {{ things: {list}, total_count: {{ type: integer }} }} }}");
        let page = "{ type: object, properties: { response: { $ref: '#/components/schemas/Things' }, client: { $ref: '#/components/schemas/Thing' } } }";
        let schemas = format!("components: {{ schemas: {{ Thing: {thing}, Things: {things}, Wrapped: {page} }} }}");
        let document = sketch::imported(&format!("paths:\n{operations}\n{schemas}"));
        let present = ("present.toml", "[bapi]\nThing = ['id']");
        let (mut package, _) = sketch::shaped(document, &[GROUPS, present]).unwrap();
        package.api = api;
        let files = files(&package).unwrap();
        let folder = std::path::Path::new("clerk-ext/src").join(part(api)).join("generated");
        let text = files.get(&folder.join(format!("{tag}.rs")))?;
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    const LIMITS: &str =
        "{ name: limit, in: query, schema: { type: integer } }, { name: offset, in: query, schema: { type: integer } }";

    fn list(more: &str, schema: &str) -> String {
        let content = format!("{{ application/json: {{ schema: {schema} }} }}");
        format!(
            "  /things: {{ get: {{ operationId: listThings, parameters: [{LIMITS}{more}], responses: {{ '200': {{ content: {content} }} }} }} }}"
        )
    }

    #[test]
    fn a_list_passes_its_filters_on_and_keeps_what_pages_it_to_itself() {
        let filter = ", { name: colour, in: query, schema: { type: string } }, { name: paginated, in: query, schema: { type: boolean } }";
        let schema = "{ type: array, items: { $ref: '#/components/schemas/Thing' } }";
        let text = emitted("things", &list(filter, schema)).unwrap();
        assert!(text.contains("self.with(|call| call.colour(colour))"), "{text}");
        assert!(text.contains("paged: true, starting_after: false, paginated: true, largest: 500"), "{text}");
        for own in ["limit", "offset", "paginated"] {
            assert!(!text.contains(&format!("pub fn {own}(")), "{own}: {text}");
        }
    }

    #[test]
    fn a_list_that_can_start_after_one_is_walked_by_its_id() {
        let after = ", { name: starting_after, in: query, schema: { type: string } }";
        let schema = "{ type: array, items: { $ref: '#/components/schemas/Thing' } }";
        let text = emitted("things", &list(after, schema)).unwrap();
        assert!(text.contains("starting_after: true"), "{text}");
        assert!(text.contains("Some(Key { id: item.id.to_string(), created_at: None, })"), "{text}");
    }

    #[test]
    fn the_one_list_in_an_object_is_the_page() {
        let text = emitted("things", &list("", "{ $ref: '#/components/schemas/Things' }")).unwrap();
        assert!(text.contains("Page::new(answer.things); page.total_count = answer.total_count; page"), "{text}");
        // What holds no list cannot be walked, whatever it takes.
        let none = emitted("things", &list("", "{ $ref: '#/components/schemas/Thing' }")).unwrap();
        assert!(!none.contains("impl ListCall"), "{none}");
    }

    #[test]
    fn the_frontend_api_has_the_same_lists_behind_its_envelope_and_no_features() {
        let paths = list("", "{ $ref: '#/components/schemas/Wrapped' }")
            .replace("operationId: listThings", "operationId: listPlans, tags: [Plans]");
        let text = emitted_of(Api::Fapi, "plans", &paths).unwrap();
        assert!(text.contains("use clerk_fapi::{plans as raw, types};"), "{text}");
        assert!(text.contains("let mut page = Page::new(answer.response.things);"), "{text}");
        let whole = "  /things: { get: { operationId: listThings, responses: { '200': { content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Thing' } } } } } } } }";
        let text = emitted_of(Api::Fapi, "things", whole).unwrap();
        assert!(text.contains("paged: false") && text.contains("Page::new(answer)"), "{text}");
        assert!(!emitted_of(Api::Fapi, "mod", &paths).unwrap().contains("cfg"));
    }

    #[test]
    fn what_is_handed_out_in_an_envelope_has_its_setters_and_what_is_a_step_of_a_flow_has_none() {
        let of = |tag: &str| {
            format!(
                "  /things: {{ post: {{ operationId: makeThing, tags: [{tag}], parameters: [{{ name: colour, in: query, schema: {{ type: string }} }}], responses: {{ '200': {{ content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/Wrapped' }} }} }} }} }} }} }}"
            )
        };
        let text = emitted_of(Api::Fapi, "plans", &of("Plans")).unwrap();
        assert!(text.contains("impl<T> Request<raw::MakeThing, T>") && text.contains("pub fn colour("), "{text}");
        assert!(emitted_of(Api::Fapi, "things", &of("Things")).is_none());
        assert!(emitted_of(Api::Bapi, "plans", &of("Plans")).is_none());
    }

    #[test]
    fn metadata_is_left_to_the_setters_that_know_its_type() {
        let body = "{ type: object, properties: { name: { type: string, nullable: true }, public_metadata: { type: object } } }";
        let of = |path: &str, id: &str| {
            format!(
                "  {path}: {{ patch: {{ operationId: {id}, parameters: [{{ name: id, in: path, required: true, schema: {{ type: string }} }}], requestBody: {{ content: {{ application/json: {{ schema: {body} }} }} }}, responses: {{ '200': {{ content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/Thing' }} }} }} }} }} }} }}\n"
            )
        };
        let alone = emitted("things", &of("'/things/{id}'", "patchThing")).unwrap();
        assert!(alone.contains("impl<T> Request<raw::PatchThing, T>"), "{alone}");
        assert!(alone.contains("pub fn name(") && alone.contains("pub fn clear_name("), "{alone}");
        assert!(!alone.contains("fn public_metadata"), "{alone}");
        let both = of("'/things/{id}'", "patchThing") + &of("'/things/{id}/metadata'", "patchThingMetadata");
        assert!(emitted("things", &both).unwrap().contains("impl<T> Update<raw::PatchThing, T>"));
    }

    #[test]
    fn a_group_that_backend_does_not_bring_is_behind_its_feature() {
        let paths = list("", "{ type: array, items: { $ref: '#/components/schemas/Thing' } }")
            .replace("operationId: listThings", "operationId: listPlans, tags: [Plans]");
        assert!(emitted("plans", &paths).is_some());
        assert!(emitted("mod", &paths).unwrap().contains(r#"#[cfg(feature = "billing")] mod plans;"#));
    }
}
