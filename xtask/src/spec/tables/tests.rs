use super::{Classified, Scale};
use crate::model::Api;
use crate::sketch;

#[test]
fn of_ids_and_times_the_first_line_that_matches_wins() {
    let tables = sketch::tables(&[
        (
            "ids.toml",
            "[fields]\n'Note.user_id' = 'Text'\n'*.user_id' = 'UserId'\n[parameters]\n'getUser.*_id' = 'UserId'",
        ),
        ("timestamps.toml", "[fields]\n'*.expires_at' = 'seconds'\n'*_at' = 'millis'"),
    ]);
    assert_eq!(tables.id_of_field("Note", "user_id"), Some("Text"));
    assert_eq!(tables.id_of_field("Session", "user_id"), Some("UserId"));
    assert_eq!(tables.id_of_field("Session", "id"), None);
    assert_eq!(tables.id_of_parameter("getUser", "user_id"), Some("UserId"));
    assert_eq!(tables.id_of_parameter("getTeam", "user_id"), None, "a field's line is not for parameters");
    assert_eq!(tables.time_of_field("Token", "expires_at"), Some(Scale::Other));
    assert_eq!(tables.time_of_field("Token", "created_at"), Some(Scale::Millis));
    assert_eq!(tables.time_of_parameter("getUser", "created_at"), None);
}

#[test]
fn what_is_classified_by_its_name_wins_over_what_a_star_catches() {
    let tables = sketch::tables(&[(
        "secrets.toml",
        "words = ['token', 'code']\n[fields]\nsecret = ['*.token', 'Country.code']\nplain = ['*.code', 'Kind.token']",
    )]);
    let of = |schema: &str, field: &str| tables.classify_field(schema, field);
    assert_eq!(of("Session", "token"), Classified::Secret);
    assert_eq!(of("Kind", "token"), Classified::Plain);
    assert_eq!(of("Error", "code"), Classified::Plain);
    assert_eq!(of("Country", "code"), Classified::Secret);
    assert_eq!(of("Session", "csrf_token"), Classified::Unknown);
    assert_eq!(of("Session", "tokens_left"), Classified::Plain, "a word is a whole part of the name");
    assert_eq!(tables.classify_parameter("getSession", "token"), Classified::Unknown);
}

#[test]
fn a_schema_of_the_api_and_of_the_events_has_what_either_list_names() {
    let tables =
        sketch::tables(&[("present.toml", "[bapi]\nUser = ['id']\n[webhooks]\nUser = ['name']\n[fapi]\nUser = ['x']")]);
    assert_eq!(tables.present(&[Api::Bapi, Api::Webhooks], "User"), ["id", "name"]);
    assert_eq!(tables.present(&[Api::Fapi], "User"), ["x"]);
    assert!(tables.present(&[Api::Fapi], "Team").is_empty());
}

#[test]
fn a_line_that_matched_nothing_is_stale() {
    let tables = sketch::tables(&[
        ("ids.toml", "[fields]\n'*.user_id' = 'UserId'\n'Gone.id' = 'UserId'"),
        ("secrets.toml", "[parameters]\nplain = ['gone.code']"),
    ]);
    tables.id_of_field("Session", "user_id");
    assert_eq!(
        tables.unused(),
        ["spec/ids.toml: Gone.id matches nothing", "spec/secrets.toml: gone.code matches nothing"]
    );
}
