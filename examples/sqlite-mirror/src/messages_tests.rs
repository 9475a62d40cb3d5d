use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn messages() -> Messages {
    Messages(Database::in_memory().unwrap())
}

fn lease(lasts: Duration) -> Lease {
    Lease::new("msg_1", lasts).unwrap()
}

#[tokio::test]
async fn a_message_is_held_by_one_at_a_time() {
    let messages = messages();
    let (first, second) = (lease(MINUTE), lease(MINUTE));
    assert_eq!(messages.claim(&first).await.unwrap(), Claim::New);
    assert_eq!(messages.claim(&second).await.unwrap(), Claim::Busy);
    assert_eq!(messages.claim(&first).await.unwrap(), Claim::New, "who asks again holds it already");

    messages.release(&second).await.unwrap();
    assert_eq!(messages.claim(&second).await.unwrap(), Claim::Busy, "nobody gives back what others hold");
    messages.release(&first).await.unwrap();
    assert_eq!(messages.claim(&second).await.unwrap(), Claim::New);
}

#[tokio::test]
async fn a_message_of_somebody_who_died_is_free_when_the_lease_ends() {
    let messages = messages();
    assert_eq!(messages.claim(&lease(Duration::ZERO)).await.unwrap(), Claim::New);
    assert_eq!(messages.claim(&lease(MINUTE)).await.unwrap(), Claim::New);
}

#[tokio::test]
async fn a_message_that_is_done_stays_done() {
    let messages = messages();
    let (late, other) = (lease(Duration::ZERO), lease(MINUTE));
    messages.claim(&late).await.unwrap();
    messages.claim(&other).await.unwrap();
    // Also by whoever is late: the work is done.
    messages.0.change(|transaction| note_done(transaction, "msg_1")).await.unwrap();
    messages.release(&other).await.unwrap();
    assert_eq!(messages.claim(&lease(MINUTE)).await.unwrap(), Claim::Done);
}

async fn count(messages: &Messages) -> u32 {
    let count = |transaction: &Transaction<'_>| {
        transaction.query_one("SELECT count(*) FROM messages", [], |row| row.get::<_, u32>(0))
    };
    messages.0.change(count).await.unwrap()
}

#[tokio::test]
async fn what_was_done_long_ago_is_forgotten() {
    let messages = messages();
    messages.0.change(|transaction| note_done(transaction, "msg_old")).await.unwrap();
    messages.claim(&lease(MINUTE)).await.unwrap();
    assert_eq!(count(&messages).await, 2);
    let long_ago = "UPDATE messages SET done_at = done_at - 172800001 WHERE id = 'msg_old'";
    messages.0.change(move |transaction| transaction.execute(long_ago, [])).await.unwrap();
    messages.claim(&lease(MINUTE)).await.unwrap();
    assert_eq!(count(&messages).await, 1);
}
