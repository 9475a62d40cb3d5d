//! Links between the words: an operation or a type that is named in backticks is a link to it.

use std::collections::HashMap;

use super::{Package, TypeKind};

/// Turns names into links, everywhere.
pub(super) fn run(package: &mut Package) {
    let mut targets: HashMap<String, String> = HashMap::new();
    for name in package.types.keys() {
        targets.insert(name.clone(), format!("[`{name}`](crate::types::{name})"));
    }
    for operation in package.modules.values().flat_map(|module| &module.operations) {
        let method = &operation.method;
        targets.insert(operation.id.clone(), format!("[`{method}`](crate::Client::{method})"));
    }
    let link = |words: &mut String| *words = linked(words, &targets);
    for module in package.modules.values_mut() {
        link(&mut module.words);
        for operation in &mut module.operations {
            link(&mut operation.words);
            operation.arguments.iter_mut().chain(&mut operation.setters).for_each(|input| link(&mut input.words));
            operation.body_struct.iter_mut().flat_map(|body| &mut body.fields).for_each(|field| link(&mut field.words));
        }
    }
    for item in package.types.values_mut() {
        link(&mut item.words);
        if let TypeKind::Struct(fields) | TypeKind::Union { fields, .. } = &mut item.kind {
            fields.iter_mut().for_each(|field| link(&mut field.words));
        }
    }
    package.events.iter_mut().for_each(|event| link(&mut event.words));
}

fn linked(words: &str, targets: &HashMap<String, String>) -> String {
    // Between backticks stands every second part.
    let parts = words.split('`').enumerate();
    let pieces = parts.map(|(index, part)| match targets.get(part) {
        Some(link) if index % 2 == 1 => link.clone(),
        _ if index % 2 == 1 => format!("`{part}`"),
        _ => part.to_owned(),
    });
    let text: String = pieces.collect();
    // An odd number of backticks is no markup.
    if words.matches('`').count().is_multiple_of(2) { text } else { words.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::linked;

    #[test]
    fn a_name_in_backticks_becomes_a_link_and_everything_else_stays() {
        let targets = HashMap::from([("GetUser".to_owned(), "[`get_user`](crate::Client::get_user)".to_owned())]);
        assert_eq!(
            linked("Use `GetUser` with `limit`, GetUser.", &targets),
            "Use [`get_user`](crate::Client::get_user) with `limit`, GetUser."
        );
        assert_eq!(linked("one ` alone GetUser", &targets), "one ` alone GetUser");
    }
}
