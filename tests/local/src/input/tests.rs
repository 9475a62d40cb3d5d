use futures_util::FutureExt as _;
use http::HeaderValue;

use super::*;

static TEXTS: Kind = Kind::String;

const fn field(name: &'static str, required: bool, kind: Kind) -> Field {
    Field { name, required, nullable: false, kind }
}

static FIELDS: &[Field] = &[
    field("name", true, Kind::String),
    field("count", false, Kind::Integer),
    field("ratio", false, Kind::Number),
    field("on", false, Kind::Boolean),
    field("metadata", false, Kind::Object),
    field("scopes", false, Kind::List(&TEXTS)),
    field("mode", false, Kind::OneOf(&["a", "b"])),
];

static QUERY: &[Field] = &[field("limit", false, Kind::Integer), field("type", true, Kind::String)];

fn operation(open: bool, list: bool) -> Operation {
    let encodings = &[Encoding::Json, Encoding::Form, Encoding::Multipart];
    let body = Some(Body { encodings, required: true, fields: FIELDS, open, list });
    Operation { id: "createThing", method: "POST", path: "/things", tag: "", query: &[], body }
}

fn send(operation: &Operation, content_type: &str, body: &str) -> Result<Input, Failure> {
    let mut headers = HeaderMap::new();
    if !content_type.is_empty() {
        headers.insert("content-type", HeaderValue::from_str(content_type).unwrap());
    }
    read(operation, Vec::new(), None, &headers, Bytes::copy_from_slice(body.as_bytes())).now_or_never().unwrap()
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json; charset=utf-8";

#[test]
fn a_form_and_json_give_the_same_fields() {
    let operation = operation(false, false);
    let form = "name=Ann&count=3&ratio=0.5&on=true&metadata=%7B%22k%22%3Anull%7D&scopes=x&scopes=y&mode=a";
    let json = r#"{"name":"Ann","count":3,"ratio":0.5,"on":true,"metadata":{"k":null},"scopes":["x","y"],"mode":"a"}"#;
    assert_eq!(send(&operation, FORM, form).unwrap().body, send(&operation, JSON, json).unwrap().body);
    // Without a type the first byte tells.
    assert_eq!(send(&operation, "", form).unwrap().body, send(&operation, "", json).unwrap().body);
}

#[test]
fn multipart_parts_are_fields_and_files() {
    let body = "--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAnn\r\n--B\r\nContent-Disposition: form-data; \
                name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nbytes\r\n--B--\r\n";
    let input = send(&operation(true, false), "multipart/form-data; boundary=B", body).unwrap();
    assert_eq!(input.text("name"), Some("Ann"));
    let file = input.file("file").unwrap();
    assert_eq!((&file.bytes[..], file.file_name.as_deref()), (&b"bytes"[..], Some("a.png")));
}

#[test]
fn what_the_document_forbids_is_refused_with_the_parameter_named() {
    for (content_type, body, status, code, param) in [
        (FORM, "name=A&other=1", 422, "form_param_unknown", "other"),
        (JSON, r#"{"name":"A","other":1}"#, 422, "form_param_unknown", "other"),
        (JSON, "{}", 422, "form_param_missing", "name"),
        (FORM, "count=3", 422, "form_param_missing", "name"),
        (FORM, "name=A&count=many", 422, "form_param_type_invalid", "count"),
        (FORM, "name=A&on=perhaps", 422, "form_param_type_invalid", "on"),
        (FORM, "name=A&metadata=3", 422, "form_param_type_invalid", "metadata"),
        (JSON, r#"{"name":3}"#, 422, "form_param_type_invalid", "name"),
        (JSON, r#"{"name":"A","metadata":[]}"#, 422, "form_param_type_invalid", "metadata"),
        (JSON, r#"{"name":"A","scopes":[1]}"#, 422, "form_param_type_invalid", "scopes"),
        (JSON, r#"{"name":"A","mode":"c"}"#, 422, "form_param_value_invalid", "mode"),
        (JSON, r#"{"name":"A""#, 400, "request_body_invalid", ""),
        (JSON, "[]", 400, "request_body_invalid", ""),
        (JSON, "3", 400, "request_body_invalid", ""),
        ("multipart/form-data", "x", 400, "request_body_invalid", ""),
        ("text/plain", "name=A", 415, "unsupported_content_type", ""),
    ] {
        let failure = send(&operation(false, false), content_type, body).unwrap_err();
        assert_eq!((failure.status, failure.code()), (status, code), "{body}");
        let told = String::from_utf8(failure.body("t")).unwrap();
        assert!(param.is_empty() || told.contains(&format!(r#""param_name":"{param}""#)), "{told}");
    }
}

#[test]
fn an_open_body_takes_keys_that_the_document_does_not_name() {
    let input = send(&operation(true, false), FORM, "name=A&other=1").unwrap();
    assert_eq!(input.text("other"), Some("1"));
}

#[test]
fn each_item_of_a_list_is_checked() {
    let operation = operation(false, true);
    assert_eq!(send(&operation, JSON, r#"[{"name":"A"},{"name":"B"}]"#).unwrap().items.len(), 2);
    assert_eq!(send(&operation, JSON, r#"[{"name":"A"},{}]"#).unwrap_err().code(), "form_param_missing");
    assert_eq!(send(&operation, JSON, "[3]").unwrap_err().code(), "request_body_invalid");
}

#[test]
fn leave_clear_and_set_are_three_things() {
    let operation = operation(true, false);
    let input = send(&operation, JSON, r#"{"name":"A","a":null,"b":"","c":"x"}"#).unwrap();
    assert_eq!(
        [input.change("z"), input.change("a"), input.change("b"), input.change("c")],
        [None, Some(None), Some(None), Some(Some("x"))]
    );
}

#[test]
fn a_query_is_checked_by_the_same_table() {
    let mut operation = operation(true, false);
    operation.query = QUERY;
    operation.body = None;
    let ask = |query: &str| {
        read(&operation, Vec::new(), Some(query), &HeaderMap::new(), Bytes::new()).now_or_never().unwrap()
    };
    assert_eq!(ask("limit=3").unwrap_err().code(), "missing_query_parameter");
    assert_eq!(ask("type=x&limit=no").unwrap_err().code(), "form_param_type_invalid");
    let input = ask("type=x&limit=3&role[]=a&role[]=b&unheard=of").unwrap();
    assert_eq!(input.query_integer("limit").unwrap(), Some(3));
    assert_eq!(input.query_all("role").collect::<Vec<_>>(), ["a", "b"]);
}
