//! Invitations, the waitlist, and the lists of who is let in and who is not.

use std::time::Duration;

use clerk_bapi::types::{NewInvitation, NewWaitlistEntry, WaitlistEntryStatus};
use clerk_core::Error;
use clerk_fapi::types::SignUpStatus;
use clerk_local::SignUpMode;

use crate::world::World;

scenarios![
    who_is_invited_signs_up_with_the_ticket_of_the_mail,
    an_invitation_is_made_once_for_an_address_unless_that_is_ignored,
    invitations_are_listed_by_status_text_and_order,
    an_invitation_that_was_revoked_or_has_run_out_lets_nobody_in,
    an_invitation_says_what_is_wrong_with_it,
    several_are_invited_at_once_or_none,
    who_joins_the_waitlist_is_let_in_by_an_invitation,
    an_entry_of_the_waitlist_moves_only_forward,
    the_waitlist_is_kept_by_back_ends_too,
    only_who_is_on_the_allowlist_signs_up,
    who_is_on_the_blocklist_does_not_sign_up,
    the_lists_hold_for_signing_in_unless_that_is_switched_off,
    who_is_invited_into_an_organization_signs_up_as_its_member,
    the_lists_hold_for_who_comes_through_a_provider,
];

const PASSWORD: &str = "correct horse battery";

fn refused(error: &Error) -> (u16, &str) {
    (error.status().unwrap().as_u16(), error.code().unwrap().as_str())
}

fn ticket(link: &str) -> &str {
    link.split_once("ticket=").unwrap().1
}

async fn who_is_invited_signs_up_with_the_ticket_of_the_mail(world: World) {
    let world = world.rebuilt(|it| it.configure(|settings| settings.sign_up.mode = SignUpMode::Restricted)).await;
    let backend = world.backend();
    let invite = backend.create_invitation("Ann@Example.com");
    let invitation = invite.public_metadata(serde_json::json!({"seat": "4A"})).send().await.unwrap();
    assert_eq!(invitation.email_address, "ann@example.com");
    let link = world.local.inbox().latest_link("ann@example.com").unwrap();
    assert_eq!(invitation.url.as_ref().unwrap().expose(), link);

    let device = world.device();
    let begun = device.create_sign_up().strategy("ticket").ticket(ticket(&link)).send().await.unwrap().response;
    assert_eq!(begun.missing_fields, ["password"]);
    assert!(begun.unverified_fields.is_empty(), "the invitation proves the address");
    assert_eq!(begun.public_metadata["seat"], "4A");
    let other = device.update_sign_up(&begun.id).email_address("bob@example.com").send().await.unwrap_err();
    assert_eq!(refused(&other), (422, "form_param_value_invalid"));
    let done = device.update_sign_up(&begun.id).password(PASSWORD).send().await.unwrap().response;
    assert_eq!(done.status, SignUpStatus::Complete);

    let accepted = world.backend().list_invitations().status("accepted").send().await.unwrap();
    assert_eq!(accepted.data[0].id, invitation.id);
    assert!(accepted.data[0].url.is_none(), "nobody can take it again");
    let again = world.device();
    let again = again.create_sign_up().ticket(ticket(&link)).send().await.unwrap_err();
    assert_eq!(refused(&again), (400, "invitation_already_accepted"));
    let revoked = world.backend().revoke_invitation(&invitation.id).send().await.unwrap_err();
    assert_eq!(refused(&revoked), (400, "invitation_already_accepted"));
}

async fn an_invitation_is_made_once_for_an_address_unless_that_is_ignored(world: World) {
    let backend = world.backend();
    backend.create_invitation("ann@example.com").notify(false).send().await.unwrap();
    assert!(world.local.inbox().messages().is_empty());
    let again = backend.create_invitation("ann@example.com").send().await.unwrap_err();
    assert_eq!(refused(&again), (400, "duplicate_record"));
    let second = backend.create_invitation("ann@example.com").ignore_existing(true).send().await.unwrap();

    let device = world.device();
    let link = second.url.unwrap();
    let up = device.create_sign_up().ticket(ticket(link.expose())).password(PASSWORD).send().await.unwrap();
    assert_eq!(up.response.status, SignUpStatus::Complete);
    let taken = backend.create_invitation("ann@example.com").send().await.unwrap_err();
    assert_eq!(refused(&taken), (422, "form_identifier_exists"));
    let late = backend.create_invitation("ann@example.com").ignore_existing(true).send().await.unwrap();
    let late = world.device().create_sign_up().ticket(ticket(late.url.unwrap().expose())).send().await.unwrap_err();
    assert_eq!(refused(&late), (400, "invitation_account_exists"));
}

