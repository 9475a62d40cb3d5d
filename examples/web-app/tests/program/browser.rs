//! Chromium without a window, driven over WebDriver.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    process::Stdio,
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use crate::site::Site;

/// No page takes longer, on a machine that does other work as well.
const PATIENCE: Duration = Duration::from_secs(30);

/// Browsers are large: so many at a time.
static ROOM: Semaphore = Semaphore::const_new(2);

/// A browser that looks at the site.
pub(crate) struct Browser {
    page: Client,
    url: String,
    // In this order: the driver ends the browser, which then no longer uses its folder.
    _driver: Driver,
    _profile: TempDir,
    _room: SemaphorePermit<'static>,
}

impl Browser {
    /// Nothing where there is no browser on this machine, unless `CLERK_BROWSER=required`.
    pub(crate) async fn of(site: &Site) -> Option<Self> {
        let room = ROOM.acquire().await.unwrap();
        let Some(driver) = Driver::start().await else {
            let required = std::env::var_os("CLERK_BROWSER").is_some_and(|value| value == "required");
            assert!(!required, "there is no chromedriver on this machine");
            eprintln!("skipped: there is no chromedriver on this machine; install chromium and chromium-driver");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        let folder = format!("--user-data-dir={}", profile.path().display());
        let options = serde_json::json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-extensions", "--disable-background-networking", "--window-size=900,900", folder],
        });
        let capabilities = [("goog:chromeOptions".to_owned(), options)].into_iter().collect();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let address = format!("http://127.0.0.1:{}", driver.port);
        let page = timeout(PATIENCE, builder.capabilities(capabilities).connect(&address)).await;
        let page = page.expect("the browser starts in time").expect("the browser starts");
        Some(Self { page, url: site.url.clone(), _driver: driver, _profile: profile, _room: room })
    }

    /// Opens a page of the site, or any.
    pub(crate) async fn open(&self, place: &str) {
        let url = if place.starts_with('/') { format!("{}{place}", self.url) } else { place.to_owned() };
        timeout(PATIENCE, self.page.goto(&url)).await.expect("the page comes in time").unwrap();
    }

    /// Waits until the page says this.
    pub(crate) async fn sees(&self, words: &str) {
        let waited = timeout(PATIENCE, async {
            while !self.text().await.contains(words) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        if waited.await.is_err() {
            panic!("no page said {words:?}, but at {}:\n{}", self.path().await, self.text().await);
        }
    }

    /// All that can be read on the page.
    pub(crate) async fn text(&self) -> String {
        match self.page.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Types into the field of this label.
    pub(crate) async fn fills(&self, label: &str, text: &str) {
        let field = format!("//input[@id=//label[starts-with(normalize-space(), '{label}')]/@for]");
        let field =
            self.page.find(Locator::XPath(&field)).await.unwrap_or_else(|error| panic!("no {label:?}: {error}"));
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses a button or follows a link.
    pub(crate) async fn presses(&self, words: &str) {
        let navigation = format!("//header//*[self::a or self::button][normalize-space()='{words}']");
        match self.page.find(Locator::XPath(&navigation)).await {
            // What the page itself has by this name comes first.
            Ok(link) if self.find_in("main", words).await.is_none() => link.click().await.unwrap(),
            _ => self.presses_in("main", words).await,
        }
    }

    /// The same, in a part of the page.
    pub(crate) async fn presses_in(&self, part: &str, words: &str) {
        match self.find_in(part, words).await {
            Some(button) => button.click().await.unwrap(),
            None => panic!("nothing to press says {words:?}:\n{}", self.text().await),
        }
    }

    async fn find_in(&self, part: &str, words: &str) -> Option<Element> {
        let kinds = "self::button or self::a or self::summary";
        let button = format!("//{part}//*[{kinds}][normalize-space()='{words}']");
        self.page.find(Locator::XPath(&button)).await.ok()
    }

    /// Presses the first of what this selector finds.
    pub(crate) async fn presses_first(&self, css: &str) {
        self.page.find(Locator::Css(css)).await.unwrap().click().await.unwrap();
    }

    /// The path of the page.
    pub(crate) async fn path(&self) -> String {
        self.page.current_url().await.unwrap().path().to_owned()
    }

    /// An attribute of what this selector finds.
    pub(crate) async fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.page.find(Locator::Css(css)).await.unwrap().attr(name).await.unwrap()
    }

    /// What the page says at this place.
    pub(crate) async fn reads(&self, css: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.page.find_all(Locator::Css(css)).await.unwrap() {
            texts.push(element.text().await.unwrap());
        }
        texts
    }

    /// Takes a picture for whoever works on the pages, into the folder that `CLERK_BROWSER_PICTURES` names.
    pub(crate) async fn picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os("CLERK_BROWSER_PICTURES") {
            let picture = self.page.screenshot().await.unwrap();
            std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), picture).unwrap();
        }
    }
}

/// The program that drives the browser.
struct Driver {
    port: u16,
    _child: Child,
}

impl Driver {
    async fn start() -> Option<Self> {
        // It looks for a port that is free on both protocols, and gives up where another program takes one of the two.
        for _ in 0..5 {
            let mut command = Command::new("chromedriver");
            command
                .arg("--port=0")
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .kill_on_drop(true);
            let mut child = command.spawn().ok()?;
            let mut lines = BufReader::new(child.stdout.take()?).lines();
            let port = timeout(PATIENCE, async {
                while let Some(line) = lines.next_line().await.unwrap() {
                    if let Some((_, port)) = line.split_once("successfully on port ") {
                        return port.trim_end_matches('.').parse().ok();
                    }
                }
                None
            });
            if let Some(port) = port.await.expect("chromedriver says in time where it listens") {
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Some(Self { port, _child: child });
            }
        }
        panic!("chromedriver does not start")
    }
}

impl Drop for Driver {
    /// Has the driver end its browser, which a kill would leave behind.
    fn drop(&mut self) {
        let Ok(mut driver) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) else { return };
        let _ = driver.set_read_timeout(Some(Duration::from_secs(5)));
        let _ = driver.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let _ = driver.read_to_end(&mut Vec::new());
    }
}
