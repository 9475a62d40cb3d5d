use clerk_core::{ErrorCode, Secret};
use serde_json::{Value, json};

use super::{Environment, PasswordRule, PasswordRules};

fn rules(settings: Value) -> PasswordRules {
    let environment = json!({ "user_settings": { "password_settings": settings } });
    serde_json::from_value::<Environment>(environment).unwrap().passwords()
}

fn unmet(rules: &PasswordRules, password: &str) -> Vec<PasswordRule> {
    rules.check(&Secret::from(password)).unmet
}

fn strict() -> PasswordRules {
    rules(json!({
        "min_length": 8, "max_length": 12, "require_lowercase": true, "require_uppercase": true,
        "require_numbers": true, "require_special_char": true, "allowed_special_characters": "!?",
    }))
}

#[test]
fn an_empty_password_is_told_all_that_has_to_be_there() {
    let check = strict().check(&Secret::from(""));
    let codes: Vec<_> = check.unmet.iter().map(PasswordRule::code).collect();
    assert_eq!(
        codes,
        [
            ErrorCode::FORM_PASSWORD_LENGTH_TOO_SHORT,
            ErrorCode::FORM_PASSWORD_NO_LOWERCASE,
            ErrorCode::FORM_PASSWORD_NO_UPPERCASE,
            ErrorCode::FORM_PASSWORD_NO_NUMBER,
            ErrorCode::FORM_PASSWORD_NO_SPECIAL_CHAR,
        ]
    );
    let words: Vec<_> = check.unmet.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        ["at least 8 characters", "a lower-case letter", "an upper-case letter", "a digit", "one of the characters !?",]
    );
}

#[test]
fn a_password_that_meets_every_rule_is_ok() {
    assert!(strict().check(&Secret::from("Test1984!")).is_ok());
}

#[test]
fn each_rule_is_missed_alone() {
    for (password, rule) in [
        ("Test19!", PasswordRule::MinLength(8)),
        ("Test1984!Test", PasswordRule::MaxLength(12)),
        ("TEST1984!", PasswordRule::Lowercase),
        ("test1984!", PasswordRule::Uppercase),
        ("Testtest!", PasswordRule::Digit),
        ("Test1984", PasswordRule::Special(Some("!?".to_owned()))),
        ("Test1984#", PasswordRule::Special(Some("!?".to_owned()))),
    ] {
        assert_eq!(unmet(&strict(), password), [rule], "{password}");
    }
}

#[test]
fn the_shortest_and_the_longest_password_are_ok() {
    for password in ["Test198!", "Test1984!!!!"] {
        assert!(strict().check(&Secret::from(password)).is_ok(), "{password}");
    }
}

#[test]
fn characters_are_counted_for_lengths_and_bytes_for_the_limit_of_the_service() {
    let rules = rules(json!({ "min_length": 8, "max_length": 40 }));
    assert_eq!(unmet(&rules, "ééééééé"), [PasswordRule::MinLength(8)]);
    assert!(unmet(&rules, &"é".repeat(36)).is_empty());
    assert_eq!(unmet(&rules, &"é".repeat(37)), [PasswordRule::MaxBytes(72)]);
    assert_eq!(PasswordRule::MaxBytes(72).code(), ErrorCode::FORM_PASSWORD_SIZE_IN_BYTES_EXCEEDED);
    // Too long either way: one word about it is enough.
    assert_eq!(unmet(&rules, &"é".repeat(41)), [PasswordRule::MaxLength(40)]);
}

#[test]
fn a_maximum_of_zero_is_the_limit_of_the_service() {
    let rules = rules(json!({ "min_length": 0, "max_length": 0 }));
    assert_eq!((rules.min_length, rules.max_length), (None, None));
    assert!(unmet(&rules, &"x".repeat(72)).is_empty());
    assert_eq!(unmet(&rules, &"x".repeat(73)), [PasswordRule::MaxBytes(72)]);
}

#[test]
fn letters_of_any_script_count_and_any_other_character_is_special_where_no_list_is_given() {
    let rules = rules(json!({ "require_lowercase": true, "require_uppercase": true, "require_special_char": true }));
    assert!(unmet(&rules, "Жизнь №").is_empty());
    assert_eq!(unmet(&rules, "Жизнь1"), [PasswordRule::Special(None)]);
}

#[test]
fn without_settings_every_password_is_left_to_the_server() {
    for settings in [json!(null), json!({}), json!({ "min_length": null, "max_length": -1 })] {
        assert!(rules(settings).check(&Secret::from("x")).is_ok());
    }
}

#[test]
fn what_only_the_server_checks_is_told_and_not_checked() {
    let rules = rules(json!({
        "min_zxcvbn_strength": 3, "show_zxcvbn": true, "disable_hibp": false, "enforce_hibp_on_sign_in": true,
    }));
    assert_eq!(rules.min_strength, Some(3));
    assert!(rules.shows_strength && rules.refuses_leaked && rules.refuses_leaked_at_sign_in);
    assert!(unmet(&rules, "password").is_empty());
    let off = self::rules(json!({ "min_zxcvbn_strength": 0, "disable_hibp": true }));
    assert_eq!((off.min_strength, off.refuses_leaked), (None, false));
}

#[test]
fn nothing_of_the_password_is_printed() {
    let check = strict().check(&Secret::from("zzz-test"));
    assert!(!check.is_ok());
    let printed = format!("{check:?} {:?}", check.unmet.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert!(!printed.contains("zzz"));
}
