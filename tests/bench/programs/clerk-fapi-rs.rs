//! Signs in with clerk-fapi-rs. The first line of the standard input is the environment of the instance, as JSON; every line after it
//! is a number of times to ask for the token, one after the other, and is answered with the milliseconds that they took together.

use std::{io::BufRead, time::Instant};

use clerk_fapi_rs::{clerk::Clerk, configuration::ClerkFapiConfiguration};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, key, address, password] = arguments.as_slice() else { panic!("four arguments") };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut lines = std::io::stdin().lock().lines().map(Result::unwrap);
    let configuration = ClerkFapiConfiguration::new(key.clone(), Some(url.clone()), None).unwrap();
    // Taken where it cannot read what comes.
    configuration.set_store_value("environment", serde_json::from_str::<serde_json::Value>(&lines.next().unwrap()).unwrap());
    let clerk = Clerk::new(configuration);
    runtime.block_on(async {
        let client = clerk.get_fapi_client();
        let (strategy, address, password) = (Some("password"), Some(address.as_str()), Some(password.as_str()));
        // It cannot read the answer, of another version than its own; that somebody is signed in shows below.
        let _ = client
            .create_sign_in(None, strategy, address, password, None, None, None, None, None, None, None, None)
            .await;
        clerk.load().await.unwrap();
    });
    for line in lines {
        let times: usize = line.trim().parse().unwrap();
        let began = Instant::now();
        for _ in 0..times {
            let token = runtime.block_on(clerk.get_token(None, None)).unwrap();
            assert!(token.is_some(), "nobody is signed in");
        }
        println!("{}", began.elapsed().as_secs_f64() * 1e3);
    }
}
