//! Email addresses and telephone numbers of users.

use super::{not_found, refused};
use crate::world::World;

pub(crate) async fn drive(world: &World) {
    email_addresses(world).await;
    phone_numbers(world).await;
}

async fn email_addresses(world: &World) {
    let (users, addresses) = (world.clerk.users(), world.clerk.email_addresses());
    let ann = users.create().email_address(["ann@addresses.example.com"]).await.unwrap();
    let work = addresses.create(&ann.id, "ann@work.example.com").await.unwrap().id.unwrap();
    let proof = addresses.prepare_verification(&work).await.unwrap().id.unwrap();
    let code = world.local.inbox().latest_code("ann@work.example.com").unwrap();
    let proven = addresses.attempt_verification(&work, &proof, code).await.unwrap();
    assert_eq!(proven.status.as_deref(), Some("verified"));
    addresses.update(&work).primary(true).await.unwrap();
    assert_eq!(users.get(&ann.id).await.unwrap().primary_email_address_id.as_ref(), Some(&work));
    assert_eq!(addresses.get(&work).await.unwrap().email_address, "ann@work.example.com");
    assert!(addresses.delete(&work).await.unwrap().deleted);
    assert_eq!(refused(addresses.get(&work)).await, not_found());
    let only = addresses.replace(&ann.id, "ann@only.example.com").await.unwrap();
    let left = users.get(&ann.id).await.unwrap();
    assert_eq!((left.email_addresses.len(), &left.primary_email_address_id), (1, &only.id));
}

async fn phone_numbers(world: &World) {
    let (users, numbers) = (world.clerk.users(), world.clerk.phone_numbers());
    let ann = users.create().email_address(["ann@numbers.example.com"]).await.unwrap();
    let first = numbers.create(&ann.id, "+15555550100").await.unwrap().id.unwrap();
    let proof = numbers.prepare_verification(&first).await.unwrap().id.unwrap();
    // The code of all numbers that are for tests.
    let proven = numbers.attempt_verification(&first, &proof, "424242").await.unwrap();
    assert_eq!(proven.status.as_deref(), Some("verified"));
    assert!(numbers.update(&first).reserved_for_second_factor(true).await.unwrap().reserved_for_second_factor);
    assert_eq!(numbers.get(&first).await.unwrap().phone_number, "+15555550100");
    assert!(numbers.delete(&first).await.unwrap().deleted);
    assert_eq!(refused(numbers.get(&first)).await, not_found());
    let only = numbers.replace(&ann.id, "+15555550101").await.unwrap();
    let left = users.get(&ann.id).await.unwrap();
    assert_eq!((left.phone_numbers.len(), &left.phone_numbers[0].id), (1, &only.id));
}
