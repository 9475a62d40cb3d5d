//! Billing, of which a Clerk on this machine has nothing: what is asserted is that each call asks for its operation.

use clerk_ext::Timestamp;

use super::{list_not_there, not_there};
use crate::world::World;

pub(crate) async fn drive(world: &World) {
    let billing = world.clerk.billing();
    list_not_there(billing.plans().payer_type("user"), "GetCommercePlanList").await;
    list_not_there(billing.prices().plan_id("cplan_1"), "GetBillingPriceList").await;
    not_there(billing.create_price("cplan_1", 500).currency("USD"), "CreateBillingPrice").await;
    list_not_there(billing.statements(), "GetBillingStatementList").await;
    not_there(billing.statement("stmt_1"), "GetBillingStatement").await;
    list_not_there(billing.payment_attempts("stmt_1"), "GetBillingStatementPaymentAttempts").await;

    let items = || billing.subscription_items().status("active").include_free(true);
    list_not_there(items(), "GetCommerceSubscriptionItemList").await;
    not_there(billing.apply_discount("csi_1", "disc_1"), "ApplyBillingSubscriptionItemDiscount").await;
    not_there(billing.remove_discount("csi_1", "disc_1"), "RemoveBillingSubscriptionItemDiscount").await;
    let later = Timestamp::from_millis(1_900_000_000_000);
    not_there(billing.extend_free_trial("csi_1", later), "ExtendBillingSubscriptionItemFreeTrial").await;
    not_there(billing.change_price("csi_1", "price_1", "price_2"), "CreateBillingPriceTransition").await;
    not_there(billing.cancel_subscription_item("csi_1").end_now(true), "CancelCommerceSubscriptionItem").await;

    not_there(billing.organization_subscription("org_1"), "GetOrganizationBillingSubscription").await;
    not_there(billing.organization_credits("org_1"), "GetOrganizationBillingCreditBalance").await;
    let adjust = billing.adjust_organization_credits("org_1", "decrease", 500, "key-1").currency("USD");
    not_there(adjust, "AdjustOrganizationBillingCreditBalance").await;
    not_there(billing.user_subscription("user_1"), "GetUserBillingSubscription").await;
    not_there(billing.user_credits("user_1"), "GetUserBillingCreditBalance").await;
    let adjust = billing.adjust_user_credits("user_1", "increase", 500, "key-1").note("sorry");
    not_there(adjust, "AdjustUserBillingCreditBalance").await;
}