async fn invitations_are_listed_by_status_text_and_order(world: World) {
    let backend = world.backend();
    for name in ["bob", "ann", "carl"] {
        backend.create_invitation(format!("{name}@example.com")).send().await.unwrap();
    }
    let addresses = |page: clerk_core::Page<clerk_bapi::types::Invitation>| {
        page.data.into_iter().map(|it| it.email_address.replace("@example.com", "")).collect::<Vec<_>>()
    };
    let newest = backend.list_invitations().send().await.unwrap();
    assert_eq!(addresses(newest), ["carl", "ann", "bob"]);
    let by_name = backend.list_invitations().order_by("+email_address").limit(2).offset(1).send().await.unwrap();
    assert_eq!(addresses(by_name), ["bob", "carl"]);
    let found = backend.list_invitations().query("ANN").send().await.unwrap();
    assert_eq!(addresses(found), ["ann"]);
    let pending = backend.list_invitations().status("pending").order_by("expires_at").send().await.unwrap();
    assert_eq!(pending.data.len(), 3);
    let wrong = backend.list_invitations().order_by("shoe_size").send().await.unwrap_err();
    assert_eq!(refused(&wrong), (422, "form_param_value_invalid"));
    world.local.clock().advance(Duration::from_secs(31 * 24 * 3600));
    assert!(backend.list_invitations().status("pending").send().await.unwrap().data.is_empty());
    assert_eq!(backend.list_invitations().status("expired").send().await.unwrap().data.len(), 3);
}

async fn an_invitation_that_was_revoked_or_has_run_out_lets_nobody_in(world: World) {
    let backend = world.backend();
    let first = backend.create_invitation("ann@example.com").expires_in_days(1).send().await.unwrap();
    let link = first.url.unwrap().expose().to_owned();
    let revoked = backend.revoke_invitation(&first.id).send().await.unwrap();
    assert_eq!((revoked.status.as_str(), revoked.revoked), ("revoked", true));
    let again = backend.revoke_invitation(&first.id).send().await.unwrap_err();
    assert_eq!(refused(&again), (400, "invitation_already_revoked"));
    let device = world.device();
    let error = device.create_sign_up().ticket(ticket(&link)).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "revoked_invitation"));

    let second = backend.create_invitation("ann@example.com").expires_in_days(1).send().await.unwrap();
    world.local.clock().advance(Duration::from_secs(24 * 3600));
    let link = second.url.unwrap().expose().to_owned();
    let error = device.create_sign_up().ticket(ticket(&link)).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "ticket_expired_code"));

    let gone = backend.delete_invitation(&second.id).send().await.unwrap();
    assert!(gone.deleted);
    let gone = backend.delete_invitation(&second.id).send().await.unwrap_err();
    assert_eq!(refused(&gone), (404, "resource_not_found"));
    let third = backend.create_invitation("ann@example.com").send().await.unwrap();
    backend.delete_invitation(&third.id).send().await.unwrap();
    let link = third.url.unwrap().expose().to_owned();
    for ticket in [ticket(&link), "not.a.ticket", "💥"] {
        let error = device.create_sign_up().ticket(ticket).send().await.unwrap_err();
        assert_eq!(refused(&error), (400, "ticket_invalid_code"));
    }
    let none = device.create_sign_up().strategy("ticket").send().await.unwrap_err();
    assert_eq!(refused(&none), (422, "form_param_missing"));
}

async fn an_invitation_says_what_is_wrong_with_it(world: World) {
    let backend = world.backend();
    let error = backend.create_invitation("ann").send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "form_param_format_invalid"));
    let error = backend.create_invitation("ann@example.com").expires_in_days(0).send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "form_param_value_invalid"));
    let error = backend.create_invitation("ann@example.com").redirect_url("home").send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "form_param_format_invalid"));
    let large = serde_json::json!({"x": "y".repeat(9000)});
    let error = backend.create_invitation("ann@example.com").public_metadata(large).send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "form_param_exceeds_allowed_size"));
    let error = backend.revoke_invitation("inv_nobody").send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "resource_not_found"));
}

