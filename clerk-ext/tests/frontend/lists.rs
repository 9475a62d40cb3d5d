//! Lists that hang on no handle of their own: they are walked as all others are.

use clerk_ext::{
    Json,
    clerk_fapi::types::{EmailAddress, PhoneNumber, Session},
    frontend::{List, OrganizationMembership},
};

use crate::people::{People, listed};

#[tokio::test]
async fn a_list_of_the_raw_client_is_walked_like_any_other() {
    let people = People::new().await;
    let ann = people.signed_in("ann").await;
    ann.raw().create_email_address("ann@example.net").await.unwrap();
    people.signed_in("ann").await;
    let raw = ann.raw();
    assert_eq!(listed::<_, EmailAddress>(List::new(raw.get_email_addresses())).await.len(), 2);
    assert_eq!(listed::<_, Session>(List::new(raw.get_user_sessions())).await.len(), 2);
    assert!(listed::<_, PhoneNumber>(List::new(raw.get_phone_numbers())).await.is_empty());
}

#[tokio::test]
async fn a_walk_goes_on_where_an_earlier_one_had_got_to() {
    let people = People::new().await;
    let organizations = people.signed_in("ann").await.typed::<Json>().organizations();
    for n in 0..5 {
        organizations.create(format!("Acme {n}")).await.unwrap();
    }
    let name = |membership: OrganizationMembership| membership.raw.organization.unwrap().name;
    let all: Vec<_> = listed(organizations.memberships()).await.into_iter().map(name).collect();
    assert_eq!(all.len(), 5);

    let mut first = organizations.memberships().page_size(2).stream();
    let mut given = Vec::new();
    for _ in 0..3 {
        given.push(name(first.try_next().await.unwrap().unwrap()));
    }
    let mut rest = organizations.memberships().page_size(2).resume(first.position()).stream();
    while let Some(membership) = rest.try_next().await.unwrap() {
        given.push(name(membership));
    }
    assert_eq!(given, all);
}
