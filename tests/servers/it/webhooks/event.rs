use clerk_ext::{
    ErrorKind, Json,
    clerk_bapi::events,
    metadata,
    webhooks::{Event, EventType, FromAnswer as _, Payload, Unfit, User, Verified},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{NOW, at, webhook};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Plan {
    seats: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Note {
    note: String,
}

metadata! {
    struct App { user_public: Plan, org_private: Plan, membership_public: Plan, org_invitation_public: Note }
}

fn told(kind: &str, data: &Json) -> Verified {
    let body = json!({
        "type": kind,
        "object": "event",
        "data": data,
        "timestamp": 1_700_000_000_123_i64,
        "instance_id": "ins_1",
        "event_attributes": { "http_request": { "client_ip": "192.0.2.1", "user_agent": "test" } },
    });
    let (webhook, body) = (webhook(), body.to_string());
    webhook.verify(&webhook.sign("msg_1", at(NOW), &body).unwrap(), body).unwrap()
}

fn payload(kind: &str, data: &Json) -> Payload<App> {
    told(kind, data).event::<Event<App>>().unwrap().payload
}

/// Data that the type of any event accepts.
fn enough() -> Json {
    json!({
        "id": "id_1", "object": "object", "status": "active", "name": "Acme", "slug": "acme", "key": "org:admin",
        "user_id": "user_1", "payer_id": "payer_1", "organization_id": "org_1", "email_address": "ann@example.com", "role": "org:member",
        "description": "", "type": "x", "created_at": 1, "updated_at": 2, "organization": null, "invitation": null,
        "public_metadata": { "note": "x" }, "deleted": true,
        "plan": null, "payer": { "id": "payer_1" }, "phone_number": "+15555550100", "message": "", "slug_": "",
        "enrollment_mode": "manual_invitation", "verification": null, "amount": null, "charge_type": "checkout",
    })
}

const KINDS: [&str; 46] = [
    "email.created",
    "organization.created",
    "organization.deleted",
    "organization.updated",
    "organizationDomain.created",
    "organizationDomain.deleted",
    "organizationDomain.updated",
    "organizationInvitation.accepted",
    "organizationInvitation.created",
    "organizationInvitation.revoked",
    "organizationMembership.created",
    "organizationMembership.deleted",
    "organizationMembership.updated",
    "paymentAttempt.created",
    "paymentAttempt.updated",
    "permission.created",
    "permission.deleted",
    "permission.updated",
    "role.created",
    "role.deleted",
    "role.updated",
    "session.created",
    "session.ended",
    "session.pending",
    "session.removed",
    "session.revoked",
    "sms.created",
    "subscription.active",
    "subscription.created",
    "subscription.pastDue",
    "subscription.updated",
    "subscriptionItem.abandoned",
    "subscriptionItem.active",
    "subscriptionItem.canceled",
    "subscriptionItem.created",
    "subscriptionItem.ended",
    "subscriptionItem.freeTrialEnding",
    "subscriptionItem.incomplete",
    "subscriptionItem.pastDue",
    "subscriptionItem.upcoming",
    "subscriptionItem.updated",
    "user.created",
    "user.deleted",
    "user.updated",
    "waitlistEntry.created",
    "waitlistEntry.updated",
];

#[test]
fn all_46_kinds_are_read_each_into_its_own() {
    for kind in KINDS {
        let event: Event = told(kind, &enough()).event().unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(event.event_type.as_str(), kind);
        assert!(!matches!(event.event_type, EventType::Unknown(_)), "{kind}");
        assert!(!matches!(event.payload, Payload::Unknown(_)), "{kind}");
        // `user.created` is `UserCreated`.
        let name = format!("{:?}", event.payload).split('(').next().unwrap().to_lowercase();
        assert_eq!(name, kind.replace('.', "").to_lowercase());
    }
}

#[test]
fn an_event_says_when_and_where_it_happened_and_what_brought_it_about() {
    let event: Event<App> = told("user.deleted", &json!({"id": "user_1", "deleted": true})).event().unwrap();
    assert_eq!(event.timestamp.unwrap().as_millis(), 1_700_000_000_123);
    assert_eq!(event.instance_id.unwrap(), "ins_1");
    let request = event.attributes.unwrap().http_request.unwrap();
    assert_eq!((request.client_ip.as_deref(), request.user_agent.as_deref()), (Some("192.0.2.1"), Some("test")));
}

#[test]
fn metadata_comes_as_the_types_of_the_application() {
    let data = json!({"id": "user_1", "public_metadata": {"seats": 5}});
    for kind in ["user.created", "user.updated"] {
        let (Payload::UserCreated(user) | Payload::UserUpdated(user)) = payload(kind, &data) else { panic!("{kind}") };
        assert_eq!((user.public.seats, user.id.as_str()), (5, "user_1"));
    }
    let data = json!({"id": "org_1", "name": "Acme", "slug": "acme", "private_metadata": {"seats": 6}});
    let Payload::OrganizationUpdated(organization) = payload("organization.updated", &data) else { panic!() };
    assert_eq!((organization.private.seats, organization.name.as_str()), (6, "Acme"));
    let data = json!({"id": "orgmem_1", "role": "org:admin", "public_metadata": {"seats": 7}});
    let Payload::OrganizationMembershipDeleted(membership) = payload("organizationMembership.deleted", &data) else {
        panic!()
    };
    assert_eq!((membership.public.seats, membership.role.as_str()), (7, "org:admin"));
    let data = json!({"id": "orginv_1", "email_address": "ann@example.com", "public_metadata": {"note": "hello"}});
    let Payload::OrganizationInvitationCreated(invitation) = payload("organizationInvitation.created", &data) else {
        panic!()
    };
    assert_eq!((invitation.public.note.as_str(), invitation.email_address.as_str()), ("hello", "ann@example.com"));
    let Payload::OrganizationInvitationAccepted(invitation) = payload("organizationInvitation.accepted", &enough())
    else {
        panic!()
    };
    assert_eq!(invitation.public.note, "x");
}

#[test]
fn one_function_takes_users_of_events_and_of_answers() {
    fn upsert(user: &User<App>) -> (String, u32) {
        (user.id.to_string(), user.public.seats)
    }
    let data = json!({"id": "user_1", "public_metadata": {"seats": 5}});
    let Payload::UserCreated(user) = payload("user.created", &data) else { panic!() };
    assert_eq!(upsert(&user), ("user_1".to_owned(), 5));
    // What a call of the API makes of its answer.
    let answer = serde_json::from_value::<clerk_ext::clerk_bapi::types::User>(data).unwrap();
    assert_eq!(upsert(&User::from_answer(answer).unwrap()), ("user_1".to_owned(), 5));
}

#[test]
fn metadata_that_does_not_fit_is_an_error_that_says_where_and_quotes_nothing() {
    let message = told("user.updated", &json!({"id": "user_1", "public_metadata": {"seats": "hunter2test"}}));
    let error = message.event::<Event<App>>().unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Metadata, Some("public_metadata.seats")));
    assert!(error.to_string().contains("user_1") && !format!("{error} {error:?}").contains("hunter2test"));
}