async fn several_are_invited_at_once_or_none(world: World) {
    let backend = world.backend();
    let both = [NewInvitation::new("ann@example.com"), NewInvitation::new("bob@example.com")];
    let made = backend.create_bulk_invitations(both).send().await.unwrap();
    assert_eq!(made.len(), 2);
    let twice = [NewInvitation::new("carl@example.com"), NewInvitation::new("bob@example.com")];
    let error = backend.create_bulk_invitations(twice).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "duplicate_record"));
    let many = (0..11).map(|number| NewInvitation::new(format!("n{number}@example.com")));
    let error = backend.create_bulk_invitations(many).send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "form_param_array_size_exceeded"));
    assert_eq!(backend.list_invitations().send().await.unwrap().data.len(), 2);
}

async fn who_joins_the_waitlist_is_let_in_by_an_invitation(world: World) {
    let closed = world.device().join_waitlist("ann@example.com").send().await.unwrap_err();
    assert_eq!(refused(&closed), (403, "waitlist_not_accepting_entries"));
    let world = world.rebuilt(|it| it.configure(|settings| settings.sign_up.mode = SignUpMode::Waitlist)).await;
    let (device, backend) = (world.device(), world.backend());
    let error = device.create_sign_up().email_address("ann@example.com").send().await.unwrap_err();
    assert_eq!(refused(&error), (403, "sign_up_restricted_waitlist"));
    let joined = device.join_waitlist("ann@example.com").send().await.unwrap();
    let again = device.join_waitlist("Ann@example.com").send().await.unwrap();
    assert_eq!(joined.id, again.id);
    let waiting = backend.list_waitlist_entries().status("pending").send().await.unwrap();
    assert_eq!(waiting.data.len(), 1);

    let invited = backend.invite_waitlist_entry(joined.id.as_str()).send().await.unwrap();
    assert_eq!(invited.status, WaitlistEntryStatus::Invited);
    let link = world.local.inbox().latest_link("ann@example.com").unwrap();
    assert_eq!(invited.invitation.unwrap().url.unwrap().expose(), link);
    let up = device.create_sign_up().ticket(ticket(&link)).password(PASSWORD).send().await.unwrap().response;
    assert_eq!(up.status, SignUpStatus::Complete);
    let done = backend.list_waitlist_entries().query("ann").send().await.unwrap();
    assert_eq!(done.data[0].status, WaitlistEntryStatus::Completed);
    let late = backend.invite_waitlist_entry(joined.id.as_str()).send().await.unwrap_err();
    assert_eq!(refused(&late), (409, "waitlist_entry_already_completed"));
    let known = device.join_waitlist("ann@example.com").send().await.unwrap_err();
    assert_eq!(refused(&known), (422, "form_identifier_exists"));
}

async fn an_entry_of_the_waitlist_moves_only_forward(world: World) {
    let backend = world.backend();
    let entry = backend.create_waitlist_entry("ann@example.com").send().await.unwrap();
    backend.invite_waitlist_entry(&entry.id).send().await.unwrap();
    let link = world.local.inbox().latest_link("ann@example.com").unwrap();
    let again = backend.invite_waitlist_entry(&entry.id).send().await.unwrap_err();
    assert_eq!(refused(&again), (409, "waitlist_entry_already_invited"));
    let error = backend.delete_waitlist_entry(&entry.id).send().await.unwrap_err();
    assert_eq!(refused(&error), (409, "waitlist_entry_already_invited"));
    let rejected = backend.reject_waitlist_entry(&entry.id).send().await.unwrap();
    assert_eq!(rejected.status, WaitlistEntryStatus::Rejected);
    let error = world.device().create_sign_up().ticket(ticket(&link)).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "revoked_invitation"), "who was rejected cannot use the old invitation");
    let error = backend.reject_waitlist_entry(&entry.id).send().await.unwrap_err();
    assert_eq!(refused(&error), (409, "waitlist_entry_already_rejected"));
    let back = backend.invite_waitlist_entry(&entry.id).ignore_existing(true).send().await.unwrap();
    assert_eq!(back.status, WaitlistEntryStatus::Invited);
    let error = backend.reject_waitlist_entry("wle_nobody").send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "resource_not_found"));
}

