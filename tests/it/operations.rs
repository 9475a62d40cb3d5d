//! The crates have every operation of their documents, each as the document has it, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use syn::{Expr, ImplItem, Item, Lit, ReturnType, Type};

use crate::fixture::Interface;

/// What a crate has, read from its source.
#[derive(Default)]
struct Source {
    /// By name: the builder, whether it is deprecated, and what it calls.
    methods: BTreeMap<String, Method>,
    /// By the constant's name.
    operations: BTreeMap<String, Operation>,
    /// How the builder of an operation answers.
    answers: BTreeMap<String, String>,
}

struct Method {
    builder: String,
    deprecated: bool,
    calls: String,
}

#[derive(Debug, PartialEq)]
struct Operation {
    id: String,
    method: String,
    path: String,
    encoding: String,
}

/// An operation of a document.
struct Documented<'a> {
    id: &'a str,
    method: String,
    path: &'a str,
    value: &'a Value,
}

fn folder(api: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(format!("clerk-{api}"))
}

fn last(path: &syn::Path) -> String {
    path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

impl Source {
    fn read(api: &str) -> Self {
        let mut source = Self::default();
        let folder = folder(api).join("src/generated");
        for file in std::fs::read_dir(folder).expect("the folder is there") {
            let path = file.expect("the folder can be read").path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("the file can be read");
                let file = syn::parse_file(&text).expect("the file is Rust");
                file.items.into_iter().for_each(|item| source.take(item));
            }
        }
        source
    }

    fn take(&mut self, item: Item) {
        match item {
            Item::Impl(block) if matches!(&*block.self_ty, Type::Path(path) if last(&path.path) == "Client") => {
                block.items.into_iter().for_each(|item| self.take_method(item));
            }
            Item::Static(item) => {
                // Settings follow the call: `Operation::new(…).once()`.
                let mut made = *item.expr;
                while let Expr::MethodCall(setting) = made {
                    made = *setting.receiver;
                }
                let Expr::Call(call) = made else { panic!("{} is no call", item.ident) };
                let arguments = call.args.iter().map(|argument| match argument {
                    Expr::Path(path) => last(&path.path),
                    Expr::Lit(literal) => match &literal.lit {
                        Lit::Str(text) => text.value(),
                        _ => panic!("{} has an odd argument", item.ident),
                    },
                    _ => panic!("{} has an odd argument", item.ident),
                });
                let Ok([method, id, path, encoding]) = <[String; 4]>::try_from(arguments.collect::<Vec<_>>()) else {
                    panic!("{} has other arguments than four", item.ident);
                };
                let known = self.operations.insert(item.ident.to_string(), Operation { id, method, path, encoding });
                assert_eq!(known, None, "{} is there twice", item.ident);
            }
            Item::Macro(item) if last(&item.mac.path) == "operation" => {
                let text = item.mac.tokens.to_string();
                let (before, after) = text.split_once("=>").expect("a name and an answer");
                let name = before.split_whitespace().last().expect("a name").to_owned();
                let kind = after.split_whitespace().next().expect("a kind").trim_end_matches("()").to_owned();
                self.answers.insert(name, kind);
            }
            _ => {}
        }
    }

    fn take_method(&mut self, item: ImplItem) {
        let ImplItem::Fn(function) = item else { return };
        let ReturnType::Type(_, builder) = &function.sig.output else { panic!("{} gives nothing", function.sig.ident) };
        let Type::Path(builder) = &**builder else { panic!("{} gives no builder", function.sig.ident) };
        let method = Method {
            builder: last(&builder.path),
            deprecated: function.attrs.iter().any(|attribute| attribute.path().is_ident("deprecated")),
            calls: function.block.stmts.iter().map(calls).collect(),
        };
        let name = function.sig.ident.to_string();
        assert!(self.methods.insert(name.clone(), method).is_none(), "{name} is there twice");
    }

    /// The method of an operation.
    fn method(&self, id: &str) -> (&Method, &Operation) {
        let (constant, operation) = self
            .operations
            .iter()
            .find(|(_, operation)| operation.id == id)
            .unwrap_or_else(|| panic!("{id} is missing"));
        let mut methods = self.methods.values().filter(|method| method.calls.contains(&format!("(&{constant})")));
        let method = methods.next().unwrap_or_else(|| panic!("no method calls {id}"));
        assert!(methods.next().is_none(), "two methods call {id}");
        (method, operation)
    }
}

