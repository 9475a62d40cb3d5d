use clerk_core::{CheckoutId, PaymentAttemptId, PaymentMethodId, PlanId, Secret, StatementId, SubscriptionItemId};
use clerk_fapi::{
    checkouts::{
        ConfirmUserBillingCheckout, CreateUserBillingCheckout, GetUserBillingCheckout, UpdateUserBillingCheckout,
    },
    payment_attempts::{GetUserPaymentAttempt, GetUserPaymentAttempts},
    payment_methods::{
        CreateUserPaymentMethod, DeleteUserPaymentMethod, GetUserPaymentMethods, InitializeUserPaymentMethod,
        SetUserDefaultPaymentMethod,
    },
    statements::{GetUserStatement, GetUserStatements},
    subscription_items::{DeleteUserBillingSubscriptionItem, GetUserBillingSubscriptionItems},
    subscriptions::GetUserMainBillingSubscription,
    types::{
        BillingCheckout, BillingPaymentAttempt, BillingPaymentMethod, BillingPaymentMethodInitialize, BillingStatement,
        BillingSubscription, BillingSubscriptionItem, PlanPeriod,
    },
};

use super::ConfirmCheckout;
use crate::{frontend::device::Device, list::List, request::Request};

/// What the user pays for themselves.
///
/// [`Billing`](super::Billing) has an example.
#[derive(Clone, Debug)]
pub struct UserBilling {
    device: Device,
}

impl UserBilling {
    pub(super) fn new(device: &Device) -> Self {
        Self { device: device.clone() }
    }

    /// All that they pay for at the moment.
    pub fn subscription(&self) -> Request<GetUserMainBillingSubscription, BillingSubscription> {
        Request::new(self.device.raw().get_user_main_billing_subscription())
    }

    /// The plans that they have, also those that begin later.
    pub fn subscription_items(&self) -> List<GetUserBillingSubscriptionItems, BillingSubscriptionItem> {
        List::new(self.device.raw().get_user_billing_subscription_items())
    }

    /// Cancels a plan: it goes on to the end of what is paid.
    pub fn cancel_subscription_item(&self, item: impl Into<SubscriptionItemId>) -> DeleteUserBillingSubscriptionItem {
        self.device.raw().delete_user_billing_subscription_item(item)
    }

    /// What they were charged, an entry for each period.
    pub fn statements(&self) -> List<GetUserStatements, BillingStatement> {
        List::new(self.device.raw().get_user_statements())
    }

    /// What they were charged in one period.
    pub fn statement(&self, statement: impl Into<StatementId>) -> Request<GetUserStatement, BillingStatement> {
        Request::new(self.device.raw().get_user_statement(statement))
    }

    /// The charges that were tried, those that failed included.
    pub fn payment_attempts(&self) -> List<GetUserPaymentAttempts, BillingPaymentAttempt> {
        List::new(self.device.raw().get_user_payment_attempts())
    }

    /// One charge that was tried, and why it failed if it did.
    pub fn payment_attempt(&self, attempt: impl Into<PaymentAttemptId>) -> GetUserPaymentAttempt {
        self.device.raw().get_user_payment_attempt(attempt)
    }

    /// The cards and other means that are kept for them.
    pub fn payment_methods(&self) -> List<GetUserPaymentMethods, BillingPaymentMethod> {
        List::new(self.device.raw().get_user_payment_methods())
    }

    /// What the payment provider's form for a new card needs to begin with.
    pub fn initialize_payment_method(&self) -> Request<InitializeUserPaymentMethod, BillingPaymentMethodInitialize> {
        Request::new(self.device.raw().initialize_user_payment_method())
    }

    /// Keeps the card for which the payment provider gave this token.
    pub fn add_payment_method(
        &self,
        gateway: impl Into<String>,
        token: impl Into<Secret>,
    ) -> Request<CreateUserPaymentMethod, Option<BillingPaymentMethod>> {
        Request::new(self.device.raw().create_user_payment_method(gateway, token))
    }

    /// Forgets a card: it is not charged any more.
    pub fn remove_payment_method(&self, method: impl Into<PaymentMethodId>) -> DeleteUserPaymentMethod {
        self.device.raw().delete_user_payment_method(method)
    }

    /// Chooses the card that is charged from now on.
    pub fn set_default_payment_method(
        &self,
        method: impl Into<PaymentMethodId>,
    ) -> Request<SetUserDefaultPaymentMethod, Option<BillingPaymentMethod>> {
        Request::new(self.device.raw().set_user_default_payment_method(method))
    }

    /// Begins the purchase of a plan: the answer says what is due now.
    pub fn create_checkout(
        &self,
        plan: impl Into<PlanId>,
        period: impl Into<PlanPeriod>,
    ) -> Request<CreateUserBillingCheckout, BillingCheckout> {
        Request::new(self.device.raw().create_user_billing_checkout(plan, period))
    }

    /// Reads a purchase that was begun.
    pub fn checkout(&self, checkout: impl Into<CheckoutId>) -> Request<GetUserBillingCheckout, BillingCheckout> {
        Request::new(self.device.raw().get_user_billing_checkout(checkout))
    }

    /// Puts a promotion code to a purchase; the answer says what is due then.
    pub fn apply_promo_code(
        &self,
        checkout: impl Into<CheckoutId>,
        code: impl Into<String>,
    ) -> Request<UpdateUserBillingCheckout, BillingCheckout> {
        Request::new(self.device.raw().update_user_billing_checkout(checkout, code))
    }

    /// Pays, and begins the subscription: see [`ConfirmCheckout`].
    pub fn confirm_checkout(&self, checkout: impl Into<CheckoutId>) -> ConfirmCheckout<ConfirmUserBillingCheckout> {
        let (raw, checkout) = (self.device.raw(), checkout.into());
        let read = raw.get_user_billing_checkout(&checkout);
        ConfirmCheckout::new(&self.device, raw.confirm_user_billing_checkout(checkout), read)
    }
}
