use clerk_fapi::types::Token;

fn show(text: &str) {
    println!("{text}");
}

fn main() {
    let token = Token::new("a.b.c");
    show(&token.jwt);
}
