//! What people and programs do, each a test of its own.
//!
//! A scenario is `async fn name(world: World)`, named in its module's `scenarios!`: it runs as a test, and once more to
//! tell which operation is tested by which (see `readme.rs`).

macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        /// The scenarios of this module.
        pub const ALL: &[super::Scenario] = &[$((stringify!($name), |world| Box::pin($name(world)))),*];

        mod alone {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(crate::world::World::new(stringify!($name), Default::default()).await).await;
                }
            )*
        }
    };
}

/// A name and what is done under it.
pub type Scenario = (&'static str, fn(crate::world::World) -> futures_util::future::BoxFuture<'static, ()>);

mod factors;
mod faults;
mod identifications;
mod limits;
mod me;
mod organizations;
mod organizations_backend;
mod organizations_entry;
mod passkeys;
mod roles;
mod sign_in;
mod sign_up;
mod start;
mod users;
mod users_factors;
mod users_identifications;
mod users_list;
mod webhooks;

/// Every scenario there is.
#[rustfmt::skip] // A line each, so that two additions do not meet.
pub fn all() -> impl Iterator<Item = &'static Scenario> {
    [
        factors::ALL,
        faults::ALL,
        identifications::ALL,
        limits::ALL,
        me::ALL,
        organizations::ALL,
        organizations_backend::ALL,
        organizations_entry::ALL,
        passkeys::ALL,
        roles::ALL,
        sign_in::ALL,
        sign_up::ALL,
        start::ALL,
        users::ALL,
        users_factors::ALL,
        users_identifications::ALL,
        users_list::ALL,
        webhooks::ALL,
    ]
    .into_iter()
    .flatten()
}
