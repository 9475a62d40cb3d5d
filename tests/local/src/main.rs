//! Runs a local Clerk until it is told to stop.

use std::{
    io::Write as _,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    process::ExitCode,
};

use clerk_local::{LocalClerk, Seed};
use lexopt::prelude::*;

/// Where it listens unless told otherwise; the Backend API is on the port after.
const PORT: u16 = 4010;

const HELP: &str = "\
A whole Clerk on this machine, for tests without an account.

clerk-local [options]

  --port N      port of the Frontend API (4010); the Backend API is on the one after
  --host IP     address to listen on (127.0.0.1)
  --seed FILE   settings, keys, users and organizations from the start, as JSON
  --data FILE   keep the state in this file; with one that is there, the seed is not read again
  --quiet       print nothing but warnings and errors
  --version     print the version
  --help        print this
";

struct Options {
    host: IpAddr,
    port: u16,
    seed: Option<PathBuf>,
    data: Option<PathBuf>,
    quiet: bool,
}

enum Command {
    Run(Options),
    Print(String),
}

fn main() -> ExitCode {
    let options = match read() {
        Ok(Command::Run(options)) => options,
        Ok(Command::Print(text)) => {
            print(&text);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("clerk-local: {error}; --help tells what there is");
            return ExitCode::from(2);
        }
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("clerk-local: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read() -> Result<Command, lexopt::Error> {
    let mut options = Options { host: Ipv4Addr::LOCALHOST.into(), port: PORT, seed: None, data: None, quiet: false };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => options.port = parser.value()?.parse()?,
            Long("host") => options.host = parser.value()?.parse()?,
            Long("seed") => options.seed = Some(parser.value()?.into()),
            Long("data") => options.data = Some(parser.value()?.into()),
            Long("quiet") => options.quiet = true,
            Long("version") => return Ok(Command::Print(format!("clerk-local {}\n", env!("CARGO_PKG_VERSION")))),
            Short('h') | Long("help") => return Ok(Command::Print(HELP.to_owned())),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Run(options))
}

#[tokio::main]
async fn run(options: Options) -> std::io::Result<()> {
    let mut builder = LocalClerk::builder().host(options.host).port(options.port);
    if let Some(seed) = &options.seed {
        builder = builder.seed(Seed::read(seed)?);
    }
    if let Some(data) = &options.data {
        builder = builder.data(data);
    }
    // Asked for before anything is told, so that whoever waits for what is told may stop it at once.
    let stop = Stop::new()?;
    let local = builder.start().await.map_err(|error| explained(error, &options))?;
    if !options.host.is_loopback() {
        eprintln!(
            "clerk-local: warning: it listens on {}, and whoever reaches that may do everything: there is no protection",
            options.host
        );
    }
    if !options.quiet {
        print(&told(&local));
    }
    stop.wait().await;
    local.stop().await;
    Ok(())
}

fn explained(error: std::io::Error, options: &Options) -> std::io::Error {
    if error.kind() != std::io::ErrorKind::AddrInUse {
        return error;
    }
    let (port, next) = (options.port, options.port.saturating_add(1));
    std::io::Error::new(error.kind(), format!("port {port} or {next} is taken: choose another with --port"))
}

/// What to know, and an environment to paste.
fn told(local: &LocalClerk) -> String {
    let (frontend, backend) = (local.frontend_url(), local.backend_url());
    format!(
        "clerk-local is for tests: nothing in it is protected, and nothing it sends leaves this machine.\n\n\
         Frontend API  {frontend}\n\
         Backend API   {backend}\n\
         Page          {frontend}/\n\n\
         export CLERK_PUBLISHABLE_KEY={}\n\
         export CLERK_SECRET_KEY={}\n\
         export CLERK_API_URL={backend}\n\
         export CLERK_FAPI_URL={frontend}\n\
         export CLERK_JWT_KEY=\"{}\"\n",
        local.publishable_key().as_str(),
        local.secret_key().expose(),
        local.jwt_key().trim_end(),
    )
}

/// Whoever reads may have gone away, which is no reason to stop.
fn print(text: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Ctrl-C, or the signal with which others stop a program.
struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn wait(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Stop {
    #[allow(clippy::unnecessary_wraps, reason = "it fails on other systems")]
    fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    async fn wait(self) {
        // Without a console there is nobody to stop it so.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
