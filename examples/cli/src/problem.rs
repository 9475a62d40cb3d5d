//! What people are told when it does not work, and what to do then.

use std::{fmt, io};

use clerk_ext::{Error, ErrorKind, frontend::EndReason};

pub(crate) enum Problem {
    NobodyIsSignedIn,
    SessionEnded(EndReason),
    NotAMember(String),
    /// The account asks for a second factor, say, and only Clerk's own pages ask for everything.
    ProviderIsNotEnough,
    Output(io::Error),
    Clerk(Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Clerk(error)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = match self {
            Self::NobodyIsSignedIn => return f.write_str("nobody is signed in; run `example-cli login`"),
            Self::SessionEnded(reason) => {
                let why = match reason {
                    EndReason::Expired | EndReason::Abandoned => "its time was up",
                    EndReason::Refused => "Clerk does not let its user in any more",
                    _ => "it was ended elsewhere",
                };
                return write!(f, "the session is over: {why}; run `example-cli login` to sign in again");
            }
            Self::NotAMember(asked) => {
                return write!(f, "you belong to no organization '{asked}'; `example-cli organizations` lists yours");
            }
            Self::ProviderIsNotEnough => {
                return f.write_str(
                    "the account asks for more than the provider; run `example-cli login` without --provider",
                );
            }
            Self::Output(error) => return write!(f, "what was to be printed cannot be written: {error}"),
            Self::Clerk(error) => error,
        };
        match error.kind() {
            ErrorKind::Offline | ErrorKind::Network => {
                write!(f, "Clerk cannot be reached; try again when there is a network ({error})")
            }
            // The library's own words say what happened, and where Clerk refuses, a hint says what to do.
            _ => match error.hint() {
                Some(hint) => write!(f, "{error}; {hint}"),
                None => write!(f, "{error}"),
            },
        }
    }
}
