use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde_json::{Value, json, value::RawValue};

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
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), (r#"{"More":"#, "}")] {
            let text = format!("{}0{}", open.repeat(depth), close.repeat(depth));
            same::<Value>(&text);
            same::<IgnoredAny>(&text);
            same::<Recursive>(&text);
        }
    }
}

/// Reads it as serde_json does, and fails if that makes a difference.
fn same<T: for<'de> Deserialize<'de> + std::fmt::Debug + PartialEq>(text: &str) {
    let (ours, theirs) = (from_str::<T>(text), serde_json::from_str::<T>(text));
    let shown = text.get(..200).unwrap_or(text);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs, "{shown}"),
        (Err(_), Err(_)) => {}
        (ours, theirs) => panic!("{ours:?} is not {theirs:?} in {shown}"),
    }
}

#[derive(Debug, PartialEq, Deserialize)]
enum Recursive {
    More(Box<Recursive>),
}

/// A type with something of everything that serde can be asked for.
#[derive(Debug, PartialEq, Deserialize)]
struct Everything {
    a: Option<String>,
    #[serde(default)]
    b: Vec<Shape>,
    #[serde(default)]
    c: HashMap<i8, f64>,
    #[serde(default)]
    d: HashMap<i128, u128>,
    e: Option<(bool, char, ())>,
    #[serde(default)]
    f: BTreeMap<Kind, Newtype>,
    g: Option<Value>,
    #[serde(default)]
    h: HashMap<bool, i64>,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Shape {
    Point,
    Circle(f32),
    Line(i16, u64),
    Box { width: u8, height: Option<i64> },
}

/// Pieces of text, of which a generated one is made: some fit together, most do not.
fn pieces() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "null",
        "true",
        "false",
        "nul",
        r#""a""#,
        r#""b""#,
        r#""c""#,
        r#""d""#,
        r#""e""#,
        r#""f""#,
        r#""g""#,
        r#""h""#,
        r#""z""#,
        r#""Point""#,
        r#""Circle""#,
        r#""Line""#,
        r#""Box""#,
        r#""One""#,
        r#""width""#,
        r#""height""#,
        r#""7""#,
        r#"" 7""#,
        r#""true""#,
        r#""1e2""#,
        r#""\ud83d\ude00""#,
        r#""\ud800""#,
        r#""\u0061""#,
        r#""ü""#,
        "\"",
        "\\",
        "0",
        "-0",
        "00",
        "7",
        "-7",
        "1.5",
        "1e999",
        "300",
        "18446744073709551616",
        "123456789012345678901234567890123456789012345",
        "\u{1}",
        "\u{feff}",
    ];
    prop::collection::vec(prop::sample::select(PIECES), 0..24).prop_map(|pieces| pieces.concat())
}

