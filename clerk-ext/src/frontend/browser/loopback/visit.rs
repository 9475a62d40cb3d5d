use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// How long a request and its answer may take.
const LONGEST: Duration = Duration::from_secs(5);

/// How many bytes the head of a request may have.
const MOST_BYTES: usize = 16 * 1024;

/// What whoever comes back sees.
const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
    content=\"width=device-width\"><title>Back to the application</title><style>body{font:1rem/1.5 system-ui,sans-serif;\
    margin:4rem auto;max-width:30rem;padding:0 1rem;text-align:center}</style><h1>Back to the application</h1>\
    <p>It goes on there. This page can be closed.</p></html>";

/// Answers one connection, and gives the path and query of a browser that comes back.
pub(super) async fn received(mut stream: TcpStream, authority: &str, path: &str) -> Option<String> {
    timeout(LONGEST, async {
        let head = head(&mut stream).await.ok()??;
        let verdict = judge(&head, authority, path);
        // Who comes back need not wait for the page.
        let _ = answer(&mut stream, verdict.as_ref().err().copied()).await;
        verdict.ok().map(str::to_owned)
    })
    .await
    .ok()
    .flatten()
}

/// The head of a request, if it is one and not too long.
async fn head(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let count = stream.read(&mut buffer).await?;
        bytes.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            bytes.truncate(end);
            return Ok(String::from_utf8(bytes).ok());
        }
        if count == 0 || bytes.len() > MOST_BYTES {
            return Ok(None);
        }
    }
}

/// The path and query of a browser that comes back; the status of the answer to anything else.
fn judge<'a>(head: &'a str, authority: &str, path: &str) -> Result<&'a str, &'static str> {
    const BAD: &str = "400 Bad Request";
    let (line, headers) = head.split_once("\r\n").ok_or(BAD)?;
    let [method, target, version] = <[&str; 3]>::try_from(line.split(' ').collect::<Vec<_>>()).map_err(|_| BAD)?;
    if !version.starts_with("HTTP/1.") {
        return Err(BAD);
    }
    let values = |name: &str| {
        let pairs = headers.split("\r\n").filter_map(|line| line.split_once(':'));
        pairs.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect::<Vec<_>>()
    };
    // Another name that leads here is how pages elsewhere talk to servers on this machine.
    if values("host") != [authority] {
        return Err("421 Misdirected Request");
    }
    if method != "GET" {
        return Err("405 Method Not Allowed");
    }
    let is_ours = target.split_once('?').is_some_and(|(place, query)| place == path && !query.is_empty());
    if !is_ours {
        return Err("404 Not Found");
    }
    // A page may load this as a picture or a script, but only a person is sent here as to a page.
    if values("sec-fetch-dest").iter().any(|dest| *dest != "document") {
        return Err("403 Forbidden");
    }
    Ok(target)
}

async fn answer(stream: &mut TcpStream, refusal: Option<&str>) -> io::Result<()> {
    let (status, body) = match refusal {
        None => ("200 OK", PAGE),
        Some(status) => (status, ""),
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\n\
         Content-Type: text/html; charset=utf-8\r\n\
         Content-Length: {}\r\n\
         Cache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\n\
         Referrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(head: &str) -> Result<&str, &'static str> {
        judge(head, "127.0.0.1:4000", "/callback")
    }

    #[test]
    fn only_a_browser_on_its_way_back_is_taken() {
        let taken = "/callback?state=1&code=2";
        for headers in [
            "Host: 127.0.0.1:4000",
            "host:127.0.0.1:4000\r\nsec-fetch-dest: document",
            "Accept: text/html\r\nHOST: 127.0.0.1:4000",
        ] {
            assert_eq!(judged(&format!("GET {taken} HTTP/1.1\r\n{headers}")), Ok(taken), "{headers}");
        }
        for (head, status) in [
            ("GET /callback?a=b HTTP/1.1\r\nHost: evil.example.com:4000", "421 Misdirected Request"),
            ("GET /callback?a=b HTTP/1.1\r\nHost: localhost:4000", "421 Misdirected Request"),
            ("GET /callback?a=b HTTP/1.1\r\nHost: 127.0.0.1:4000\r\nHost: 127.0.0.1:4000", "421 Misdirected Request"),
            ("GET /callback?a=b HTTP/1.1\r\nAccept: */*", "421 Misdirected Request"),
            ("POST /callback?a=b HTTP/1.1\r\nHost: 127.0.0.1:4000", "405 Method Not Allowed"),
            ("GET /favicon.ico HTTP/1.1\r\nHost: 127.0.0.1:4000", "404 Not Found"),
            ("GET /callback HTTP/1.1\r\nHost: 127.0.0.1:4000", "404 Not Found"),
            ("GET /callback? HTTP/1.1\r\nHost: 127.0.0.1:4000", "404 Not Found"),
            ("GET /callback/?a=b HTTP/1.1\r\nHost: 127.0.0.1:4000", "404 Not Found"),
            ("GET http://127.0.0.1:4000/callback?a=b HTTP/1.1\r\nHost: 127.0.0.1:4000", "404 Not Found"),
            ("GET /callback?a=b HTTP/1.1\r\nHost: 127.0.0.1:4000\r\nSec-Fetch-Dest: image", "403 Forbidden"),
            ("GET /callback?a=b HTTP/2\r\nHost: 127.0.0.1:4000", "400 Bad Request"),
            ("GET  /callback?a=b HTTP/1.1\r\nHost: 127.0.0.1:4000", "400 Bad Request"),
            ("GET /callback?a=b HTTP/1.1", "400 Bad Request"),
        ] {
            assert_eq!(judged(head), Err(status), "{head}");
        }
    }
}
