//! Ways into an organization: invitations, domains, requests.

#![allow(deprecated, reason = "what the documents call outdated is still answered")]

use std::time::Duration;

use clerk_core::OrganizationId;
use clerk_fapi::types;

use super::{
    me::{address, signed_in},
    organizations::{acme, refused},
};
use crate::world::World;

scenarios![
    an_invitation_is_mailed_seen_and_accepted,
    an_invitation_is_for_nobody_else,
    an_invitation_is_taken_back_or_runs_out,
    nobody_is_invited_twice,
    several_are_invited_at_once_or_nobody,
    a_domain_is_verified_by_a_code_to_an_address_there,
    a_domain_cannot_be_anyones,
    a_verified_domain_invites_whoever_has_an_address_there,
    a_verified_domain_suggests_and_an_admin_decides,
    a_request_is_turned_down,
    an_enrollment_mode_is_changed_and_takes_back_what_it_offered,
    ownership_of_a_domain_is_vouched_for_by_a_back_end,
    several_domains_are_dealt_with_at_once,
    without_domains_there_are_none,
];

/// Everyone's domain, which a back end has verified for an organization.
async fn example_com(world: &World, id: &OrganizationId, mode: &str) -> clerk_core::OrganizationDomainId {
    let backend = world.backend();
    let domain = backend.create_organization_domain(id).name("example.com").enrollment_mode(mode);
    domain.send().await.unwrap().id.clone()
}

async fn an_invitation_is_mailed_seen_and_accepted(world: World) {
    let ann = signed_in(&world, "ann").await;
    let id = acme(&ann).await.id;
    let made = ann.create_organization_invitation(&id, address("bob"), "org:admin").send().await.unwrap().response;
    assert_eq!(made.status, Some(types::OrganizationInvitationStatus::Pending));
    let link = world.local.inbox().latest_link(&address("bob")).unwrap();
    assert_eq!(made.url.as_ref().map(|url| url.expose()), Some(link.as_str()));
    let open = ann.get_organization_invitations(&id).send().await.unwrap().response;
    assert_eq!((open.total_count, &open.data[0].id), (Some(1), &made.id));
    assert_eq!(ann.get_all_pending_organization_invitations(&id).send().await.unwrap().response.data.len(), 1);
    let bob = signed_in(&world, "bob").await;
    let mine = bob.get_user_organization_invitations().send().await.unwrap().response;
    assert_eq!(mine.data[0].public_organization_data.as_ref().unwrap().name, "Acme");
    let accepted = bob.accept_organization_invitation(&made.id).send().await.unwrap().response;
    assert_eq!(accepted.status, Some(types::OrganizationInvitationStatus::Accepted));
    assert_eq!(bob.get_organization_memberships().send().await.unwrap().response.data[0].role, "org:admin");
    let again = bob.accept_organization_invitation(&made.id).send().await;
    refused(again, 400, "organization_invitation_already_accepted");
    let late = ann.revoke_pending_organization_invitation(&id, &made.id).send().await;
    refused(late, 404, "organization_invitation_not_pending");
    assert!(ann.get_all_pending_organization_invitations(&id).send().await.unwrap().response.data.is_empty());
}

async fn an_invitation_is_for_nobody_else(world: World) {
    let (ann, cat) = (signed_in(&world, "ann").await, signed_in(&world, "cat").await);
    let id = acme(&ann).await.id;
    let made = ann.create_organization_invitation(&id, address("bob"), "org:member").send().await.unwrap().response;
    assert!(cat.get_user_organization_invitations().send().await.unwrap().response.data.is_empty());
    let taken = cat.accept_organization_invitation(&made.id).send().await;
    refused(taken, 404, "organization_invitation_not_found");
    refused(cat.get_organization_invitations(&id).send().await, 403, "not_a_member_in_organization");
}

