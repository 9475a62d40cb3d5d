use clerk_core::Secret;

/// A link that Clerk mailed to somebody, as it leads into the application: an invitation above all.
///
/// ```
/// use clerk_ext::frontend::TicketLink;
///
/// let link = "myapp://welcome?__clerk_ticket=test-ticket&__clerk_status=sign_up";
/// assert!(matches!(TicketLink::from_url(link), Some(TicketLink::SignUp(_))));
/// assert!(TicketLink::from_url("myapp://welcome").is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TicketLink {
    /// Whoever was invited has an account: the ticket signs them in.
    SignIn(Secret),
    /// Whoever was invited has none yet: the ticket goes to [`SignUps::ticket`](super::SignUps::ticket).
    SignUp(Secret),
    /// Nothing is left to do: the link was for somebody who is signed in.
    Complete,
    /// It has a ticket, and what it is for is not known to this version.
    #[non_exhaustive]
    Unknown {
        /// What the link says that it is for; nothing where it says nothing.
        status: Option<String>,
        /// The ticket.
        ticket: Secret,
    },
}

impl TicketLink {
    /// Reads the link, or its query alone; nothing where it is another link, or says the same thing twice.
    #[must_use]
    pub fn from_url(link: &str) -> Option<Self> {
        let query = link.split_once('?').map_or(link, |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let (mut ticket, mut status) = (None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = match name.as_ref() {
                "__clerk_ticket" => &mut ticket,
                "__clerk_status" => &mut status,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return None;
            }
        }
        let ticket = ticket.filter(|ticket: &String| !ticket.is_empty()).map(Secret::from);
        match (status.as_deref(), ticket) {
            (Some("complete"), _) => Some(Self::Complete),
            (Some("sign_in"), Some(ticket)) => Some(Self::SignIn(ticket)),
            (Some("sign_up"), Some(ticket)) => Some(Self::SignUp(ticket)),
            (_, Some(ticket)) => Some(Self::Unknown { status, ticket }),
            (_, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_what_its_ticket_is_for() {
        let secret = || Secret::from("test.ticket");
        for (link, expected) in [
            (
                "https://a.example/?__clerk_ticket=test.ticket&__clerk_status=sign_in",
                Some(TicketLink::SignIn(secret())),
            ),
            ("__clerk_status=sign_up&x=1&__clerk_ticket=test.ticket#top", Some(TicketLink::SignUp(secret()))),
            ("app://in?__clerk_status=complete", Some(TicketLink::Complete)),
            ("app://in?__clerk_ticket=test.ticket", Some(TicketLink::Unknown { status: None, ticket: secret() })),
            ("app://in?__clerk_status=sign_up", None),
            ("app://in?__clerk_status=sign_up&__clerk_ticket=", None),
            ("app://in?__clerk_ticket=a&__clerk_ticket=b&__clerk_status=sign_up", None),
            ("app://in", None),
        ] {
            assert_eq!(TicketLink::from_url(link), expected, "{link}");
        }
    }
}
