//! One episode: a Clerk, programs of every kind, faults, and the judgement.

use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};

use anyhow::{Context as _, anyhow};
use clerk_local::{LocalClerk, Seed, SeedOrganization, SeedUser};
use tokio::{sync::mpsc, task::JoinSet};

use crate::{
    authenticator::Authenticator,
    backends::{Writer, walks},
    devices::{Device, ORGANIZATIONS},
    dice::Dice,
    history::{Fact, Work},
    judge::{Verdict, judge},
    place::Place,
    receiver::Receiver,
    scene::Scene,
    servers,
    signing_in::{PASSWORD, Person},
    truth::Truth,
    weather,
};

/// What every person with a second factor has in the app.
const APP_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// How many programs there are on devices; of every three, one is for strangers and one for somebody with a second factor.
const DEVICES: u64 = 12;

const WRITERS: u64 = 3;

/// How long webhooks may take to arrive once the receiver is well.
const ARRIVES_WITHIN: Duration = Duration::from_secs(20);

/// What an episode came to.
pub(crate) struct Outcome {
    pub(crate) verdict: Verdict,
    pub(crate) faults: BTreeMap<&'static str, u64>,
}

/// Runs an episode of about this length.
///
/// Every choice is drawn from the seed. What a request meets also depends on who comes first, so that two runs of one
/// seed are alike and not the same.
///
/// # Errors
/// It could not be set up, or the local Clerk does not answer when all is over.
pub(crate) async fn run(seed: u64, length: Duration) -> anyhow::Result<Outcome> {
    let dice = Dice::new(seed);
    let scene = Arc::new(scene(&dice).await?);
    let receiver = Receiver::start(&scene, dice.fork(1)).await?;
    let mut programs = Programs { scene: scene.clone(), running: JoinSet::new() };
    let receiver = Arc::new(receiver);
    programs.begin(&dice, &receiver)?;
    weather::blow(&scene, dice.fork(61), length).await;
    // What the programs do last meets no fault any more.
    scene.local.update_settings(|settings| settings.rate_limits = false);
    scene.end();
    programs.end().await;
    delivered(&scene, &receiver).await;
    if scene.local.is_poisoned() {
        scene.history.fact(Fact::Panicked { work: Work::Check });
    }
    let facts = scene.history.take();
    let truth = Truth::of(&scene, &facts).await.context("the local Clerk does not say what is true")?;
    Ok(Outcome { verdict: judge(&facts, &truth, &scene.strikes), faults: scene.strikes.counts() })
}

async fn scene(dice: &Dice) -> anyhow::Result<Scene> {
    let is_limited = dice.fork(2).one_in(8);
    let mut seed = Seed::default();
    let mut organizations = ORGANIZATIONS.map(|id| {
        let mut organization = SeedOrganization::new(id);
        organization.id = Some(id.to_owned());
        organization
    });
    for number in 0..DEVICES {
        let address = address(number);
        let mut user = SeedUser::new(&address).password(PASSWORD).id(format!("user_seeded_{number}"));
        if has_second_factor(number) {
            user.totp_secret = Some(APP_SECRET.to_owned());
            user.backup_codes = paper(number);
        }
        seed = seed.user(user);
        organizations = organizations.map(|organization| organization.member(&address, "org:member"));
    }
    for organization in organizations {
        seed = seed.organization(organization);
    }
    let local = LocalClerk::builder().seed(seed).configure(|settings| {
        settings.rate_limits = is_limited;
        settings.webhook_time_scale = 0.0005;
        // People here type quickly, and their codes get lost often.
        settings.lifetimes.resend = Duration::ZERO;
        settings.max_failed_attempts = None;
    });
    let local = local.start().await?;
    let scene = Scene::new(local)?;
    if is_limited {
        scene.strikes.strike("rate limit");
    }
    for secret in [PASSWORD, APP_SECRET, scene.local.secret_key().expose()] {
        scene.history.secret(secret);
    }
    for number in 0..DEVICES {
        scene.people.come(format!("user_seeded_{number}"), address(number));
    }
    Ok(scene)
}

fn address(number: u64) -> String {
    format!("ann{number}@example.com")
}

fn has_second_factor(number: u64) -> bool {
    number % 3 == 1
}

