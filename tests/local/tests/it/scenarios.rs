//! What people and programs do, each a test of its own.
//!
//! A scenario is `async fn name(world: World)`, named in its module's `scenarios!`: it runs as a test, and once more to
//! tell which operation is tested by which (see `readme.rs`).

use crate::world::{Seen, World};

macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        /// The scenarios of this module.
        pub const ALL: &[super::Scenario] = &[$((stringify!($name), |world| Box::pin($name(world)))),*];

        mod alone {
            $(
                #[tokio::test]
                async fn $name() {
                    crate::scenarios::play(stringify!($name), super::$name, Default::default()).await;
                }
            )*
        }
    };
}

/// Plays a scenario, and then holds what it made the local Clerk tell against the document.
pub async fn play<F: Future<Output = ()>>(name: &'static str, scenario: impl FnOnce(World) -> F, seen: Seen) {
    let world = World::new(name, seen).await;
    let watch = world.watch();
    scenario(world).await;
    watch.check_events(name).await;
}

/// A name and what is done under it.
pub type Scenario = (&'static str, fn(crate::world::World) -> futures_util::future::BoxFuture<'static, ()>);

mod api_keys;
mod browser;
mod clients;
mod enterprise;
mod environment;
mod external;
mod factors;
mod faults;
mod handshake;
mod hosted;
mod hostile;
mod identifications;
mod inbox;
mod instance;
mod invitations;
mod limits;
mod machines;
mod me;
mod oauth_server;
mod organizations;
mod organizations_backend;
mod organizations_entry;
mod pages;
mod passkeys;
mod roles;
mod seed;
mod session_organizations;
mod sessions;
mod sign_in;
mod sign_in_links;
mod sign_in_second;
mod sign_in_tickets;
mod sign_up;
mod sign_up_gates;
mod sign_up_links;
mod start;
mod steering;
mod tokens;
mod users;
mod users_factors;
mod users_identifications;
mod users_list;
mod webhooks;

/// Every scenario there is.
#[rustfmt::skip] // A line each, so that two additions do not meet.
pub fn all() -> impl Iterator<Item = &'static Scenario> {
    [
        api_keys::ALL,
        browser::ALL,
        clients::ALL,
        enterprise::ALL,
        environment::ALL,
        external::ALL,
        factors::ALL,
        faults::ALL,
        handshake::ALL,
        hosted::ALL,
        hostile::ALL,
        identifications::ALL,
        inbox::ALL,
        instance::ALL,
        invitations::ALL,
        limits::ALL,
        machines::ALL,
        me::ALL,
        oauth_server::ALL,
        organizations::ALL,
        organizations_backend::ALL,
        organizations_entry::ALL,
        pages::ALL,
        passkeys::ALL,
        roles::ALL,
        seed::ALL,
        session_organizations::ALL,
        sessions::ALL,
        sign_in::ALL,
        sign_in_links::ALL,
        sign_in_second::ALL,
        sign_in_tickets::ALL,
        sign_up::ALL,
        sign_up_gates::ALL,
        sign_up_links::ALL,
        start::ALL,
        steering::ALL,
        tokens::ALL,
        users::ALL,
        users_factors::ALL,
        users_identifications::ALL,
        users_list::ALL,
        webhooks::ALL,
    ]
    .into_iter()
    .flatten()
}
