//! Plans, subscriptions and payments.

use std::{
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use clerk_core::BoxFuture;
use clerk_ext::{
    BoxError, Bytes, Error, ErrorCode, ErrorKind, Transport,
    clerk_fapi::types::{BillingCheckout, PlanPeriod},
    frontend::Frontend,
    http::{Method, Request, Response},
};
use tower_service::Service;

use crate::people::{People, refused};

#[tokio::test]
async fn what_a_clerk_on_this_machine_has_not_is_asked_for_all_the_same() {
    let people = People::new().await;
    let clerk = people.signed_in("ann").await;
    let none = 501;
    let billing = clerk.billing();
    assert_eq!(refused(billing.plans().payer_type("user").page()).await.0, none);
    assert_eq!(refused(billing.plan("pro")).await.0, none);

    let user = billing.user();
    assert_eq!(refused(user.subscription()).await.0, none);
    assert_eq!(refused(user.subscription_items().page()).await.0, none);
    assert_eq!(refused(user.cancel_subscription_item("subi_1")).await.0, none);
    assert_eq!(refused(user.statements().page()).await.0, none);
    assert_eq!(refused(user.statement("stmt_1")).await.0, none);
    assert_eq!(refused(user.payment_attempts().page()).await.0, none);
    assert_eq!(refused(user.payment_attempt("pa_1")).await.0, none);
    assert_eq!(refused(user.payment_methods().page()).await.0, none);
    assert_eq!(refused(user.initialize_payment_method()).await.0, none);
    assert_eq!(refused(user.add_payment_method("stripe", "test_token")).await.0, none);
    assert_eq!(refused(user.remove_payment_method("pm_1")).await.0, none);
    assert_eq!(refused(user.set_default_payment_method("pm_1")).await.0, none);
    assert_eq!(refused(user.create_checkout("cplan_1", PlanPeriod::Month)).await.0, none);
    assert_eq!(refused(user.checkout("chk_1")).await.0, none);
    assert_eq!(refused(user.apply_promo_code("chk_1", "HALF")).await.0, none);
    assert_eq!(refused(user.confirm_checkout("chk_1").test_card()).await.0, none);

    let organization = billing.organization("org_1");
    assert_eq!(refused(organization.subscription()).await.0, none);
    assert_eq!(refused(organization.subscription_items().page()).await.0, none);
    assert_eq!(refused(organization.cancel_subscription_item("subi_1")).await.0, none);
    assert_eq!(refused(organization.statements().page()).await.0, none);
    assert_eq!(refused(organization.statement("stmt_1")).await.0, none);
    assert_eq!(refused(organization.payment_methods().page()).await.0, none);
    assert_eq!(refused(organization.initialize_payment_method()).await.0, none);
    assert_eq!(refused(organization.add_payment_method("stripe", "test_token")).await.0, none);
    assert_eq!(refused(organization.remove_payment_method("pm_1")).await.0, none);
    assert_eq!(refused(organization.set_default_payment_method("pm_1")).await.0, none);
    assert_eq!(refused(organization.create_checkout("cplan_1", PlanPeriod::Annual)).await.0, none);
    assert_eq!(refused(organization.checkout("chk_1")).await.0, none);
    assert_eq!(refused(organization.apply_promo_code("chk_1", "HALF")).await.0, none);
    assert_eq!(refused(organization.confirm_checkout("chk_1").payment_method("pm_1")).await.0, none);
}

/// A Clerk that answers payments by a script, and remembers what it was asked.
#[derive(Clone, Default)]
struct Till {
    script: Arc<Mutex<Vec<(u16, &'static str)>>>,
    asked: Arc<Mutex<Vec<(Method, String, String)>>>,
}

const PAID: &str = r#"{"response":{"id":"chk_1","status":"completed"},"client":null}"#;
const IN_PROGRESS: &str = r#"{"errors":[{"code":"checkout_already_in_progress","message":"wait"}]}"#;
const COMPLETE: &str = r#"{"errors":[{"code":"checkout_already_complete","message":"done"}]}"#;
const DECLINED: &str = r#"{"errors":[{"code":"payment_attempt_failed_card_declined","message":"no"}]}"#;

impl Till {
    fn answering(script: &[(u16, &'static str)]) -> Self {
        let script = script.iter().rev().copied().collect();
        Self { script: Arc::new(Mutex::new(script)), asked: Arc::default() }
    }

    /// Pays, and tells how it ended, after how many requests, and how long it took.
    async fn confirm(&self) -> (Result<BillingCheckout, Error>, usize, Duration) {
        let clerk = Frontend::builder_for("https://clerk.example.com").transport(Transport::new(self.clone()));
        let clerk = clerk.build().unwrap();
        let began = tokio::time::Instant::now();
        let paid = clerk.billing().organization("org_1").confirm_checkout("chk_1");
        let paid = paid.payment_token("stripe", "test_token").await;
        (paid, self.asked.lock().unwrap().len(), began.elapsed())
    }
}

impl Service<Request<Bytes>> for Till {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        self.asked.lock().unwrap().push((request.method().clone(), request.uri().path().to_owned(), body));
        let (status, body) = self.script.lock().unwrap().pop().expect("no more requests than that");
        let answer = Response::builder().status(status).header("content-type", "application/json");
        Box::pin(async move { Ok(answer.body(Bytes::from(body)).unwrap()) })
    }
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_takes_its_time_is_asked_about_until_it_is_through() {
    let till = Till::answering(&[(409, IN_PROGRESS), (502, "{}"), (200, PAID)]);
    let (paid, requests, took) = till.confirm().await;
    assert_eq!((paid.unwrap().status.as_str(), requests, took.as_secs()), ("completed", 3, 4));
    for (method, path, body) in till.asked.lock().unwrap().iter() {
        assert_eq!(
            (method, path.as_str()),
            (&Method::PATCH, "/v1/organizations/org_1/billing/checkouts/chk_1/confirm")
        );
        assert_eq!(body, "gateway=stripe&payment_token=test_token");
    }
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_went_through_unnoticed_is_no_error() {
    let till = Till::answering(&[(500, "{}"), (409, COMPLETE), (200, PAID)]);
    let (paid, requests, _) = till.confirm().await;
    assert_eq!((paid.unwrap().status.as_str(), requests), ("completed", 3));
    let last = till.asked.lock().unwrap().last().cloned().unwrap();
    assert_eq!((last.0, last.1.as_str()), (Method::GET, "/v1/organizations/org_1/billing/checkouts/chk_1"));
}

#[tokio::test(start_paused = true)]
async fn a_payment_is_asked_about_four_times_more_and_no_oftener() {
    let till = Till::answering(&[(409, IN_PROGRESS); 5]);
    let (paid, requests, took) = till.confirm().await;
    assert!(paid.unwrap_err().has_code(ErrorCode::CHECKOUT_ALREADY_IN_PROGRESS));
    assert_eq!((requests, took.as_secs()), (5, 8));
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_not_asked_again() {
    for (status, body, kind) in
        [(422, DECLINED, ErrorKind::Validation), (409, COMPLETE, ErrorKind::Conflict), (501, "{}", ErrorKind::Server)]
    {
        let (paid, requests, _) = Till::answering(&[(status, body)]).confirm().await;
        assert_eq!((paid.unwrap_err().kind(), requests), (kind, 1), "{status}");
    }
}
