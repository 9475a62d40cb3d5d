//! The browser of whoever signs in.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use reqwest::{Client, header::LOCATION, redirect::Policy};

pub(crate) struct Browser(Client);

impl Browser {
    pub(crate) fn new() -> Self {
        Self(Client::builder().no_proxy().redirect(Policy::none()).build().unwrap())
    }

    /// Chooses on the page who to be; gives where the browser is sent to after it.
    pub(crate) async fn chooses(&self, page: &str, who: &str) -> String {
        self.0.get(page).send().await.unwrap().error_for_status().unwrap();
        let url = reqwest::Url::parse(page).unwrap();
        let flow = url.query_pairs().find(|(name, _)| name == "flow").unwrap().1.into_owned();
        let (path, _) = page.split_once('?').unwrap();
        let sent = self.0.post(path).form(&[("flow", flow.as_str()), ("identifier", who)]).send().await.unwrap();
        sent.headers()[LOCATION].to_str().unwrap().to_owned()
    }

    /// Goes wherever it is sent, and gives the text of the page where that ends.
    pub(crate) async fn follows(&self, url: &str) -> String {
        let mut answer = self.0.get(url).send().await.unwrap();
        while let Some(next) = answer.headers().get(LOCATION) {
            answer = self.0.get(next.to_str().unwrap()).send().await.unwrap();
        }
        answer.error_for_status().unwrap().text().await.unwrap()
    }

    /// The whole way: the page, the choice, and back to the program.
    pub(crate) async fn signs_in_on(&self, page: &str, who: &str) -> String {
        let back = self.chooses(page, who).await;
        self.follows(&back).await
    }
}

/// A desktop whose browser notes what it is asked to open: the `PATH` that leads to it, and the file of its notes.
pub(crate) fn of_a_desktop(home: &Path) -> (PathBuf, PathBuf) {
    let (path, opened) = (home.join("bin"), home.join("opened"));
    fs::create_dir(&path).unwrap();
    let program = path.join("xdg-open");
    fs::write(&program, format!("#!/bin/sh\necho \"$1\" > '{}'\n", opened.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    (path, opened)
}

/// Waits until the notes of a browser are these.
pub(crate) async fn eventually(opened: &Path, page: &str) {
    let waiting = async {
        while fs::read_to_string(opened).map_or(true, |noted| noted.trim() != page) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("no browser was opened");
}
