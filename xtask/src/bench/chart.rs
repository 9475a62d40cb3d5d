//! Bars of ours beside others, as an SVG that is read on a light page and on a dark one.

use std::fmt::Write as _;

use anyhow::Result;

use super::amount;
use super::figures::{Figure, Figures, Measured, Shown};

/// What is compared, in its order: the larger the bar, the more it costs.
const COMPARISONS: &[Shown] = &[
    Shown { id: "auth.token", peers: &["jsonwebtoken", "clerk-rs", "@clerk/backend"] },
    Shown { id: "auth.server", peers: &["axum alone", "clerk-rs"] },
    Shown { id: "auth.webhook", peers: &["svix", "@clerk/backend"] },
    Shown { id: "backend.walk", peers: &["clerk-bapi, page after page", "clerk-rs"] },
    Shown { id: "decode.full", peers: &["clerk-rs"] },
    Shown { id: "frontend.tokens", peers: &["clerk-fapi-rs"] },
    Shown { id: "server-build", peers: &["with nothing of Clerk", "clerk-rs"] },
    Shown { id: "build.bapi.whole", peers: &["clerk-rs"] },
];

// In pixels, at the width of a README.
const WIDTH: f64 = 800.0;
const NAMES: f64 = 290.0;
const BARS: f64 = 350.0;
const BAR: f64 = 14.0;
const LINE: f64 = 20.0;
const TITLE: f64 = 24.0;
const GAP: f64 = 14.0;
/// What a bar has that is too short to be seen.
const LEAST: f64 = 2.0;

// Colours that stand out on white and on black, for who does not say which it is.
const STYLE: &str = "text { font: 13px system-ui, sans-serif; fill: #6e7781; } .title { font-weight: 600; } \
                     .ours { fill: #6c47ff; } text.ours { font-weight: 600; } .peer { fill: #8c959f; }\
                     @media (prefers-color-scheme: light) { text { fill: #424a53; } text.title { fill: #1f2328; } } \
                     @media (prefers-color-scheme: dark) { text { fill: #b1bac4; } text.title { fill: #f0f6fc; } \
                     .ours { fill: #9785ff; } }";

pub(super) fn chart(figures: &Figures) -> Result<String> {
    draw(&figures.pick(COMPARISONS)?)
}

fn draw(comparisons: &[(&Figure, Vec<&Measured>)]) -> Result<String> {
    let (mut body, mut top) = (String::new(), GAP);
    for (figure, peers) in comparisons {
        let note = figure.note.as_deref().map(|note| format!(", {note}")).unwrap_or_default();
        let title = escape(&format!("{}{note}", figure.what));
        writeln!(body, "<text class=\"title\" x=\"0\" y=\"{:.0}\">{title}</text>", top + BAR)?;
        top += TITLE;
        let most = peers.iter().map(|peer| peer.median).fold(figure.ours.median, f64::max);
        let ours = [(&figure.ours, "ours", figure.ours.title(), amount::median(&figure.ours, &figure.unit))];
        let theirs = peers.iter().map(|peer| {
            let times = peer.times(&figure.ours).map(|times| format!(", {times} ours")).unwrap_or_default();
            (*peer, "peer", peer.title(), format!("{}{times}", amount::median(peer, &figure.unit)))
        });
        for (measured, class, name, value) in ours.into_iter().chain(theirs) {
            let length = (measured.median / most * BARS).max(LEAST);
            let (base, text) = (top + BAR - 3.0, if class == "ours" { " class=\"ours\"" } else { "" });
            writeln!(
                body,
                "<text{text} x=\"{:.0}\" y=\"{base:.0}\" text-anchor=\"end\">{}</text>",
                NAMES - 8.0,
                escape(&name)
            )?;
            writeln!(
                body,
                "<rect class=\"{class}\" x=\"{NAMES:.0}\" y=\"{top:.0}\" width=\"{length:.1}\" height=\"{BAR:.0}\" rx=\"2\"/>"
            )?;
            writeln!(body, "<text{text} x=\"{:.1}\" y=\"{base:.0}\">{}</text>", NAMES + length + 8.0, escape(&value))?;
            top += LINE;
        }
        top += GAP;
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH:.0}\" height=\"{top:.0}\" viewBox=\"0 0 {WIDTH:.0} {top:.0}\" \
         role=\"img\">\n<title>What things cost, ours beside others: shorter is better</title>\n<style>{STYLE}</style>\n{body}</svg>\n"
    ))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::figures::sample;
    use super::*;

    #[test]
    fn each_bar_is_as_long_as_its_figure() {
        let figures = sample();
        let shown = [Shown { id: "token", peers: &["clerk-rs", "another <way>"] }];
        let chart = draw(&figures.pick(&shown).unwrap()).unwrap();
        let lengths: Vec<&str> = chart
            .lines()
            .filter_map(|line| line.strip_prefix("<rect ")?.split("width=\"").nth(1)?.split('"').next())
            .collect();
        assert_eq!(lengths, ["175.0", "262.5", "350.0"]);
        assert!(chart.contains(">30 µs, 1.50 × ours<") && chart.contains(">another &lt;way&gt;<"), "{chart}");
    }

    #[test]
    fn what_is_nothing_is_still_seen() {
        let figures = sample();
        let chart = draw(&figures.pick(&[Shown { id: "nothing", peers: &["clerk-rs"] }]).unwrap()).unwrap();
        assert!(chart.contains("width=\"2.0\"") && chart.contains(">100<"), "{chart}");
    }
}
