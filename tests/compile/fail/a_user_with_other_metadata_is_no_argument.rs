use clerk_ext::{Json, backend::User, metadata};

metadata! { pub struct App { user_public: Vec<String> } }
metadata! { pub struct Other { user_public: Json } }

fn greet(_: &User<App>) {}

fn welcome(user: &User<Other>) {
    greet(user);
}

fn main() {}
