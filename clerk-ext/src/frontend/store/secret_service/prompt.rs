use std::time::Duration;

use futures_util::StreamExt as _;
use zbus::{Connection, MatchRule, MessageStream, OwnedObjectPath, OwnedVariant, message::Type};

use super::bus::{Failure, call};
use crate::frontend::store::StoreError;

/// How long a user has to answer.
const PATIENCE: Duration = Duration::from_secs(120);
const INTERFACE: &str = "org.freedesktop.Secret.Prompt";

/// Has the service ask its user, and waits for the answer.
pub(super) async fn answered(connection: &Connection, question: &OwnedObjectPath) -> Result<(), Failure> {
    let rule =
        MatchRule::builder().msg_type(Type::Signal).interface(INTERFACE).member("Completed").path(question).build()?;
    // Heard before it is asked, because the answer may be there before the reply.
    let mut answers = MessageStream::for_match_rule(rule, connection, None).await?;
    let no_window = "";
    call::<_, ()>(connection, question, INTERFACE, "Prompt", &no_window).await?;
    let locked = "the keyring stays locked; unlock it, and try again";
    match tokio::time::timeout(PATIENCE, answers.next()).await {
        Ok(Some(answer)) => {
            let (dismissed, _): (bool, OwnedVariant) = answer?.body().deserialize()?;
            if dismissed { Err(Failure::Said(StoreError::new(locked))) } else { Ok(()) }
        }
        Ok(None) => Err(Failure::Bus(zbus::Error::InvalidReply)),
        Err(waited) => Err(Failure::Said(StoreError::new(locked).with_source(waited))),
    }
}
