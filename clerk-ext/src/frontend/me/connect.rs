use std::{fmt, future::IntoFuture};

use clerk_core::{BoxFuture, Error, Prepared};
use clerk_fapi::types::{Enveloped, ExternalAccountWithVerification};

use super::{acting::Acting, pending_account::PendingAccount};

/// A way to an account at a provider; awaiting it gives the address to open in a browser.
///
/// `C` is the generated call that is sent: the one that connects an account, or the one that goes to it again.
#[must_use = "nothing is sent before it is awaited"]
pub struct ConnectAccount<C> {
    acting: Acting,
    call: C,
    redirect_url: String,
}

impl<C: Prepared> ConnectAccount<C> {
    pub(super) fn new(acting: &Acting, call: C, redirect_url: String) -> Self {
        Self { acting: acting.clone(), call, redirect_url }
    }

    /// Sets something on the generated call, such as a field that is newer than this crate.
    pub fn with(mut self, set: impl FnOnce(C) -> C) -> Self {
        self.call = set(self.call);
        self
    }

    /// What the provider is to allow beside what the instance always asks for.
    pub fn additional_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let scopes: Vec<String> = scopes.into_iter().map(Into::into).collect();
        self.call.call().field("additional_scope", &scopes);
        self
    }

    /// What the provider asks the person again, such as `consent` or `select_account`.
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.call.call().field("oidc_prompt", &prompt.into());
        self
    }

    /// Tells the provider which account is meant, by an address.
    pub fn login_hint(mut self, hint: impl Into<String>) -> Self {
        self.call.call().field("oidc_login_hint", &hint.into());
        self
    }
}

impl<C> IntoFuture for ConnectAccount<C>
where
    C: Prepared<Answer = Enveloped<ExternalAccountWithVerification>> + 'static,
{
    type Output = Result<PendingAccount, Error>;
    type IntoFuture = BoxFuture<'static, Result<PendingAccount, Error>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { acting, call, redirect_url } = self;
            let acting = acting.pinned().await?;
            let account = acting.on(call).await?.response;
            PendingAccount::of(acting, account, redirect_url)
        })
    }
}

impl<C: Clone> Clone for ConnectAccount<C> {
    fn clone(&self) -> Self {
        Self { acting: self.acting.clone(), call: self.call.clone(), redirect_url: self.redirect_url.clone() }
    }
}

impl<C: fmt::Debug> fmt::Debug for ConnectAccount<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConnectAccount").field(&self.call).finish()
    }
}
