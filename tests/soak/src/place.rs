//! Where devices keep their credentials.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use clerk_ext::frontend::{CredentialStore, FileStore, MemoryStore};
use tempfile::TempDir;

/// Where a device keeps its credentials.
pub(crate) enum Place {
    Memory(MemoryStore),
    Folder(TempDir),
    /// A folder of two programs that run at the same time: to Clerk they are one device.
    Shared {
        folder: Arc<TempDir>,
        ours: Arc<Entries>,
        others: Arc<Entries>,
    },
}

/// How it goes with the sign-ins and sign-ups of one program.
#[derive(Default)]
pub(crate) struct Entries {
    is_under_way: AtomicBool,
    /// How many may have given the device another token that never came: nobody is signed in there then.
    failed: AtomicU64,
}

impl Place {
    pub(crate) fn memory() -> Self {
        Self::Memory(MemoryStore::default())
    }

    /// # Errors
    /// There is no room for it.
    pub(crate) fn folder() -> io::Result<Self> {
        Ok(Self::Folder(tempfile::tempdir()?))
    }

    /// A folder as each of its two programs has it.
    ///
    /// # Errors
    /// There is no room for it.
    pub(crate) fn shared() -> io::Result<[Self; 2]> {
        let (folder, ours, others) = (Arc::new(tempfile::tempdir()?), Arc::<Entries>::default(), Arc::default());
        let second = Self::Shared { folder: folder.clone(), ours: Arc::clone(&others), others: ours.clone() };
        Ok([Self::Shared { folder, ours, others }, second])
    }

    /// The store as a program that starts opens it: it has seen nothing of what is kept, and holds nothing in common with
    /// others but the folder.
    pub(crate) fn open(&self) -> Arc<dyn CredentialStore> {
        let in_folder = |folder: &TempDir| Arc::new(FileStore::new(folder.path().join("clerk")));
        match self {
            Self::Memory(store) => Arc::new(store.clone()),
            Self::Folder(folder) => in_folder(folder),
            Self::Shared { folder, .. } => in_folder(folder),
        }
    }

    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Self::Shared { .. })
    }

    /// Somebody is about to sign in or up by this program.
    pub(crate) fn enters(&self) {
        if let Self::Shared { ours, .. } = self {
            ours.is_under_way.store(true, Ordering::SeqCst);
        }
    }

    /// They are in, or not.
    pub(crate) fn entered(&self, is_in: bool) {
        if let Self::Shared { ours, .. } = self {
            ours.failed.fetch_add(u64::from(!is_in), Ordering::SeqCst);
            ours.is_under_way.store(false, Ordering::SeqCst);
        }
    }

    /// How many sign-ins of the other program have failed so far.
    pub(crate) fn failed(&self) -> u64 {
        match self {
            Self::Shared { others, .. } => others.failed.load(Ordering::SeqCst),
            _ => 0,
        }
    }

    /// Whether no sign-in of the other program can have cost the device its token since so many had failed.
    pub(crate) fn is_certain(&self, failed: u64) -> bool {
        match self {
            Self::Shared { others, .. } => !others.is_under_way.load(Ordering::SeqCst) && self.failed() == failed,
            _ => true,
        }
    }
}
