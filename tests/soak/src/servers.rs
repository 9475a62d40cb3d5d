//! Servers that check who asks them.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_ext::{
    Error, Json, Timestamp,
    auth::{Clerk, Reason, Session},
    http::{Request, header::AUTHORIZATION},
};
use tokio::sync::mpsc::Receiver;

use crate::{
    dice::Dice,
    history::{Bearer, Fact, Found, Given, Work},
    scene::Scene,
};

/// Tokens are taken for five seconds more than they say, since clocks differ.
const SKEW: Duration = Duration::from_secs(5);

/// A token as a device sends it to a server.
#[derive(Clone)]
pub(crate) struct Presented {
    pub(crate) token: String,
    pub(crate) bearer: Bearer,
    pub(crate) issued_at: Option<Timestamp>,
    pub(crate) expires_at: Timestamp,
}

/// Checks what devices send, and what forgers make of it.
///
/// # Errors
/// The server cannot be set up.
pub(crate) async fn serve(scene: &Scene, mut dice: Dice, mut presented: Receiver<Presented>) -> Result<(), Error> {
    let clerk = Clerk::builder()
        .publishable_key(&scene.local.publishable_key())
        .secret_key(&scene.local.secret_key())
        .api_url(scene.local.backend_url())
        .transport(scene.wire(&dice))
        .clock(Arc::new(scene.time.clone()))
        .build()?;
    let mut server = Server { scene, clerk, familiar: BTreeSet::new() };
    let mut kept: Vec<Presented> = Vec::new();
    while !scene.is_over() {
        let Ok(Some(next)) = tokio::time::timeout(Duration::from_millis(50), presented.recv()).await else { continue };
        server.checks(&next, dice.one_in(2)).await;
        if dice.one_in(3)
            && let Some(forged) = forged(&next.token, dice.below(5))
        {
            server.refuses(&forged, &next.bearer, dice.one_in(2)).await;
        }
        kept.push(next);
        if let Some(place) =
            kept.iter().position(|old| old.expires_at + SKEW + Duration::from_secs(1) < scene.time.at())
        {
            let old = kept.swap_remove(place);
            server.refuses(&old.token, &old.bearer, dice.one_in(2)).await;
        } else if kept.len() > 64 {
            kept.swap_remove(0);
        }
    }
    Ok(())
}

struct Server<'s> {
    scene: &'s Scene,
    clerk: Clerk,
    /// The ids of the keys that it has used.
    familiar: BTreeSet<String>,
}

impl Server<'_> {
    async fn checks(&mut self, presented: &Presented, as_request: bool) {
        let is_doubtful =
            |scene: &Scene| scene.is_key_doubtful(presented.issued_at) || presented.expires_at <= scene.time.at();
        let key = key_id(&presented.token).unwrap_or_default();
        let before = is_doubtful(self.scene);
        let found = self.finds(Work::Check, &presented.token, as_request).await;
        let given = match before || is_doubtful(self.scene) {
            true => Given::Doubtful,
            false if self.familiar.contains(&key) => Given::Familiar,
            false => Given::Good,
        };
        if matches!(found, Found::Accepted(_)) {
            self.familiar.insert(key);
        }
        self.scene.history.fact(Fact::Checked { given, expected: presented.bearer.clone(), found });
    }

    async fn refuses(&self, token: &str, bearer: &Bearer, as_request: bool) {
        let found = self.finds(Work::Forge, token, as_request).await;
        self.scene.history.fact(Fact::Checked { given: Given::Bad, expected: bearer.clone(), found });
    }

    async fn finds(&self, work: Work, token: &str, as_request: bool) -> Found {
        self.scene.history.begins(work);
        let call = async {
            Ok::<_, Error>(if as_request { self.of_request(token).await } else { self.of_token(token).await })
        };
        match self.scene.watched(work, call).await {
            Ok(found) => found,
            Err(error) => Found::Refused(error.to_string()),
        }
    }

    async fn of_token(&self, token: &str) -> Found {
        match self.clerk.verify_token(token).await {
            Ok(session) => Found::Accepted(bearer(&session)),
            Err(error) if error.is_outage() => Found::Outage,
            Err(error) => Found::Refused(error.reason().to_string()),
        }
    }

    async fn of_request(&self, token: &str) -> Found {
        let request = Request::get("http://127.0.0.1/").header(AUTHORIZATION, format!("Bearer {token}")).body(());
        let Ok((parts, ())) = request.map(Request::into_parts) else { return Found::Refused("no header".to_owned()) };
        let state = match self.clerk.authenticate(&parts).await {
            Ok(state) => state,
            Err(error) => return Found::Refused(error.to_string()),
        };
        match (state.session(), state.reason()) {
            (Some(session), _) => Found::Accepted(bearer(session)),
            (None, Some(reason)) if *reason == Reason::JWK_REMOTE_FAILED_TO_LOAD => Found::Outage,
            (None, reason) => Found::Refused(reason.map(ToString::to_string).unwrap_or_default()),
        }
    }
}

fn bearer(session: &Session) -> Bearer {
    Bearer {
        session: session.id().map(ToString::to_string).unwrap_or_default(),
        user: session.user_id().to_string(),
        organization: session.claims().organization().map(|organization| organization.id().to_string()),
    }
}

fn key_id(token: &str) -> Option<String> {
    let header = json(token.split('.').next()?)?;
    header["kid"].as_str().map(str::to_owned)
}

fn json(part: &str) -> Option<Json> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn written(json: &Json) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// What somebody without a key can make of a token.
fn forged(token: &str, how: u64) -> Option<String> {
    let (head, rest) = token.split_once('.')?;
    let (claims, signature) = rest.split_once('.')?;
    let (mut header, mut said) = (json(head)?, json(claims)?);
    Some(match how {
        0 => {
            said["sub"] = "user_somebody_else".into();
            format!("{head}.{}.{signature}", written(&said))
        }
        1 => {
            let mut bytes = URL_SAFE_NO_PAD.decode(signature).ok()?;
            *bytes.first_mut()? ^= 1;
            format!("{head}.{claims}.{}", URL_SAFE_NO_PAD.encode(bytes))
        }
        2 => {
            header["alg"] = "none".into();
            format!("{}.{claims}.", written(&header))
        }
        3 => {
            header["kid"] = "ins_of_somebody_else".into();
            format!("{}.{claims}.{signature}", written(&header))
        }
        _ => {
            said["exp"] = (said["exp"].as_i64()? + 3_600).into();
            format!("{head}.{}.{signature}", written(&said))
        }
    })
}
