use std::fmt;

use clerk_core::{Error, ErrorKind, Json, OrganizationId, OrganizationRef, Secret};
use clerk_fapi::types;

use super::{
    me::{AuthenticatorApp, Me, PhoneNumbers},
    session::Session,
    step::StepError,
};

const CHOOSE_ORGANIZATION: &str = "choose-organization";
const RESET_PASSWORD: &str = "reset-password";
const SETUP_MFA: &str = "setup-mfa";

/// Something that a user has to do before a session counts: until then it is pending, and has no tokens.
///
/// Doing it gives the session back, which may have another one left.
///
/// ```
/// use clerk_ext::frontend::{Frontend, SessionTask};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().configure(|it| it.organizations.force_selection = true);
/// # let local = local.seed(clerk_local::Seed::default().user(clerk_local::SeedUser::new("ann@example.com")));
/// # let local = local.start().await?;
/// # let clerk = Frontend::new(&local.publishable_key())?;
/// # clerk.raw().create_sign_in().identifier("ann@example.com").strategy("email_code").send().await?;
/// # let id = clerk.snapshot().sign_in().unwrap().id.clone();
/// # let code = local.inbox().latest_code("ann@example.com").unwrap();
/// # clerk.raw().attempt_sign_in_factor_one(&id, "email_code").code(code).send().await?;
/// let mut session = clerk.session().expect("somebody is signed in");
/// while let Some(task) = session.current_task() {
///     session = match task {
///         SessionTask::ChooseOrganization(step) => match step.memberships().first() {
///             Some(membership) => step.choose(&membership.organization.as_ref().unwrap().id).await?,
///             None => step.create("Acme").await?,
///         },
///         other => panic!("{other:?}"),
///     };
/// }
/// # assert!(clerk.snapshot().organization_id().is_some());
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionTask {
    /// The user has to say which organization they work in.
    ChooseOrganization(ChooseOrganization),
    /// The user has to choose another password, because theirs was found among leaked ones.
    ResetPassword(ResetPassword),
    /// The user has to set up a second factor.
    SetupMfa(SetupMfa),
    /// Something that this version does not know, by the name that the API gives it.
    Unknown(String),
}

impl SessionTask {
    fn of(session: &Session, key: &str) -> Self {
        let session = session.clone();
        match key {
            CHOOSE_ORGANIZATION => Self::ChooseOrganization(ChooseOrganization { session, created: None }),
            RESET_PASSWORD => Self::ResetPassword(ResetPassword { session }),
            SETUP_MFA => Self::SetupMfa(SetupMfa { session }),
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// The name that the API gives it, such as `choose-organization`.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::ChooseOrganization(_) => CHOOSE_ORGANIZATION,
            Self::ResetPassword(_) => RESET_PASSWORD,
            Self::SetupMfa(_) => SETUP_MFA,
            Self::Unknown(key) => key,
        }
    }
}

impl Session {
    /// What its user has to do before it counts, in this order; nothing where it does.
    #[must_use]
    pub fn tasks(&self) -> Vec<SessionTask> {
        keys(self).iter().map(|key| SessionTask::of(self, key)).collect()
    }

    /// What its user has to do first.
    #[must_use]
    pub fn current_task(&self) -> Option<SessionTask> {
        Some(SessionTask::of(self, keys(self).first()?))
    }
}

fn keys(session: &Session) -> Vec<String> {
    let snapshot = session.device.snapshot();
    let tasks = snapshot.session_by_id(&session.id).map(|session| session.tasks.as_slice()).unwrap_or_default();
    tasks.iter().map(|task| task.key.clone()).collect()
}

/// The session after a task was done.
///
/// Clerk says how the session is now in the answer that ends a task; only where it did not is it asked.
async fn after(session: &Session, key: &str) -> Result<Session, Error> {
    let is_left = || keys(session).iter().any(|left| left == key);
    if is_left() {
        session.device.raw().get_client().send().await?;
    }
    if is_left() {
        return Err(Error::new(
            ErrorKind::Conflict,
            format!("Clerk still asks the user for {key}; do it, or try again"),
        ));
    }
    Ok(session.clone())
}

/// The user has to say which organization they work in.
///
/// ```
/// use clerk_ext::frontend::SessionTask;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let acme = clerk_local::SeedOrganization::new("Acme").member("ann@example.com", "org:member");
/// # let local = clerk_local::LocalClerk::builder().configure(|it| it.organizations.force_selection = true);
/// # let local = local.seed(clerk_local::Seed::default().user(ann).organization(acme)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let Some(SessionTask::ChooseOrganization(step)) = session.current_task() else { return Err("another task".into()) };
/// let memberships = step.memberships();
/// let acme = memberships.first().and_then(|one| one.organization.as_ref()).ok_or("she belongs to none")?;
/// let session = step.choose(&acme.id).await?;
/// assert!(session.tasks().is_empty() && session.organization_id().is_some());
/// # Ok(()) }
/// ```
pub struct ChooseOrganization {
    session: Session,
    /// One that was created and could not be chosen, by the name it was given.
    created: Option<(String, OrganizationId)>,
}

