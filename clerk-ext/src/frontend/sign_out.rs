//! Leaving: first here, then at Clerk, whenever that can be reached again.

use std::sync::Arc;

use clerk_core::{
    Error, ErrorCode, ErrorKind, Secret, SessionId,
    http::{
        HeaderMap,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
};

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
///
/// ```
/// use clerk_ext::frontend::SignOut;
/// use clerk_local::Fault;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::builder(&local.publishable_key());
/// # let clerk = clerk.network(|network| network.retry(clerk_ext::transport::RetryPolicy::none())).build()?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// // The network is away. She is signed out all the same, and Clerk is told later.
/// let gone = local.faults().add(Fault::reset());
/// assert_eq!(clerk.sign_out().await?, SignOut::Later);
/// assert!(clerk.session().is_none());
/// # local.faults().remove(gone);
/// # Ok(()) }
/// ```
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
        let unkept = core
            .edit(Some(EndReason::SignedOut), |record| {
                if record.token.is_none() && record.client.is_none() {
                    // The store may not have heard of the sign-out that was before this one.
                    return (!record.leaving.is_empty()).then(|| record.clone());
                }
                let mut left = record.clone();
                left.leaving.retain(|leaving| leaving.token.is_some());
                left.leaving.extend(left.token.take().map(|token| Leaving { token: Some(token), session: None }));
                left.client = None;
                Some(left)
            })
            .await?;
        tell(self.device(), unkept).await
    }
}

/// Signs one session out, and leaves the others alone.
pub(super) async fn sign_out_one(device: &Device, id: &SessionId) -> Result<SignOut, Error> {
    let core = device.core();
    core.sync().await?;
    let unkept = core
        .edit(Some(EndReason::SignedOut), |record| {
            let client = record.client.as_ref()?;
            client.sessions.iter().find(|session| session.id == *id)?;
            let others = client.sessions.iter().any(|session| session.id != *id && is_signed_in(session));
            let mut left = record.clone();
            left.client = Some(Record::without_session(client, id));
            left.leaving.push(Leaving { token: None, session: Some(id.clone()) });
            // Whoever is entering comes back to this device, perhaps under another name: that one is told then.
            if !others && !record.is_busy(core.now()) {
                left.client = None;
                // Those who left before, and of whom Clerk has not heard yet, need it as well.
                let token = left.token.take();
                left.leaving.iter_mut().filter(|one| one.token.is_none()).for_each(|one| one.token.clone_from(&token));
            }
            Some(left)
        })
        .await?;
    tell(device, unkept).await
}

/// Tells Clerk, in a task that goes on when nobody waits for it.
///
/// `unkept` says why the store does not know of the sign-out: the next run would find them signed in, unless Clerk knows.
async fn tell(device: &Device, unkept: Option<Error>) -> Result<SignOut, Error> {
    let core = device.core().clone();
    match (device.tasks().run(async move { told(&core).await }).await??, unkept) {
        (SignOut::Later, Some(error)) => Err(error),
        (told, _) => Ok(told),
    }
}

/// Tells Clerk who signed out while it could not be told; what fails is reported as an event.
pub(super) async fn carry_out(core: &Arc<Core>) {
    // Whoever is at it sees what is added meanwhile, or the next answer begins it anew.
    let Ok(_telling) = core.leaving.try_lock() else { return };
    if let Err(error) = told_all(core).await {
        core.teller.tell(Event::Error(Arc::new(error)));
    }
}

/// The same, and waits for whoever is at it.
pub(super) async fn carry_out_first(core: &Arc<Core>) {
    if core.record().leaving.is_empty() {
        return;
    }
    if let Err(error) = told(core).await {
        core.teller.tell(Event::Error(Arc::new(error)));
    }
}

async fn told(core: &Arc<Core>) -> Result<SignOut, Error> {
    let _telling = core.leaving.lock().await;
    told_all(core).await
}

async fn told_all(core: &Arc<Core>) -> Result<SignOut, Error> {
    let mut refused = None;
    for _ in 0..core.record().leaving.len() {
        // What is told of one may give the next another name to be told by.
        let Some(leaving) = core.record().leaving.first().cloned() else { break };
        match leave(core, &leaving).await {
            Ok(back) => settle(core, &leaving, back).await?,
            Err(error) if is_of_somebody_else(&error) => return Ok(SignOut::Later),
            Err(error) if is_over(&error) => {
                // It may be the session alone that is over, and not the device.
                let is_known =
                    leaving.session.is_some() && (error.kind() != ErrorKind::Unauthorized || is_of_session(&error));
                let back = if is_known { named_after(error.headers(), &leaving) } else { None };
                settle(core, &leaving, back).await?;
            }
            Err(error) if error.is_retryable() || error.kind() == ErrorKind::Cancelled => return Ok(SignOut::Later),
            Err(error) => {
                settle(core, &leaving, None).await?;
                refused.get_or_insert(error);
            }
        }
    }
    refused.map_or(Ok(SignOut::Done), Err)
}

/// Whether a page came where Clerk's answer should be, as in a hotel before one has agreed to its terms: Clerk has not
/// heard, whatever the status is.
fn is_of_somebody_else(error: &Error) -> bool {
    let content_type = error.headers().and_then(|headers| headers.get(CONTENT_TYPE)?.to_str().ok());
    content_type.is_some_and(|content_type| content_type.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

/// Whether there is nothing left to end: Clerk knows neither the device nor the session any more, or it is over.
fn is_over(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::NotFound)
        || is_of_session(error)
        || error.has_code(ErrorCode::INVALID_ACTION_FOR_SESSION)
}

/// Whether the error says of a session that it is over.
fn is_of_session(error: &Error) -> bool {
    error.errors().iter().any(|one| EndReason::of_code(one.code.as_str()).is_some())
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
    Ok(named_after(Some(&headers), leaving))
}

/// What the device is called after an answer to the token that left; nothing where it is forgotten.
fn named_after(headers: Option<&HeaderMap>, leaving: &Leaving) -> Option<Secret> {
    let rotated = headers.and_then(|headers| headers.get(AUTHORIZATION)).map(|value| value.to_str().map(str::trim));
    match rotated {
        Some(Ok("" | "Bearer") | Err(_)) => None,
        Some(Ok(token)) => Some(Secret::from(token)),
        None => leaving.token.clone(),
    }
}

/// Strikes a sign-out off the list, and takes the device's name up again unless it has another by now, or is about to get
/// one: a sign-in that left without a name would come back to a device that it is not of.
///
/// Whoever else left that device is told of by the name that it has from now on.
async fn settle(core: &Core, leaving: &Leaving, back: Option<Secret>) -> Result<(), Error> {
    core.edit(None, |record| {
        let mut settled = record.clone();
        settled.leaving.retain(|one| one != leaving);
        let (Some(left), Some(back)) = (&leaving.token, &back) else { return Some(settled) };
        let is_this_device = settled.token.is_none() && !settled.is_busy(core.now());
        if is_this_device {
            settled.token = Some(back.clone());
        }
        for one in settled.leaving.iter_mut().filter(|one| one.token.as_ref() == Some(left)) {
            // All of a device is left by its name alone.
            one.token = Some(back.clone()).filter(|_| !is_this_device || one.session.is_none());
        }
        Some(settled)
    })
    .await
    .map(drop)
}
