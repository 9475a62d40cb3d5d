//! What the README shows of the figures: how long its two commands take, and a section with a table, on what it was
//! measured, and how to do it again.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};

use super::amount;
use super::figures::{Figure, Figures, Measured, Shown};

/// How long the two commands take, which the README says where it names them.
const FIRST_RUN: &[Shown] =
    &[Shown { id: "first-run.quickstart", peers: &[] }, Shown { id: "first-run.test", peers: &[] }];

/// What the table has, in its order.
const ROWS: &[Shown] = &[
    Shown {
        id: "auth.token",
        peers: &["the bare signature by aws-lc-rs", "jsonwebtoken", "clerk-rs", "@clerk/backend"],
    },
    Shown { id: "auth.token.seen", peers: &["clerk-rs", "@clerk/backend"] },
    Shown { id: "auth.request", peers: &["clerk-rs", "@clerk/backend"] },
    Shown { id: "auth.server", peers: &["axum alone", "clerk-rs"] },
    Shown { id: "auth.webhook", peers: &["svix", "@clerk/backend"] },
    Shown { id: "backend.get", peers: &["by hand on reqwest, into the generated type", "clerk-rs"] },
    Shown { id: "backend.walk", peers: &["clerk-bapi, page after page", "clerk-rs"] },
    Shown { id: "decode.full", peers: &["clerk-rs"] },
    Shown { id: "frontend.token", peers: &[] },
    Shown { id: "frontend.tokens", peers: &["clerk-fapi-rs"] },
    Shown { id: "frontend.tokens.requests", peers: &["clerk-fapi-rs"] },
    Shown { id: "local.start", peers: &[] },
    Shown { id: "local.sign-in", peers: &[] },
    Shown { id: "server-build", peers: &["with nothing of Clerk", "clerk-rs"] },
    Shown { id: "build.bapi.whole", peers: &["clerk-rs"] },
    Shown { id: "build.fapi.whole", peers: &["clerk-fapi-rs"] },
];

/// The README with what it shows of the figures.
pub(super) fn readme(readme: &str, figures: &Figures) -> Result<String> {
    let readme = insert(readme, "times", &times(figures)?)?;
    insert(&readme, "figures", &section(figures)?)
}

/// A sentence; nothing where it was not measured.
fn times(figures: &Figures) -> Result<String> {
    let picked = figures.pick(FIRST_RUN)?;
    let [(first, _), (second, _)] = picked.as_slice() else { return Ok(String::new()) };
    let took = |figure: &Figure| amount::median(&figure.ours, &figure.unit);
    let machine = &figures.machine;
    Ok(format!(
        "From an empty cargo home, with everything to download and to compile, the first took {} and the second {} more, on {} \
         cores ({}) with Rust {}.\n",
        took(first),
        took(second),
        machine.cores,
        machine.processor,
        machine.rustc
    ))
}

/// A table, and what it is of.
fn section(figures: &Figures) -> Result<String> {
    let mut text = "![Bars of the figures below that have one beside them](tests/bench/chart.svg)\n\n\
                    | what | ours | beside it | | × ours |\n|---|---|---|---|---|\n"
        .to_owned();
    for (figure, peers) in figures.pick(ROWS)? {
        let note = figure.note.as_deref().map(|note| format!(" ({note})")).unwrap_or_default();
        let what = cell(&format!("{}{note}", figure.what));
        let ours = cell(&amount::spread(&figure.ours, &figure.unit));
        let lines = |of: &dyn Fn(&Measured) -> String| {
            peers.iter().map(|peer| cell(&of(peer))).collect::<Vec<_>>().join("<br>")
        };
        let names = lines(&Measured::title);
        let theirs = lines(&|peer| amount::spread(peer, &figure.unit));
        let times = lines(&|peer| peer.times(&figure.ours).unwrap_or_else(|| "–".to_owned()));
        writeln!(text, "| {what} | {ours} | {names} | {theirs} | {times} |")?;
    }
    let machine = &figures.machine;
    let memory =
        machine.memory_bytes.map(|bytes| format!(", {} GB of memory", bytes / 1_000_000_000)).unwrap_or_default();
    let node = machine.node.as_ref().map(|node| format!(" and Node {node}")).unwrap_or_default();
    writeln!(
        text,
        "\nMedians, with the least and the greatest sample in brackets; what stands side by side was measured in turns in one run, on {}: {}, {} cores{memory}, {}, Rust {}{node}. \
         Every figure there is: [figures.json](tests/bench/figures.json); what is measured and how, and where a comparison \
         flatters us: [tests/bench](tests/bench/README.md). On your machine: `cargo xtask bench`.",
        machine.date, machine.processor, machine.cores, machine.system, machine.rustc
    )?;
    for left_out in &figures.left_out {
        writeln!(text, "\nNot measured: {left_out}.")?;
    }
    Ok(text)
}

/// A text that ends no cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

/// The README with this between the markers of that name.
fn insert(readme: &str, name: &str, text: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let parts = readme.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let (before, after) =
        parts.with_context(|| format!("README.md has no lines {:?} and {end:?}", begin.trim_end()))?;
    Ok(format!("{before}{begin}\n{text}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::super::figures::sample;
    use super::*;

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let readme = "# A\n\n<!-- x: begin -->\nold\n<!-- x: end -->\n\n## B\n";
        let new = insert(readme, "x", "new\n").unwrap();
        assert_eq!(new, "# A\n\n<!-- x: begin -->\n\nnew\n\n<!-- x: end -->\n\n## B\n");
        assert_eq!(insert(&new, "x", "new\n").unwrap(), new);
        assert!(insert("# A\n", "x", "new\n").is_err());
    }

    #[test]
    fn how_long_the_commands_take_is_said_where_it_was_measured() {
        assert_eq!(times(&sample()).unwrap(), "");
        let mut figures = sample();
        figures.measured("first-run.quickstart", "s", 97.2);
        figures.measured("first-run.test", "s", 249.0);
        let text = times(&figures).unwrap();
        assert!(text.contains("the first took 97.2 s and the second 4 min 9 s more, on 2 cores (Some CPU)"), "{text}");
    }

    #[test]
    fn a_text_cannot_break_the_table() {
        assert_eq!(cell("a | b <c>"), "a \\| b &lt;c>");
    }

    #[test]
    fn what_could_not_be_measured_is_told() {
        let section = section(&sample()).unwrap();
        assert!(section.contains("\nNot measured: @clerk/backend: npm cannot be run.\n"), "{section}");
    }
}
