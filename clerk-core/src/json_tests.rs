use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::json;

use super::*;

const TEXT: &str = r#" {"id":"user_1","list":[1,-20,3.25,1e3,0,-0,18446744073709551615,123456789012345678],"a\"b\u00e9":"\ud83d\ude00 ä\n",
    "flags" : [ true,false , null ] ,"empty":{"o":{},"l":[],"s":""},"long text of more than sixteen bytes":"ünïcödé, and some more"} "#;

/// The text, all that it begins with, and itself with each of its characters replaced by each of these.
fn broken() -> impl Iterator<Item = String> {
    let cut = TEXT.char_indices().map(|(at, _)| TEXT[..at].to_owned());
    let changed = TEXT.char_indices().flat_map(|(at, old)| {
        ["", "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", ".", "e", "n", " ", "\u{1}", "\n", "ä", "\\ud800"]
            .map(|new| format!("{}{new}{}", &TEXT[..at], &TEXT[at + old.len_utf8()..]))
    });
    cut.chain(changed).chain([TEXT.to_owned()])
}

#[test]
fn any_text_is_read_or_refused_as_serde_json_does() {
    let mut read = 0;
    for text in broken() {
        let (ours, theirs) = (from_str::<Value>(&text), serde_json::from_str::<Value>(&text));
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => {
                assert_eq!(ours, theirs, "{text}");
                read += 1;
            }
            (Err(ours), Err(theirs)) => assert_eq!(ours.to_string(), theirs.to_string(), "{text}"),
            (ours, theirs) => panic!("{ours:?} is not {theirs:?} in {text}"),
        }
    }
    assert!(read > 1000, "{read} are sound");
}

#[test]
fn what_nobody_reads_is_skipped_as_serde_json_does() {
    for text in broken() {
        let (ours, theirs) = (from_str::<IgnoredAny>(&text).is_ok(), serde_json::from_str::<IgnoredAny>(&text).is_ok());
        assert_eq!(ours, theirs, "{text}");
    }
    for text in [r#""\ud800""#, "1e999", r#"{"a":["\udc00",-1e999]}"#] {
        assert!(from_str::<IgnoredAny>(text).is_ok(), "{text}");
        assert!(from_str::<Value>(text).is_err(), "{text}");
    }
}

#[test]
fn nesting_ends_where_it_does_in_serde_json() {
    for depth in [1, 126, 127, 128, 129, 100_000] {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let (ours, theirs) = (from_str::<Value>(&text), serde_json::from_str::<Value>(&text));
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{depth}");
    }
}

#[test]
fn a_value_of_another_type_is_told_as_serde_json_tells_it() {
    fn told<T: for<'de> Deserialize<'de>>(text: &str) {
        let (ours, theirs) = (from_str::<T>(text).map(drop), serde_json::from_str::<T>(text).map(drop));
        let message = |read: Result<(), serde_json::Error>| {
            let text = read.err().map(|error| error.to_string()).unwrap_or_default();
            text.split(" at line ").next().unwrap_or_default().to_owned()
        };
        assert_eq!(message(ours), message(theirs), "{text}");
    }
    for text in ["null", "true", "7", "-7", "1.5", "300", r#""x""#, r#""ü\n""#, "[1]", r#"{"a":1}"#, "[[]]", r#"["x"]"#]
    {
        told::<String>(text);
        told::<char>(text);
        told::<bool>(text);
        told::<()>(text);
        told::<u8>(text);
        told::<i64>(text);
        told::<f64>(text);
        told::<Option<i64>>(text);
        told::<Vec<i64>>(text);
        told::<(i64,)>(text);
        told::<BTreeMap<String, i64>>(text);
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
enum Kind {
    One,
    Two(i64),
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
struct Newtype(String);

#[test]
fn types_of_other_people_are_read_too() {
    assert_eq!(from_str::<Vec<Kind>>(r#"["One",{"Two":2}]"#).unwrap(), [Kind::One, Kind::Two(2)]);
    assert!(from_str::<Kind>(r#""Three""#).is_err());
    assert_eq!(from_str::<BTreeMap<Kind, Newtype>>(r#"{"One":"a"}"#).unwrap()[&Kind::One], Newtype("a".into()));
    assert_eq!(
        from_str::<BTreeMap<i64, Option<u8>>>(r#"{"-3":null,"4":4}"#).unwrap(),
        [(-3, None), (4, Some(4))].into()
    );
    assert_eq!(from_str::<BTreeMap<bool, f64>>(r#"{"true":1}"#).unwrap(), [(true, 1.0)].into());
    assert_eq!(from_str::<BTreeMap<Newtype, (u8, char)>>(r#"{"a":[1,"x"]}"#).unwrap()[&Newtype("a".into())], (1, 'x'));
    assert_eq!(from_str::<&str>(r#""as it stands""#).unwrap(), "as it stands");
    assert_eq!(from_str::<Value>("[1.0,-1]").unwrap(), json!([1.0, -1]));
    assert!(from_str::<(u8,)>("[1,2]").is_err());
}