async fn an_invitation_is_taken_back_or_runs_out(world: World) {
    let (ann, bob) = (signed_in(&world, "ann").await, signed_in(&world, "bob").await);
    let id = acme(&ann).await.id;
    let first = ann.create_organization_invitation(&id, address("bob"), "org:member").notify(false).send().await;
    let first = first.unwrap().response;
    assert_eq!(world.local.inbox().latest_link(&address("bob")), None);
    let revoked = ann.revoke_pending_organization_invitation(&id, &first.id).send().await.unwrap().response;
    assert_eq!((revoked.status, revoked.url.is_none()), (Some(types::OrganizationInvitationStatus::Revoked), true));
    let late = bob.accept_organization_invitation(&first.id).send().await;
    refused(late, 400, "organization_invitation_revoked_code");
    let backend = world.backend();
    let second = backend.create_organization_invitation(&id, address("bob"), "org:member").expires_in_days(1);
    let second = second.send().await.unwrap();
    world.local.clock().advance(Duration::from_secs(24 * 3600 + 1));
    refused(bob.accept_organization_invitation(&second.id).send().await, 400, "ticket_expired_code");
    let read = backend.get_organization_invitation(&id, &second.id).send().await.unwrap();
    assert_eq!(read.status.as_deref(), Some("expired"));
    let expired = ann.get_organization_invitations(&id).status([types::OrganizationInvitationStatusFilter::Expired]);
    assert_eq!(expired.send().await.unwrap().response.data.len(), 1);
}

async fn nobody_is_invited_twice(world: World) {
    let ann = signed_in(&world, "ann").await;
    let id = acme(&ann).await.id;
    let invite = |to: String| ann.create_organization_invitation(&id, to, "org:member").send();
    invite("bob@example.com".to_owned()).await.unwrap();
    refused(invite("BOB@example.com".to_owned()).await, 400, "organization_invitation_not_unique");
    refused(invite(address("ann")).await, 400, "already_a_member_in_organization");
    refused(invite("nobody".to_owned()).await, 422, "form_param_format_invalid");
    let king = ann.create_organization_invitation(&id, "cat@example.com", "org:king").send().await;
    refused(king, 404, "resource_not_found");
}

async fn several_are_invited_at_once_or_nobody(world: World) {
    let ann = signed_in(&world, "ann").await;
    let id = acme(&ann).await.id;
    let both = ["bob@example.com", "cat@example.com"];
    let made = ann.bulk_create_organization_invitations(&id, both, "org:member").send().await.unwrap().response;
    assert_eq!(made.data.iter().map(|it| it.email_address.as_str()).collect::<Vec<_>>(), both);
    let again = ann.bulk_create_organization_invitations(&id, ["dan@example.com", "cat@example.com"], "org:member");
    refused(again.send().await, 400, "organization_invitation_not_unique");
    let many = (0..11).map(|number| format!("person{number}@example.com"));
    let many = ann.bulk_create_organization_invitations(&id, many, "org:member").send().await;
    refused(many, 422, "form_param_array_size_exceeded");
    assert_eq!(ann.get_organization_invitations(&id).send().await.unwrap().response.total_count, Some(2));
}

async fn a_domain_is_verified_by_a_code_to_an_address_there(world: World) {
    let ann = signed_in(&world, "ann").await;
    let id = acme(&ann).await.id;
    let made = ann.create_organization_domain(&id, "Acme.dev").send().await.unwrap().response;
    assert_eq!((made.name.as_str(), made.enrollment_mode.as_deref()), ("acme.dev", Some("manual_invitation")));
    assert!(made.verification.is_none());
    let attempt = |code: &str| ann.attempt_organization_domain_verification(&id, &made.id, code.to_owned()).send();
    refused(attempt("424242").await, 400, "verification_not_sent");
    let elsewhere = ann.prepare_organization_domain_verification(&id, &made.id, "ann@example.com").send().await;
    refused(elsewhere, 422, "organization_domain_mismatch");
    let sent = ann.prepare_organization_domain_verification(&id, &made.id, "ann@acme.dev").send().await.unwrap();
    assert_eq!(sent.response.affiliation_verification.as_ref().unwrap().status, "unverified");
    let code = world.local.inbox().latest_code("ann@acme.dev").unwrap();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    refused(attempt(wrong).await, 422, "form_code_incorrect");
    let read = ann.get_organization_domain(&id, &made.id).send().await.unwrap().response;
    assert_eq!(read.affiliation_verification.as_ref().unwrap().attempts, Some(1));
    let done = attempt(&code).await.unwrap().response;
    assert_eq!(done.verification.as_ref().unwrap().status, "verified");
    let verified = ann.list_organization_domains(&id).verified(true).send().await.unwrap().response;
    assert_eq!(verified.data.len(), 1);
    assert!(ann.list_organization_domains(&id).verified(false).send().await.unwrap().response.data.is_empty());
    assert!(ann.delete_organization_domain(&id, &made.id).send().await.unwrap().response.deleted);
    refused(ann.get_organization_domain(&id, &made.id).send().await, 404, "resource_not_found");
}

