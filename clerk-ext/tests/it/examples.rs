//! That there are examples: each file with something that users call shows it at work, against a Clerk on this machine.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// What needs no Clerk: the example runs without one.
const WITHOUT_A_CLERK: &[&str] = &[
    "auth/has/reverification.rs",
    "auth/redirect.rs",
    "auth/return_url.rs",
    "auth/token_type.rs",
    "clock.rs",
    "config.rs",
    "config/builder.rs",
    "frontend/environment/passwords.rs",
    "frontend/provider.rs",
    "frontend/sign_up/ticket_link.rs",
    "frontend/store/encryption_key.rs",
    "frontend/store/error.rs",
    "frontend/strategy.rs",
    "metadata.rs",
    "metadata/macros.rs",
    "metadata/patch.rs",
    "metadata/read.rs",
    "random.rs",
    "schema.rs",
    "transport/retry_policy.rs",
    "transport/timeouts.rs",
    // The message is signed by the example.
    "webhooks/dedupe.rs",
    "webhooks/event.rs",
    "webhooks/memory_dedupe.rs",
    "webhooks/once.rs",
    "webhooks/verified.rs",
];

/// What a Clerk on this machine answers 501 to: the example runs as far as that.
const REFUSED: &[&str] = &[
    "backend/handles/admin_portal_link_tokens.rs",
    "backend/handles/billing.rs",
    "backend/handles/directories.rs",
    "backend/handles/email_sms_templates.rs",
    "backend/handles/emails.rs",
    "backend/handles/miscellaneous.rs",
    "backend/handles/proxy_checks.rs",
    "backend/handles/scim_directories.rs",
    "backend/handles/webhooks.rs",
    "frontend/billing.rs",
    "frontend/organizations/enterprise_connections.rs",
];

/// What needs a desktop: the example is compiled.
const COMPILED: &[&str] = &["frontend/store/secret_service.rs"];

/// What comes out of something else, goes into it or is part of it: the example is there.
const SHOWN_ELSEWHERE: &[&str] = &[
    "answer.rs",
    "auth/claims/actor.rs",
    "auth/claims/entitlement.rs",
    "auth/claims/factor_ages.rs",
    "auth/claims/organization.rs",
    "auth/claims/status.rs",
    "auth/diagnose/hints.rs",
    "auth/diagnose/looks.rs",
    "auth/diagnose/request_report.rs",
    "auth/diagnose/token_report.rs",
    "auth/machine/api_key.rs",
    "auth/machine/m2m_token.rs",
    "auth/machine/oauth_token.rs",
    "auth/policy/denied.rs",
    "auth/policy/rule.rs",
    "auth/proxy/builder.rs",
    "auth/reason.rs",
    "config/jwt_key.rs",
    "finding.rs",
    "frontend/billing/confirm.rs",
    "frontend/billing/organization.rs",
    "frontend/billing/user.rs",
    "frontend/browser/oauth_tokens.rs",
    "frontend/environment/branding.rs",
    "frontend/environment/organizations.rs",
    "frontend/environment/protection.rs",
    "frontend/environment/sign_in.rs",
    "frontend/environment/sign_up.rs",
    "frontend/field_name.rs",
    "frontend/me/qr.rs",
    "frontend/sign_in/wallet.rs",
    "frontend/store/bytes.rs",
    "frontend/token/claims.rs",
    "list/stream.rs",
    "schema/checker.rs",
    "sealed.rs",
    "transport/step.rs",
    "web/actix/check.rs",
    "web/actix/guarded.rs",
    "web/poem/check.rs",
    "web/poem/guarded.rs",
    "web/tower/check.rs",
    "web/tower/guarded.rs",
    "webhooks/error.rs",
    "webhooks/headers.rs",
];

/// How a file shows what is in it; the best of its examples counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shown {
    Elsewhere,
    Compiled,
    Refused,
    WithoutAClerk,
    AtWork,
}

#[test]
fn what_users_call_is_shown_at_work_against_a_local_clerk() {
    let mut found = BTreeMap::new();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    read(&sources, &sources, &mut found);
    let lists = [
        (SHOWN_ELSEWHERE, Shown::Elsewhere),
        (COMPILED, Shown::Compiled),
        (REFUSED, Shown::Refused),
        (WITHOUT_A_CLERK, Shown::WithoutAClerk),
    ];
    let mut expected: BTreeMap<String, Shown> = found.keys().map(|file| (file.clone(), Shown::AtWork)).collect();
    for (files, shown) in lists {
        for file in files {
            assert!(expected.insert((*file).to_owned(), shown).is_some(), "{file} has nothing that users call");
        }
    }
    let differ = found.iter().filter(|(file, shown)| expected.get(*file) != Some(*shown));
    let differ: BTreeSet<_> =
        differ.map(|(file, shown)| format!("{file}: {shown:?}, not {:?}", expected[file])).collect();
    assert!(differ.is_empty(), "{differ:#?}");
}

/// The files below a folder that have something that users call.
fn read(sources: &Path, folder: &Path, found: &mut BTreeMap<String, Shown>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if name != "generated" {
                read(sources, &path, found);
            }
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            if text.lines().any(is_called) {
                let file = path.strip_prefix(sources).unwrap().to_str().unwrap().replace('\\', "/");
                found.insert(file, shown(&text));
            }
        }
    }
}

fn is_called(line: &str) -> bool {
    let item = line.strip_prefix("    ").unwrap_or(line);
    let is_fn = ["pub fn ", "pub async fn ", "pub const fn "].iter().any(|start| item.starts_with(start));
    is_fn
        || ["pub struct ", "pub enum ", "pub trait ", "handle! {", "#[macro_export]"]
            .iter()
            .any(|start| line.starts_with(start))
}

/// The best of the examples of a file.
fn shown(text: &str) -> Shown {
    let mut best = Shown::Elsewhere;
    let mut example: Option<Shown> = None;
    for line in text.lines().filter_map(documentation) {
        match (line.trim().strip_prefix("```"), &mut example) {
            (Some(kind), None) => {
                example = Some(match kind {
                    "" => Shown::WithoutAClerk,
                    "no_run" => Shown::Compiled,
                    _ => Shown::Elsewhere,
                });
            }
            (Some(_), Some(shown)) => {
                best = best.max(*shown);
                example = None;
            }
            // A function that nobody calls, unless it is to be seen where it ends.
            (None, Some(shown)) if *shown > Shown::Compiled && line.contains("fn example") => *shown = Shown::Compiled,
            (None, Some(shown)) if *shown == Shown::Compiled && line.contains("Some(501)") => *shown = Shown::Refused,
            (None, Some(shown)) if *shown == Shown::WithoutAClerk && line.contains("clerk_local") => {
                *shown = Shown::AtWork;
            }
            (None, _) => {}
        }
    }
    best
}

/// What a line says to readers; where examples depend on a feature, the one with it.
fn documentation(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let written = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
    written.or_else(|| line.starts_with("#![cfg_attr(feature").then(|| line.split('"').nth(3)).flatten())
}
