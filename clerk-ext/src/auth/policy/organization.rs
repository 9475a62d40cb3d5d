use super::{Denied, Rule, Subject};
use crate::auth::{Auth, Claims};

/// The organization that somebody acts in.
enum Acting<'s> {
    In { id: &'s str, slug: Option<&'s str> },
    InNone,
    Unknown,
}

impl Rule {
    pub(super) fn active_organization(&self, subject: &Subject<'_>) -> Result<(), Denied> {
        match acting(subject) {
            Acting::In { .. } => Ok(()),
            Acting::InNone => Err(Denied::forbidden("no organization is active")),
            Acting::Unknown => Err(Denied::cannot_tell("the token does not tell whether an organization is active")),
        }
    }

    pub(super) fn organization_in_path(&self, subject: &Subject<'_>, parameter: &str) -> Result<(), Denied> {
        let Some(named) = subject.path_parameter(parameter).filter(|named| !named.is_empty()) else {
            let message = format!("the route has no path parameter {parameter:?} to name an organization by");
            return Err(Denied::cannot_tell(message));
        };
        let Acting::In { id, slug } = acting(subject) else {
            return Err(Denied::cannot_tell("the path names an organization, and none is active"));
        };
        // Whoever may choose a slug must not choose somebody else's id.
        let is_slug = !named.starts_with("org_") && slug == Some(&*named);
        if named == id || is_slug {
            Ok(())
        } else if slug.is_none() && !named.starts_with("org_") {
            Err(Denied::cannot_tell(
                "the path names an organization by its slug, and the slug of the active one is not told",
            ))
        } else {
            Err(Denied::forbidden("the path names another organization than the active one"))
        }
    }
}

fn acting<'s>(subject: &Subject<'s>) -> Acting<'s> {
    match subject.auth() {
        Auth::Session(session) => session.claims().into(),
        Auth::Machine(machine) => {
            machine.organization_id().map_or(Acting::Unknown, |id| Acting::In { id: id.as_str(), slug: None })
        }
    }
}

impl<'s> From<&'s Claims> for Acting<'s> {
    fn from(claims: &'s Claims) -> Self {
        match claims.organization() {
            Some(organization) => Self::In { id: organization.id().as_str(), slug: organization.slug() },
            None if claims.tells_no_organization() => Self::InNone,
            None => Self::Unknown,
        }
    }
}
