use std::{
    env,
    ffi::{OsStr, OsString},
    fs::{self, DirBuilder, Metadata},
    io,
    path::{Component, Path, PathBuf},
};

use super::StoreError;

/// A directory that nobody else gets into.
#[derive(Clone, Debug)]
pub(super) struct PrivateDirectory(PathBuf);

impl PrivateDirectory {
    pub(super) fn new(path: PathBuf) -> Self {
        // A program that changes its working directory must not lose what it kept.
        Self(std::path::absolute(&path).unwrap_or(path))
    }

    /// Where an application keeps what belongs to its user, in a directory of our own there.
    ///
    /// What else the application has in its directory may be open to everybody, so that directory cannot be the one.
    pub(super) fn of_application(application: &str) -> Result<Self, StoreError> {
        let mut components = Path::new(application).components();
        if !matches!((components.next(), components.next()), (Some(Component::Normal(name)), None) if name == application)
        {
            let message = "the name of the application is no name of a directory; give a plain word such as \"myapp\"";
            return Err(StoreError::new(message));
        }
        let configured = config_directory(env::consts::OS, env::home_dir(), |name| env::var_os(name));
        let directory = configured.ok_or_else(|| {
            let message = "this user has no home directory; set HOME (on Windows APPDATA), or give the store a path";
            StoreError::new(message)
        })?;
        Ok(Self::new(directory.join(application).join("clerk")))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Whether it is there; an error if others get in.
    pub(super) fn is_there(&self) -> Result<bool, StoreError> {
        let metadata = match fs::metadata(&self.0) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => {
                let (what, remedy) = ("the directory of credentials cannot be read", "let this user enter it");
                return Err(StoreError::io(what, &self.0, remedy, error));
            }
        };
        if !metadata.is_dir() {
            let what = "the path of the credential store is no directory";
            return Err(StoreError::at(what, &self.0, "give the store a directory of its own"));
        }
        if is_open_to_others(&metadata) {
            let what = "others have access to the directory of credentials";
            let remedy = "give the store a directory of its own, or close this one with chmod 700";
            return Err(StoreError::at(what, &self.0, remedy));
        }
        Ok(true)
    }

    /// Makes it, with all above it, if it is not there.
    pub(super) fn create(&self) -> Result<(), StoreError> {
        if self.is_there()? {
            return Ok(());
        }
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0).map_err(|error| {
            let (what, remedy) = ("the directory of credentials cannot be made", "let this user write above it");
            StoreError::io(what, &self.0, remedy, error)
        })?;
        // Somebody else may have been faster, and less careful.
        self.is_there().map(|_| ())
    }

    /// Sees to it that what was renamed or removed in it stays so when the power goes.
    pub(super) fn sync(&self) {
        // Not every file system does that for directories. What was written is there either way.
        #[cfg(unix)]
        let _ = fs::File::open(&self.0).and_then(|directory| directory.sync_all());
    }
}

/// Whether others may do anything at all with it; elsewhere than on Unix, the directory above decides that.
pub(super) fn is_open_to_others(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::mode(metadata) & 0o077 != 0;
    #[cfg(not(unix))]
    return {
        let _ = metadata;
        false
    };
}

/// Refuses links, which lead elsewhere, and pipes, which block whoever reads them.
pub(super) fn regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() { Ok(()) } else { Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no plain file")) }
}

/// Where programs of this system keep what belongs to their user.
fn config_directory(
    system: &str,
    home: Option<PathBuf>,
    variable: impl Fn(&OsStr) -> Option<OsString>,
) -> Option<PathBuf> {
    // What is relative would be another place wherever the program starts.
    let absolute = |path: PathBuf| Some(path).filter(|path| path.is_absolute());
    let named = |name: &str| variable(OsStr::new(name)).map(PathBuf::from).and_then(absolute);
    let home = home.and_then(absolute);
    match system {
        "windows" => named("APPDATA"),
        "macos" | "ios" => home.map(|home| home.join("Library/Application Support")),
        _ => named("XDG_CONFIG_HOME").or_else(|| home.map(|home| home.join(".config"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_place_for_an_application_follows_the_customs_of_the_system() {
        let place = |system, home: Option<&str>, set: Option<(&str, &str)>| {
            config_directory(system, home.map(PathBuf::from), |asked| {
                set.filter(|(name, _)| asked == *name).map(|(_, value)| value.into())
            })
        };
        let home = Some("/homes/ann");
        assert_eq!(place("linux", home, None), Some("/homes/ann/.config".into()));
        assert_eq!(place("linux", home, Some(("XDG_CONFIG_HOME", "/etc/ann"))), Some("/etc/ann".into()));
        assert_eq!(place("linux", home, Some(("XDG_CONFIG_HOME", "here"))), Some("/homes/ann/.config".into()));
        assert_eq!(place("linux", home, Some(("XDG_CONFIG_HOME", ""))), Some("/homes/ann/.config".into()));
        assert_eq!(place("macos", home, None), Some("/homes/ann/Library/Application Support".into()));
        assert_eq!(place("windows", home, Some(("APPDATA", "/roaming"))), Some("/roaming".into()));
        for system in ["linux", "macos", "windows"] {
            assert_eq!(place(system, Some("here"), None), None);
            assert_eq!(place(system, None, None), None);
        }
    }

    #[test]
    fn the_name_of_an_application_is_no_path() {
        for name in ["", ".", "..", "a/b", "/a", "a/", "./a"] {
            assert!(PrivateDirectory::of_application(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_relative_path_is_taken_from_where_the_program_is_now() {
        assert!(PrivateDirectory::new("here".into()).path().is_absolute());
    }
}
