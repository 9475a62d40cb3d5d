//! What the store is like.

use clerk_core::Error;

use super::StoreState;
use crate::frontend::{core::Core, record::Record, store::StoreError};

/// What was seen of a store.
pub(super) struct Looked {
    pub(super) state: StoreState,
    pub(super) error: Option<Error>,
}

impl Looked {
    /// Whether it is known what the store holds.
    pub(super) fn is_known(&self) -> bool {
        matches!(self.state, StoreState::Works | StoreState::Unwritable)
    }
}

pub(super) async fn look(core: &Core) -> Looked {
    let found = match core.store.load(&core.name).await {
        Ok(found) => found,
        Err(error) => return Looked { state: StoreState::Unreadable, error: Some(error.into()) },
    };
    if found.is_some_and(|bytes| serde_json::from_slice::<Record>(bytes.as_ref()).is_err()) {
        return Looked { state: StoreState::Damaged, error: None };
    }
    if let Err(error) = core.sync().await {
        return Looked { state: StoreState::Unreadable, error: Some(error) };
    }
    match try_to_write(core).await {
        Ok(()) => Looked { state: StoreState::Works, error: None },
        Err(error) => Looked { state: StoreState::Unwritable, error: Some(error.into()) },
    }
}

/// Writes something where nothing else lies, and takes it away again.
///
/// A record in place of itself would not do: some stores see that and write nothing.
async fn try_to_write(core: &Core) -> Result<(), StoreError> {
    const PROBE: &[u8] = b"written to see whether that works";
    let name = format!("{}/diagnosis", core.name);
    let left = core.store.load(&name).await?;
    // Where somebody else is at it too, that it can be written is not in doubt.
    if core.store.swap(&name, left.as_ref().map(AsRef::as_ref), Some(PROBE)).await? {
        core.store.swap(&name, Some(PROBE), None).await?;
    }
    Ok(())
}

/// The name of a type without the modules that it and its parameters are in.
pub(super) fn short(path: &str) -> String {
    let mut short = String::new();
    let mut name_begins = 0;
    for character in path.chars() {
        if character == ':' {
            short.truncate(name_begins);
            continue;
        }
        short.push(character);
        if !(character.is_alphanumeric() || character == '_') {
            name_begins = short.len();
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_type_is_named_without_its_modules() {
        assert_eq!(short("clerk_ext::frontend::store::file::FileStore"), "FileStore");
        assert_eq!(short("a::b::EncryptedStore<c::d::FileStore>"), "EncryptedStore<FileStore>");
        assert_eq!(short("alloc::sync::Arc<dyn a::Kept>"), "Arc<dyn Kept>");
        assert_eq!(short("(a::B, c::D)"), "(B, D)");
    }
}
