//! Clerk's own SDKs for other languages, as clients of the local Clerk over real sockets.
//!
//! They are used as they are published; the scripts beside this file are what drives them. Where they are not
//! installed, the tests say so and pass, unless `CLERK_LOCAL_OFFICIAL=required`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clerk_local::LocalClerk;
use tokio::process::Command;

/// Where `.ci/run` installs them.
fn installed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/official")
}

/// Lets a script drive an SDK against a fresh local Clerk; `needed` is what shows that the SDK is there.
async fn drive(program: &Path, script: &str, needed: &str) {
    let directory = std::env::var_os("CLERK_LOCAL_OFFICIAL_DIR").map_or_else(installed, PathBuf::from);
    if !directory.join(needed).exists() {
        let missing = format!("{} is not there: `.ci/run` installs it", directory.join(needed).display());
        let required = std::env::var("CLERK_LOCAL_OFFICIAL").is_ok_and(|value| value == "required");
        assert!(!required, "{missing}");
        eprintln!("skipped: {missing}");
        return;
    }
    let local = LocalClerk::builder().start().await.unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/official").join(script);
    let program = if program.components().count() > 1 { directory.join(program) } else { program.to_owned() };
    let mut command = Command::new(&program);
    command
        .arg(&script)
        .env("CLERK_PUBLISHABLE_KEY", local.publishable_key().as_str())
        .env("CLERK_SECRET_KEY", local.secret_key().expose())
        .env("CLERK_API_URL", local.backend_url())
        .env("CLERK_FAPI_URL", local.frontend_url())
        .env("CLERK_JWT_KEY", local.jwt_key())
        .env("CLERK_TELEMETRY_DISABLED", "1")
        .env("NODE_PATH", directory.join("node_modules"))
        .env("NO_PROXY", "127.0.0.1")
        .kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_secs(120), command.output()).await;
    let output = output.expect("the script ends").unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", said(&output.stdout), said(&output.stderr));
    // A script that ends before its end has tested nothing.
    assert!(said(&output.stdout).trim_end().ends_with("done"), "{}", said(&output.stdout));
    assert!(!local.is_poisoned());
    local.stop().await;
}

#[tokio::test]
async fn the_backend_sdk_for_javascript_works_against_it() {
    drive(Path::new("node"), "backend.cjs", "node_modules/@clerk/backend").await;
}

#[tokio::test]
async fn the_backend_sdk_for_python_works_against_it() {
    drive(Path::new("venv/bin/python"), "backend.py", "venv/bin/python").await;
}
