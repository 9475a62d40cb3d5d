mod confirm;
mod organization;
mod user;

use clerk_core::{OrganizationId, PlanRef};
use clerk_fapi::{
    plans::{GetBillingPlan, GetBillingPlanList},
    types::BillingPlan,
};

pub use self::{
    confirm::{ConfirmCall, ConfirmCheckout},
    organization::OrganizationBilling,
    user::UserBilling,
};
use super::{client::Frontend, device::Device};
use crate::{list::List, metadata::Metadata};

/// What can be subscribed to, and what the user and their organizations have subscribed to.
///
/// ```
/// use clerk_ext::clerk_fapi::types::PlanPeriod;
///
/// # async fn example(clerk: &clerk_ext::frontend::Frontend) -> Result<(), clerk_ext::Error> {
/// let mut plans = clerk.billing().plans().payer_type("user").stream();
/// while let Some(plan) = plans.try_next().await? {
///     println!("{}", plan.name);
/// }
///
/// let billing = clerk.billing().user();
/// let checkout = billing.create_checkout("cplan_1", PlanPeriod::Month).await?;
/// let paid = billing.confirm_checkout(&checkout.id).payment_method("pm_1").await?;
/// println!("{}", paid.status);
/// # Ok(()) }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # // A local Clerk has nothing of it, and says so.
/// # let refused = example(&clerk).await.err().and_then(|error| error.status());
/// # assert_eq!(refused.map(|status| status.as_u16()), Some(501));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Billing {
    device: Device,
}

impl<M: Metadata> Frontend<M> {
    /// Plans, subscriptions and payments.
    #[must_use]
    pub fn billing(&self) -> Billing {
        Billing { device: self.device().clone() }
    }
}

impl Billing {
    /// The plans on offer; with `payer_type` those for users or those for organizations.
    pub fn plans(&self) -> List<GetBillingPlanList, BillingPlan> {
        List::new(self.device.raw().get_billing_plan_list())
    }

    /// Reads one plan on offer, by its id or its slug.
    pub fn plan(&self, plan: impl Into<PlanRef>) -> GetBillingPlan {
        self.device.raw().get_billing_plan(plan)
    }

    /// What the user pays for themselves.
    #[must_use]
    pub fn user(&self) -> UserBilling {
        UserBilling::new(&self.device)
    }

    /// What an organization pays for; its role decides whether the user may see and do that.
    #[must_use]
    pub fn organization(&self, organization: impl Into<OrganizationId>) -> OrganizationBilling {
        OrganizationBilling::new(&self.device, organization.into())
    }
}
