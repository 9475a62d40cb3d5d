//! Organizations, as their members and those who are to become members see them.

use clerk_ext::{ErrorKind, OrganizationId, Upload, frontend::Frontend, metadata::Patch};

use crate::people::{App, People, Plan, address, listed, refused, sign_in, user_id};

/// The smallest picture.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

async fn acme(people: &People, clerk: &Frontend<App>) -> OrganizationId {
    // What it is founded with has no metadata yet, which does not fit.
    let made = clerk.organizations().create("Acme").slug("acme").or_raw().await.unwrap();
    let id = made.unwrap_err().raw.response.id;
    people.backend.organizations().update(&id).replace_public(&Plan { seats: 3 }).await.unwrap();
    id
}

#[tokio::test]
async fn an_organization_is_founded_changed_and_deleted() {
    let people = People::new().await;
    let ann = people.signed_in("ann").await;
    let organizations = ann.organizations();
    let defaults = organizations.creation_defaults().await.unwrap();
    assert!(defaults.form.is_some());

    let id = acme(&people, &ann).await;
    let read = organizations.get(&id).await.unwrap();
    assert_eq!((read.name.as_str(), read.slug.as_deref(), read.public.seats), ("Acme", Some("acme"), 3));
    let renamed = organizations.update(&id).name("Apex").slug("apex").await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.slug.as_deref(), renamed.public.seats), ("Apex", Some("apex"), 3));

    let logo = Upload::new("logo.png", PNG).content_type("image/png");
    assert!(organizations.set_logo(&id, logo).await.unwrap().has_image);
    assert!(organizations.delete_logo(&id).await.unwrap().deleted);
    assert!(!organizations.get(&id).await.unwrap().has_image);

    assert!(organizations.delete(&id).await.unwrap().deleted);
    assert_eq!(refused(organizations.get(&id)).await, (404, "resource_not_found".to_owned()));
}

#[tokio::test]
async fn metadata_that_does_not_fit_is_an_error_or_comes_back_raw() {
    let people = People::new().await;
    let ann = people.signed_in("ann").await;
    let error = ann.organizations().create("Acme").await.unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Metadata, Some("public_metadata")));
    assert_eq!(error.completed(), ["createOrganization"]);
    let all = ann.organizations().memberships().or_raw().page().await.unwrap();
    let [Err(unfit)] = all.data.as_slice() else { panic!("{all:?}") };
    assert_eq!(unfit.raw.organization.as_ref().map(|one| one.name.as_str()), Some("Acme"));
}

#[tokio::test]
async fn members_come_change_roles_and_go() {
    let people = People::new().await;
    let ann = people.signed_in("ann").await;
    let (id, bob) = (acme(&people, &ann).await, user_id("bob"));
    let members = ann.organizations().members(&id);
    assert!(members.add(&bob, "org:member").or_raw().await.unwrap().is_err());
    let plan = Patch::between(&Plan::default(), &Plan { seats: 1 }).unwrap();
    people.backend.organization_memberships().update_metadata(&id, &bob).public(plan).await.unwrap();

    let changed = members.set_role(&bob, "org:admin").await.unwrap();
    assert_eq!((changed.role.as_str(), changed.public.seats), ("org:admin", 1));
    let found = members.list().query("bob").role(["org:admin"]).page().await.unwrap();
    assert_eq!(found.data.iter().map(|one| one.role.as_str()).collect::<Vec<_>>(), ["org:admin"]);
    assert_eq!(listed(members.list().or_raw()).await.len(), 2);
    assert_eq!(listed(ann.organizations().roles(&id)).await.len(), 2);

    let theirs = people.signed_in("bob").await;
    assert_eq!(listed(theirs.organizations().memberships()).await.len(), 1);
    assert_eq!(members.remove(&bob).await.unwrap().public.seats, 1);
    assert!(listed(theirs.organizations().memberships()).await.is_empty());
    assert!(members.add(&bob, "org:member").or_raw().await.unwrap().is_err());
    assert!(theirs.organizations().leave(&id).await.unwrap().deleted);
    assert_eq!(listed(members.list().or_raw()).await.len(), 1);
}

#[tokio::test]
async fn invitations_are_sent_taken_back_and_accepted() {
    let people = People::new().await;
    let ann = people.signed_in("ann").await;
    let id = acme(&people, &ann).await;
    let invitations = ann.organizations().invitations(&id);
    let made = invitations.create(address("bob"), "org:member").notify(false).or_raw().await.unwrap();
    let first = made.unwrap_err().raw.response.id;
    assert_eq!(listed(invitations.list().or_raw()).await.len(), 1);
    assert_eq!(listed(invitations.list().status(["pending"]).or_raw()).await.len(), 1);
    #[allow(deprecated, reason = "what the API calls outdated is still there")]
    let pending = invitations.list_pending().or_raw();
    assert_eq!(listed(pending).await.len(), 1);
    let revoked = invitations.revoke(&first).or_raw().await.unwrap().unwrap_err().raw.response;
    assert_eq!(revoked.status.map(|status| status.to_string()).as_deref(), Some("revoked"));

    let sent = people.backend.organization_invitations().create(&id, address("bob"), "org:admin");
    let sent = sent.public(&Plan { seats: 7 }).await.unwrap();
    let bob = people.signed_in("bob").await;
    let received = listed(bob.organizations().received_invitations().status(["pending"])).await;
    assert_eq!(received.iter().map(|one| one.public.seats).collect::<Vec<_>>(), [7]);
    let accepted = bob.organizations().accept_invitation(&sent.id).await.unwrap();
    assert_eq!(accepted.public, Plan { seats: 7 });
    // What was said of the invitation is said of the membership.
    assert_eq!(listed(bob.organizations().memberships()).await.first().map(|one| one.public.seats), Some(7));

    let both = ["dan@example.com", "eve@example.com"];
    let error = invitations.create_all(both, "org:member").await.unwrap_err();
    assert_eq!((error.kind(), error.completed().len()), (ErrorKind::Metadata, 1));
    assert_eq!(listed(invitations.list().status(["pending"]).or_raw()).await.len(), 2);
}

