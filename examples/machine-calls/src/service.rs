//! The service: machines may call it, people may not.

use std::net::Ipv4Addr;

use axum::{Router, http::StatusCode, routing::get};
use clerk_ext::{
    auth::{Clerk, TokenType, policy},
    config::Config,
    web::{ClerkLayer, Guard, Machine},
};
use tokio::net::TcpListener;

use crate::Result;

/// Serves until Ctrl-C.
pub(crate) async fn serve(config: &Config, own_id: String, port: u16) -> Result {
    let clerk = Clerk::builder().config(config).accepts(TokenType::M2m).build()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.map_err(|error| format!("cannot listen on port {port}: {error}; set PORT to another"))?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router(clerk, own_id)).with_graceful_shutdown(interrupted()).await?;
    Ok(())
}

fn router(clerk: Clerk, own_id: String) -> Router {
    Router::new()
        .route("/stock", get(stock))
        .fallback(nothing)
        // The scopes of a token are the machines that it is for. Clerk keeps opaque tokens for others from this machine's
        // eyes; of a JWT, which is checked without Clerk, only this says whom it is for.
        .layer(Guard::policy(policy::scope(own_id)))
        // First of all a machine: whoever is none gets a 401 and not a 403.
        .layer(Guard::machine())
        .layer(ClerkLayer::new(clerk))
}

async fn stock(machine: Machine) -> String {
    format!("42 boxes, told to {}", machine.subject())
}

async fn nothing() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// A program that cannot hear that it is to stop goes on.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
