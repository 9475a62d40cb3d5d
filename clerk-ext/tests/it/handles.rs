//! Every method of every handle, once: each module drives the handles of its subjects and says what must come of it.

mod billing;
mod enterprise;
mod entry;
mod factors;
mod front_end;
mod identifications;
mod instance;
mod machines;
mod oauth;
mod organizations;
mod roles;
mod sign_ins;
mod users;

use std::{collections::BTreeSet, future::IntoFuture};

use clerk_ext::{
    Error,
    backend::{FromAnswer, List, ListCall},
    transport::RetryPolicy,
};
use clerk_local::Api;

use crate::world::World;

#[tokio::test]
async fn every_operation_has_a_handle_that_sends_it() {
    let world = World::configured(|settings| {
        settings.attributes.password.required = false;
        settings.attributes.web3_wallet.enabled = true;
        settings.attributes.phone_number.enabled = true;
    })
    .await;
    // A limiter would make the test wait, and who counts calls wants none repeated.
    let clerk = world.clerk.with_network(|network| network.limiter(None).retry(RetryPolicy::none()));
    let world = World { clerk, ..world };

    Box::pin(users::drive(&world)).await;
    Box::pin(factors::drive(&world)).await;
    Box::pin(identifications::drive(&world)).await;
    Box::pin(organizations::drive(&world)).await;
    Box::pin(roles::drive(&world)).await;
    Box::pin(entry::drive(&world)).await;
    Box::pin(sign_ins::drive(&world)).await;
    Box::pin(machines::drive(&world)).await;
    Box::pin(oauth::drive(&world)).await;
    Box::pin(enterprise::drive(&world)).await;
    Box::pin(billing::drive(&world)).await;
    Box::pin(instance::drive(&world)).await;

    let called: BTreeSet<_> = world.local.calls(Api::Backend).into_keys().collect();
    let operations = clerk_local::operations().into_iter().filter(|operation| operation.api == Api::Backend);
    let known: BTreeSet<_> = operations.map(|operation| operation.id).collect();
    let never: Vec<_> = known.difference(&called).collect();
    assert!(never.is_empty(), "no handle sends these {} operations: {never:?}", never.len());
    let unknown: Vec<_> = called.difference(&known).collect();
    assert!(unknown.is_empty(), "these are no operations of the API: {unknown:?}");
}

/// What is in a list, which is read twice: as a page and as a stream.
async fn listed<C: ListCall + Clone, T: FromAnswer<C::Item>>(list: List<C, T>) -> Vec<T> {
    let page = list.clone().page().await.unwrap();
    let mut stream = list.page_size(1).stream();
    let mut streamed = 0;
    while stream.try_next().await.unwrap().is_some() {
        streamed += 1;
    }
    assert_eq!(streamed, page.data.len());
    page.data
}

/// The status and the code of a call that has to fail.
async fn refused<T>(call: impl IntoFuture<Output = Result<T, Error>>) -> (u16, String) {
    let Err(error) = call.await else { panic!("this should have been refused") };
    let status = error.status().map(|status| status.as_u16()).unwrap_or_default();
    (status, error.code().map(ToString::to_string).unwrap_or_default())
}

fn not_found() -> (u16, String) {
    (404, "resource_not_found".to_owned())
}

/// This is asked for, and a Clerk on this machine does not have it.
async fn not_there<T>(call: impl IntoFuture<Output = Result<T, Error>>, operation: &str) {
    let Err(error) = call.await else { panic!("{operation} should not be there") };
    let status = error.status().map(|status| status.as_u16());
    assert_eq!((status, error.operation()), (Some(501), Some(operation)), "{error}");
}

/// The same of a list, as a page and as a stream.
async fn list_not_there<C: ListCall + Clone, T: FromAnswer<C::Item>>(list: List<C, T>, operation: &str) {
    not_there(list.clone().page(), operation).await;
    not_there(list.stream().try_next(), operation).await;
}
