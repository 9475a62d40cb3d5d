use super::RULE;
use crate::normalise::Facts;
use crate::sketch;

const SHAPES: &str = "
    Shape: { oneOf: [{ $ref: '#/components/schemas/Circle' }, { $ref: '#/components/schemas/Square' }] }
    Circle:
      type: object
      required: [kind, area]
      properties: { kind: { type: string, enum: [circle] }, area: { type: integer }, radius: { type: number } }
    Square:
      type: object
      required: [kind, side]
      properties: { kind: { type: string, enum: [square] }, area: { type: integer, nullable: true }, side: { type: number } }
    ";

fn flat(schemas: &str, table: &str) -> (serde_json::Value, Facts, Vec<String>) {
    let tables = sketch::tables(&[("unions.toml", table)]);
    let (after, facts, report) = sketch::after(&RULE, sketch::schemas(schemas), &tables);
    (sketch::written(&after), facts, report)
}

#[test]
fn alternatives_are_one_object_that_their_own_constants_tell_apart() {
    let (after, facts, report) = flat(SHAPES, "");
    assert_eq!(
        after["Shape"],
        sketch::value(
            "
            type: object
            properties:
              kind: { $ref: '#/components/schemas/ShapeKind' }
              area: { type: integer, nullable: true }
              radius: { type: number }
              side: { type: number }
            required: [kind]
            "
        )
    );
    assert_eq!(after["ShapeKind"], sketch::value("{ type: string, enum: [circle, square] }"));
    let union = &facts.unions["Shape"];
    assert_eq!(union.discriminator.as_deref(), Some("kind"));
    assert_eq!(union.kinds.iter().collect::<Vec<_>>(), ["circle", "square"]);
    assert_eq!(report, ["unions: schemas/Shape: one object for 2 kinds"]);
}

#[test]
fn a_mapping_says_the_kinds_where_no_constant_does() {
    let (after, facts, _) = flat(
        "
        Shape:
          oneOf: [{ $ref: '#/components/schemas/Circle' }, { $ref: '#/components/schemas/Square' }]
          discriminator: { propertyName: kind, mapping: { round: '#/components/schemas/Circle', square: Square } }
        Circle: { type: object, properties: { kind: { type: string } } }
        Square: { type: object, properties: { kind: { type: string } } }
        ",
        "",
    );
    assert_eq!(after["Shape"]["properties"], sketch::value("{ kind: { type: string } }"));
    let union = &facts.unions["Shape"];
    assert_eq!(union.discriminator.as_deref(), Some("kind"));
    assert_eq!(union.kinds.iter().collect::<Vec<_>>(), ["round", "square"]);
}

#[test]
fn without_a_key_that_tells_them_apart_there_is_none() {
    let (_, facts, _) = flat(
        "
        Either: { oneOf: [{ $ref: '#/components/schemas/A' }, { $ref: '#/components/schemas/B' }] }
        A: { type: object, properties: { id: { type: string }, a: { type: string } } }
        B: { type: object, properties: { id: { type: string }, b: { type: string } } }
        ",
        "",
    );
    assert_eq!(facts.unions["Either"].discriminator, None);
    let (_, facts, _) =
        flat(&SHAPES.replace("Square' }] }", "Square' }], discriminator: { propertyName: sort } }"), "");
    assert_eq!(facts.unions["Shape"].discriminator, None, "a key that no alternative has");
}

#[test]
fn what_the_table_calls_kinds_of_one_thing_is_it_everywhere() {
    let (after, facts, report) = flat(
        "
        User: { type: object, properties: { by: { $ref: '#/components/schemas/CheckMail' } } }
        CheckMail: { type: object, properties: { object: { type: string, enum: [mail] }, tries: { type: integer } } }
        CheckPhone: { type: object, properties: { object: { type: string, enum: [phone] } } }
        ",
        "[Check]\ndiscriminator = 'object'\nmembers = ['Check*']\neverywhere = true",
    );
    assert_eq!(after["User"]["properties"]["by"]["$ref"], "#/components/schemas/Check");
    assert!(after.get("CheckMail").is_none() && after.get("CheckPhone").is_none());
    assert_eq!(facts.unions["Check"].kinds.len(), 2);
    assert_eq!(
        report,
        [
            "unions: schemas/Check: one object for 2 kinds",
            "unions: schemas/CheckMail: a kind of Check",
            "unions: schemas/CheckPhone: a kind of Check"
        ]
    );
}

#[test]
fn an_enum_that_has_the_name_already_keeps_its_values() {
    let (after, ..) = flat(&format!("{SHAPES}\n    ShapeKind: {{ type: string, enum: [circle, line] }}"), "");
    assert_eq!(after["ShapeKind"]["enum"], sketch::value("[circle, square, line]"));
}

#[test]
fn what_cannot_be_one_object_is_refused_with_its_place() {
    let refused = |schemas: &str| sketch::refused(&RULE, sketch::schemas(schemas));
    assert_eq!(
        refused("Either: { oneOf: [{ type: string }, { type: integer }] }"),
        "schemas/Either: an alternative that is not an object"
    );
    let two = "
        Either: { oneOf: [{ $ref: '#/components/schemas/A' }, { $ref: '#/components/schemas/B' }] }
        A: { type: object, properties: { id: { type: string } } }
        ";
    assert_eq!(
        refused(&format!("{two}B: {{ type: object, properties: {{ id: {{ type: integer }} }} }}")),
        "schemas/Either/id: two alternatives give it two types"
    );
    assert_eq!(
        refused(&format!("{two}B: {{ type: string, enum: [a, b] }}")),
        "schemas/Either: alternative B is not an object"
    );
}
