use serde::Deserialize;

use super::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Thing {
    id: String,
    color: String,
}

impl Record for Thing {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("color:{}", self.color)]
    }

    fn text(&self) -> Option<String> {
        Some(self.color.to_lowercase())
    }
}

fn table(things: &[(&str, &str)]) -> Table<Thing> {
    let mut table = Table::default();
    for (id, color) in things {
        table.insert(Thing { id: (*id).to_owned(), color: (*color).to_owned() });
    }
    table
}

fn found(table: &Table<Thing>, color: &str) -> Vec<String> {
    table.find(&format!("color:{color}")).map(|thing| thing.id.clone()).collect()
}

fn mentioned(table: &Table<Thing>, part: &str) -> Vec<String> {
    table.search(part).map(|(_, thing)| thing.id.clone()).collect()
}

#[test]
fn a_changed_record_is_found_by_what_it_is_now() {
    let mut table = table(&[("a", "Red"), ("b", "Blue"), ("c", "Red")]);
    assert_eq!(found(&table, "Red"), ["a", "c"]);
    table.edit("a").unwrap().color = "Green".to_owned();
    assert_eq!((found(&table, "Red"), found(&table, "Green")), (vec!["c".to_owned()], vec!["a".to_owned()]));
    assert_eq!(
        (mentioned(&table, "re"), mentioned(&table, "red")),
        (vec!["a".to_owned(), "c".to_owned()], vec!["c".to_owned()])
    );
}

#[test]
fn a_replaced_record_keeps_its_place_and_loses_its_old_keys() {
    let mut table = table(&[("a", "Red"), ("b", "Blue")]);
    table.insert(Thing { id: "a".to_owned(), color: "Black".to_owned() });
    assert_eq!(table.iter().map(|thing| thing.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert!(found(&table, "Red").is_empty() && mentioned(&table, "red").is_empty());
}

#[test]
fn a_removed_record_is_found_by_nothing() {
    let mut table = table(&[("a", "Red")]);
    assert!(table.remove("a").is_some() && table.remove("a").is_none());
    assert!(table.is_empty() && found(&table, "Red").is_empty() && mentioned(&table, "red").is_empty());
    assert!(table.edit("a").is_none());
}

#[test]
fn the_journal_gets_each_change_once() {
    let mut table = table(&[("a", "Red"), ("b", "Blue")]);
    let drain = |table: &mut Table<Thing>| {
        let mut changes = Vec::new();
        table.drain(&mut |id, record| changes.push((id.to_owned(), record.is_some())));
        changes
    };
    table.start();
    assert!(drain(&mut table).is_empty());
    table.edit("b").unwrap().color = "Black".to_owned();
    table.edit("b").unwrap().color = "White".to_owned();
    table.remove("a");
    assert_eq!(drain(&mut table), [("a".to_owned(), false), ("b".to_owned(), true)]);
    assert!(drain(&mut table).is_empty());
}
