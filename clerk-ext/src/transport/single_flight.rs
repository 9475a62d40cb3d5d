use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use clerk_core::{
    BoxError, BoxFuture, Bytes, Error,
    http::{HeaderMap, Method, Request, Response, Uri},
};
use futures_util::{
    FutureExt as _,
    future::{Shared, WeakShared},
};
use tower_layer::Layer;

use super::step::{Carrier, Step, Stepped, is_idempotent, operation, send};

/// Sends identical reads that overlap once, and gives all of them the answer or the failure.
///
/// Identical are `GET` requests of the same URI and the same headers, keys and tokens included. Nothing is kept: who asks
/// after the answer came is sent anew. The first request's time-outs hold for all that join it. One that is dropped does
/// not hurt the others; when all are dropped, so is the request.
///
/// ```
/// use clerk_ext::{Transport, clerk_bapi::Client, transport::SingleFlight};
/// use clerk_local::Api;
/// use tower_layer::Layer as _;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// let transport = Transport::new(SingleFlight::new().layer(local.transport()));
/// let clerk = Client::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).transport(transport).build()?;
/// # local.faults().add(clerk_local::Fault::latency(std::time::Duration::from_millis(50)).on("GetUser"));
/// // Two parts of a program ask at the same time.
/// let (one, other) = tokio::join!(clerk.get_user("user_ann").send(), clerk.get_user("user_ann").send());
/// assert_eq!((one?.id, local.calls(Api::Backend).get("GetUser")), (other?.id, Some(&1)));
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct SingleFlight(Arc<Mutex<Flights>>);

type Answer = Result<Response<Bytes>, Error>;

#[derive(Default)]
struct Flights {
    by_uri: HashMap<Uri, Vec<Flight>>,
    begun: u64,
}

struct Flight {
    id: u64,
    headers: HeaderMap,
    /// Weak, so that the request lives as long as somebody waits for it.
    answer: WeakShared<BoxFuture<'static, Answer>>,
}

impl SingleFlight {
    /// Shares requests among all services that this layer, or a clone of it, is put on.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn flights(&self) -> MutexGuard<'_, Flights> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The request that is on its way already, or this one.
    fn join<S: Carrier>(&self, inner: S, request: Request<Bytes>) -> Shared<BoxFuture<'static, Answer>> {
        let (uri, headers) = (request.uri().clone(), request.headers().clone());
        let mut flights = self.flights();
        let begun = flights.by_uri.get(&uri).into_iter().flatten().filter(|flight| flight.headers == headers);
        // Nobody may wait any more, while the last one to leave has not tidied up yet.
        if let Some(answer) = begun.filter_map(|flight| flight.answer.upgrade()).next() {
            return answer;
        }
        flights.begun += 1;
        let id = flights.begun;
        let landing = Landing { flights: self.clone(), uri: uri.clone(), id };
        let flight = async move {
            let operation = operation(&request);
            let answer = send(inner, request).await.map_err(|error| Error::transport(operation, error));
            drop(landing);
            answer
        };
        let answer = flight.boxed().shared();
        if let Some(weak) = answer.downgrade() {
            flights.by_uri.entry(uri).or_default().push(Flight { id, headers, answer: weak });
        }
        answer
    }
}

/// Takes a request out of those that can be joined, when it is answered or dropped.
struct Landing {
    flights: SingleFlight,
    uri: Uri,
    id: u64,
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut flights = self.flights.flights();
        if let Some(same_uri) = flights.by_uri.get_mut(&self.uri) {
            same_uri.retain(|flight| flight.id != self.id);
            if same_uri.is_empty() {
                flights.by_uri.remove(&self.uri);
            }
        }
    }
}

impl<S> Layer<S> for SingleFlight {
    type Service = Stepped<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        Stepped::new(self.clone(), inner)
    }
}

impl Step for SingleFlight {
    async fn carry<S: Carrier>(self, inner: S, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        // Some reads spend what they carry.
        if request.method() != Method::GET || !request.body().is_empty() || !is_idempotent(&request) {
            return send(inner, request).await;
        }
        let answer = self.join(inner, request);
        Ok(answer.await?)
    }
}

impl fmt::Debug for SingleFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleFlight").field("addresses", &self.flights().by_uri.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "single_flight_tests.rs"]
mod tests;
