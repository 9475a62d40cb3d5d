use http::{HeaderName, HeaderValue, Method, Request, request::Parts};

/// A request to the server of the application, as it arrives there.
#[derive(Clone)]
pub struct Ask {
    method: Method,
    path: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    cookies: Vec<String>,
}

impl Ask {
    /// A request to an absolute address, which a server gets as a path, `Host` and `X-Forwarded-Proto`.
    pub fn new(method: &str, url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").expect("an absolute address");
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(at);
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let ask = Self { method: method.parse().unwrap(), path, headers: Vec::new(), cookies: Vec::new() };
        ask.header("host", host).header("x-forwarded-proto", scheme)
    }

    /// What a browser sends that goes to a page.
    pub fn page(url: &str) -> Self {
        Self::new("GET", url).header("sec-fetch-dest", "document").header("accept", "text/html,*/*;q=0.8")
    }

    /// What a script on a page sends.
    pub fn script(url: &str) -> Self {
        Self::new("GET", url).header("sec-fetch-dest", "empty").header("accept", "application/json")
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.parse().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap()));
        self
    }

    /// In the place of all headers of that name.
    pub fn only_header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.header(name, value)
    }

    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    pub fn cookie(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.cookies.push(format!("{name}={value}"));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn parts(&self) -> Parts {
        let mut request = Request::builder().method(&self.method).uri(&self.path).body(()).unwrap();
        for (name, value) in &self.headers {
            request.headers_mut().append(name, value.clone());
        }
        if !self.cookies.is_empty() {
            request.headers_mut().append("cookie", self.cookies.join("; ").parse().unwrap());
        }
        request.into_parts().0
    }
}
