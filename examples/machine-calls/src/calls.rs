//! The calls: each with the token at hand, and once more with another one where that was refused.

use std::{error::Error, time::Duration};

use clerk_ext::{auth::Clerk, config::Config};
use reqwest::{Client, StatusCode, Url, redirect};
use tokio::time::sleep;

use crate::{Result, token::Token};

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Calls the service so many times, one after the other, and tells what came of it.
pub(crate) async fn call(config: &Config, url: Url, times: u32, pause: Duration) -> Result {
    check_address(&url)?;
    let mut caller = Caller {
        token: Token::new(Clerk::builder().config(config).build()?),
        // Where the service sends us elsewhere, our token does not go along.
        http: Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none()).build()?,
        url,
    };
    let mut answered = 0;
    for number in 1..=times {
        let (status, text) = caller.call().await?;
        println!("call {number}: {}, {text}", status.as_u16());
        answered += u32::from(status.is_success());
        if number < times {
            sleep(pause).await;
        }
    }
    let tokens = match caller.token.made {
        1 => "one token".to_owned(),
        made => format!("{made} tokens"),
    };
    let told = format!("{answered} of {times} calls were answered, with {tokens}");
    if answered < times {
        return Err(told.into());
    }
    println!("{told}");
    Ok(())
}

struct Caller {
    token: Token,
    http: Client,
    url: Url,
}

impl Caller {
    /// What the service answers.
    ///
    /// # Errors
    ///
    /// Clerk gives no token, the service takes none, or it does not answer: nothing of it gets better by calling on.
    async fn call(&mut self) -> Result<(StatusCode, String)> {
        let first = self.send().await?;
        if first.0 != StatusCode::UNAUTHORIZED {
            return Ok(first);
        }
        // Somebody may have revoked it. When the next one is refused too, it was not that.
        println!("the token was refused; getting another");
        self.token.forget();
        let second = self.send().await?;
        if second.0 == StatusCode::UNAUTHORIZED {
            return Err("the service takes no token of ours: let this machine call it, in its scopes".into());
        }
        Ok(second)
    }

    async fn send(&mut self) -> Result<(StatusCode, String)> {
        let token = self.token.get().await.map_err(|error| format!("there is no token to call with: {error}"))?;
        let sent = self.http.get(self.url.clone()).bearer_auth(token.expose()).send().await.map_err(lost)?;
        let status = sent.status();
        let text = sent.text().await.map_err(lost)?;
        Ok((status, if status.is_success() { text } else { why(status).to_owned() }))
    }
}

/// What a refusal means here, and what to do about it.
fn why(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "the service does not take the token",
        StatusCode::FORBIDDEN => "the service does not let this machine do that",
        StatusCode::SERVICE_UNAVAILABLE => "the service cannot check tokens at the moment: try again later",
        _ => "the service did not do it",
    }
}

/// Without the address, which may carry what is nobody else's business.
fn lost(error: reqwest::Error) -> Box<dyn Error + Send + Sync> {
    let error = error.without_url();
    let mut told = format!("the service does not answer: {error}");
    let mut cause = error.source();
    while let Some(deeper) = cause {
        told.push_str(&format!(": {deeper}"));
        cause = deeper.source();
    }
    told.into()
}

/// Whoever reads a token on its way may use it.
fn check_address(url: &Url) -> Result {
    let is_here = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_here => Ok(()),
        _ => Err("the address has to begin with https://, or be one of this machine: a token is sent there".into()),
    }
}
