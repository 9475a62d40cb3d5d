//! Lists that hang on no handle of their own: they are walked as all others are.

use std::future::IntoFuture;

use clerk_ext::{
    Json,
    clerk_fapi::{
        checkouts::ConfirmUserBillingCheckout,
        organization::CreateOrganization,
        organizations_memberships::GetOrganizationMemberships,
        types::{EmailAddress, PhoneNumber, Session},
    },
    frontend::{
        ApiKeys, Billing, ConfirmCheckout, Items, List, Organization, OrganizationBilling, OrganizationDomains,
        OrganizationEnterpriseConnections, OrganizationInvitations, OrganizationMembers, OrganizationMembership,
        OrganizationMembershipRequests, Organizations, Pages, Request, UserBilling,
    },
};

use crate::people::{App, People, listed};

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

#[test]
fn what_hangs_on_the_device_goes_from_thread_to_thread() {
    fn handle<T: Clone + Send + Sync + 'static>() {}
    fn call<T: Send + Sync + IntoFuture<IntoFuture: Send> + 'static>() {}
    handle::<Organizations<App>>();
    handle::<OrganizationMembers<App>>();
    handle::<OrganizationInvitations<App>>();
    handle::<OrganizationDomains>();
    handle::<OrganizationMembershipRequests>();
    handle::<OrganizationEnterpriseConnections>();
    handle::<ApiKeys>();
    handle::<Billing>();
    handle::<UserBilling>();
    handle::<OrganizationBilling>();
    call::<ConfirmCheckout<ConfirmUserBillingCheckout>>();
    call::<Request<CreateOrganization, Organization<App>>>();
    handle::<List<GetOrganizationMemberships, OrganizationMembership<App>>>();
    fn walk<T: Send + Unpin + 'static>() {}
    walk::<Items<GetOrganizationMemberships, OrganizationMembership<App>>>();
    walk::<Pages<GetOrganizationMemberships, OrganizationMembership<App>>>();
}
