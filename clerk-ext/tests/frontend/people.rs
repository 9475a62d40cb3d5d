//! Several people on devices of theirs, and a server beside them.

use std::future::IntoFuture;

use clerk_ext::{
    Error,
    backend::Backend,
    frontend::{FromAnswer, Frontend, List, ListCall},
    metadata,
};
use clerk_local::{LocalClerk, Seed, SeedUser};
use serde::{Deserialize, Serialize};

use crate::world::{PASSWORD, device};

/// What the application keeps with an organization, and with an invitation to one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Plan {
    pub(crate) seats: u32,
}

metadata! {
    pub(crate) struct App { org_public: Plan, org_invitation_public: Plan, membership_public: Plan }
}

/// A Clerk that knows Ann, Bob and Cat, and a server that does what only servers do.
pub(crate) struct People {
    pub(crate) local: LocalClerk,
    pub(crate) backend: Backend<App>,
}

impl People {
    pub(crate) async fn new() -> Self {
        let people = ["ann", "bob", "cat"].map(|name| {
            // An id as long as real ones.
            SeedUser::new(address(name)).id(format!("user_{name:0>27}")).password(PASSWORD)
        });
        let seed = people.into_iter().fold(Seed::default(), Seed::user);
        let local = LocalClerk::builder().seed(seed).start().await.unwrap();
        let builder = Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url());
        let backend = builder.build().unwrap().typed();
        Self { local, backend }
    }

    /// A device on which one of them is signed in.
    pub(crate) async fn signed_in(&self, name: &str) -> Frontend<App> {
        let clerk = device(&self.local).build().unwrap().typed();
        sign_in(&clerk, name).await;
        clerk
    }
}

/// Signs one of them in on a device, beside whoever is there.
pub(crate) async fn sign_in(clerk: &Frontend<App>, name: &str) {
    let sign_in = clerk.raw().create_sign_in().strategy("password").identifier(address(name)).password(PASSWORD);
    sign_in.await.unwrap();
    assert_eq!(clerk.snapshot().user().map(|user| user.id.clone()), Some(user_id(name).into()));
}

pub(crate) fn address(name: &str) -> String {
    format!("{name}@example.com")
}

pub(crate) fn user_id(name: &str) -> String {
    format!("user_{name:0>27}")
}

/// What is in a list, which is read three times: as a page, one by one, and as one page after the other.
pub(crate) async fn listed<C: ListCall, T: FromAnswer<C::Item>>(list: List<C, T>) -> Vec<T> {
    let page = list.clone().page().await.unwrap();
    let mut stream = list.clone().page_size(1).stream();
    let mut streamed = 0;
    while stream.try_next().await.unwrap().is_some() {
        streamed += 1;
    }
    let mut pages = list.page_size(2).pages();
    let mut paged = 0;
    while let Some(page) = pages.try_next().await.unwrap() {
        paged += page.data.len();
    }
    assert_eq!((streamed, paged), (page.data.len(), page.data.len()));
    page.data
}

/// The status and the code of a call that has to fail.
pub(crate) async fn refused<T>(call: impl IntoFuture<Output = Result<T, Error>>) -> (u16, String) {
    let Err(error) = call.await else { panic!("this should have been refused") };
    let status = error.status().map(|status| status.as_u16()).unwrap_or_default();
    (status, error.code().map(ToString::to_string).unwrap_or_default())
}
