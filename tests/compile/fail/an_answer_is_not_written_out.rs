use clerk_bapi::types::SessionToken;

fn main() {
    let _ = SessionToken { object: None, jwt: None };
}
