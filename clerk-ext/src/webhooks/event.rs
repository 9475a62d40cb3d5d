use clerk_bapi::{
    events::{self, EventAttributes, EventType},
    types,
};
use clerk_core::{Error, InstanceId, Json, Page, Timestamp};

use super::Verified;
use crate::{
    answer::{Fit, FromAnswer, Unfit, of_page, part, with_metadata},
    metadata::Metadata,
    typed::{Organization, OrganizationMembership, User},
};

with_metadata! {
    /// An invitation to an organization that was made or withdrawn.
    OrganizationInvitationCreatedPayload "invitation" {
        /// What goes over to the membership, for members to see.
        public: OrganizationInvitationPublic = public_metadata,
        /// What goes over to the membership, for servers alone.
        private: OrganizationInvitationPrivate = private_metadata,
    }

    /// An invitation to an organization that somebody took up.
    OrganizationInvitationAcceptedPayload "invitation" {
        /// What goes over to the membership, for members to see.
        public: OrganizationInvitationPublic = public_metadata,
        /// What goes over to the membership, for servers alone.
        private: OrganizationInvitationPrivate = private_metadata,
    }
}

/// What happened, with metadata of the application's types.
///
/// Users and organizations are the same types that the Backend API answers, so that one function stores both.
///
/// ```
/// use clerk_ext::{Timestamp, webhooks::{Event, Payload, Webhook}};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let webhook = Webhook::new("whsec_dGVzdCBzZWNyZXQ=")?;
/// # let body = r#"{"type":"user.deleted","object":"event","data":{"id":"user_1","deleted":true}}"#;
/// # let message = webhook.verify(&webhook.sign("msg_1", Timestamp::now(), body)?, body)?;
/// let event: Event = message.event()?;
/// match event.payload {
///     Payload::UserDeleted(user) => assert_eq!(user.id.as_deref(), Some("user_1")),
///     other => println!("{} is left alone: {other:?}", event.event_type),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event<M: Metadata = Json> {
    /// What happened, by its name.
    pub event_type: EventType,
    /// What it happened to.
    pub payload: Payload<M>,
    /// When it happened, where that is said.
    pub timestamp: Option<Timestamp>,
    /// The instance that it happened in, where that is said.
    pub instance_id: Option<InstanceId>,
    /// What brought it about.
    pub attributes: Option<EventAttributes>,
}

impl Verified {
    /// The body as an event: `Event<App>` with metadata of your types, `Event` with JSON.
    ///
    /// As `Result<Event<App>, Unfit<_>>` an event whose metadata does not fit comes back as it is, with the reason.
    ///
    /// ```
    /// use clerk_ext::{metadata, webhooks::{Event, Payload, User, Verified}};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Clone, Debug, Default, Deserialize, Serialize)]
    /// #[serde(default)]
    /// struct Plan {
    ///     seats: u32,
    /// }
    ///
    /// metadata! { struct App { user_public: Plan } }
    ///
    /// /// Takes what the Backend API answers as well.
    /// fn upsert(user: &User<App>) -> String {
    ///     format!("{} has {} seats", user.id, user.public.seats)
    /// }
    ///
    /// fn on_message(message: &Verified) -> Result<Option<String>, clerk_ext::Error> {
    ///     let event: Event<App> = message.event()?;
    ///     Ok(match event.payload {
    ///         Payload::UserCreated(user) | Payload::UserUpdated(user) => Some(upsert(&user)),
    ///         _ => None,
    ///     })
    /// }
    /// # use clerk_ext::{Timestamp, webhooks::Webhook};
    /// # let webhook = Webhook::new("whsec_dGVzdCBzZWNyZXQ=")?;
    /// # let body = r#"{"type":"user.created","object":"event","data":{"id":"user_1","public_metadata":{"seats":5}}}"#;
    /// # let message = webhook.verify(&webhook.sign("msg_1", Timestamp::now(), body)?, body)?;
    /// # assert_eq!(on_message(&message)?.as_deref(), Some("user_1 has 5 seats"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The body is no event, or its data does not have the shape of its type; or its metadata does not fit yours. A type
    /// that this version does not know is no error.
    pub fn event<E: FromAnswer<events::Event>>(&self) -> Result<E, Error> {
        E::from_answer(events::Event::read(self.body())?)
    }
}

/// One line for each type of event: whether it carries metadata, the type of its data, its name.
macro_rules! payload {
    ($($variant:ident $kind:ident $data:ty, $name:literal;)*) => {
        /// The data of an event, by its type.
        ///
        /// A user inside a session, and an organization inside a membership, have their metadata as JSON.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum Payload<M: Metadata = Json> {
            $(
                #[doc = concat!("`", $name, "`: see [`EventType::", stringify!($variant), "`].")]
                $variant(Box<$data>),
            )*
            /// The data of a kind of event that this version does not know, as it came.
            Unknown(Json),
        }

        /// Gives the data back where its metadata does not fit.
        fn fit<M: Metadata>(payload: events::Payload) -> Result<Payload<M>, Unfit<events::Payload>> {
            match payload {
                $(events::Payload::$variant(data) => payload!(@fit $kind $variant data),)*
                events::Payload::Unknown(data) => Ok(Payload::Unknown(data)),
                other => Ok(Payload::Unknown(serde_json::to_value(other).unwrap_or_default())),
            }
        }
    };
    (@fit typed $variant:ident $data:ident) => {
        match Fit::fit(*$data) {
            Ok(data) => Ok(Payload::$variant(Box::new(data))),
            Err(Unfit { raw, error }) => Err(Unfit { raw: events::Payload::$variant(Box::new(raw)), error }),
        }
    };
    (@fit plain $variant:ident $data:ident) => { Ok(Payload::$variant($data)) };
}

