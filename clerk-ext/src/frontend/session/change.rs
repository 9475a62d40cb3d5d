//! What is done with a session: it comes into the foreground, works elsewhere, ends.

use clerk_core::{Error, ErrorKind, OrganizationId, OrganizationRef};
use clerk_fapi::types::{self, SessionTouchIntent};

use super::Session;
use crate::frontend::sign_out::{SignOut, sign_out_one};

impl Session {
    /// Brings it into the foreground.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let people = ["ann@example.com", "bob@example.com"].map(|who| clerk_local::SeedUser::new(who).password("test-hunter2-and-more"));
    /// # let seed = people.into_iter().fold(clerk_local::Seed::default(), clerk_local::Seed::user);
    /// # let local = clerk_local::LocalClerk::builder().seed(seed).start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// let ann = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
    /// let bob = clerk.sign_in().password("bob@example.com", "test-hunter2-and-more").await?.session()?;
    /// assert_eq!(clerk.session().map(|session| session.id().clone()).as_ref(), Some(bob.id()));
    ///
    /// ann.activate().await?;
    /// assert_eq!(clerk.session().map(|session| session.id().clone()).as_ref(), Some(ann.id()));
    /// assert_eq!(clerk.sessions().len(), 2, "both stay signed in");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// It is over, or Clerk cannot be reached.
    pub async fn activate(&self) -> Result<(), Error> {
        self.touched(SessionTouchIntent::SelectSession).await.map(drop)
    }

    /// Tells Clerk that it is in use, so that it does not end for want of that; it comes into the foreground.
    ///
    /// # Errors
    ///
    /// As for [`activate`](Self::activate).
    pub async fn touch(&self) -> Result<(), Error> {
        self.touched(SessionTouchIntent::Focus).await.map(drop)
    }

    async fn touched(&self, intent: SessionTouchIntent) -> Result<types::Session, Error> {
        Ok(self.device.raw().touch_session(&self.id).intent(intent).send().await?.response)
    }

    /// Works in this organization of its user from now on, by id or slug; it comes into the foreground.
    ///
    /// Tokens from before are not handed out any more.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
    /// # let acme = clerk_local::SeedOrganization::new("Acme").slug("acme").member("ann@example.com", "org:admin");
    /// # let seed = clerk_local::Seed::default().user(ann).organization(acme);
    /// # let local = clerk_local::LocalClerk::builder().seed(seed).start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
    /// session.set_organization("acme").await?;
    /// let token = session.token().await?;
    /// assert_eq!(token.claims().organization.as_ref().and_then(|one| one.slug.as_deref()), Some("acme"));
    ///
    /// session.set_personal_account().await?;
    /// assert!(session.token().await?.claims().organization.is_none());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The user does not belong to the organization, none is named, or Clerk was not reached; the session stays where it
    /// is then.
    pub async fn set_organization(&self, organization: impl Into<OrganizationRef> + Send) -> Result<(), Error> {
        let organization = organization.into();
        let asked = organization.as_str();
        if asked.is_empty() {
            // Clerk takes an empty one for the personal account.
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "no organization is named; `set_personal_account` is for working in none",
            ));
        }
        let is_there =
            |now: Option<&OrganizationId>| now.is_some_and(|now| asked == now.as_str() || self.is_slug_of(asked, now));
        if self.works_in(asked, is_there).await? {
            return Ok(());
        }
        Err(if self.is_signed_in() {
            Error::new(
                ErrorKind::Conflict,
                "Clerk accepted the organization, but the session does not work in it; try again",
            )
        } else {
            self.over()
        })
    }

    /// Works in the personal account of its user from now on, in no organization; it comes into the foreground.
    ///
    /// Tokens from before are not handed out any more. [`set_organization`](Self::set_organization) has an example.
    ///
    /// # Errors
    ///
    /// The instance has no personal accounts ([`Conflict`](ErrorKind::Conflict)), or Clerk was not reached; the session
    /// stays where it is then.
    pub async fn set_personal_account(&self) -> Result<(), Error> {
        if self.works_in("", |now| now.is_none()).await? {
            return Ok(());
        }
        Err(match self.organization_id() {
            Some(now) if self.is_signed_in() => Error::new(
                ErrorKind::Conflict,
                format!("the instance has no personal accounts, so the session still works in {now}; choose another"),
            ),
            _ => self.over(),
        })
    }

    /// Asks for another place to work in, and tells whether it is there now.
    async fn works_in(
        &self,
        organization: &str,
        is_there: impl Fn(Option<&OrganizationId>) -> bool,
    ) -> Result<bool, Error> {
        let call = self.device.raw().touch_session(&self.id).intent(SessionTouchIntent::SelectOrg);
        let answered = call.active_organization_id(organization).send().await?.response;
        if !is_there(answered.last_active_organization_id.as_ref()) || !is_there(self.organization_id().as_ref()) {
            // The answer may have been made before the change was everywhere.
            self.device.raw().get_client().send().await?;
        }
        Ok(is_there(self.organization_id().as_ref()))
    }

    fn over(&self) -> Error {
        Error::new(ErrorKind::Unauthorized, format!("the session {} is over; sign in again", self.id))
    }

    /// Whether the organization with this id has this slug, as far as is known.
    fn is_slug_of(&self, slug: &str, id: &OrganizationId) -> bool {
        let snapshot = self.device.snapshot();
        let user = snapshot.session_by_id(&self.id).and_then(|session| session.user.as_ref());
        let mut organizations = user
            .into_iter()
            .flat_map(|user| &user.organization_memberships)
            .filter_map(|one| one.organization.as_ref());
        match organizations.find(|organization| organization.id == *id) {
            Some(organization) => organization.slug.as_deref() == Some(slug),
            // A membership that is not known yet cannot contradict.
            None => true,
        }
    }

    /// Ends it at Clerk, who goes on listing it as ended.
    ///
    /// [`sign_out`](Self::sign_out) is what people mean by signing out; it works without a network too.
    ///
    /// # Errors
    ///
    /// It was over before, or Clerk cannot be reached.
    pub async fn end(&self) -> Result<(), Error> {
        self.device.raw().end_session(&self.id).send().await.map(drop)
    }

    /// Signs its user out, and leaves other sessions of this device alone.
    ///
    /// It holds here at once, also offline.
    ///
    /// # Errors
    ///
    /// The store fails, or Clerk refuses for a reason that trying again will not change; it holds here all the same.
    pub async fn sign_out(&self) -> Result<SignOut, Error> {
        sign_out_one(&self.device, &self.id).await
    }
}