#[test]
fn an_event_that_does_not_fit_comes_back_whole_to_who_asks_for_it() {
    let message = told("user.updated", &json!({"id": "user_1", "public_metadata": {"seats": "many"}}));
    let Unfit { raw, error, .. } = message.event::<Result<Event<App>, Unfit<events::Event>>>().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Metadata);
    let events::Payload::UserUpdated(user) = raw.payload else { panic!("{:?}", raw.payload) };
    assert_eq!((user.id.as_str(), &user.public_metadata["seats"]), ("user_1", &json!("many")));
    assert_eq!(raw.event_type, EventType::UserUpdated);
    let fits = told("user.updated", &json!({"id": "user_1"})).event::<Result<Event<App>, Unfit<events::Event>>>();
    assert!(matches!(fits.unwrap().unwrap().payload, Payload::UserUpdated(_)));
}

#[test]
fn an_event_of_an_unknown_kind_keeps_its_name_and_its_data() {
    let event: Event<App> = told("user.teleported", &json!({"to": "moon"})).event().unwrap();
    assert_eq!(event.event_type.as_str(), "user.teleported");
    let Payload::Unknown(data) = event.payload else { panic!("{:?}", event.payload) };
    assert_eq!(data, json!({"to": "moon"}));
}

#[test]
fn what_is_no_event_is_an_error() {
    let webhook = webhook();
    for body in ["", "{", "[]", r#"{"data":{}}"#, r#"{"type":"user.created","data":{"object":"user"}}"#] {
        let message = webhook.verify(&webhook.sign("msg_1", at(NOW), body).unwrap(), body).unwrap();
        let error = message.event::<Event>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}: {error}");
    }
}