#[tokio::test]
async fn a_domain_is_verified_and_brings_people_in() {
    let people = People::new().await;
    let ann = people.signed_in("ann").await;
    let id = acme(&people, &ann).await;
    let domains = ann.organizations().domains(&id);
    let domain = domains.create("acme.dev").await.unwrap();
    domains.prepare_affiliation(&domain.id, "ann@acme.dev").await.unwrap();
    let code = people.local.inbox().latest_code("ann@acme.dev").unwrap();
    let verified = domains.attempt_affiliation(&domain.id, code).await.unwrap();
    assert_eq!(
        verified.affiliation_verification.map(|verification| verification.status.to_string()).as_deref(),
        Some("verified")
    );
    let changed = domains.set_enrollment_mode(&domain.id, "automatic_invitation").await.unwrap();
    assert_eq!(changed.enrollment_mode.as_deref(), Some("automatic_invitation"));
    assert_eq!(domains.get(&domain.id).await.unwrap().name, "acme.dev");
    assert_eq!(listed(domains.list().verified(true)).await.len(), 1);
    assert!(domains.delete(&domain.id).await.unwrap().deleted);

    let made = domains.create_all(["one.dev", "two.dev"]).await.unwrap().data;
    let ids: Vec<_> = made.iter().map(|domain| domain.id.as_str()).collect();
    let asked = domains.prepare_ownership(ids[0]).await.unwrap().ownership_verification;
    assert!(asked.unwrap().txt_record_value.is_some());
    assert_eq!(domains.prepare_ownership_of_all(ids.clone()).await.unwrap().data.len(), 2);
    let code = "organization_domain_ownership_not_verified";
    assert_eq!(refused(domains.attempt_ownership(ids[0])).await.1, code);
    let tried = domains.attempt_ownership_of_all(ids).await.unwrap();
    assert_eq!(tried.errors.first().map(|error| error.code.as_str()), Some(code));
}

#[tokio::test]
async fn whoever_is_suggested_an_organization_asks_and_its_administrators_decide() {
    let people = People::new().await;
    let ann = people.signed_in("ann").await;
    let id = acme(&people, &ann).await;
    let domain = people.backend.organization_domains().create(&id, "example.com");
    domain.enrollment_mode("automatic_suggestion").await.unwrap();
    let requests = ann.organizations().membership_requests(&id);
    for (name, is_wanted) in [("bob", true), ("cat", false)] {
        let theirs = people.signed_in(name).await;
        let suggested = listed(theirs.organizations().suggestions().status(["pending"])).await;
        theirs.organizations().accept_suggestion(&suggested[0].id).await.unwrap();
        let asked = listed(requests.list().status(["pending"])).await;
        let [request] = asked.as_slice() else { panic!("{asked:?}") };
        if is_wanted {
            assert_eq!(requests.accept(&request.id).await.unwrap().status, "accepted");
        } else {
            assert_eq!(requests.reject(&request.id).await.unwrap().status, "revoked");
        }
        let memberships = theirs.organizations().memberships().or_raw().page().await.unwrap();
        assert_eq!(memberships.data.len(), usize::from(is_wanted), "{name}");
    }
}

#[tokio::test]
async fn single_sign_on_of_an_organization_is_asked_for() {
    let people = People::new().await;
    let ann = people.signed_in("ann").await;
    let id = acme(&people, &ann).await;
    let connections = ann.organizations().enterprise_connections(&id);
    // A Clerk on this machine has none of these operations.
    let none = (501, "not_implemented".to_owned());
    assert_eq!(refused(connections.list().page()).await.0, none.0);
    assert_eq!(refused(connections.create("saml_okta", ["example.com"]).name("Okta")).await.0, none.0);
    assert_eq!(refused(connections.update("ent_1").active(true)).await.0, none.0);
    assert_eq!(refused(connections.delete("ent_1")).await.0, none.0);
    assert_eq!(refused(connections.test_runs("ent_1").page()).await.0, none.0);
    assert_eq!(refused(connections.create_test_run("ent_1")).await.0, none.0);
}

#[tokio::test]
async fn a_call_may_name_another_session_of_the_device() {
    let people = People::new().await;
    let clerk = people.signed_in("ann").await;
    acme(&people, &clerk).await;
    let ann = clerk.session().unwrap();
    sign_in(&clerk, "bob").await;
    let memberships = || clerk.organizations().memberships().or_raw();
    assert!(listed(memberships()).await.is_empty());
    assert_eq!(listed(memberships().clerk_session_id(ann.id())).await.len(), 1);
}
