//! Whoever asks the server.

use clerk_ext::{Json, http::StatusCode, reqwest};

use crate::Result;

/// A client that says in one line what it was answered.
pub(crate) struct Caller {
    http: reqwest::Client,
    origin: String,
}

impl Caller {
    pub(crate) fn of(origin: String) -> Result<Self> {
        // A proxy that the environment names does not know this machine's own addresses.
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { http, origin })
    }

    /// The status, and what was answered: the text, or why there is none.
    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Result<String> {
        let mut request = self.http.get(format!("{}{path}", self.origin));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        let told = if status == StatusCode::OK { text } else { reason(&text)? };
        Ok(format!("{} {told}", status.as_u16()))
    }
}

/// Why a request was refused: for people, and the reason where there is one.
fn reason(refusal: &str) -> Result<String> {
    let refusal: Json = serde_json::from_str(refusal)?;
    let said = |path| refusal.pointer(path).and_then(Json::as_str);
    let message = said("/errors/0/message").ok_or("the refusal does not say why")?;
    Ok(match said("/errors/0/meta/reason") {
        Some(reason) => format!("{message} ({reason})"),
        None => message.to_owned(),
    })
}