async fn a_domain_cannot_be_anyones(world: World) {
    let ann = signed_in(&world, "ann").await;
    let id = acme(&ann).await.id;
    refused(ann.create_organization_domain(&id, "gmail.com").send().await, 422, "organization_domain_common");
    refused(ann.create_organization_domain(&id, "no domain").send().await, 422, "form_param_format_invalid");
    ann.create_organization_domain(&id, "acme.dev").send().await.unwrap();
    let again = ann.create_organization_domain(&id, "acme.dev").send().await;
    refused(again, 422, "organization_domain_already_exists_same_organization");
    let other = ann.create_organization("Other").send().await.unwrap().response.id;
    let backend = world.backend();
    let verified = backend.create_organization_domain(&other).name("other.dev").enrollment_mode("manual_invitation");
    verified.send().await.unwrap();
    let theirs = ann.create_organization_domain(&id, "other.dev").send().await;
    refused(theirs, 422, "organization_domain_already_exists");
}

async fn a_verified_domain_invites_whoever_has_an_address_there(world: World) {
    let ann = signed_in(&world, "ann").await;
    let bob = signed_in(&world, "bob").await;
    let id = acme(&ann).await.id;
    let domain = example_com(&world, &id, "automatic_invitation").await;
    // Those who were here before, and those who come after.
    let cat = signed_in(&world, "cat").await;
    for device in [&bob, &cat] {
        let mine = device.get_user_organization_invitations().send().await.unwrap().response;
        assert_eq!(mine.data.len(), 1);
        device.accept_organization_invitation(&mine.data[0].id).send().await.unwrap();
        assert_eq!(device.get_organization_memberships().send().await.unwrap().response.data[0].role, "org:member");
    }
    assert!(ann.get_user_organization_invitations().send().await.unwrap().response.data.is_empty());
    let dan = signed_in(&world, "dan").await;
    let read = ann.get_organization_domain(&id, domain.as_str()).send().await.unwrap().response;
    assert_eq!(read.total_pending_invitations, Some(1));
    assert_eq!(dan.get_user_organization_invitations().send().await.unwrap().response.data.len(), 1);
}

async fn a_verified_domain_suggests_and_an_admin_decides(world: World) {
    let (ann, bob) = (signed_in(&world, "ann").await, signed_in(&world, "bob").await);
    let id = acme(&ann).await.id;
    example_com(&world, &id, "automatic_suggestion").await;
    let mine = bob.get_organization_suggestions().send().await.unwrap().response;
    assert_eq!((mine.total_count, mine.data[0].status.as_str()), (Some(1), "pending"));
    assert!(ann.list_organization_membership_requests(&id).send().await.unwrap().response.data.is_empty());
    let asked = bob.accept_organization_suggestion(&mine.data[0].id).send().await.unwrap().response;
    assert_eq!(asked.status, "accepted");
    let again = bob.accept_organization_suggestion(&mine.data[0].id).send().await;
    refused(again, 400, "organization_suggestion_already_accepted");
    let requests = ann.list_organization_membership_requests(&id).status(["pending"]).send().await.unwrap().response;
    let request = &requests.data[0];
    assert_eq!(request.public_user_data.as_ref().unwrap().identifier, Some(address("bob")));
    let done = ann.accept_organization_membership_request(&id, &request.id).send().await.unwrap().response;
    assert_eq!(done.status, "accepted");
    assert_eq!(bob.get_organization_memberships().send().await.unwrap().response.data.len(), 1);
    refused(ann.accept_organization_membership_request(&id, &request.id).send().await, 404, "resource_not_found");
}

async fn a_request_is_turned_down(world: World) {
    let (ann, bob) = (signed_in(&world, "ann").await, signed_in(&world, "bob").await);
    let id = acme(&ann).await.id;
    example_com(&world, &id, "automatic_suggestion").await;
    let mine = bob.get_organization_suggestions().send().await.unwrap().response;
    bob.accept_organization_suggestion(&mine.data[0].id).send().await.unwrap();
    let requests = ann.list_organization_membership_requests(&id).send().await.unwrap().response;
    let done = ann.reject_organization_membership_request(&id, &requests.data[0].id).send().await.unwrap().response;
    assert_eq!(done.status, "revoked");
    assert!(bob.get_organization_memberships().send().await.unwrap().response.data.is_empty());
    assert!(bob.get_organization_suggestions().send().await.unwrap().response.data.is_empty());
}

