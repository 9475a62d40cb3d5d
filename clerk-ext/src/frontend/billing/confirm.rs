use std::{fmt, future::IntoFuture, time::Duration};

use clerk_core::{BoxFuture, Error, ErrorCode, ErrorKind, PaymentMethodId, Prepared, Secret};
use clerk_fapi::{
    checkouts::{
        ConfirmOrganizationBillingCheckout, ConfirmUserBillingCheckout, GetOrganizationBillingCheckout,
        GetUserBillingCheckout,
    },
    types::{BillingCheckout, Enveloped},
};

use crate::{frontend::device::Device, sealed::Sealed};

/// How often a payment is asked about again, and how long to wait before: what the web SDK does.
const MOST_REPEATS: usize = 4;
const BETWEEN: Duration = Duration::from_secs(2);

/// The call that pays a purchase: of the user, or of an organization.
///
/// Implemented for calls of the generated client, and not to be implemented elsewhere.
pub trait ConfirmCall: Prepared<Answer = Enveloped<BillingCheckout>> + Sealed + 'static {
    /// The call that reads the same purchase.
    #[doc(hidden)]
    type Read: Prepared<Answer = Enveloped<BillingCheckout>> + 'static;
}

impl Sealed for ConfirmUserBillingCheckout {}
impl Sealed for ConfirmOrganizationBillingCheckout {}

impl ConfirmCall for ConfirmUserBillingCheckout {
    type Read = GetUserBillingCheckout;
}

impl ConfirmCall for ConfirmOrganizationBillingCheckout {
    type Read = GetOrganizationBillingCheckout;
}

/// Pays a purchase and begins the subscription; awaiting it gives the purchase as it is then.
///
/// The payment provider may take longer than one request. Where Clerk fails on the way or says that the payment is still
/// in progress, it is asked again, every two seconds and four times at most; what turns out to be paid by then is paid
/// once.
///
/// [`Billing`](super::Billing) has an example.
#[must_use = "nothing is sent before it is awaited"]
pub struct ConfirmCheckout<C: ConfirmCall> {
    device: Device,
    call: C,
    read: C::Read,
}

impl<C: ConfirmCall> ConfirmCheckout<C> {
    pub(super) fn new(device: &Device, call: C, read: C::Read) -> Self {
        Self { device: device.clone(), call, read }
    }

    /// Pays with a means that is kept.
    pub fn payment_method(mut self, method: impl Into<PaymentMethodId>) -> Self {
        self.call.call().field("payment_method_id", &method.into());
        self
    }

    /// Pays with the token that a payment provider gave.
    pub fn payment_token(mut self, gateway: impl Into<String>, token: impl Into<Secret>) -> Self {
        self.call.call().field("gateway", &gateway.into());
        self.call.call().field("payment_token", &token.into());
        self
    }

    /// Pays with a card that exists for tests, on instances for development.
    pub fn test_card(mut self) -> Self {
        self.call.call().field("use_test_card", &true);
        self
    }

    /// Sets something on the generated call, such as a field that is newer than this crate.
    pub fn with(mut self, set: impl FnOnce(C) -> C) -> Self {
        self.call = set(self.call);
        self
    }

    /// The generated call, which is sent once.
    #[must_use]
    pub fn raw(self) -> C {
        self.call
    }
}

impl<C: ConfirmCall> IntoFuture for ConfirmCheckout<C> {
    type Output = Result<BillingCheckout, Error>;
    type IntoFuture = BoxFuture<'static, Result<BillingCheckout, Error>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { device, call, read } = self;
            let mut repeats = 0;
            loop {
                match call.clone().await {
                    Ok(answer) => return Ok(answer.response),
                    // An earlier request arrived although its answer did not.
                    Err(error) if repeats > 0 && error.has_code(ErrorCode::CHECKOUT_ALREADY_COMPLETE) => {
                        return Ok(read.await?.response);
                    }
                    Err(error) if repeats < MOST_REPEATS && is_under_way(&error) => {
                        repeats += 1;
                        device.core().clock.sleep(BETWEEN).await;
                    }
                    Err(error) => return Err(error),
                }
            }
        })
    }
}

/// Whether the payment may still come about.
fn is_under_way(error: &Error) -> bool {
    let is_unknown = error.status().is_some_and(|status| status.as_u16() == 501);
    (error.kind() == ErrorKind::Server && !is_unknown) || error.has_code(ErrorCode::CHECKOUT_ALREADY_IN_PROGRESS)
}

impl<C: ConfirmCall> Clone for ConfirmCheckout<C> {
    fn clone(&self) -> Self {
        Self { device: self.device.clone(), call: self.call.clone(), read: self.read.clone() }
    }
}

impl<C: ConfirmCall + fmt::Debug> fmt::Debug for ConfirmCheckout<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConfirmCheckout").field(&self.call).finish()
    }
}
