use clerk_fapi::types::User;

fn secret(user: &User) -> bool {
    user.private_metadata.is_empty()
}

fn main() {}