async fn an_enrollment_mode_is_changed_and_takes_back_what_it_offered(world: World) {
    let (ann, bob) = (signed_in(&world, "ann").await, signed_in(&world, "bob").await);
    let id = acme(&ann).await.id;
    let domain = example_com(&world, &id, "automatic_suggestion").await;
    assert_eq!(bob.get_organization_suggestions().send().await.unwrap().response.data.len(), 1);
    let domain = domain.as_str();
    let change = |mode: &str| ann.update_organization_domain_enrollment_mode(&id, domain, mode.to_owned());
    let changed = change("manual_invitation").delete_pending(true).send().await.unwrap().response;
    assert_eq!(changed.enrollment_mode.as_deref(), Some("manual_invitation"));
    assert!(bob.get_organization_suggestions().send().await.unwrap().response.data.is_empty());
    refused(change("by_post").send().await, 422, "form_param_value_invalid");
    world.local.update_settings(|settings| settings.organizations.domain_enrollment_modes.truncate(1));
    let code = "organization_domain_enrollment_mode_not_enabled";
    refused(change("automatic_invitation").send().await, 403, code);
}

async fn ownership_of_a_domain_is_vouched_for_by_a_back_end(world: World) {
    let ann = signed_in(&world, "ann").await;
    let id = acme(&ann).await.id;
    let made = ann.create_organization_domain(&id, "acme.dev").send().await.unwrap().response.id;
    let attempt = || ann.attempt_organization_domain_ownership_verification(&id, &made).send();
    refused(attempt().await, 400, "verification_not_sent");
    let record = ann.prepare_organization_domain_ownership_verification(&id, &made).send().await.unwrap().response;
    let record = record.ownership_verification.as_ref().unwrap().clone();
    assert!(record.txt_record_name.unwrap().ends_with(".acme.dev") && record.txt_record_value.is_some());
    refused(attempt().await, 422, "organization_domain_ownership_not_verified");
    let vouched = world.backend().verify_organization_domain_ownership(&id, made.as_str()).send().await.unwrap();
    assert_eq!(vouched.ownership_verification.as_ref().unwrap().status, "verified");
    let done = attempt().await.unwrap().response;
    assert_eq!(done.verification.as_ref().unwrap().status, "verified");
}

async fn several_domains_are_dealt_with_at_once(world: World) {
    let ann = signed_in(&world, "ann").await;
    let id = acme(&ann).await.id;
    let names = ["acme.dev", "gmail.com", "acme.org"];
    let made = ann.create_organization_domains_bulk(&id, names).send().await.unwrap().response;
    assert_eq!(made.data.len(), 2);
    assert_eq!(
        (made.errors[0].name.as_str(), made.errors[0].code.as_str()),
        ("gmail.com", "organization_domain_common")
    );
    let ids = [made.data[0].id.as_str(), "orgdmn_nothing"];
    let prepared = ann.prepare_organization_domains_ownership_verification(&id, ids).send().await.unwrap().response;
    assert!(prepared.data[0].ownership_verification.as_ref().unwrap().txt_record_value.is_some());
    assert_eq!((prepared.errors[0].id.as_str(), prepared.errors[0].code.as_str()), (ids[1], "resource_not_found"));
    let tried = ann.attempt_organization_domains_ownership_verification(&id, ids).send().await.unwrap().response;
    assert!(tried.data.is_empty());
    assert_eq!(tried.errors[0].code, "organization_domain_ownership_not_verified");
}

async fn without_domains_there_are_none(world: World) {
    let ann = signed_in(&world, "ann").await;
    let id = acme(&ann).await.id;
    world.local.update_settings(|settings| settings.organizations.domains = false);
    let code = "organization_domains_not_enabled";
    refused(ann.create_organization_domain(&id, "acme.dev").send().await, 403, code);
    refused(ann.list_organization_domains(&id).send().await, 403, code);
    refused(world.backend().list_organization_domains(&id).send().await, 403, code);
}
