//! Requests over real connections, one each.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use crate::app::Server;

/// A request as it is written.
#[derive(Clone)]
pub struct Call {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// An answer as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// What frameworks and connections add by themselves is left out.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

const OF_THE_CONNECTION: &[&str] = &[
    "connection",
    "content-length",
    "date",
    "permissions-policy",
    "server",
    "transfer-encoding",
    "x-content-type-options",
    "x-frame-options",
];

impl Call {
    pub fn new(method: &'static str, path: &str) -> Self {
        Self { method, path: path.to_owned(), headers: Vec::new(), body: String::new() }
            .header("host", "app.example.com")
            .header("x-forwarded-proto", "https")
    }

    /// What a script on a page sends.
    pub fn script(path: &str) -> Self {
        Self::new("GET", path).header("sec-fetch-dest", "empty").header("accept", "application/json")
    }

    /// What a browser sends that goes to a page.
    pub fn page(path: &str) -> Self {
        Self::new("GET", path).header("sec-fetch-dest", "document").header("accept", "text/html,*/*;q=0.8")
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn body(mut self, body: &str) -> Self {
        self.body = body.to_owned();
        self
    }

    pub async fn to(&self, server: &Server) -> Answer {
        let address = server.address;
        let mut text = format!("{} {} HTTP/1.1\r\nconnection: close\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        if !self.body.is_empty() {
            text += &format!("content-length: {}\r\n", self.body.len());
        }
        text += &format!("\r\n{}", self.body);
        let read = tokio::task::spawn_blocking(move || {
            let mut connection = TcpStream::connect(address).unwrap();
            connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            // A server may stop reading what is too long for it.
            let _ = connection.write_all(text.as_bytes());
            let mut answer = Vec::new();
            let _ = connection.read_to_end(&mut answer);
            String::from_utf8_lossy(&answer).into_owned()
        });
        Answer::read(&read.await.unwrap())
    }
}

impl Answer {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or_default();
        let read = |line: &str| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        let mut headers: Vec<_> =
            lines.map(read).filter(|(name, _)| !OF_THE_CONNECTION.contains(&name.as_str())).collect();
        headers.sort();
        Self { status, headers, body: body.to_owned() }
    }
}
