//! Mails and text messages: nothing leaves the machine, everything can be read.

use clerk_core::Timestamp;

use crate::{
    model::message::{Message, MessageKind},
    state::State,
};

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
    let application = state.settings().application_name.clone();
    let body = match (outgoing.code, outgoing.link) {
        (Some(code), _) => format!("{code} is your code for {application}"),
        (None, Some(link)) => format!("Open this link to go on with {application}: {link}"),
        (None, None) => format!("A message of {application}: {}", outgoing.slug.replace('_', " ")),
    };
    let subject = (kind == MessageKind::Email).then(|| body.split(": ").next().unwrap_or_default().to_owned());
    state.tables.messages.insert(Message {
        id: State::id(if kind == MessageKind::Email { "ema" } else { "sms" }, now),
        kind,
        to: outgoing.to.to_owned(),
        slug: outgoing.slug.to_owned(),
        subject,
        body,
        code: outgoing.code.map(str::to_owned),
        link: outgoing.link.map(str::to_owned),
        user_id: outgoing.user_id.map(str::to_owned),
        created_at: now,
    });
}
