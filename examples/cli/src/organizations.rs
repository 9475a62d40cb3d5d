//! The organizations of whoever is signed in.

use clap::Args;
use clerk_ext::ErrorKind;

use crate::{device::Device, output::say, problem::Problem};

/// All of them, however many pages that takes; the one that they work in has a star.
pub(crate) async fn list(device: &mut Device) -> Result<(), Problem> {
    let session = device.session().await?;
    let current = session.organization_id();
    let mut memberships = device.clerk.organizations().memberships().stream();
    let mut is_empty = true;
    while let Some(membership) = memberships.try_next().await? {
        let Some(organization) = &membership.organization else { continue };
        is_empty = false;
        let star = if current.as_ref() == Some(&organization.id) { '*' } else { ' ' };
        let name = organization.slug.as_deref().unwrap_or(organization.id.as_str());
        say(format_args!("{star} {name:<20} {} as {}", organization.name, membership.role))?;
    }
    if is_empty { say("no organizations") } else { Ok(()) }
}

#[derive(Args)]
pub(crate) struct Switch {
    /// The organization, by slug or id
    #[arg(required_unless_present = "personal")]
    organization: Option<String>,
    /// Work in no organization
    #[arg(long, conflicts_with = "organization")]
    personal: bool,
}

impl Switch {
    /// Every run from now on works there, and its tokens say so.
    pub(crate) async fn carried_out(&self, device: &mut Device) -> Result<(), Problem> {
        let session = device.session().await?;
        let asked = self.organization.as_deref();
        let switched = match asked {
            Some(organization) => session.set_organization(organization).await,
            None => session.set_personal_account().await,
        };
        if let Err(error) = switched {
            return Err(match (asked, error.kind()) {
                (Some(asked), ErrorKind::Forbidden | ErrorKind::NotFound) => Problem::NotAMember(asked.to_owned()),
                _ => error.into(),
            });
        }
        match session.organization() {
            Some(organization) => say(format_args!("in {}", organization.name)),
            None => say("in no organization"),
        }
    }
}
