use clerk_core::Json;

/// A feature or a plan that a session has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Entitlement<'c> {
    /// Its name.
    pub slug: &'c str,
    /// Whether the active organization has it.
    pub of_organization: bool,
    /// Whether the user has it, in whichever organization.
    pub of_user: bool,
}

/// The entries of such a claim in their order, unless it is missing or malformed.
///
/// One entry without a scope spoils the claim; a scope that nobody knows is nobody's.
pub(crate) fn read(said: Option<&Json>) -> Option<impl Iterator<Item = Entitlement<'_>>> {
    let said = said?.as_str()?;
    let entries = || said.split(',').filter(|_| !said.is_empty());
    entries().all(|entry| entry.contains(':')).then(|| {
        entries().filter_map(|entry| {
            let (scope, slug) = trim(entry).split_once(':')?;
            let both = matches!(scope, "ou" | "uo");
            Some(Entitlement { slug, of_organization: both || scope == "o", of_user: both || scope == "u" })
        })
    })
}

/// What is between blanks. Only those of ASCII: a name or a number that has others is not one of Clerk's.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_ascii_whitespace())
}
