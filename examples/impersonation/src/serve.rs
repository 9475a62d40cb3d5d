//! The server, from its settings to its end.

use std::{env, net::Ipv4Addr};

use clerk_ext::{auth::Clerk, backend::Backend, config::Config};
use tokio::net::TcpListener;

use crate::{Result, api::routes};

pub(crate) async fn until_stopped() -> Result {
    let config = Config::from_env()?;
    let backend = Backend::from_config(&config)?;
    config.require_publishable_key()?;
    let clerk = Clerk::builder().config(&config).authorized_parties(authorized_parties()).build()?;

    let port = port()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.map_err(|error| format!("cannot listen on port {port}: {error}; set PORT to another"))?;
    println!("listening on http://{}", listener.local_addr()?);
    // Requests that are under way are answered first.
    Ok(axum::serve(listener, routes(clerk, backend)).with_graceful_shutdown(interrupted()).await?)
}

fn authorized_parties() -> Vec<String> {
    let origins = env::var("AUTHORIZED_PARTIES").unwrap_or_default();
    origins.split(',').map(|origin| origin.trim().to_owned()).filter(|origin| !origin.is_empty()).collect()
}

fn port() -> Result<u16> {
    match env::var("PORT") {
        Ok(port) => port.parse().map_err(|_| "PORT is no port; set a number up to 65535, or 0 for a free one".into()),
        Err(_) => Ok(3000),
    }
}

async fn interrupted() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        eprintln!("Ctrl-C cannot be heard: {error}; the server stops");
    }
}
