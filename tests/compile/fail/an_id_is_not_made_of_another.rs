use clerk_fapi::{SessionId, UserId};

fn main() {
    let session_id = SessionId::from("sess_1");
    let _ = UserId::from(session_id);
}
