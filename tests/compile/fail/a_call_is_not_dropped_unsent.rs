#![deny(unused_must_use)]

fn forget(client: &clerk_bapi::Client) {
    client.delete_user("user_1");
}

fn main() {}
