use clerk_bapi::types::SessionStatus;

fn main() {
    match SessionStatus::Active {
        SessionStatus::Active => {}
        SessionStatus::Unknown(_) => {}
    }
}
