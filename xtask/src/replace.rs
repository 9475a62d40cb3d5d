//! Files that are written whole or not at all.

use std::path::Path;

use anyhow::{Context as _, Result};

/// Writes beside the file and renames: whoever reads it meanwhile, or after a full disk, finds the old one.
pub(crate) fn file(target: &Path, text: &str) -> Result<()> {
    let cannot = || format!("{}: cannot be written", target.display());
    let folder = target.parent().with_context(cannot)?;
    std::fs::create_dir_all(folder).with_context(cannot)?;
    let name = target.file_name().with_context(cannot)?.to_string_lossy();
    let beside = folder.join(format!(".{name}.new"));
    let done = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, target));
    if done.is_err() {
        // Whether this works too does not matter beside what went wrong.
        let _ = std::fs::remove_file(&beside);
    }
    done.with_context(cannot)
}
