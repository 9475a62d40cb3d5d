use clerk_bapi::types::Session;

fn main() {
    let _ = Session { id: "sess_1".into() };
}