impl ChooseOrganization {
    /// The organizations that the user is a member of.
    #[must_use]
    pub fn memberships(&self) -> Vec<types::OrganizationMembership> {
        let snapshot = self.session.device.snapshot();
        let user = snapshot.session_by_id(&self.session.id).and_then(|session| session.user.as_ref());
        user.map(|user| user.organization_memberships.clone()).unwrap_or_default()
    }

    /// Works in this one from now on, by id or slug.
    ///
    /// # Errors
    ///
    /// The user is no member of it, or Clerk was not reached.
    pub async fn choose(self, organization: impl Into<OrganizationRef> + Send) -> Result<Session, StepError<Self>> {
        let organization = organization.into();
        self.touch(organization).await.map_err(|error| StepError::new(self, error))
    }

    /// Creates an organization, and works in it from now on.
    ///
    /// # Errors
    ///
    /// Users may not create organizations or no more of them, or Clerk was not reached. What was created before that is
    /// chosen when it is tried again by the same name.
    pub async fn create(mut self, name: impl Into<String> + Send) -> Result<Session, StepError<Self>> {
        let name = name.into();
        let organization = match &self.created {
            Some((created, id)) if *created == name => id.clone(),
            _ => {
                let create = self.session.device.raw().create_organization(name.as_str());
                match create.clerk_session_id(&self.session.id).send().await {
                    Ok(answer) => answer.response.id,
                    Err(error) => return Err(StepError::new(self, error)),
                }
            }
        };
        match self.touch(OrganizationRef::from(&organization)).await {
            Ok(session) => Ok(session),
            Err(error) => {
                self.created = Some((name, organization));
                Err(StepError::new(self, error.with_completed(["createOrganization"])))
            }
        }
    }

    async fn touch(&self, organization: OrganizationRef) -> Result<Session, Error> {
        let touch = self.session.device.raw().touch_session(&self.session.id);
        let touch = touch.active_organization_id(organization).intent(types::SessionTouchIntent::SelectOrg);
        touch.send().await?;
        after(&self.session, CHOOSE_ORGANIZATION).await
    }
}

/// The user has to choose another password.
///
/// [`reset`](Self::reset) has an example.
pub struct ResetPassword {
    session: Session,
}

impl ResetPassword {
    /// Sets the new password, and ends the user's other sessions where that is asked for.
    ///
    /// ```
    /// use clerk_ext::frontend::SessionTask;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
    /// # let backend = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// # backend.users().set_password_compromised("user_ann").await?;
    /// # clerk.reload().await?;
    /// let session = clerk.session().ok_or("nobody is signed in")?;
    /// let Some(SessionTask::ResetPassword(step)) = session.current_task() else { return Err("another task".into()) };
    /// let session = step.reset("test-another-one-and-more", true).await?;
    /// assert!(session.tasks().is_empty());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The password is too weak, leaked or the same as before, or Clerk was not reached.
    pub async fn reset(
        self,
        password: impl Into<Secret> + Send,
        sign_out_of_other_sessions: bool,
    ) -> Result<Session, StepError<Self>> {
        let change = self.session.device.raw().change_password(password).clerk_session_id(&self.session.id);
        let changed = match change.sign_out_of_other_sessions(sign_out_of_other_sessions).send().await {
            Ok(_) => after(&self.session, RESET_PASSWORD).await,
            Err(error) => Err(error),
        };
        changed.map_err(|error| StepError::new(self, error))
    }
}

/// The user has to set up a second factor.
///
/// They do it as at any other time; [`done`](Self::done) goes on from there.
///
/// ```
/// use clerk_ext::frontend::SessionTask;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().configure(|it| it.second_factor_required = true);
/// # let local = local.seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let Some(SessionTask::SetupMfa(step)) = session.current_task() else { return Err("another task".into()) };
/// let enrolment = step.authenticator_app().enroll().await?;
/// println!("scan this: {}", enrolment.qr()?.text().expose());
/// # let typed = local.totp_code("ann@example.com").ok_or("she has no app")?;
/// let backup_codes = enrolment.verify(typed).await?;
/// println!("keep these: {:?}", backup_codes.iter().map(|code| code.expose()).collect::<Vec<_>>());
/// let session = step.done().await?;
/// assert!(session.tasks().is_empty());
/// # Ok(()) }
/// ```
pub struct SetupMfa {
    session: Session,
}

impl SetupMfa {
    /// An app that shows codes.
    #[must_use]
    pub fn authenticator_app(&self) -> AuthenticatorApp {
        Me::<Json>::in_session(&self.session).authenticator_app()
    }

    /// A phone that codes are sent to: one that is proven, and then
    /// [reserved](PhoneNumbers::reserve_for_second_factor).
    #[must_use]
    pub fn phone_numbers(&self) -> PhoneNumbers {
        Me::<Json>::in_session(&self.session).phone_numbers()
    }

    /// Goes on, once there is a second factor.
    ///
    /// # Errors
    ///
    /// There is none yet ([`Conflict`](ErrorKind::Conflict)), or Clerk was not reached.
    pub async fn done(self) -> Result<Session, StepError<Self>> {
        after(&self.session, SETUP_MFA).await.map_err(|error| StepError::new(self, error))
    }
}

/// Says which session a step is about, and nothing else.
macro_rules! says_its_session {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("session", &self.session.id).finish_non_exhaustive()
            }
        }
    )*};
}

says_its_session! { ChooseOrganization ResetPassword SetupMfa }
