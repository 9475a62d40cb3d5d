use clerk_ext::{frontend::User, metadata};

metadata! { pub struct App { user_private: Vec<String> } }

fn secret(user: &User<App>) -> &[String] {
    &user.private
}

fn main() {}
