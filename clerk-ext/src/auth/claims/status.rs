use clerk_core::Json;

/// Whether a session is active, as its token says.
///
/// A status that is not known is kept; it counts as active, as in Clerk's other SDKs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionStatus {
    /// The user is signed in.
    Active,
    /// The user has to finish something first, such as choosing an organization.
    Pending,
    /// A status that this version does not know; empty where it is no text.
    Unknown(String),
}

clerk_core::open_enum! { SessionStatus { Active "active", Pending "pending" } }

impl SessionStatus {
    pub(super) fn read(said: Option<&Json>) -> Option<Self> {
        match said? {
            Json::Null => None,
            Json::String(said) => Some(said.into()),
            _ => Some(Self::Unknown(String::new())),
        }
    }
}
