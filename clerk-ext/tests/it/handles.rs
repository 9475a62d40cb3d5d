//! Every method of every handle, once: each module drives the handles of its subjects and says what must come of it.

mod billing;
mod enterprise;
mod instance;
mod machines;
mod refusals;

use std::collections::BTreeSet;

use clerk_local::Api;

use crate::world::World;

#[tokio::test]
async fn every_operation_has_a_handle_that_sends_it() {
    let world = World::new().await;
    machines::drive(&world).await;
    enterprise::drive(&world).await;
    billing::drive(&world).await;
    instance::drive(&world).await;
    let seen: BTreeSet<&str> = world.local.calls(Api::Backend).into_keys().collect();
    println!("{}", seen.len());
}
