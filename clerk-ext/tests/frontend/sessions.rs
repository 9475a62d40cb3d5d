//! Sessions: into the foreground, into another organization, to their end.

use std::time::Duration;

use clerk_ext::{
    ErrorKind,
    frontend::{EndReason, Event, Frontend, Session, SignOut, Validity},
};
use clerk_local::{Seed, SeedUser};

use crate::{
    tokens::{Timed, two_organizations},
    world::{PASSWORD, World, device},
};

/// Signs Ann in.
pub(crate) async fn enter(clerk: &Frontend) -> Session {
    enter_as(clerk, "ann@example.com").await
}

pub(crate) async fn enter_as(clerk: &Frontend, who: &str) -> Session {
    clerk.raw().create_sign_in().identifier(who).password(PASSWORD).send().await.unwrap();
    clerk.session().unwrap()
}

fn add_ben(world: &World) {
    let ben = SeedUser::new("ben@example.com").password(PASSWORD).name("Ben", "Example");
    world.local.seed(&Seed::default().user(ben)).unwrap();
}

#[tokio::test]
async fn a_session_is_brought_into_the_foreground() {
    let world = World::new().await;
    add_ben(&world);
    let ann = enter(&world.clerk).await;
    let ben = enter_as(&world.clerk, "ben@example.com").await;
    assert_eq!(world.clerk.session().unwrap().id(), ben.id());
    assert_eq!(world.clerk.token().await.unwrap().claims().session.as_ref(), Some(ben.id()));
    let mut events = world.clerk.events();
    ann.activate().await.unwrap();
    assert_eq!(world.clerk.session().unwrap().id(), ann.id());
    assert!(matches!(events.try_next(), Some(Event::SessionActivated { .. })));
    assert_eq!(world.clerk.token().await.unwrap().claims().session.as_ref(), Some(ann.id()));
    assert_eq!(ben.token().await.unwrap().claims().session.as_ref(), Some(ben.id()));
    assert_eq!(ben.user().unwrap().first_name.as_deref(), Some("Ben"));
    assert!(world.clerk.session_by_id(ben.id()).is_some() && world.clerk.session_by_id("sess_none").is_none());
}

#[tokio::test]
async fn an_organization_is_chosen_by_id_or_slug_and_left_again() {
    let World { local, clerk } = World::new().await;
    two_organizations(&local);
    let session = enter(&clerk).await;
    let mut events = clerk.events();
    session.set_organization("org_acme").await.unwrap();
    assert_eq!(session.organization().unwrap().name.as_str(), "Acme");
    assert!(matches!(events.try_next(), Some(Event::OrganizationChanged { organization: Some(_), .. })));
    session.set_organization("bolt").await.unwrap();
    assert_eq!(session.organization_id().unwrap().as_str(), "org_bolt");
    let error = session.set_organization("nobody").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(session.organization_id().unwrap().as_str(), "org_bolt");
    // Clerk takes an empty name for the personal account, which is not what was asked for.
    assert_eq!(session.set_organization("").await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert_eq!(session.organization_id().unwrap().as_str(), "org_bolt");
    session.set_personal_account().await.unwrap();
    assert!(session.organization_id().is_none() && session.organization().is_none());
}

#[tokio::test]
async fn where_there_are_no_personal_accounts_the_session_stays_where_it_is() {
    let World { local, clerk } = World::configured(|settings| settings.organizations.force_selection = true).await;
    two_organizations(&local);
    let session = enter(&clerk).await;
    assert!(session.tasks().iter().map(clerk_ext::frontend::SessionTask::key).eq(["choose-organization"]));
    assert_eq!(session.validate().await.unwrap(), Validity::Pending(vec!["choose-organization".to_owned()]));
    session.set_organization("acme").await.unwrap();
    assert!(session.tasks().is_empty());
    let error = session.set_personal_account().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("org_acme"), "{error}");
    assert_eq!(session.organization_id().unwrap().as_str(), "org_acme");
}

#[tokio::test]
async fn a_session_knows_whether_it_still_counts() {
    let World { local, clerk } = World::new().await;
    let session = enter(&clerk).await;
    assert_eq!(session.validate().await.unwrap(), Validity::Active);
    let elsewhere = device(&local).build().unwrap();
    enter(&elsewhere).await;
    elsewhere.devices().revoke(session.id()).await.unwrap();
    let mut events = clerk.events();
    assert_eq!(session.validate().await.unwrap(), Validity::Over(EndReason::Revoked));
    assert!(!session.is_signed_in() && session.data().is_none());
    assert!(matches!(events.try_next(), Some(Event::SessionEnded { .. })));
}

#[tokio::test]
async fn without_a_network_nobody_knows_whether_a_session_counts() {
    let timed = Timed::new().await;
    timed.local.faults().add(clerk_local::Fault::reset().before_execution());
    assert_eq!(timed.session.validate().await.unwrap_err().kind(), ErrorKind::Network);
    assert!(timed.session.is_signed_in());
}

#[tokio::test]
async fn one_of_two_sessions_signs_out() {
    let world = World::new().await;
    add_ben(&world);
    let ann = enter(&world.clerk).await;
    let ben = enter_as(&world.clerk, "ben@example.com").await;
    assert_eq!(ben.sign_out().await.unwrap(), SignOut::Done);
    assert_eq!(world.clerk.session().unwrap().id(), ann.id());
    assert_eq!(ben.token().await.unwrap_err().kind(), ErrorKind::Unauthorized);
    ann.token().await.unwrap();
    ann.end().await.unwrap();
    assert!(world.clerk.session().is_none());
    assert_eq!(ann.token().await.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert!(ann.end().await.is_err());
}

#[tokio::test]
async fn a_user_sees_their_devices_and_signs_one_of_them_out() {
    let World { local, clerk } = World::new().await;
    let here = enter(&clerk).await;
    let elsewhere = device(&local).user_agent("elsewhere/1.0").build().unwrap();
    let there = enter(&elsewhere).await;
    let devices = clerk.devices().list().await.unwrap();
    assert_eq!(devices.len(), 2);
    assert!(devices.iter().all(|device| device.latest_activity.is_some()));
    clerk.devices().revoke(there.id()).await.unwrap();
    let devices = clerk.devices().list().await.unwrap();
    assert_eq!(devices.iter().map(|device| &device.id).collect::<Vec<_>>(), [here.id()]);
    assert_eq!(clerk.devices().history().await.unwrap().len(), 2);
    clerk.devices().revoke(here.id()).await.unwrap();
    clerk.reload().await.unwrap();
    assert!(!here.is_signed_in());
}

#[tokio::test]
async fn a_list_of_one_session_is_not_taken_for_the_device() {
    let World { local: _local, clerk } = World::new().await;
    let here = enter(&clerk).await;
    let known = clerk.snapshot().client().unwrap().id.clone();
    assert_eq!(clerk.devices().list().await.unwrap().len(), 1);
    assert_eq!(clerk.snapshot().client().unwrap().id, known);
    assert!(here.is_signed_in());
    assert_eq!(clerk.me().email_addresses().list().page().await.unwrap().data.len(), 1);
    assert!(here.is_signed_in());
}

#[tokio::test]
async fn the_age_of_a_proof_grows_with_time() {
    let timed = Timed::new().await;
    assert_eq!(timed.session.factor_age().first, Some(Duration::ZERO));
    assert_eq!(timed.session.factor_age().second, None);
    timed.pass(Duration::from_secs(180));
    assert_eq!(timed.session.factor_age().first, Some(Duration::from_secs(180)));
}
