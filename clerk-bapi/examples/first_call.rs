//! The first call, without an account: `cargo run -p clerk-bapi --example first_call`.
//!
//! A stand-in server on this machine remembers one user and answers the way Clerk does, with a few things that no
//! version of this crate knows. Against the real API only the client's two lines of configuration differ.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use clerk_bapi::{Client, Error, ErrorKind, Secret, SecretJson};
use serde_json::{Map, Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", server.local_addr()?);
    std::thread::spawn(move || serve(&server));

    println!("A stand-in for the Backend API listens on {url}.");
    let clerk = Client::builder().api_url(url).bearer(&Secret::from("sk_test_example")).build()?;
    walk(&clerk).await?;
    Ok(())
}

async fn walk(clerk: &Client) -> Result<(), Error> {
    let ann = clerk
        .create_user()
        .email_address(["ann@example.com"])
        .first_name("Ann")
        .last_name("Lee")
        .password("correct horse battery staple")
        .send()
        .await?;
    println!("Created {}: {:?} {:?}.", ann.id, ann.first_name, ann.last_name);

    let ann = clerk.update_user(&ann.id).first_name("Anna").clear_last_name().send().await?;
    println!("First name set, last name cleared, the rest left: {:?} {:?}.", ann.first_name, ann.last_name);

    let email = ann.email_addresses.first();
    let verification = email.and_then(|email| email.verification.as_ref());
    println!("The address is verified by a kind this version does not know, and nothing is lost:");
    println!("  {}", verification.and_then(|known| known.raw.as_deref()).map_or(&Value::Null, SecretJson::expose));

    let answer = clerk.get_user(&ann.id).send_full().await?;
    println!("Read again: status {}, {} headers.", answer.status(), answer.headers().len());

    match clerk.get_user("user_nobody").send().await {
        Err(error) if error.kind() == ErrorKind::NotFound => println!("Nobody else is there: {error}."),
        other => println!("Unexpected: {other:?}."),
    }
    Ok(())
}

/// Answers until the program ends; the one user is whatever the requests made of it.
fn serve(server: &TcpListener) {
    let mut user = json!({
        "id": "user_1", "object": "user", "has_image": false, "a_key_from_the_future": [1, 2, 3],
        "email_addresses": [{
            "id": "idn_1", "object": "email_address", "email_address": "ann@example.com",
            "verification": { "object": "verification_by_carrier_pigeon", "status": "verified", "pigeon": "Bertha" },
        }],
    });
    for stream in server.incoming().flatten() {
        // A caller that hangs up is not this server's problem.
        let _ = answer(stream, &mut user);
    }
}

fn answer(mut stream: TcpStream, user: &mut Value) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let change: Map<String, Value> = serde_json::from_slice(&body).unwrap_or_default();
    let (status, answer) = if request.contains("/users/user_nobody") {
        let error =
            json!({ "code": "resource_not_found", "message": "not found", "long_message": "No user was found." });
        ("404 Not Found", json!({ "errors": [error], "clerk_trace_id": "trace_1" }))
    } else {
        for key in ["first_name", "last_name"] {
            if let Some(value) = change.get(key) {
                user[key] = value.clone();
            }
        }
        ("200 OK", user.clone())
    };
    let answer = answer.to_string();
    let length = answer.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}"
    )
}
