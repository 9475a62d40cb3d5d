//! Every method of every handle, once: each module drives the handles of its subjects and says what must come of it.

use std::collections::BTreeSet;

use crate::world::World;

#[tokio::test]
async fn every_operation_has_a_handle_that_sends_it() {
    let world = World::new().await;
    let _ = (&world.local, &world.clerk, BTreeSet::<String>::new());
}
