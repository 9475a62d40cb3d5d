//! Before anything was done.

use clerk_core::ErrorCode;
use clerk_local::Api;

use crate::world::World;

scenarios![
    a_local_clerk_is_healthy_once_it_is_there,
    what_is_not_implemented_is_501_with_its_operation_id,
    two_local_clerks_run_side_by_side
];

async fn what_is_not_implemented_is_501_with_its_operation_id(world: World) {
    let error = world.backend().get_commerce_plan_list().send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 501);
    assert_eq!(error.code(), Some(&ErrorCode::FEATURE_NOT_IMPLEMENTED));
}

async fn two_local_clerks_run_side_by_side(world: World) {
    let other = clerk_local::LocalClerk::builder().start().await.unwrap();
    assert_ne!(other.frontend_url(), world.local.frontend_url());
    let response = world.raw(Api::Backend, clerk_core::http::Request::get("/v1/nothing"), "").await;
    assert_eq!(response.status(), 404);
    other.stop().await;
}

async fn a_local_clerk_is_healthy_once_it_is_there(world: World) {
    assert_eq!(world.device().get_health().send().await.unwrap().status, "healthy");
}
