use clerk_bapi::{
    billing::{
        AdjustOrganizationBillingCreditBalance, AdjustOrganizationBillingCreditBalanceBody,
        AdjustUserBillingCreditBalance, AdjustUserBillingCreditBalanceBody, ApplyBillingSubscriptionItemDiscount,
        CancelCommerceSubscriptionItem, CreateBillingPrice, CreateBillingPriceTransition,
        ExtendBillingSubscriptionItemFreeTrial, GetBillingPriceList, GetBillingStatement, GetBillingStatementList,
        GetBillingStatementPaymentAttempts, GetCommercePlanList, GetCommerceSubscriptionItemList,
        GetOrganizationBillingCreditBalance, GetOrganizationBillingSubscription, GetUserBillingCreditBalance,
        GetUserBillingSubscription, RemoveBillingSubscriptionItemDiscount,
    },
    types::{
        BillingPaymentAttempt, BillingPrice, BillingStatement, CommercePlan, CommerceSubscriptionItem,
        CreditAdjustmentAction,
    },
};
use clerk_core::{DiscountId, OrganizationId, PlanId, PriceId, StatementId, SubscriptionItemId, Timestamp, UserId};

use crate::backend::{List, handle::handle};

handle! {
    /// What people and organizations pay for: plans and prices, subscriptions, statements, credit.
    ///
    /// Whoever pays, a user or an organization, has one subscription with an item for each plan. Amounts are in the
    /// smallest unit of the currency, such as cents.
    ///
    /// ```
    /// # async fn example(clerk: &clerk_ext::backend::Backend) -> Result<(), clerk_ext::Error> {
    /// let billing = clerk.billing();
    /// let mut items = billing.subscription_items().status("active").stream();
    /// while let Some(item) = items.try_next().await? {
    ///     println!("{} {:?}", item.id, item.plan.map(|plan| plan.name));
    /// }
    /// billing.adjust_user_credits("user_1", "increase", 500, "sorry-for-the-outage-user_1").currency("USD").await?;
    /// # Ok(()) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// # // A local Clerk has nothing of it, and says so.
    /// # let refused = example(&clerk).await.err().and_then(|error| error.status());
    /// # assert_eq!(refused.map(|status| status.as_u16()), Some(501));
    /// # Ok(()) }
    /// ```
    Billing = billing
}

impl Billing {
    /// All plans that can be subscribed to.
    pub fn plans(&self) -> List<GetCommercePlanList, CommercePlan> {
        List::new(self.client.get_commerce_plan_list())
    }

    /// All prices, of one plan if asked so.
    pub fn prices(&self) -> List<GetBillingPriceList, BillingPrice> {
        List::new(self.client.get_billing_price_list())
    }

    /// Adds a price to a plan, such as one for a customer with terms of their own.
    ///
    /// `amount` is for a month that is paid by the month, `annual_monthly_amount` for one that is paid by the year. A
    /// plan that everybody has by default takes no more prices.
    pub fn create_price(&self, plan: impl Into<PlanId>, amount: impl Into<i64>) -> CreateBillingPrice {
        self.client.create_billing_price(plan, amount)
    }

    /// The statements of all payers.
    pub fn statements(&self) -> List<GetBillingStatementList, BillingStatement> {
        List::new(self.client.get_billing_statement_list())
    }

    /// Reads one statement, with what was charged.
    pub fn statement(&self, statement: impl Into<StatementId>) -> GetBillingStatement {
        self.client.get_billing_statement(statement)
    }

    /// The attempts to collect what a statement says, those that failed included.
    pub fn payment_attempts(
        &self,
        statement: impl Into<StatementId>,
    ) -> List<GetBillingStatementPaymentAttempts, BillingPaymentAttempt> {
        List::new(self.client.get_billing_statement_payment_attempts(statement))
    }

    /// Who is subscribed to what; items of free plans only with `include_free`.
    pub fn subscription_items(&self) -> List<GetCommerceSubscriptionItemList, CommerceSubscriptionItem> {
        List::new(self.client.get_commerce_subscription_item_list())
    }

