//! What to ask a person for next, and what to have proven: pure, from what Clerk says of a sign-up.

use clerk_fapi::types::{self, VerificationNextAction, VerificationStatus, VerificationStrategy};

use crate::frontend::{field_name::FieldName, strategy::Strategy};

/// What has to be done next in a sign-up.
///
/// ```
/// use clerk_ext::frontend::{FieldName, NextStep, SignUp};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// let SignUp::MissingRequirements(step) = clerk.sign_up().create().await? else { return Err("nothing is missing".into()) };
/// // What a page shows next.
/// let asked = match step.next_step() {
///     NextStep::Collect(fields) => fields.into_iter().filter(|field| field.required).map(|field| field.name).collect(),
///     NextStep::Prepare(proof) | NextStep::Attempt(proof) => vec![proof.field],
///     _ => Vec::new(),
/// };
/// assert_eq!(asked, [FieldName::EmailAddress, FieldName::Password]);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextStep {
    /// Ask for these and [update](super::Requirements::update) the sign-up: those that it cannot do without, and those
    /// that may be left out.
    Collect(Vec<Field>),
    /// Have a code or a link sent, or a wallet asked to sign.
    Prepare(Proof),
    /// Something was sent: wait for it, or ask for the code.
    Attempt(Proof),
    /// A browser has to pass a check; see [`SignUpProtectCheck`](super::SignUpProtectCheck).
    ProtectCheck,
    /// The back end of the application has to report a step of its own as done; then
    /// [refresh](super::Requirements::refresh).
    WaitForBackEnd,
    /// What is left cannot be typed, or is not known to this version: an account at a provider, for one.
    Other(Vec<FieldName>),
}

/// Something to ask a person for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// What.
    pub name: FieldName,
    /// Whether the sign-up cannot be completed without it.
    pub required: bool,
}

/// Something that is to be proven.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proof {
    /// What: the address, the number, the wallet.
    pub field: FieldName,
    /// How it was begun, or usually is.
    pub strategy: Option<Strategy>,
    /// All ways in which it can be.
    pub strategies: Vec<Strategy>,
}

/// In which order people are asked; all else comes after it.
const ORDER: [FieldName; 8] = [
    FieldName::EmailAddress,
    FieldName::EmailAddressOrPhoneNumber,
    FieldName::PhoneNumber,
    FieldName::Username,
    FieldName::Password,
    FieldName::FirstName,
    FieldName::LastName,
    FieldName::LegalAccepted,
];

impl FieldName {
    fn place(&self) -> usize {
        ORDER.iter().position(|known| known == self).unwrap_or(ORDER.len())
    }

    /// Whether it is something that a person types or ticks.
    fn is_typed(&self) -> bool {
        match self {
            Self::Passkey
            | Self::AuthenticatorApp
            | Self::BackupCode
            | Self::Saml
            | Self::EnterpriseSso
            | Self::CustomAction
            | Self::ProtectCheck => false,
            Self::Unknown(name) => !name.starts_with("oauth_"),
            _ => true,
        }
    }

    fn is_given(&self, raw: &types::SignUp) -> bool {
        match self {
            Self::EmailAddress => raw.email_address.is_some(),
            Self::PhoneNumber => raw.phone_number.is_some(),
            Self::Username => raw.username.is_some(),
            Self::Password => raw.password_enabled || raw.has_password,
            Self::FirstName => raw.first_name.is_some(),
            Self::LastName => raw.last_name.is_some(),
            Self::LegalAccepted => raw.legal_accepted_at.is_some(),
            Self::Web3Wallet => raw.web3_wallet.is_some(),
            _ => true,
        }
    }
}

/// What Clerk says of the proof of a field.
pub(super) fn verification<'a>(raw: &'a types::SignUp, field: &FieldName) -> Option<&'a types::Verification> {
    let all = raw.verifications.as_ref()?;
    match field {
        FieldName::EmailAddress => all.email_address.as_ref(),
        FieldName::PhoneNumber => all.phone_number.as_ref(),
        FieldName::Web3Wallet => all.web3_wallet.as_ref(),
        _ => None,
    }
}

fn names(raw: &[String]) -> Vec<FieldName> {
    let mut names: Vec<FieldName> = raw.iter().map(FieldName::from).collect();
    names.sort_by_key(FieldName::place);
    names
}

impl NextStep {
    pub(super) fn of(raw: &types::SignUp) -> Self {
        let (missing, unverified) = (names(&raw.missing_fields), names(&raw.unverified_fields));
        if missing.contains(&FieldName::ProtectCheck) {
            return Self::ProtectCheck;
        }
        let typed: Vec<FieldName> = missing.iter().filter(|name| name.is_typed()).cloned().collect();
        if !typed.is_empty() {
            return Self::Collect(fields(typed, raw));
        }
        if let Some(step) = unverified.iter().find_map(|field| Self::to_prove(raw, field)) {
            return step;
        }
        if missing.contains(&FieldName::CustomAction) {
            return Self::WaitForBackEnd;
        }
        Self::Other(missing.into_iter().chain(unverified).collect())
    }

    fn to_prove(raw: &types::SignUp, field: &FieldName) -> Option<Self> {
        let verification = verification(raw, field)?;
        let proof = Proof {
            field: field.clone(),
            strategy: verification.strategy.as_ref().map(VerificationStrategy::as_str).map(Strategy::from),
            strategies: verification.supported_strategies.iter().map(|one| Strategy::from(one.as_str())).collect(),
        };
        let is_open = matches!(verification.status, None | Some(VerificationStatus::Unverified));
        match &verification.next_action {
            Some(VerificationNextAction::NeedsAttempt) if is_open => Some(Self::Attempt(proof)),
            Some(VerificationNextAction::Unknown(_)) => None,
            _ => Some(Self::Prepare(proof)),
        }
    }
}

/// What is missing, and what could be given along with it.
fn fields(missing: Vec<FieldName>, raw: &types::SignUp) -> Vec<Field> {
    let either = missing.contains(&FieldName::EmailAddressOrPhoneNumber);
    let is_part = |name: &FieldName| either && matches!(name, FieldName::EmailAddress | FieldName::PhoneNumber);
    let optional = names(&raw.optional_fields);
    let optional = optional
        .into_iter()
        .filter(|name| ORDER.contains(name) && !name.is_given(raw) && !missing.contains(name) && !is_part(name));
    let optional: Vec<Field> = optional.map(|name| Field { name, required: false }).collect();
    let mut all: Vec<Field> = missing.into_iter().map(|name| Field { name, required: true }).collect();
    all.extend(optional);
    all.sort_by_key(|field| field.name.place());
    all
}