async fn the_waitlist_is_kept_by_back_ends_too(world: World) {
    let backend = world.backend();
    let quiet = backend.create_waitlist_entry("ann@example.com").notify(false).send().await.unwrap();
    assert!(world.local.inbox().messages().is_empty());
    let more = [NewWaitlistEntry::new("bob@example.com"), NewWaitlistEntry::new("carl@example.com")];
    assert_eq!(backend.create_bulk_waitlist_entries(more).send().await.unwrap().len(), 2);
    assert_eq!(world.local.inbox().messages().len(), 2);
    let by_name = backend.list_waitlist_entries().order_by("-email_address").limit(1).send().await.unwrap();
    assert_eq!((by_name.data[0].email_address.as_str(), by_name.total_count), ("carl@example.com", Some(3)));
    let gone = backend.delete_waitlist_entry(&quiet.id).send().await.unwrap();
    assert!(gone.deleted);
    assert_eq!(backend.list_waitlist_entries().order_by("invited_at").send().await.unwrap().data.len(), 2);
    let half = [NewWaitlistEntry::new("dora@example.com"), NewWaitlistEntry::new("nobody")];
    let error = backend.create_bulk_waitlist_entries(half).send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "form_param_format_invalid"));
    assert_eq!(backend.list_waitlist_entries().send().await.unwrap().data.len(), 2);
}

async fn only_who_is_on_the_allowlist_signs_up(world: World) {
    let backend = world.backend();
    backend.update_instance_restrictions().allowlist(true).send().await.unwrap();
    let listed = backend.create_allowlist_identifier("Ann@example.com").notify(true).send().await.unwrap();
    assert!(listed.invitation_id.is_some());
    assert!(world.local.inbox().latest_link("ann@example.com").is_some());
    backend.create_allowlist_identifier("*@friends.example.com").send().await.unwrap();
    backend.create_allowlist_identifier("+1 415 555 0123").send().await.unwrap();
    let again = backend.create_allowlist_identifier("ann@example.com").send().await.unwrap_err();
    assert_eq!(refused(&again), (400, "duplicate_record"));
    let kinds = backend.list_allowlist_identifiers().send().await.unwrap().data;
    let kinds: Vec<&str> = kinds.iter().map(|it| it.identifier_type.as_ref().unwrap().as_str()).collect();
    assert_eq!(kinds, ["phone_number", "email_address", "email_address"]);

    let device = world.device();
    for allowed in ["ann@example.com", "anyone@friends.example.com"] {
        device.create_sign_up().email_address(allowed).send().await.unwrap();
    }
    let error = device.create_sign_up().email_address("bob@example.com").send().await.unwrap_err();
    assert_eq!(refused(&error), (403, "not_allowed_access"));
    backend.delete_allowlist_identifier(listed.id.unwrap()).send().await.unwrap();
    let error = device.create_sign_up().email_address("ann@example.com").send().await.unwrap_err();
    assert_eq!(refused(&error), (403, "not_allowed_access"));
    let revoked = backend.list_invitations().status("revoked").send().await.unwrap();
    assert_eq!(revoked.data.len(), 1);
}

async fn who_is_on_the_blocklist_does_not_sign_up(world: World) {
    let backend = world.backend();
    let listed = backend.create_blocklist_identifier("ann@example.com").send().await.unwrap();
    let device = world.device();
    device.create_sign_up().email_address("ann@example.com").send().await.unwrap();
    backend.update_instance_restrictions().blocklist(true).send().await.unwrap();
    let error = device.create_sign_up().email_address("ANN@example.com").send().await.unwrap_err();
    assert_eq!(refused(&error), (403, "not_allowed_access"));
    assert_eq!(backend.list_blocklist_identifiers().send().await.unwrap().total_count, Some(1));
    let wrong = backend.create_blocklist_identifier("neither").send().await.unwrap_err();
    assert_eq!(refused(&wrong), (422, "form_param_format_invalid"));
    let id = listed.id.unwrap();
    let other_list = backend.delete_allowlist_identifier(id.as_str()).send().await.unwrap_err();
    assert_eq!(refused(&other_list), (404, "resource_not_found"));
    backend.delete_blocklist_identifier(id).send().await.unwrap();
    device.create_sign_up().email_address("ann@example.com").send().await.unwrap();
}