    /// Ends an item when what is paid for is over, or with `end_now` at once.
    pub fn cancel_subscription_item(&self, item: impl Into<SubscriptionItemId>) -> CancelCommerceSubscriptionItem {
        self.client.cancel_commerce_subscription_item(item)
    }

    /// Gives an item a discount; one that it has already is an error.
    pub fn apply_discount(
        &self,
        item: impl Into<SubscriptionItemId>,
        discount: impl Into<DiscountId>,
    ) -> ApplyBillingSubscriptionItemDiscount {
        self.client.apply_billing_subscription_item_discount(item, discount)
    }

    /// Takes a discount off an item; that it was given stays on record.
    pub fn remove_discount(
        &self,
        item: impl Into<SubscriptionItemId>,
        discount: impl Into<DiscountId>,
    ) -> RemoveBillingSubscriptionItemDiscount {
        self.client.remove_billing_subscription_item_discount(item, discount)
    }

    /// Lets a free trial that is still running last until then.
    pub fn extend_free_trial(
        &self,
        item: impl Into<SubscriptionItemId>,
        until: impl Into<Timestamp>,
    ) -> ExtendBillingSubscriptionItemFreeTrial {
        // Everywhere else the API writes times in milliseconds.
        self.client.extend_billing_subscription_item_free_trial(item, until.into().to_string())
    }

    /// Moves an item from the price that it has to another one.
    ///
    /// The answer says whether that holds at once or from the next period on. A `from` that is not the present price is
    /// an error.
    pub fn change_price(
        &self,
        item: impl Into<SubscriptionItemId>,
        from: impl Into<PriceId>,
        to: impl Into<PriceId>,
    ) -> CreateBillingPriceTransition {
        self.client.create_billing_price_transition(item, from, to)
    }

    /// What an organization pays for, and when next.
    pub fn organization_subscription(
        &self,
        organization: impl Into<OrganizationId>,
    ) -> GetOrganizationBillingSubscription {
        self.client.get_organization_billing_subscription(organization)
    }

    /// How much credit an organization has left; a missing balance is none.
    pub fn organization_credits(&self, organization: impl Into<OrganizationId>) -> GetOrganizationBillingCreditBalance {
        self.client.get_organization_billing_credit_balance(organization)
    }

    /// Gives an organization credit (`increase`) or takes some away (`decrease`), no more than there is.
    ///
    /// Asked again with the same idempotency key, nothing more happens.
    pub fn adjust_organization_credits(
        &self,
        organization: impl Into<OrganizationId>,
        action: impl Into<CreditAdjustmentAction>,
        amount: impl Into<i64>,
        idempotency_key: impl Into<String>,
    ) -> AdjustOrganizationBillingCreditBalance {
        let body = AdjustOrganizationBillingCreditBalanceBody::new(amount, action, idempotency_key);
        self.client.adjust_organization_billing_credit_balance(organization, body)
    }

    /// What a user pays for, and when next.
    pub fn user_subscription(&self, user: impl Into<UserId>) -> GetUserBillingSubscription {
        self.client.get_user_billing_subscription(user)
    }

    /// How much credit a user has left; a missing balance is none.
    pub fn user_credits(&self, user: impl Into<UserId>) -> GetUserBillingCreditBalance {
        self.client.get_user_billing_credit_balance(user)
    }

    /// Gives a user credit (`increase`) or takes some away (`decrease`), no more than there is.
    ///
    /// Asked again with the same idempotency key, nothing more happens.
    pub fn adjust_user_credits(
        &self,
        user: impl Into<UserId>,
        action: impl Into<CreditAdjustmentAction>,
        amount: impl Into<i64>,
        idempotency_key: impl Into<String>,
    ) -> AdjustUserBillingCreditBalance {
        let body = AdjustUserBillingCreditBalanceBody::new(amount, action, idempotency_key);
        self.client.adjust_user_billing_credit_balance(user, body)
    }
}
