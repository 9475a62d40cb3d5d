use super::*;

const KEY: &str = "sk_test_one";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1000)
}

fn wait(seconds: u64) -> Result<(), RetryAfter> {
    Err(RetryAfter(Duration::from_secs(seconds)))
}

#[test]
fn a_sixth_sign_in_from_one_address_within_ten_seconds_has_to_wait_for_the_rest_of_them() {
    let limits = Limits::development();
    let check = |ip, now| limits.check(Api::Frontend, "createSignIn", "/v1/client/sign_ins", ip, now);
    for _ in 0..5 {
        assert_eq!(check("10.0.0.1", at(0)), Ok(()));
    }
    assert_eq!(check("10.0.0.1", at(4)), wait(6));
    assert_eq!(check("10.0.0.2", at(4)), Ok(()));
    assert_eq!(check("10.0.0.1", at(10)), Ok(()));
}

#[test]
fn first_and_second_factor_attempts_share_a_limit_and_sign_ups_have_another() {
    let limits = Limits::production();
    let check = |operation| limits.check(Api::Frontend, operation, "", "10.0.0.1", at(0));
    assert_eq!(check("attemptSignInFactorOne"), Ok(()));
    assert_eq!(check("attemptSignInFactorTwo"), Ok(()));
    assert_eq!(check("attemptSignInFactorOne"), Ok(()));
    assert_eq!(check("attemptSignInFactorTwo"), wait(10));
    assert_eq!(check("attemptSignUpsVerification"), Ok(()));
}

#[test]
fn the_backend_takes_a_hundred_requests_of_a_development_key_and_a_thousand_of_a_production_key() {
    for (limits, allowed) in [(Limits::development(), 100), (Limits::production(), 1000)] {
        let check = |operation, key| limits.check(Api::Backend, operation, "/users", key, at(0));
        assert_eq!((0..2000).filter(|_| check("GetUserList", KEY).is_ok()).count(), allowed);
        assert_eq!(check("GetJWKS", KEY), Ok(()));
        assert_eq!(check("GetUserList", "sk_test_two"), Ok(()));
    }
}

#[test]
fn invitations_are_counted_by_the_hour_and_refused_ones_cost_nothing_elsewhere() {
    let limits = Limits::production();
    let check = |operation, now| limits.check(Api::Backend, operation, "", KEY, now);
    assert_eq!((0..990).filter(|_| check("CreateBulkInvitations", at(0)).is_ok()).count(), 25);
    assert_eq!((0..2000).filter(|_| check("GetUserList", at(1)).is_ok()).count(), 975);
    assert_eq!(check("CreateBulkInvitations", at(60)), wait(3540));
    assert_eq!(check("CreateBulkInvitations", at(3600)), Ok(()));
}

#[test]
fn updates_are_counted_per_user() {
    let limits = Limits::production();
    let check = |operation, path| limits.check(Api::Backend, operation, path, KEY, at(0));
    for _ in 0..5 {
        assert_eq!(check("UpdateUser", "/v1/users/user_1"), Ok(()));
        assert_eq!(check("UpdateUserMetadata", "/v1/users/user_1/metadata"), Ok(()));
    }
    assert_eq!(check("ReplaceUserMetadata", "/v1/users/user_1/metadata"), wait(10));
    assert_eq!(check("UpdateUser", "/v1/users/user_2"), Ok(()));
}

#[test]
fn a_clock_that_moves_back_opens_a_new_window() {
    let limits = Limits::development();
    let check = |now| limits.check(Api::Frontend, "createSignUps", "", "10.0.0.1", now);
    for _ in 0..5 {
        assert_eq!(check(at(0)), Ok(()));
    }
    assert!(check(at(0)).is_err());
    assert_eq!(check(at(-3600)), Ok(()));
    assert_eq!(check(Timestamp::from_millis(i64::MAX)), Ok(()));
    assert_eq!(check(Timestamp::from_millis(i64::MIN)), Ok(()));
}

#[test]
fn nothing_is_limited_or_kept_when_limits_are_off() {
    let limits = Limits::off();
    for _ in 0..2000 {
        assert_eq!(limits.check(Api::Frontend, "createSignIn", "", "10.0.0.1", at(0)), Ok(()));
    }
    assert!(limits.windows.lock().unwrap().is_empty());
}

#[test]
fn memory_stays_bounded_however_many_callers_there_are() {
    let limits = Limits::development();
    for number in 0..(WINDOWS * 3) {
        let now = Timestamp::from_millis(i64::try_from(number).unwrap() / 10);
        let caller = format!("10.0.{number}");
        assert_eq!(limits.check(Api::Frontend, "createSignIn", "", &caller, now), Ok(()));
        assert!(limits.windows.lock().unwrap().len() <= WINDOWS);
    }
}

#[test]
fn the_seconds_to_wait_are_rounded_up() {
    assert_eq!(RetryAfter(Duration::from_millis(9001)).seconds(), 10);
    assert_eq!(RetryAfter(Duration::from_secs(9)).seconds(), 9);
    assert_eq!(RetryAfter(Duration::ZERO).seconds(), 1);
}

#[test]
fn debug_shows_no_caller() {
    let limits = Limits::development();
    limits.check(Api::Backend, "GetUserList", "/users", KEY, at(0)).unwrap();
    assert!(!format!("{limits:?}").contains(KEY));
}
