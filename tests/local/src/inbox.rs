//! Mails and text messages: nothing leaves the machine, everything can be read.

use std::{sync::Arc, time::Duration};

use clerk_bapi::types;
use clerk_core::{JsonMap, Timestamp};
use serde_json::json;

use crate::{
    app::App,
    model::message::{MessageKind, recipient_key},
    state::State,
};

pub(crate) use crate::model::message::Message;

/// How many messages are kept; beyond it the oldest go.
const KEPT: usize = 10_000;

/// A message on its way.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    /// An address or a number.
    pub(crate) to: &'a str,
    /// What it is for, such as `email_code`.
    pub(crate) slug: &'a str,
    pub(crate) code: Option<&'a str>,
    pub(crate) link: Option<&'a str>,
    pub(crate) user_id: Option<&'a str>,
}

/// Puts a message into the inbox, and tells of it as the service does.
pub(crate) fn send(state: &mut State, outgoing: Outgoing<'_>, now: Timestamp) {
    let kind = if outgoing.to.contains('@') { MessageKind::Email } else { MessageKind::Sms };
    let slug = template(outgoing.slug);
    let application = state.settings().application_name.clone();
    let (subject, body) = match (outgoing.code, outgoing.link) {
        (Some(code), _) => {
            (format!("{code} is your code for {application}"), format!("{code} is your code for {application}."))
        }
        (None, Some(link)) => {
            (format!("Go on with {application}"), format!("Open this link to go on with {application}: {link}"))
        }
        (None, None) => {
            let what = slug.replace('_', " ");
            (format!("{application}: {what}"), format!("{application} tells you: {what}."))
        }
    };
    let message = Message {
        id: State::id(if kind == MessageKind::Email { "ema" } else { "sms" }, now),
        kind,
        to: outgoing.to.to_owned(),
        slug: slug.to_owned(),
        subject: (kind == MessageKind::Email).then_some(subject),
        body,
        code: outgoing.code.map(str::to_owned),
        link: outgoing.link.map(str::to_owned),
        user_id: outgoing.user_id.map(str::to_owned),
        created_at: now,
    };
    tell(state, &message, now);
    state.tables.messages.insert(message);
    while state.tables.messages.len() > KEPT {
        let Some(oldest) = state.tables.messages.iter().next().map(|message| message.id.clone()) else { break };
        state.tables.messages.remove(oldest);
    }
}

/// The template that a message is made by.
fn template(slug: &str) -> &str {
    match slug {
        "email_code" | "phone_code" => "verification_code",
        "reset_password_email_code" | "reset_password_phone_code" => "reset_password_code",
        "email_link" => "magic_link_sign_in",
        other => other,
    }
}

fn tell(state: &mut State, message: &Message, now: Timestamp) {
    let mut data = JsonMap::new();
    let app = json!({"name": state.settings().application_name, "url": state.addresses.frontend});
    data.insert("app".to_owned(), app);
    for (name, value) in [("otp_code", &message.code), ("magic_link", &message.link)] {
        if let Some(value) = value {
            data.insert(name.to_owned(), value.clone().into());
        }
    }
    let user = message.user_id.as_deref().and_then(|id| state.tables.users.get(id));
    match message.kind {
        MessageKind::Email => {
            let owned = user.and_then(|user| user.email_addresses.iter().find(|it| it.email_address == message.to));
            let mut event = types::EmailEventPayload::new(message.id.as_str());
            event.email_address_id = owned.map(|email| email.id.clone());
            event.object = Some("email".to_owned());
            event.slug = Some(message.slug.clone());
            event.from_email_name = Some("noreply".to_owned());
            event.to_email_address = Some(message.to.clone());
            event.user_id = message.user_id.as_deref().map(Into::into);
            event.subject = message.subject.as_deref().map(Into::into);
            event.body = Some(message.body.as_str().into());
            event.body_plain = Some(message.body.as_str().into());
            event.status = Some("queued".to_owned());
            event.data = Some(data.into());
            event.delivered_by_clerk = true;
            state.emit("email.created", &event, now);
        }
        MessageKind::Sms => {
            let owned = user.and_then(|user| user.phone_numbers.iter().find(|it| it.phone_number == message.to));
            let mut event = types::SmsEventPayload::new(message.id.as_str());
            event.phone_number_id = owned.map(|phone| phone.id.clone());
            event.object = Some("sms_message".to_owned());
            event.slug = Some(message.slug.clone());
            event.from_phone_number = Some("+15555550100".to_owned());
            event.to_phone_number = Some(message.to.clone());
            event.user_id = message.user_id.as_deref().map(Into::into);
            event.message = Some(message.body.as_str().into());
            event.status = Some("queued".to_owned());
            event.data = Some(data.into());
            event.delivered_by_clerk = true;
            event.created_at_ms = Some(now);
            state.emit("sms.created", &event, now);
        }
    }
}

/// Waits until there is a message, and gives the last one.
pub(crate) async fn wait_for(app: &App, to: &str, at_most: Duration) -> Option<Message> {
    let mut changes = app.changes();
    let key = recipient_key(to);
    let come = async {
        loop {
            changes.mark_unchanged();
            if let Some(message) = app.read(|state| state.tables.messages.find(&key).next_back().cloned()) {
                return Some(message);
            }
            // It ends only with the local Clerk.
            changes.changed().await.ok()?;
        }
    };
    tokio::time::timeout(at_most, come).await.ok().flatten()
}

/// What would have been sent: mails and text messages, the last 10,000 of them.
#[derive(Clone, Debug)]
pub struct Inbox(Arc<App>);

impl Inbox {
    pub(crate) fn new(app: &Arc<App>) -> Self {
        Self(Arc::clone(app))
    }

    /// All messages, the oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.0.read(|state| state.tables.messages.iter().cloned().collect())
    }

    /// The messages to an address or a number, the oldest first.
    #[must_use]
    pub fn messages_to(&self, to: &str) -> Vec<Message> {
        self.0.read(|state| state.tables.messages.find(&recipient_key(to)).cloned().collect())
    }

    /// The last message to an address or a number.
    #[must_use]
    pub fn latest(&self, to: &str) -> Option<Message> {
        self.latest_with(to, |_| true)
    }

    /// The code that was last sent to an address or a number.
    #[must_use]
    pub fn latest_code(&self, to: &str) -> Option<String> {
        self.latest_with(to, |message| message.code.is_some()).and_then(|message| message.code)
    }

    /// The link that was last sent to an address or a number.
    #[must_use]
    pub fn latest_link(&self, to: &str) -> Option<String> {
        self.latest_with(to, |message| message.link.is_some()).and_then(|message| message.link)
    }

    /// Waits until there is a message to an address or a number, and gives the last one; `None` if none comes in time.
    ///
    /// A message that is there already counts: [`clear`](Self::clear) first to wait for the next one. The time is real
    /// time, whatever the local clock shows.
    pub async fn wait_for(&self, to: &str, at_most: Duration) -> Option<Message> {
        wait_for(&self.0, to, at_most).await
    }

    /// Throws all messages away.
    pub fn clear(&self) {
        self.0.with(|state| state.tables.messages.remove_where(|_| true));
    }

    fn latest_with(&self, to: &str, fits: impl Fn(&Message) -> bool) -> Option<Message> {
        self.0.read(|state| state.tables.messages.find(&recipient_key(to)).rev().find(|it| fits(it)).cloned())
    }
}
