//! From a method and a path to an operation.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use crate::{failure::Failure, operation::Operation};

/// All operations of one API, by path.
#[derive(Debug, Default)]
pub(crate) struct Router {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    literal: HashMap<&'static str, Self>,
    parameter: Option<Box<(&'static str, Self)>>,
    operations: Vec<&'static Operation>,
}

/// An operation and the parameters of its path.
pub(crate) type Found = (&'static Operation, Vec<(&'static str, String)>);

impl Router {
    pub(crate) fn new(operations: &'static [Operation]) -> Self {
        let mut router = Self::default();
        for operation in operations {
            let mut node = &mut router.root;
            for segment in operation.path.split('/').skip(1) {
                node = match segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
                    Some(name) => &mut node.parameter.get_or_insert_with(|| Box::new((name, Node::default()))).1,
                    None => node.literal.entry(segment).or_default(),
                };
            }
            node.operations.push(operation);
        }
        router
    }

    /// The operation of a method and path.
    ///
    /// # Errors
    ///
    /// The path is none of the API's, or it takes other methods.
    pub(crate) fn find(&self, method: &str, path: &str) -> Result<Found, Failure> {
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let mut values = Vec::new();
        let Some(node) = walk(&self.root, &segments, &mut values) else {
            return Err(Failure::new(404, "resource_not_found", "not found").explained("there is nothing at this path"));
        };
        let Some(operation) = node.operations.iter().find(|operation| operation.method == method) else {
            let allowed: Vec<&str> = node.operations.iter().map(|operation| operation.method).collect();
            let mut failure = Failure::new(405, "bad_request", "method not allowed")
                .explained(format!("this path takes {}, not {method}", allowed.join(", ")));
            failure.headers.push(("allow", allowed.join(", ")));
            return Err(failure);
        };
        // Two operations on one path may name its parameters differently.
        let names = operation.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
        let decode = |value: &&str| percent_decode_str(value).decode_utf8_lossy().into_owned();
        Ok((operation, names.zip(values.iter().map(decode)).collect()))
    }
}

/// The node of a path: at each segment a name of the API's own goes before a parameter.
fn walk<'n, 's>(node: &'n Node, segments: &[&'s str], values: &mut Vec<&'s str>) -> Option<&'n Node> {
    let Some((first, rest)) = segments.split_first() else {
        return (!node.operations.is_empty()).then_some(node);
    };
    if let Some(next) = node.literal.get(*first)
        && let Some(found) = walk(next, rest, values)
    {
        return Some(found);
    }
    let (_, next) = node.parameter.as_deref()?;
    if first.is_empty() {
        return None;
    }
    values.push(first);
    let found = walk(next, rest, values);
    if found.is_none() {
        values.pop();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn operation(id: &'static str, method: &'static str, path: &'static str) -> Operation {
        Operation { id, method, path, tag: "", query: &[], body: None }
    }

    static OPERATIONS: &[Operation] = &[
        operation("count", "GET", "/users/count"),
        operation("get", "GET", "/users/{user_id}"),
        operation("ban", "POST", "/users/{id}/ban"),
    ];

    #[test]
    fn a_name_of_the_api_goes_before_a_parameter() {
        let router = Router::new(OPERATIONS);
        assert_eq!(router.find("GET", "/users/count").unwrap().0.id, "count");
        let (found, path) = router.find("GET", "/users/a%2Fb").unwrap();
        assert_eq!((found.id, path), ("get", vec![("user_id", "a/b".to_owned())]));
        assert_eq!(router.find("POST", "/users/count/ban").unwrap().1, [("id", "count".to_owned())]);
    }

    #[test]
    fn what_is_not_there_is_404_and_another_method_405() {
        let router = Router::new(OPERATIONS);
        for path in ["/", "", "/users", "/users/", "/users/a/b/c", "//users/count"] {
            assert_eq!(router.find("GET", path).unwrap_err().status, 404, "{path}");
        }
        let failure = router.find("DELETE", "/users/u1").unwrap_err();
        assert_eq!((failure.status, failure.headers.clone()), (405, vec![("allow", "GET".to_owned())]));
    }
}
