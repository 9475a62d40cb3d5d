use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::auth::claims::FactorAges;

/// How recently the user must have proven who they are, and by which factors.
///
/// Who has no second factor proves the first one instead. It serializes as Clerk's front ends expect it in the answer
/// that asks for a proof.
///
/// ```
/// use clerk_ext::auth::{FactorLevel, Reverification};
///
/// let within_the_hour = Reverification::Custom { level: FactorLevel::FirstFactor, after_minutes: 60 };
/// # let _ = within_the_hour;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reverification {
    /// Both factors in the last ten minutes.
    StrictMfa,
    /// The second factor in the last ten minutes.
    Strict,
    /// The second factor in the last hour.
    Moderate,
    /// The second factor in the last day.
    Lax,
    /// Factors and time of your own.
    Custom {
        /// Which factors.
        level: FactorLevel,
        /// The age that a proof must stay under, in minutes. No proof is younger than 0.
        after_minutes: u32,
    },
}

/// Which factors have to be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactorLevel {
    /// The first, such as a password or a code by email.
    FirstFactor,
    /// The second, such as a code of an authenticator app.
    SecondFactor,
    /// Both.
    MultiFactor,
}

impl FactorLevel {
    /// The name that Clerk has for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstFactor => "first_factor",
            Self::SecondFactor => "second_factor",
            Self::MultiFactor => "multi_factor",
        }
    }
}

impl Reverification {
    /// Which factors have to be proven.
    #[must_use]
    pub fn level(self) -> FactorLevel {
        match self {
            Self::StrictMfa => FactorLevel::MultiFactor,
            Self::Strict | Self::Moderate | Self::Lax => FactorLevel::SecondFactor,
            Self::Custom { level, .. } => level,
        }
    }

    /// The age in minutes that a proof must stay under.
    #[must_use]
    pub fn after_minutes(self) -> u32 {
        match self {
            Self::StrictMfa | Self::Strict => 10,
            Self::Moderate => 60,
            Self::Lax => 24 * 60,
            Self::Custom { after_minutes, .. } => after_minutes,
        }
    }

    pub(crate) fn is_met_by(self, ages: &FactorAges) -> bool {
        let fresh = |age: Option<f64>| age.is_some_and(|minutes| minutes < f64::from(self.after_minutes()));
        let (first, second) = (ages.first_minutes(), ages.second_minutes());
        match self.level() {
            FactorLevel::FirstFactor => fresh(first),
            _ if second.is_none() => fresh(first),
            FactorLevel::SecondFactor => fresh(second),
            FactorLevel::MultiFactor => fresh(first) && fresh(second),
        }
    }
}

impl Serialize for Reverification {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::StrictMfa => serializer.serialize_str("strict_mfa"),
            Self::Strict => serializer.serialize_str("strict"),
            Self::Moderate => serializer.serialize_str("moderate"),
            Self::Lax => serializer.serialize_str("lax"),
            Self::Custom { level, after_minutes } => {
                let mut fields = serializer.serialize_struct("Reverification", 2)?;
                fields.serialize_field("level", level.as_str())?;
                fields.serialize_field("afterMinutes", after_minutes)?;
                fields.end()
            }
        }
    }
}
