//! Leaving: first here, then at Clerk, whenever that can be reached again.

use std::sync::Arc;

use clerk_core::{Error, ErrorKind, Secret, SessionId};

use super::{
    client::Frontend,
    core::Core,
    device::Device,
    events::{EndReason, Event},
    record::{Leaving, Record, is_signed_in},
    wire::Wire,
};
use crate::metadata::Metadata;

/// How far a sign-out has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignOut {
    /// Clerk knows of it.
    Done,
    /// It holds on this device; Clerk is told as soon as it can be reached, by the next run of the program if need be.
    Later,
}

impl<M: Metadata> Frontend<M> {
    /// Signs everybody out of this device.
    ///
    /// It holds here at once, also offline: nothing is left in the store that could act for them, but what is needed to
    /// tell Clerk. Clerk goes on knowing the device, so that whoever signs in on it again is not taken for somebody on a
    /// new one.
    ///
    /// # Errors
    ///
    /// The store cannot be read, and nothing has changed. Or Clerk refuses for a reason that trying again will not change;
    /// it holds here all the same.
    pub async fn sign_out(&self) -> Result<SignOut, Error> {
        let core = self.device().core();
        core.sync().await?;
        core.edit(Some(EndReason::SignedOut), |record| {
            let token = record.token.clone()?;
            let mut left = record.clone();
            left.leaving.retain(|leaving| leaving.token.is_some());
            left.leaving.push(Leaving { token: Some(token), session: None });
            left.token = None;
            left.client = None;
            Some(left)
        })
        .await?;
        tell(self.device()).await
    }
}

/// Signs one session out, and leaves the others alone.
pub(super) async fn sign_out_one(device: &Device, id: &SessionId) -> Result<SignOut, Error> {
    let core = device.core();
    core.sync().await?;
    core.edit(Some(EndReason::SignedOut), |record| {
        let client = record.client.as_ref()?;
        client.sessions.iter().find(|session| session.id == *id)?;
        let others = client.sessions.iter().any(|session| session.id != *id && is_signed_in(session));
        let mut left = record.clone();
        if others {
            left.client = Some(Record::without_session(client, id));
            left.leaving.push(Leaving { token: None, session: Some(id.clone()) });
        } else {
            left.leaving.push(Leaving { token: record.token.clone(), session: Some(id.clone()) });
            left.token = None;
            left.client = None;
        }
        Some(left)
    })
    .await?;
    tell(device).await
}

/// Tells Clerk, in a task that goes on when nobody waits for it.
async fn tell(device: &Device) -> Result<SignOut, Error> {
    let core = device.core().clone();
    device.tasks().run(async move { told(&core).await }).await?
}

/// Tells Clerk who signed out while it could not be told; what fails is reported as an event.
pub(super) async fn carry_out(core: &Arc<Core>) {
    // Whoever is at it sees what is added meanwhile, or the next answer begins it anew.
    let Ok(_telling) = core.leaving.try_lock() else { return };
    if let Err(error) = told_all(core).await {
        core.teller.tell(Event::Error(Arc::new(error)));
    }
}

async fn told(core: &Arc<Core>) -> Result<SignOut, Error> {
    let _telling = core.leaving.lock().await;
    told_all(core).await
}

async fn told_all(core: &Arc<Core>) -> Result<SignOut, Error> {
    let mut refused = None;
    for leaving in core.record().leaving.clone() {
        match leave(core, &leaving).await {
            Ok(back) => settle(core, &leaving, back).await?,
            Err(error) if is_over(&error) => settle(core, &leaving, None).await?,
            Err(error) if error.is_retryable() || error.kind() == ErrorKind::Cancelled => return Ok(SignOut::Later),
            Err(error) => {
                settle(core, &leaving, None).await?;
                refused.get_or_insert(error);
            }
        }
    }
    refused.map_or(Ok(SignOut::Done), Err)
}

/// Whether there is nothing left to end: Clerk knows neither the device nor the session any more.
fn is_over(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::NotFound)
        || error.errors().iter().any(|one| EndReason::of_code(one.code.as_str()).is_some())
}

/// Ends what is to be ended; gives the token of the device where Clerk still knows it and this device has no other.
async fn leave(core: &Arc<Core>, leaving: &Leaving) -> Result<Option<Secret>, Error> {
    let client = Wire::client_within(core);
    let client = match &leaving.token {
        Some(token) => client.with_client_token(token)?,
        None => client,
    };
    let headers = match &leaving.session {
        None => client.sign_out_all().send_full().await?.into_parts().1,
        Some(session) => client.remove_session(session).send_full().await?.into_parts().1,
    };
    let rotated = headers.get(clerk_core::http::header::AUTHORIZATION).map(|value| value.to_str().map(str::trim));
    Ok(match rotated {
        Some(Ok("" | "Bearer") | Err(_)) => None,
        Some(Ok(token)) => Some(Secret::from(token)),
        None => leaving.token.clone(),
    })
}

/// Strikes a sign-out off the list, and takes the device's name up again unless it has another by now.
async fn settle(core: &Core, leaving: &Leaving, back: Option<Secret>) -> Result<(), Error> {
    core.edit(None, |record| {
        let mut settled = record.clone();
        settled.leaving.retain(|one| one != leaving);
        if leaving.token.is_some() && settled.token.is_none() {
            settled.token = back.clone();
        }
        Some(settled)
    })
    .await
}
