use clerk_core::{CheckoutId, OrganizationId, PaymentMethodId, PlanId, Secret, StatementId, SubscriptionItemId};
use clerk_fapi::{
    checkouts::{
        ConfirmOrganizationBillingCheckout, CreateOrganizationBillingCheckout, GetOrganizationBillingCheckout,
        UpdateOrganizationBillingCheckout,
    },
    payment_methods::{
        CreateOrganizationPaymentMethod, DeleteOrganizationPaymentMethod, GetOrganizationPaymentMethods,
        InitializeOrganizationPaymentMethod, SetOrganizationDefaultPaymentMethod,
    },
    statements::{GetOrganizationStatement, GetOrganizationStatements},
    subscription_items::{DeleteOrganizationBillingSubscriptionItem, GetOrganizationBillingSubscriptionItems},
    subscriptions::GetOrganizationBillingSubscription,
    types::{
        BillingCheckout, BillingPaymentMethod, BillingPaymentMethodInitialize, BillingStatement, BillingSubscription,
        BillingSubscriptionItem, DeletedObject, PlanPeriod,
    },
};

use super::ConfirmCheckout;
use crate::{frontend::device::Device, list::List, request::Request};

/// What an organization pays for; the user's role in it decides whether they may see and do that.
///
/// [`Billing`](super::Billing) has an example: it goes as with what users pay.
#[derive(Clone, Debug)]
pub struct OrganizationBilling {
    device: Device,
    organization: OrganizationId,
}

impl OrganizationBilling {
    pub(super) fn new(device: &Device, organization: OrganizationId) -> Self {
        Self { device: device.clone(), organization }
    }

    /// All that it pays for at the moment.
    pub fn subscription(&self) -> Request<GetOrganizationBillingSubscription, BillingSubscription> {
        Request::new(self.device.raw().get_organization_billing_subscription(&self.organization))
    }

    /// The plans that it has, also those that begin later.
    pub fn subscription_items(&self) -> List<GetOrganizationBillingSubscriptionItems, BillingSubscriptionItem> {
        List::new(self.device.raw().get_organization_billing_subscription_items(&self.organization))
    }

    /// Cancels a plan: it goes on to the end of what is paid.
    pub fn cancel_subscription_item(
        &self,
        item: impl Into<SubscriptionItemId>,
    ) -> Request<DeleteOrganizationBillingSubscriptionItem, BillingSubscriptionItem> {
        Request::new(self.device.raw().delete_organization_billing_subscription_item(&self.organization, item))
    }

    /// What it was charged, an entry for each period.
    pub fn statements(&self) -> List<GetOrganizationStatements, BillingStatement> {
        List::new(self.device.raw().get_organization_statements(&self.organization))
    }

    /// What it was charged in one period.
    pub fn statement(&self, statement: impl Into<StatementId>) -> Request<GetOrganizationStatement, BillingStatement> {
        Request::new(self.device.raw().get_organization_statement(&self.organization, statement))
    }

    /// The cards and other means that are kept for it.
    pub fn payment_methods(&self) -> List<GetOrganizationPaymentMethods, BillingPaymentMethod> {
        List::new(self.device.raw().get_organization_payment_methods(&self.organization))
    }

    /// What the payment provider's form for a new card needs to begin with.
    pub fn initialize_payment_method(
        &self,
    ) -> Request<InitializeOrganizationPaymentMethod, BillingPaymentMethodInitialize> {
        Request::new(self.device.raw().initialize_organization_payment_method(&self.organization))
    }

    /// Keeps the card for which the payment provider gave this token.
    pub fn add_payment_method(
        &self,
        gateway: impl Into<String>,
        token: impl Into<Secret>,
    ) -> Request<CreateOrganizationPaymentMethod, Option<BillingPaymentMethod>> {
        Request::new(self.device.raw().create_organization_payment_method(&self.organization, token, gateway))
    }

    /// Forgets a card: it is not charged any more.
    pub fn remove_payment_method(
        &self,
        method: impl Into<PaymentMethodId>,
    ) -> Request<DeleteOrganizationPaymentMethod, DeletedObject> {
        Request::new(self.device.raw().delete_organization_payment_method(&self.organization, method))
    }

    /// Chooses the card that is charged from now on.
    pub fn set_default_payment_method(
        &self,
        method: impl Into<PaymentMethodId>,
    ) -> Request<SetOrganizationDefaultPaymentMethod, Option<BillingPaymentMethod>> {
        Request::new(self.device.raw().set_organization_default_payment_method(&self.organization, method))
    }

    /// Begins the purchase of a plan: the answer says what is due now.
    pub fn create_checkout(
        &self,
        plan: impl Into<PlanId>,
        period: impl Into<PlanPeriod>,
    ) -> Request<CreateOrganizationBillingCheckout, BillingCheckout> {
        Request::new(self.device.raw().create_organization_billing_checkout(&self.organization, plan, period))
    }

    /// Reads a purchase that was begun.
    pub fn checkout(
        &self,
        checkout: impl Into<CheckoutId>,
    ) -> Request<GetOrganizationBillingCheckout, BillingCheckout> {
        Request::new(self.device.raw().get_organization_billing_checkout(&self.organization, checkout))
    }

    /// Puts a promotion code to a purchase; the answer says what is due then.
    pub fn apply_promo_code(
        &self,
        checkout: impl Into<CheckoutId>,
        code: impl Into<String>,
    ) -> Request<UpdateOrganizationBillingCheckout, BillingCheckout> {
        Request::new(self.device.raw().update_organization_billing_checkout(&self.organization, checkout, code))
    }

    /// Pays, and begins the subscription: see [`ConfirmCheckout`].
    pub fn confirm_checkout(
        &self,
        checkout: impl Into<CheckoutId>,
    ) -> ConfirmCheckout<ConfirmOrganizationBillingCheckout> {
        let (raw, checkout) = (self.device.raw(), checkout.into());
        let read = raw.get_organization_billing_checkout(&self.organization, &checkout);
        let confirm = raw.confirm_organization_billing_checkout(&self.organization, checkout);
        ConfirmCheckout::new(&self.device, confirm, read)
    }
}
