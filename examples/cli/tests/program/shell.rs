//! Somebody at a prompt.

use std::sync::Arc;

use clerk_local::{LocalClerk, Seed, SeedOrganization, SeedUser};
use clerk_program::{Program, Running};
use serde_json::Value;
use tempfile::TempDir;

use crate::browser::Browser;

/// A home folder with a configuration of its own, and the Clerk that its owner has an account at.
pub(crate) struct Shell {
    pub(crate) local: Arc<LocalClerk>,
    pub(crate) home: TempDir,
}

impl Shell {
    /// Ann has an account, and is signed in nowhere.
    pub(crate) async fn new() -> Self {
        let ann = SeedUser::new("ann@example.com").id("user_ann").name("Ann", "Example");
        let organization = |name: &str, slug: &str, role: &str| {
            let mut organization = SeedOrganization::new(name).member("user_ann", role);
            organization.slug = Some(slug.to_owned());
            organization
        };
        let seed = Seed::default()
            .user(ann)
            .organization(organization("Acme", "acme", "org:admin"))
            .organization(organization("Bolt", "bolt", "org:member"));
        Self::of(Arc::new(LocalClerk::builder().seed(seed).start().await.unwrap()))
    }

    /// Another home folder.
    pub(crate) fn of(local: Arc<LocalClerk>) -> Self {
        Self { local, home: tempfile::tempdir().unwrap() }
    }

    /// Ann is signed in.
    pub(crate) async fn signed_in() -> Self {
        let shell = Self::new().await;
        let (login, page) = shell.login(&[]).await;
        Browser::new().signs_in_on(&page, "ann@example.com").await;
        drop(login.end().await.well());
        shell
    }

    /// The program, with the publishable key and nothing else of Clerk's.
    pub(crate) fn command(&self, arguments: &[&str]) -> Program {
        Program::new(env!("CARGO_BIN_EXE_example-cli"))
            .env("CLERK_PUBLISHABLE_KEY", self.local.publishable_key().to_string())
            .env("XDG_CONFIG_HOME", self.home.path())
            .env("HOME", self.home.path()) // where no XDG is known
            .args(arguments)
    }

    /// Begins to sign in, and gives the page to open.
    pub(crate) async fn login(&self, options: &[&str]) -> (Running, String) {
        let mut login = self.command(&["login", "--no-browser", "--port", "0"]).args(options).start();
        let page = login.line_with("  http").await;
        (login, page.trim().to_owned())
    }

    /// What it prints.
    pub(crate) async fn succeeds(&self, arguments: &[&str]) -> String {
        let ended = self.command(arguments).run().await;
        assert_eq!(ended.errors, "", "{arguments:?}");
        ended.well()
    }

    /// What it complains of.
    pub(crate) async fn fails(&self, arguments: &[&str]) -> String {
        let ended = self.command(arguments).run().await;
        assert_eq!((ended.status.code(), ended.output.as_str()), (Some(1), ""), "{arguments:?}");
        ended.errors
    }

    /// How Ann's sessions stand at Clerk.
    pub(crate) async fn sessions(&self) -> Vec<String> {
        let text = |session: Value| session["status"].as_str().unwrap().to_owned();
        self.asked_for_sessions().await.into_iter().map(text).collect()
    }

    /// Ann signs out everywhere, on a page of her account say.
    pub(crate) async fn revoke_sessions(&self) {
        for session in self.asked_for_sessions().await {
            let url = format!("{}/v1/sessions/{}/revoke", self.local.backend_url(), session["id"].as_str().unwrap());
            let revoke = http().post(url).bearer_auth(self.local.secret_key().expose());
            revoke.send().await.unwrap().error_for_status().unwrap();
        }
    }

    async fn asked_for_sessions(&self) -> Vec<Value> {
        let url = format!("{}/v1/sessions?user_id=user_ann", self.local.backend_url());
        let list = http().get(url).bearer_auth(self.local.secret_key().expose());
        list.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}
