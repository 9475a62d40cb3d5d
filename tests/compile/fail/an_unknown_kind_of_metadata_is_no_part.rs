use clerk_ext::metadata;

metadata! { pub struct App { user_publik: clerk_ext::Json } }

fn main() {}
