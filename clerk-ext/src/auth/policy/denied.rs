use std::{borrow::Cow, error::Error as StdError, fmt};

use super::Reverification;

/// Why somebody may not.
///
/// Its text says what is missing, and is meant for logs: whoever is refused should not learn what they would need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    kind: DeniedKind,
    message: Cow<'static, str>,
    /// Whether the opposite would be allowed.
    certain: bool,
}

/// What could be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeniedKind {
    /// Sign in, or finish signing in.
    NotSignedIn,
    /// Nothing, as who they are.
    Forbidden,
    /// Prove once more who they are: nothing else is missing.
    Reverification(Reverification),
}

impl Denied {
    /// They are not signed in, or not wholly.
    pub fn not_signed_in(message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: DeniedKind::NotSignedIn, message: message.into(), certain: false }
    }

    /// They lack what is needed, and that is certain: [`not`](super::not) of it holds.
    pub fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: DeniedKind::Forbidden, message: message.into(), certain: true }
    }

    /// Nobody can tell whether they have what is needed: [`not`](super::not) of it does not hold either.
    pub fn cannot_tell(message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: DeniedKind::Forbidden, message: message.into(), certain: false }
    }

    /// They have to prove once more who they are, and could do the rest then.
    #[must_use]
    pub fn reverification(asked: Reverification) -> Self {
        let message = Cow::Borrowed("the user has to prove once more who they are");
        Self { kind: DeniedKind::Reverification(asked), message, certain: false }
    }

    /// What could be done about it.
    #[must_use]
    pub fn kind(&self) -> DeniedKind {
        self.kind
    }

    pub(super) fn is_certain(&self) -> bool {
        self.certain
    }

    /// What is told when all of several are needed and these are missing.
    ///
    /// A proof of who they are is asked for only if nothing else is missing: they would give it in vain.
    pub(super) fn all(denied: &[Self]) -> Option<Self> {
        if let Some(not_signed_in) = denied.iter().find(|one| one.kind == DeniedKind::NotSignedIn) {
            return Some(not_signed_in.clone());
        }
        let forbidden = denied.iter().filter(|one| one.kind == DeniedKind::Forbidden);
        if forbidden.clone().next().is_some() {
            let certain = forbidden.clone().any(|one| one.certain);
            return Some(Self { kind: DeniedKind::Forbidden, message: joined(forbidden).into(), certain });
        }
        asked(denied).max_by_key(demand).map(Self::reverification)
    }

    /// What is told when one of several would do and all are missing.
    ///
    /// Whoever could pass by proving who they are is asked to.
    pub(super) fn any(denied: &[Self]) -> Option<Self> {
        if let Some(not_signed_in) = denied.iter().find(|one| one.kind == DeniedKind::NotSignedIn) {
            return Some(not_signed_in.clone());
        }
        if let Some(least) = asked(denied).min_by_key(demand) {
            return Some(Self::reverification(least));
        }
        let certain = denied.iter().all(|one| one.certain);
        let message = format!("nothing of what would do: {}", joined(denied.iter()));
        (!denied.is_empty()).then(|| Self { kind: DeniedKind::Forbidden, message: message.into(), certain })
    }
}

fn joined<'d>(denied: impl Iterator<Item = &'d Denied>) -> String {
    denied.map(|one| one.message.as_ref()).collect::<Vec<_>>().join(", and ")
}

fn asked(denied: &[Denied]) -> impl Iterator<Item = Reverification> {
    denied.iter().filter_map(|one| match one.kind {
        DeniedKind::Reverification(asked) => Some(asked),
        _ => None,
    })
}

/// How much is asked for: more factors, then a fresher proof.
fn demand(asked: &Reverification) -> impl Ord + use<> {
    (asked.level(), std::cmp::Reverse(asked.after_minutes()))
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Denied {}
