//! Billing, of which a Clerk on this machine has nothing: what is asserted is that each call asks for its operation.

use clerk_ext::Timestamp;

use super::refusals::not_there;
use crate::world::World;

pub(crate) async fn drive(world: &World) {
    let billing = world.clerk.billing();
    not_there(billing.plans().payer_type("user").page().await, "GetCommercePlanList");
    not_there(billing.plans().stream().try_next().await, "GetCommercePlanList");
    not_there(billing.prices().plan_id("cplan_1").page().await, "GetBillingPriceList");
    not_there(billing.prices().stream().try_next().await, "GetBillingPriceList");
    not_there(billing.create_price("cplan_1", 500).currency("USD").await, "CreateBillingPrice");
    not_there(billing.statements().page().await, "GetBillingStatementList");
    not_there(billing.statements().stream().try_next().await, "GetBillingStatementList");
    not_there(billing.statement("stmt_1").await, "GetBillingStatement");
    not_there(billing.payment_attempts("stmt_1").page().await, "GetBillingStatementPaymentAttempts");
    not_there(billing.payment_attempts("stmt_1").stream().try_next().await, "GetBillingStatementPaymentAttempts");

    let items = || billing.subscription_items().status("active").include_free(true);
    not_there(items().page().await, "GetCommerceSubscriptionItemList");
    not_there(items().stream().try_next().await, "GetCommerceSubscriptionItemList");
    not_there(billing.apply_discount("csi_1", "disc_1").await, "ApplyBillingSubscriptionItemDiscount");
    not_there(billing.remove_discount("csi_1", "disc_1").await, "RemoveBillingSubscriptionItemDiscount");
    let later = Timestamp::from_millis(1_900_000_000_000);
    not_there(billing.extend_free_trial("csi_1", later).await, "ExtendBillingSubscriptionItemFreeTrial");
    not_there(billing.change_price("csi_1", "price_1", "price_2").await, "CreateBillingPriceTransition");
    not_there(billing.cancel_subscription_item("csi_1").end_now(true).await, "CancelCommerceSubscriptionItem");

    not_there(billing.organization_subscription("org_1").await, "GetOrganizationBillingSubscription");
    not_there(billing.organization_credits("org_1").await, "GetOrganizationBillingCreditBalance");
    let adjust = billing.adjust_organization_credits("org_1", "decrease", 500, "key-1").currency("USD");
    not_there(adjust.await, "AdjustOrganizationBillingCreditBalance");
    not_there(billing.user_subscription("user_1").await, "GetUserBillingSubscription");
    not_there(billing.user_credits("user_1").await, "GetUserBillingCreditBalance");
    let adjust = billing.adjust_user_credits("user_1", "increase", 500, "key-1").note("sorry");
    not_there(adjust.await, "AdjustUserBillingCreditBalance");
}
