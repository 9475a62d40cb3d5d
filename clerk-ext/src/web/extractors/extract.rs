use serde::de::DeserializeOwned;

use super::{Machine, MaybeSignedIn, Require, SignedIn};
use crate::auth::policy::Policy;
use crate::web::{Checked, guard::PathLookup, refusal::Refused};

/// Something that a handler gets out of a checked request.
pub(in crate::web) trait Extract: Sized {
    /// As a log names it.
    const NAME: &'static str;

    fn extract(checked: &Checked, path: PathLookup<'_>) -> Result<Self, Refused>;
}

impl<C: DeserializeOwned + 'static> Extract for SignedIn<C> {
    const NAME: &'static str = "SignedIn";

    fn extract(checked: &Checked, _: PathLookup<'_>) -> Result<Self, Refused> {
        Self::read(checked)
    }
}

impl<C: DeserializeOwned + 'static> Extract for MaybeSignedIn<C> {
    const NAME: &'static str = "MaybeSignedIn";

    fn extract(checked: &Checked, _: PathLookup<'_>) -> Result<Self, Refused> {
        Ok(Self(SignedIn::read(checked).ok()))
    }
}

impl Extract for Machine {
    const NAME: &'static str = "Machine";

    fn extract(checked: &Checked, _: PathLookup<'_>) -> Result<Self, Refused> {
        checked.state().machine().cloned().ok_or_else(|| checked.no_machine().into())
    }
}

impl<P: Policy + Default> Extract for Require<P> {
    const NAME: &'static str = "Require";

    fn extract(checked: &Checked, path: PathLookup<'_>) -> Result<Self, Refused> {
        Self::read(checked, path)
    }
}
