//! The table of operations in the README, generated from the router and from what the scenarios saw.

use std::{fmt::Write as _, path::PathBuf};

use clerk_local::Api;

use crate::{scenarios, world::Seen};

const BEGIN: &str = "<!-- operations: begin -->\n";
const END: &str = "<!-- operations: end -->";

#[tokio::test]
async fn the_readme_says_of_every_operation_whether_it_is_implemented_and_tested() {
    let seen = Seen::default();
    for (name, scenario) in scenarios::all() {
        scenarios::play(name, scenario, Seen::clone(&seen)).await;
    }
    let seen = seen.lock().unwrap();
    let mut table = String::new();
    let mut untested = Vec::new();
    for (api, key, title) in [(Api::Frontend, "fapi", "Frontend API"), (Api::Backend, "bapi", "Backend API")] {
        let operations: Vec<_> = clerk_local::operations().into_iter().filter(|it| it.api == api).collect();
        let implemented = operations.iter().filter(|it| it.implemented).count();
        write!(table, "\n### {title}: {implemented} of {} operations\n\n", operations.len()).unwrap();
        table.push_str("| operation | | tested by |\n|---|---|---|\n");
        for operation in operations {
            let test = seen.get(&(key, operation.id.to_owned()));
            let state = match (operation.implemented, test) {
                (false, _) => "501 | ".to_owned(),
                (true, Some(test)) => format!("yes | `{test}`"),
                (true, None) => {
                    untested.push(format!("{key} {}", operation.id));
                    "yes | not tested".to_owned()
                }
            };
            writeln!(table, "| `{}` {} `{}` | {state} |", operation.id, operation.method, operation.path).unwrap();
        }
    }
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&file).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("the README has the mark where the table begins");
    let (old, after) = rest.split_once(END).expect("the README has the mark where the table ends");
    if old != table {
        if std::env::var_os("UPDATE_README").is_some() {
            std::fs::write(&file, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        } else {
            panic!("the table in {} is outdated: run this test with UPDATE_README=1", file.display());
        }
    }
    assert!(untested.is_empty(), "implemented, but no scenario sees a success of: {}", untested.join(", "));
}
