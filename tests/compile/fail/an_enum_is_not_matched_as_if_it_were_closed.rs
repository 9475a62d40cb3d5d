use clerk_bapi::types::SessionRefreshObject as Kind;

fn main() {
    match Kind::Token {
        Kind::Token | Kind::Cookies | Kind::Unknown(_) => {}
    }
}
