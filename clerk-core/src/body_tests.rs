use serde_json::json;

use super::*;

fn body(fields: &[(&'static str, Value)]) -> Body {
    let mut body = Body::default();
    for (name, value) in fields {
        body.set(*name, value.clone());
    }
    body
}

fn text(body: Body, encoding: Encoding) -> (String, String) {
    let (bytes, content_type) = body.encode(encoding, false).unwrap().unwrap();
    (String::from_utf8(bytes.into()).unwrap(), content_type.to_str().unwrap().to_owned())
}

#[test]
fn a_json_body_has_its_fields_in_the_order_they_were_set_and_the_last_value_of_each() {
    let mut body = body(&[("z", json!(1)), ("a", json!(null)), ("z", json!([{"b": 1, "a": 2}]))]);
    body.set("m", json!(true));
    let (text, content_type) = text(body, Encoding::Json);
    assert!(text.starts_with(r#"{"z":[{"#) && text.ends_with(r#"}],"a":null,"m":true}"#), "{text}");
    assert_eq!(content_type, "application/json");
}

#[test]
fn a_body_that_is_a_list_is_written_whole_and_one_that_is_an_object_takes_more_fields() {
    let mut list = Body::default();
    list.set_whole(json!([{"a": 1}]));
    assert_eq!(text(list.clone(), Encoding::Json).0, r#"[{"a":1}]"#);
    list.set("b", json!(2));
    assert!(list.encode(Encoding::Json, false).is_err());

    let mut object = body(&[("a", json!(1))]);
    object.set_whole(json!({"a": 3}));
    object.set("b", json!(2));
    assert_eq!(text(object, Encoding::Json).0, r#"{"a":3,"b":2}"#);
}

#[test]
fn nothing_set_is_no_body_in_any_encoding() {
    for encoding in [Encoding::None, Encoding::Json, Encoding::Form, Encoding::Multipart, Encoding::Bytes] {
        assert_eq!(Body::default().encode(encoding, false), Ok(None));
    }
}

#[test]
fn a_form_repeats_plain_lists_and_writes_nested_values_as_json() {
    for (value, expected) in [
        (json!("a b&c"), "x=a+b%26c"),
        (json!(1), "x=1"),
        (json!(true), "x=true"),
        (json!(false), "x=false"),
        (json!(null), "x="),
        (json!(["a", "b"]), "x=a&x=b"),
        (json!([1, 2]), "x=1&x=2"),
        (json!([]), ""),
        (json!({"k": null}), "x=%7B%22k%22%3Anull%7D"),
        (json!([{"k": 1}]), "x=%5B%7B%22k%22%3A1%7D%5D"),
        (json!([["a"]]), "x=%5B%5B%22a%22%5D%5D"),
    ] {
        let (text, content_type) = text(body(&[("x", value)]), Encoding::Form);
        assert_eq!(text, expected);
        assert_eq!(content_type, "application/x-www-form-urlencoded");
    }
}

#[test]
fn a_multipart_body_has_text_parts_and_files_with_name_and_type() {
    let mut body = body(&[("title", json!("me")), ("tags", json!(["a", "b"])), ("meta", json!({"k": 1}))]);
    body.add_file("file", Upload::new("me.png", "\u{1}PNG").content_type("image/png"));
    let (text, content_type) = text(body, Encoding::Multipart);
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let parts: Vec<_> = text.split(&format!("--{boundary}")).collect();
    assert_eq!(
        parts,
        [
            "",
            "\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\nme\r\n",
            "\r\ncontent-disposition: form-data; name=\"tags\"\r\n\r\na\r\n",
            "\r\ncontent-disposition: form-data; name=\"tags\"\r\n\r\nb\r\n",
            "\r\ncontent-disposition: form-data; name=\"meta\"\r\n\r\n{\"k\":1}\r\n",
            "\r\ncontent-disposition: form-data; name=\"file\"; filename=\"me.png\"\r\ncontent-type: image/png\r\n\r\n\u{1}PNG\r\n",
            "--\r\n",
        ]
    );
}

#[test]
fn a_file_name_cannot_add_headers_or_parts() {
    let mut body = Body::default();
    body.add_file("file", Upload::new("a\"; x=\"y\r\nset-cookie: z\0\n.png", ""));
    let (text, _) = text(body, Encoding::Multipart);
    assert!(
        text.contains(
            "filename=\"a%22; x=%22y%0D%0Aset-cookie: z%0A.png\"\r\ncontent-type: application/octet-stream\r\n\r\n"
        ),
        "{text}"
    );
}

#[test]
fn a_content_type_that_is_none_is_refused() {
    for content_type in ["image/png\r\nset-cookie: a=b", "png", "", "image/p\u{e9}ng"] {
        for encoding in [Encoding::Multipart, Encoding::Bytes] {
            let mut body = Body::default();
            body.add_file("file", Upload::new("a", "b").content_type(content_type));
            assert!(body.encode(encoding, false).is_err(), "{content_type}");
        }
    }
}

#[test]
fn the_bytes_of_a_file_are_sent_as_they_are() {
    let mut body = Body::default();
    body.add_file("old", Upload::new("a", "old"));
    body.add_file("old", Upload::new("a", "\0\u{1}").content_type("image/png"));
    assert_eq!(text(body.clone(), Encoding::Bytes), ("\0\u{1}".into(), "image/png".into()));
    body.set("x", json!(1));
    assert!(body.encode(Encoding::Bytes, false).is_err());
}

#[test]
fn what_an_encoding_cannot_carry_is_refused() {
    let mut file = Body::default();
    file.add_file("file", Upload::new("a", "b"));
    let mut list = Body::default();
    list.set_whole(json!([1]));
    for (body, encoding) in [
        (body(&[("x", json!(1))]), Encoding::None),
        (file.clone(), Encoding::Json),
        (file, Encoding::Form),
        (list.clone(), Encoding::Form),
        (list, Encoding::Multipart),
        (body(&[("x", json!(1))]), Encoding::Bytes),
    ] {
        assert!(body.encode(encoding, false).is_err(), "{encoding:?}");
    }
}

#[test]
fn a_boundary_is_never_in_the_content() {
    let parts = [(String::from("head"), Bytes::from_static(b"content"))];
    let first = boundary(&parts);
    assert!(first.len() <= 70 && first.starts_with("clerk-"));
    assert_ne!(first, boundary(&parts));
}
