use std::{fmt, future::IntoFuture};

use clerk_core::{BoxFuture, Error, ErrorKind, Json, JsonMap, Prepared as _, Secret};

use super::{Requirements, SignUp, SignUpProtectCheck, SignUps, saved::Sent};
use crate::{
    frontend::{field_name::FieldName, sign_in::SignInProtection, step::StepError, strategy::Strategy},
    metadata::MetadataPart,
};

/// What a person says of themselves, on its way to Clerk; awaiting it sends it.
///
/// It begins a sign-up, or is added to one that is under way: what is not set here stays as it is then, and what is
/// [cleared](Self::clear) is taken back.
///
/// ```
/// use clerk_ext::{frontend::SignUp, metadata};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Deserialize, Serialize)]
/// struct Wishes {
///     newsletter: bool,
/// }
///
/// metadata! { struct App { user_unsafe: Wishes } }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().configure(|it| it.sign_up.legal_consent_required = true).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// let form = clerk.sign_up().create().email_address("bob@example.com").password("test-hunter2-and-more");
/// let begun = form.unsafe_metadata(&Wishes { newsletter: false }).legal_accepted(true).email_code().await?;
/// let SignUp::MissingRequirements(step) = begun else { return Err("nothing is missing".into()) };
/// # let typed = local.inbox().latest_code("bob@example.com").ok_or("nothing was mailed")?;
/// step.verify_email_by_code().await?.attempt(typed).await?.session()?; // the code is on its way already
/// let bob = clerk.typed::<App>().me().get().await?;
/// assert!(!bob.unsafe_.newsletter);
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent before it is awaited"]
pub struct SignUpForm<S> {
    of: S,
    fields: JsonMap,
    mistake: Option<Error>,
}

impl<S> SignUpForm<S> {
    pub(super) fn new(of: S) -> Self {
        Self { of, fields: JsonMap::new(), mistake: None }
    }

    /// What mails go to. It has to be proven.
    pub fn email_address(self, address: impl Into<String>) -> Self {
        self.set("email_address", address.into())
    }

    /// What text messages go to, as `+15555550100`. It has to be proven.
    pub fn phone_number(self, number: impl Into<String>) -> Self {
        self.set("phone_number", number.into())
    }

    /// A name that nobody else has here.
    pub fn username(self, name: impl Into<String>) -> Self {
        self.set("username", name.into())
    }

    /// What nobody else is to know.
    pub fn password(self, password: impl Into<Secret>) -> Self {
        self.secret("password", password)
    }

    /// The given name.
    pub fn first_name(self, name: impl Into<String>) -> Self {
        self.set("first_name", name.into())
    }

    /// The family name.
    pub fn last_name(self, name: impl Into<String>) -> Self {
        self.set("last_name", name.into())
    }

    /// Metadata that the user will be able to change: never to be trusted.
    pub fn unsafe_metadata(self, metadata: &impl MetadataPart) -> Self {
        // The error may quote the value.
        match serde_json::to_value(metadata) {
            Ok(value @ Json::Object(_)) => self.set("unsafe_metadata", value),
            Ok(_) => self.refuse("metadata is an object, and the application's type writes none"),
            Err(_) => self.refuse("the application's metadata cannot be written as JSON"),
        }
    }

    /// Whether the person accepts the terms.
    pub fn legal_accepted(self, accepted: bool) -> Self {
        self.set("legal_accepted", accepted)
    }

    /// Mails a code to the address in the same request: [`Requirements::verify_email_by_code`] sends no other one then.
    pub fn email_code(self) -> Self {
        self.strategy(&Strategy::EMAIL_CODE)
    }

    /// Sends a code to the number in the same request: [`Requirements::verify_phone_by_code`] sends no other one then.
    pub fn phone_code(self) -> Self {
        self.strategy(&Strategy::PHONE_CODE)
    }

    /// What was typed into a field that [`NextStep::Collect`](super::NextStep::Collect) names, whatever field that is.
    ///
    /// `true` accepts the terms.
    pub fn field(self, name: impl Into<FieldName>, typed: impl Into<Secret>) -> Self {
        let (name, typed) = (name.into(), typed.into());
        match (&name, typed.expose()) {
            (FieldName::LegalAccepted, typed) => {
                let accepted = typed == "true";
                self.legal_accepted(accepted)
            }
            _ => self.secret(name.as_str(), typed),
        }
    }

    /// Takes back what was given earlier.
    pub fn clear(self, name: impl Into<FieldName>) -> Self {
        self.set(name.into().as_str(), Json::Null)
    }

    pub(super) fn strategy(self, strategy: &Strategy) -> Self {
        self.set("strategy", strategy.as_str())
    }

    pub(super) fn secret(self, name: &str, secret: impl Into<Secret>) -> Self {
        self.set(name, secret.into().expose())
    }

    fn set(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    fn refuse(mut self, why: &'static str) -> Self {
        self.mistake = self.mistake.or(Some(Error::new(ErrorKind::Metadata, why)));
        self
    }

    /// What the request sends by itself.
    fn sends(&self) -> Option<Strategy> {
        let strategy = Strategy::from(self.fields.get("strategy")?.as_str()?);
        [Strategy::EMAIL_CODE, Strategy::PHONE_CODE].contains(&strategy).then_some(strategy)
    }
}

impl IntoFuture for SignUpForm<SignUps> {
    type Output = Result<SignUp, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    /// Begins the sign-up.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let sends = self.sends();
            let Self { of: SignUps { device }, fields, mistake } = self;
            if let Some(mistake) = mistake {
                return Err(mistake.with_operation("createSignUps"));
            }
            let mut create = device.raw().create_sign_up();
            if let Some(locale) = &device.core().locale {
                create = create.locale(locale);
            }
            fields.into_iter().for_each(|(name, value)| create.call().with_field(&name, value));
            match create.send().await {
                Ok(answer) => {
                    let sent = sends.map(|strategy| Sent { strategy, at: device.core().now() });
                    SignUp::with_sent(&device, answer.response, sent).await
                }
                Err(error) => match SignInProtection::of(&error) {
                    Some(asks) => Ok(SignUp::NeedsProtectCheck(SignUpProtectCheck::before(&device, asks))),
                    None => Err(error),
                },
            }
        })
    }
}

impl IntoFuture for SignUpForm<Requirements> {
    type Output = Result<SignUp, StepError<Requirements>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    /// Adds it to the sign-up.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let sends = self.sends();
            let Self { of: step, fields, mistake } = self;
            if let Some(mistake) = mistake {
                return Err(StepError::new(step, mistake.with_operation("updateSignUps")));
            }
            let mut update = step.device.raw().update_sign_up(step.id());
            fields.into_iter().for_each(|(name, value)| update.call().with_field(&name, value));
            let answer = update.send().await;
            step.answered(answer, sends).await
        })
    }
}

impl<S: fmt::Debug> fmt::Debug for SignUpForm<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.fields.keys().collect();
        f.debug_struct("SignUpForm").field("of", &self.of).field("fields", &names).finish_non_exhaustive()
    }
}
