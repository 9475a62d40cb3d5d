//! Signing in with the browser.

use std::time::Duration;

use clap::Args;
use clerk_ext::frontend::{Loopback, Provider, Session, SessionTask, open_in_browser};

use crate::{account::name_of, device::Device, output::say, problem::Problem};

#[derive(Args)]
pub(crate) struct Login {
    /// Print the address to open, and open no browser
    #[arg(long)]
    no_browser: bool,
    /// Sign in with an account elsewhere, such as github, in place of Clerk's own pages
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// The port of this machine that the browser comes back to; 0 takes a free one
    #[arg(long, default_value_t = 8765)]
    port: u16,
    /// How long to wait for the browser
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    wait: u64,
}

impl Login {
    pub(crate) async fn carried_out(&self, device: &Device) -> Result<(), Problem> {
        if let Some(user) = device.clerk.load().await?.user() {
            return say(format_args!("signed in as {} already; log out to be somebody else", name_of(user)));
        }
        let session = self.in_browser(device).await?;
        match session.user() {
            Some(user) => say(format_args!("signed in as {}", name_of(&user)))?,
            None => say("signed in")?,
        }
        // There may be more to do before the session counts; tokens are refused until then.
        match session.current_task() {
            None => Ok(()),
            Some(SessionTask::ChooseOrganization(_)) => {
                say("choose an organization to work in: see `example-cli organizations`, then `example-cli switch`")
            }
            Some(task) => {
                say(format_args!("finish this on the pages of the application before you go on: {}", task.key()))
            }
        }
    }

    async fn in_browser(&self, device: &Device) -> Result<Session, Problem> {
        let listener = Loopback::bind_to(self.port, "/callback").await?.at_most(Duration::from_secs(self.wait));
        let (sign_in, back) = (device.clerk.sign_in(), listener.redirect_url());
        let show = |url: &str| self.show(url, back);
        Ok(match &self.provider {
            None => sign_in.hosted(back).in_browser(&listener, show).await?,
            Some(name) => {
                let provider = Provider::from(name.as_str());
                let outcome = sign_in.oauth(provider, back).in_browser(&listener, show).await?;
                outcome.session().map_err(|_| Problem::ProviderIsNotEnough)?
            }
        })
    }

    /// The address is printed in any case: the browser that people want may be another one than the system's.
    fn show(&self, url: &str, back: &str) {
        let opened = !self.no_browser && open_in_browser(url).is_ok();
        let lines = [
            format!("open this address in a browser{}:", if opened { ", if none has opened" } else { "" }),
            format!("  {url}"),
            format!("waiting for it to come back to {back}"),
        ];
        // Where it cannot be printed, a browser may have opened all the same.
        let _ = lines.iter().try_for_each(say);
    }
}
