//! The token of this machine, kept for as long as it is good.

use std::time::{Duration, SystemTime};

use clerk_ext::{
    Error, Secret, Timestamp,
    auth::{Clerk, M2mToken},
};

/// How long a token is asked to be good.
const LASTS: u64 = 3600;

/// A token is not used for the last minute of its life: on the way, and by a clock that is ahead, it would be over.
const MARGIN: Duration = Duration::from_secs(60);

/// Gives a token for each call, and has Clerk make one only when it needs another.
#[derive(Debug)]
pub(crate) struct Token {
    clerk: Clerk,
    kept: Option<M2mToken>,
    /// How often Clerk was asked.
    pub(crate) made: u32,
}

impl Token {
    pub(crate) fn new(clerk: Clerk) -> Self {
        Self { clerk, kept: None, made: 0 }
    }

    /// The one that is kept, or another where that nears its end.
    pub(crate) async fn get(&mut self) -> Result<Secret, Error> {
        if let Some(kept) = &self.kept
            && lasts_beyond(kept.expires_at, SystemTime::now())
        {
            return Ok(kept.token.clone());
        }
        let made = self.clerk.m2m().create().seconds_until_expiration(LASTS).await?;
        self.made += 1;
        Ok(self.kept.insert(made).token.clone())
    }

    /// Does not give the one that is kept any more: it was refused.
    pub(crate) fn forget(&mut self) {
        self.kept = None;
    }
}

/// Whether a token that ends then can be used for a while still; some do not end.
fn lasts_beyond(expires_at: Option<Timestamp>, now: SystemTime) -> bool {
    expires_at.is_none_or(|end| end > Timestamp::from(now) + MARGIN)
}