payload! {
    EmailCreated plain types::EmailEventPayload, "email.created";
    OrganizationCreated typed Organization<M>, "organization.created";
    OrganizationDeleted plain types::DeletedObject, "organization.deleted";
    OrganizationUpdated typed Organization<M>, "organization.updated";
    OrganizationDomainCreated plain types::OrganizationDomain, "organizationDomain.created";
    OrganizationDomainDeleted plain types::DeletedObject, "organizationDomain.deleted";
    OrganizationDomainUpdated plain types::OrganizationDomain, "organizationDomain.updated";
    OrganizationInvitationAccepted typed OrganizationInvitationAcceptedPayload<M>, "organizationInvitation.accepted";
    OrganizationInvitationCreated typed OrganizationInvitationCreatedPayload<M>, "organizationInvitation.created";
    OrganizationInvitationRevoked typed OrganizationInvitationCreatedPayload<M>, "organizationInvitation.revoked";
    OrganizationMembershipCreated typed OrganizationMembership<M>, "organizationMembership.created";
    OrganizationMembershipDeleted typed OrganizationMembership<M>, "organizationMembership.deleted";
    OrganizationMembershipUpdated typed OrganizationMembership<M>, "organizationMembership.updated";
    PaymentAttemptCreated plain types::PaymentAttemptEventPayload, "paymentAttempt.created";
    PaymentAttemptUpdated plain types::PaymentAttemptEventPayload, "paymentAttempt.updated";
    PermissionCreated plain types::Permission, "permission.created";
    PermissionDeleted plain types::DeletedObject, "permission.deleted";
    PermissionUpdated plain types::Permission, "permission.updated";
    RoleCreated plain types::Role, "role.created";
    RoleDeleted plain types::DeletedObject, "role.deleted";
    RoleUpdated plain types::Role, "role.updated";
    SessionCreated plain types::SessionEventPayload, "session.created";
    SessionEnded plain types::SessionEventPayload, "session.ended";
    SessionPending plain types::SessionEventPayload, "session.pending";
    SessionRemoved plain types::SessionEventPayload, "session.removed";
    SessionRevoked plain types::SessionEventPayload, "session.revoked";
    SmsCreated plain types::SmsEventPayload, "sms.created";
    SubscriptionActive plain types::SubscriptionEventPayload, "subscription.active";
    SubscriptionCreated plain types::SubscriptionEventPayload, "subscription.created";
    SubscriptionPastDue plain types::SubscriptionEventPayload, "subscription.pastDue";
    SubscriptionUpdated plain types::SubscriptionEventPayload, "subscription.updated";
    SubscriptionItemAbandoned plain types::BillingSubscriptionItemEventPayload, "subscriptionItem.abandoned";
    SubscriptionItemActive plain types::BillingSubscriptionItemEventPayload, "subscriptionItem.active";
    SubscriptionItemCanceled plain types::BillingSubscriptionItemEventPayload, "subscriptionItem.canceled";
    SubscriptionItemCreated plain types::BillingSubscriptionItemEventPayload, "subscriptionItem.created";
    SubscriptionItemEnded plain types::BillingSubscriptionItemEventPayload, "subscriptionItem.ended";
    SubscriptionItemFreeTrialEnding plain types::BillingSubscriptionItemEventPayload, "subscriptionItem.freeTrialEnding";
    SubscriptionItemIncomplete plain types::BillingSubscriptionItemEventPayload, "subscriptionItem.incomplete";
    SubscriptionItemPastDue plain types::BillingSubscriptionItemEventPayload, "subscriptionItem.pastDue";
    SubscriptionItemUpcoming plain types::BillingSubscriptionItemEventPayload, "subscriptionItem.upcoming";
    SubscriptionItemUpdated plain types::BillingSubscriptionItemEventPayload, "subscriptionItem.updated";
    UserCreated typed User<M>, "user.created";
    UserDeleted plain types::DeletedObject, "user.deleted";
    UserUpdated typed User<M>, "user.updated";
    WaitlistEntryCreated plain types::WaitlistEntry, "waitlistEntry.created";
    WaitlistEntryUpdated plain types::WaitlistEntry, "waitlistEntry.updated";
}

impl<M: Metadata> Fit<events::Event> for Event<M> {
    fn fit(mut answer: events::Event) -> Result<Self, Unfit<events::Event>> {
        let payload = std::mem::replace(&mut answer.payload, events::Payload::Unknown(Json::Null));
        match fit(payload) {
            Ok(payload) => Ok(Self {
                event_type: answer.event_type,
                payload,
                timestamp: answer.timestamp,
                instance_id: answer.instance_id,
                attributes: answer.attributes,
            }),
            Err(Unfit { raw, error }) => {
                answer.payload = raw;
                Err(Unfit { raw: answer, error })
            }
        }
    }
}

impl<M: Metadata> FromAnswer<events::Event> for Event<M> {
    fn from_answer(answer: events::Event) -> Result<Self, Error> {
        Self::fit(answer).map_err(|unfit| unfit.error)
    }
}