/// A sound text of that type, or nearly so.
fn sound() -> impl Strategy<Value = String> {
    let number = prop::sample::select(vec![
        "0",
        "-0",
        "7",
        "-7",
        "127",
        "-128",
        "255",
        "256",
        "1.5",
        "1e2",
        "99999999",
        "100000000",
        "1700000000123",
        "999999999999999999",
        "1000000000000000000",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        "340282366920938463463374607431768211455",
        "1e400",
        "01",
        "1.",
    ]);
    let text = prop_oneof![
        ".{0,12}".prop_map(|text| Value::from(text).to_string()),
        prop::sample::select(vec![r#""\ud83d\ude00\/\b""#, r#""\ud83d""#, r#""\x""#, r#""seven more""#])
            .prop_map(str::to_owned),
    ];
    let shape = prop_oneof![
        Just(r#""Point""#.to_owned()),
        Just(r#"{"Point":null}"#.to_owned()),
        Just(r#""Circle""#.to_owned()),
        number.clone().prop_map(|one| format!(r#"{{"Circle":{one}}}"#)),
        (number.clone(), number.clone()).prop_map(|(one, other)| format!(r#"{{ "Line" : [{one},{other}] }}"#)),
        number.clone().prop_map(|one| format!(r#"{{"Box":{{"width":{one}}}}}"#)),
        number.clone().prop_map(|one| format!(r#"{{"Box":{{"width":1,"width":{one}}}}}"#)),
        number.clone().prop_map(|one| format!(r#"{{"Box":{{"height":{one},"width":1}},"Point":null}}"#)),
    ];
    let entry = prop_oneof![
        text.clone().prop_map(|text| format!(r#""a":{text}"#)),
        prop::collection::vec(shape, 0..3).prop_map(|shapes| format!(r#""b":[{}]"#, shapes.join(","))),
        (number.clone(), number.clone()).prop_map(|(key, value)| format!(r#""c":{{"{key}":{value}}}"#)),
        (number.clone(), number.clone()).prop_map(|(key, value)| format!(r#""d":{{"{key}":{value}}}"#)),
        text.clone().prop_map(|text| format!(r#""e":[true,{text},null]"#)),
        text.clone().prop_map(|text| format!(r#""f":{{"One":{text}}}"#)),
        (text.clone(), number.clone()).prop_map(|(text, number)| format!(r#""g":{{{text}:[{number},{text}]}}"#)),
        number.prop_map(|value| format!(r#""h":{{"false":{value}}}"#)),
        text.prop_map(|text| format!(r#""unknown":{{{text}:[{text},1e999]}}"#)),
    ];
    prop::collection::vec(entry, 0..5).prop_map(|entries| format!("{{{}}}", entries.join(" ,\n")))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_put_together_of_pieces_is_read_or_refused_as_serde_json_does(text in pieces()) {
        same::<Value>(&text);
        same::<IgnoredAny>(&text);
        same::<Everything>(&text);
    }

    #[test]
    fn what_fits_is_read_as_serde_json_does(text in sound(), cut in any::<prop::sample::Index>(), cutting in 0..8) {
        let cut = text.char_indices().map(|(at, _)| at).nth(cut.index(text.chars().count())).unwrap_or(0);
        let text = if cutting == 0 { &text[..cut] } else { &text };
        same::<Everything>(text);
        same::<Value>(text);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_as_serde_json_does(
        text in sound(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let (ours, theirs) = (crate::decode::<Value>("it", &bytes).ok(), serde_json::from_slice::<Value>(&bytes).ok());
        prop_assert_eq!(ours, theirs);
    }
}

#[test]
fn numbers_of_any_length_are_read_as_serde_json_does() {
    for length in 1..45 {
        for first in ["1", "9", "-1", "0", "-0"] {
            for last in ["", ".5", "e1", ".", "-", "x", "/", ":", " ", ",1]", "]"] {
                let text = format!("[{first}{}{last}]", "9876543210".chars().cycle().take(length).collect::<String>());
                same::<Vec<u64>>(&text);
                same::<Vec<i128>>(&text);
                same::<Vec<u128>>(&text);
                same::<Value>(&text);
            }
        }
    }
}

#[test]
fn keys_that_are_numbers_or_flags_are_read_as_serde_json_does() {
    for key in ["7", "-7", "-0", "0", "07", " 7", "7 ", "7.5", "1e2", "1e400", "", "x", "true", "false", "True", "null"]
    {
        for key in [key.to_owned(), key.replace('7', "\\u0037"), key.replace('t', "\\u0074")] {
            let text = format!(r#"{{"{key}":1}}"#);
            same::<HashMap<i64, i64>>(&text);
            same::<HashMap<u8, i64>>(&text);
            same::<HashMap<i128, i64>>(&text);
            same::<HashMap<u128, i64>>(&text);
            same::<HashMap<bool, i64>>(&text);
            same::<HashMap<char, i64>>(&text);
            same::<HashMap<Option<String>, i64>>(&text);
        }
    }
}

#[test]
fn a_number_may_have_any_bytes_beside_its_digits() {
    for byte in 0..128_u8 {
        for at in 0..12 {
            let mut text = String::from("123456789012");
            text.replace_range(at..=at, &char::from(byte).to_string());
            same::<u64>(&text);
            same::<Value>(&text);
        }
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
    assert_eq!(from_str::<Shape>(r#"{"Line":[-1,2]}"#).unwrap(), Shape::Line(-1, 2));
    assert_eq!(from_str::<Shape>(r#"{"Box":{"width":1}}"#).unwrap(), Shape::Box { width: 1, height: None });
}

#[test]
fn a_value_whose_text_is_wanted_is_given_as_its_text() {
    let text = r#"[ {"a" : 1e999} , "\ud800",-0.0, [ ] ]"#;
    let raw = |read: Vec<Box<RawValue>>| read.iter().map(|raw| raw.get().to_owned()).collect::<Vec<_>>();
    assert_eq!(raw(from_str(text).unwrap()), raw(serde_json::from_str(text).unwrap()));
    for broken in ["[", "[{]", "[\"", "[1 2]", "[tru]", "[-]", "[]]"] {
        assert!(from_str::<Vec<Box<RawValue>>>(broken).is_err(), "{broken}");
    }
}
