//! What the pages are made of.

use crate::answer::Answer;

/// Text that is no markup.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A whole page; the title is text, the body markup.
pub(crate) fn page(title: &str, body: &str) -> Answer {
    let title = escape(title);
    let style = "body{font:16px system-ui;max-width:26rem;margin:3rem auto;padding:0 1rem}\
        input:not([type=checkbox]),button{font:inherit;padding:.4rem;margin:.2rem 0;width:100%;box-sizing:border-box}\
        form{border:1px solid #ccc;border-radius:.5rem;padding:1rem;margin:1rem 0}";
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{style}</style><h1>{title}</h1>{body}</html>"
    );
    Answer::html(page)
        .header("cache-control", "no-store")
        .header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
        .header("referrer-policy", "no-referrer")
}

/// A field of a form that nobody sees.
pub(crate) fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
}