/// The calls in a statement, with those arguments that are texts or names.
fn calls(statement: &syn::Stmt) -> String {
    struct Calls(String);
    impl<'ast> syn::visit::Visit<'ast> for Calls {
        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            let arguments: Vec<_> = call.args.iter().map(argument).collect();
            self.0.push_str(&format!(".{}({});", call.method, arguments.join(",")));
            syn::visit::visit_expr_method_call(self, call);
        }
    }
    fn argument(expression: &Expr) -> String {
        match expression {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => format!("{:?}", text.value()),
                _ => "_".to_owned(),
            },
            Expr::Reference(reference) => format!("&{}", argument(&reference.expr)),
            Expr::Path(path) => last(&path.path),
            _ => "_".to_owned(),
        }
    }
    let mut calls = Calls(String::new());
    syn::visit::Visit::visit_stmt(&mut calls, statement);
    calls.0
}

fn documented(interface: &Interface) -> Vec<Documented<'_>> {
    let paths = interface.document()["paths"].as_object().expect("there are paths");
    paths
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().into_iter().flatten().filter_map(move |(method, value)| {
                let id = value.get("operationId")?.as_str()?;
                Some(Documented { id, method: method.to_uppercase(), path, value })
            })
        })
        .collect()
}

fn both(check: impl Fn(&Interface, &Source, &Documented<'_>)) {
    for interface in Interface::all() {
        let source = Source::read(interface.name);
        let documented = documented(&interface);
        assert!(documented.len() > 100, "{} has only {} operations", interface.name, documented.len());
        documented.iter().for_each(|operation| check(&interface, &source, operation));
    }
}

/// A name without what writers of names disagree on.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// What the method of an operation is called: its id, unless the table of names says otherwise.
fn named<'a>(interface: &'a Interface, id: &'a str) -> &'a str {
    interface.facts().method_name(id).unwrap_or(id)
}

#[test]
fn every_operation_is_there_and_no_other() {
    for interface in Interface::all() {
        let source = Source::read(interface.name);
        let documented = documented(&interface);
        let ids: BTreeSet<_> = documented.iter().map(|operation| operation.id.to_owned()).collect();
        assert_eq!(ids.len(), documented.len(), "an id is there twice");
        let known: BTreeSet<_> = source.operations.values().map(|operation| operation.id.clone()).collect();
        assert_eq!(known, ids, "{}", interface.name);
        let methods: BTreeSet<_> = source.methods.keys().map(|name| plain(name)).collect();
        let names: BTreeSet<_> = ids.iter().map(|id| plain(named(&interface, id))).collect();
        assert_eq!(methods, names, "{}", interface.name);
        let counts = [source.methods.len(), source.operations.len(), source.answers.len()];
        assert_eq!(counts, [ids.len(); 3], "{}", interface.name);
        assert!(source.methods.keys().all(|name| !name.chars().any(char::is_uppercase)));
    }
}

#[test]
fn each_operation_goes_where_the_document_says_by_the_method_of_its_name() {
    both(|interface, source, documented| {
        let (method, operation) = source.method(documented.id);
        let expected = (documented.method.as_str(), documented.path);
        assert_eq!(
            (operation.method.as_str(), operation.path.as_str()),
            expected,
            "{} {}",
            interface.name,
            documented.id
        );
        assert_eq!(plain(&method.builder), plain(named(interface, documented.id)), "{}", interface.name);
        let (name, _) = source.methods.iter().find(|(_, other)| other.builder == method.builder).expect("it is there");
        assert_eq!(plain(name), plain(named(interface, documented.id)));
    });
}

#[test]
fn every_parameter_of_a_path_is_filled_by_the_arguments() {
    both(|interface, source, documented| {
        let (method, _) = source.method(documented.id);
        let wanted: BTreeSet<_> =
            documented.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).map(str::to_owned).collect();
        let filled: BTreeSet<_> = method
            .calls
            .split(".path(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .map(str::to_owned)
            .collect();
        assert_eq!(filled, wanted, "{} {}", interface.name, documented.id);
    });
}

#[test]
fn the_body_is_written_as_the_document_wants_it() {
    let mut seen = BTreeSet::new();
    for interface in Interface::all() {
        let source = Source::read(interface.name);
        for documented in documented(&interface) {
            let (_, operation) = source.method(documented.id);
            let content = documented.value.get("requestBody").and_then(|body| body["content"].as_object());
            let media: Vec<_> = content.into_iter().flatten().map(|(media, _)| media.as_str()).collect();
            let fits = match operation.encoding.as_str() {
                "None" => media.is_empty(),
                "Json" => media.contains(&"application/json"),
                "Form" => media.contains(&"application/x-www-form-urlencoded"),
                "Multipart" => media.contains(&"multipart/form-data"),
                "Bytes" => !media.is_empty(),
                _ => false,
            };
            assert!(fits, "{} {}: {media:?} is written as {}", interface.name, documented.id, operation.encoding);
            seen.insert(operation.encoding.clone());
        }
    }
    assert!(["None", "Json", "Form", "Multipart"].iter().all(|encoding| seen.contains(*encoding)), "{seen:?}");
}

#[test]
fn what_redirects_gives_the_redirect_and_nothing_else_does() {
    let mut redirects = 0;
    for interface in Interface::all() {
        let source = Source::read(interface.name);
        for documented in documented(&interface) {
            let responses = documented.value["responses"].as_object().expect("there are answers");
            let has = |first: char| responses.keys().any(|status| status.starts_with(first));
            let (method, _) = source.method(documented.id);
            let gives = source.answers[&method.builder].as_str();
            let says =
                responses.iter().any(|(status, answer)| status.starts_with('2') && answer.get("content").is_some());
            let expected = match (has('3'), has('2'), says) {
                (true, false, _) => "redirect",
                (true, true, false) => "maybe_redirect",
                _ if gives.ends_with("redirect") => "something else",
                _ => gives,
            };
            assert_eq!(gives, expected, "{} {}", interface.name, documented.id);
            redirects += usize::from(gives == "redirect");
        }
    }
    assert!(redirects >= 5, "only {redirects} redirect");
}

#[test]
fn what_the_document_calls_deprecated_is_marked_so() {
    let mut marked = 0;
    for interface in Interface::all() {
        let source = Source::read(interface.name);
        for documented in documented(&interface) {
            let deprecated = documented.value.get("deprecated") == Some(&Value::Bool(true));
            assert_eq!(source.method(documented.id).0.deprecated, deprecated, "{} {}", interface.name, documented.id);
            marked += usize::from(deprecated);
        }
    }
    assert!(marked > 5, "only {marked} are deprecated");
}

#[test]
fn the_version_that_goes_out_is_the_one_in_the_metadata_of_the_package() {
    for (api, version) in [("bapi", clerk_bapi::API_VERSION), ("fapi", clerk_fapi::API_VERSION)] {
        let manifest = std::fs::read_to_string(folder(api).join("Cargo.toml")).expect("the manifest can be read");
        let manifest: toml::Table = manifest.parse().expect("the manifest is TOML");
        let told = manifest["package"]["metadata"]["clerk"]["api-version"].as_str();
        assert_eq!(told, Some(version), "clerk-{api}");
        let documents = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec").join(api);
        assert!(documents.join(format!("{version}.json")).is_file(), "clerk-{api}");
    }
}
