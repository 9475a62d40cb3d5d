use clerk_fapi::types::Token;

fn read(token: &Token) -> &str {
    &token.jwt
}

fn show(token: &str) {
    println!("{token}");
}

fn main() {
    let token = Token::new("a.b.c");
    show(read(&token));
    show(&token.jwt);
    show(token.jwt.as_ref());
}