fn is_for_strangers(number: u64) -> bool {
    number % 3 == 2
}

/// Where each program on a device keeps its credentials: every kind of person has one of every kind.
fn places() -> anyhow::Result<Vec<Place>> {
    let (mut places, mut seconds) = (Vec::new(), Vec::new());
    for _ in 0..DEVICES / 4 {
        places.push(Place::memory());
    }
    for _ in 0..DEVICES / 4 {
        places.push(Place::folder()?);
    }
    for _ in 0..DEVICES / 4 {
        let [first, second] = Place::shared()?;
        places.push(first);
        seconds.push(second);
    }
    places.extend(seconds);
    Ok(places)
}

fn paper(number: u64) -> Vec<String> {
    (0..300).map(|code| format!("test-paper-{number}-{code}")).collect()
}

/// What runs in an episode.
struct Programs {
    scene: Arc<Scene>,
    running: JoinSet<()>,
}

impl Programs {
    fn begin(&mut self, dice: &Dice, receiver: &Arc<Receiver>) -> anyhow::Result<()> {
        let mut queues = Vec::new();
        for number in 0..2 {
            let (queue, presented) = mpsc::channel(64);
            queues.push(queue);
            let dice = dice.fork(10 + number);
            self.start(Work::Check, move |scene| async move { servers::serve(&scene, dice, presented).await });
        }
        for (number, place) in (0..).zip(places()?) {
            let dice = dice.fork(20 + number);
            let second = has_second_factor(number);
            let person = Person {
                address: address(number),
                app: second.then(|| Authenticator::new(APP_SECRET)).flatten(),
                paper: if second { paper(number) } else { Vec::new() },
            };
            let queue = queues.get(usize::try_from(number % 2)?).cloned().context("there are two servers")?;
            self.start(Work::SignIn, move |scene| async move {
                Device::new(&scene, person, is_for_strangers(number), place, queue, dice)?.work().await
            });
        }
        for number in 0..WRITERS {
            let dice = dice.fork(40 + number);
            self.start(Work::Update, move |scene| async move {
                Writer::new(&scene, dice, number)?.work().await;
                Ok(())
            });
        }
        for number in 0..2 {
            let dice = dice.fork(50 + number);
            self.start(Work::Walk, move |scene| async move { walks(&scene, dice).await });
        }
        let (receiver, mood) = (receiver.clone(), dice.fork(60));
        self.start(Work::Webhook, move |scene| async move { receiver.suffers(&scene, mood).await });
        Ok(())
    }

    /// Starts a program; that it cannot be set up, or panics, is noted.
    fn start<F>(&mut self, work: Work, program: impl FnOnce(Arc<Scene>) -> F + Send + 'static)
    where
        F: Future<Output = Result<(), clerk_ext::Error>> + Send + 'static,
    {
        let scene = self.scene.clone();
        self.running.spawn(async move {
            let history = scene.history.clone();
            match tokio::spawn(program(scene)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => history.fact(Fact::Astray { work, what: format!("it could not go on: {error}") }),
                Err(_) => history.fact(Fact::Panicked { work }),
            }
        });
    }

    async fn end(mut self) {
        while self.running.join_next().await.is_some() {}
    }
}

/// Waits until every webhook has arrived that can.
async fn delivered(scene: &Scene, receiver: &Receiver) {
    receiver.recovers();
    let webhooks = scene.local.webhooks();
    let all = async {
        while webhooks.deliveries().iter().any(|delivery| !delivery.delivered) {
            webhooks.resend_failed(..);
            webhooks.settled().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    // What is missing then is told by the judge.
    let _ = tokio::time::timeout(ARRIVES_WITHIN, all).await;
}

/// The seed of an episode, among those of a run.
pub(crate) fn seed_of(run: u64, number: u64) -> u64 {
    Dice::new(run).fork(number + 1).draw()
}

/// A seed as it is printed.
pub(crate) fn written(seed: u64) -> String {
    format!("{seed:016x}")
}

/// A seed as it was printed.
///
/// # Errors
/// It is no hexadecimal number of 64 bits.
pub fn read(seed: &str) -> anyhow::Result<u64> {
    u64::from_str_radix(seed, 16)
        .map_err(|_| anyhow!("`{seed}` is no seed; give the hexadecimal number that a run printed"))
}