/// Somebody who signed up by an invitation.
async fn ann(world: &World) {
    let made = world.backend().create_invitation("ann@example.com").send().await.unwrap();
    let (device, link) = (world.device(), made.url.unwrap());
    let up = device.create_sign_up().ticket(ticket(link.expose())).password(PASSWORD).send().await.unwrap();
    assert_eq!(up.response.status, SignUpStatus::Complete);
}

async fn the_lists_hold_for_signing_in_unless_that_is_switched_off(world: World) {
    ann(&world).await;
    let backend = world.backend();
    backend.update_instance_restrictions().allowlist(true).blocklist(true).send().await.unwrap();
    let device = world.device();
    let sign_in = || device.create_sign_in().identifier("ann@example.com");
    sign_in().send().await.expect("whoever was invited need not be on the allowlist");
    backend.create_blocklist_identifier("*@example.com").send().await.unwrap();
    assert_eq!(refused(&sign_in().send().await.unwrap_err()), (403, "not_allowed_access"));
    let only = backend.update_instance_restrictions().allowlist_blocklist_disabled_on_sign_in(true);
    only.send().await.unwrap();
    sign_in().send().await.unwrap();
}

async fn who_is_invited_into_an_organization_signs_up_as_its_member(world: World) {
    let backend = world.backend();
    let organization = backend.create_organization("Acme").send().await.unwrap();
    let invite = || backend.create_organization_invitation(&organization.id, "ann@example.com", "org:member");
    let revoked = invite().send().await.unwrap();
    let old = world.local.inbox().latest_link("ann@example.com").unwrap();
    backend.revoke_organization_invitation(&organization.id, &revoked.id).send().await.unwrap();
    invite().send().await.unwrap();
    let link = world.local.inbox().latest_link("ann@example.com").unwrap();

    let device = world.device();
    let error = device.create_sign_up().ticket(ticket(&old)).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "organization_invitation_revoked_code"));
    let up = device.create_sign_up().ticket(ticket(&link)).password(PASSWORD).send().await.unwrap();
    assert_eq!(up.response.status, SignUpStatus::Complete);
    let session = &up.client.unwrap().sessions[0];
    assert_eq!(session.last_active_organization_id.as_ref(), Some(&organization.id));
    let members = backend.list_organization_memberships(&organization.id).send().await.unwrap();
    let member = members.data[0].public_user_data.as_ref().unwrap().user_id.clone();
    assert_eq!(Some(member), up.response.created_user_id);
    let again = world.device();
    let again = again.create_sign_up().ticket(ticket(&link)).send().await.unwrap_err();
    assert_eq!(refused(&again), (400, "organization_invitation_already_accepted"));
}

async fn the_lists_hold_for_who_comes_through_a_provider(world: World) {
    let backend = world.backend();
    backend.update_instance_restrictions().blocklist(true).send().await.unwrap();
    backend.create_blocklist_identifier("bob@example.com").send().await.unwrap();
    let bob = clerk_local::ProviderAccount::new("google", "bob@example.com");
    world.local.provider().add(&bob);
    let device = world.device();
    let begun = device.create_sign_up().strategy("oauth_google").redirect_url("com.example.app://callback");
    let begun = begun.send().await.unwrap().response;
    let away = begun.verifications.unwrap().external_account.unwrap().external_verification_redirect_url.unwrap();
    let back = world.local.provider().approve(&away).await.unwrap();
    assert!(back.contains("__clerk_error_code=not_allowed_access"), "{back}");
    let nonce = back.split_once("rotating_token_nonce=").unwrap().1.split('&').next().unwrap();
    let seen = device.get_sign_up(&begun.id).rotating_token_nonce(nonce).send().await.unwrap().response;
    assert_eq!(seen.created_user_id, None);

    // Who has an account already does not come in by another door.
    let user = backend.create_user().email_address(["bob@example.com"]).skip_password_requirement(true);
    user.send().await.unwrap();
    let device = world.device();
    let begun = device.create_sign_in().strategy("oauth_google").redirect_url("com.example.app://callback");
    let first = begun.send().await.unwrap().response.first_factor_verification.unwrap();
    let back = world.local.provider().approve(&first.external_verification_redirect_url.unwrap()).await.unwrap();
    assert!(back.contains("__clerk_error_code=not_allowed_access"), "{back}");
}
