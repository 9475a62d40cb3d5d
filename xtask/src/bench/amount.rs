//! Amounts as people read them.

use super::figures::Measured;

/// A unit, and how many of the figure's own unit it is.
struct Scale {
    unit: &'static str,
    size: f64,
}

/// From the smallest on.
const TIMES: [Scale; 4] = [
    Scale { unit: "ns", size: 1.0 },
    Scale { unit: "µs", size: 1e3 },
    Scale { unit: "ms", size: 1e6 },
    Scale { unit: "s", size: 1e9 },
];
const BYTES: [Scale; 3] =
    [Scale { unit: "kB", size: 1e3 }, Scale { unit: "MB", size: 1e6 }, Scale { unit: "GB", size: 1e9 }];

/// The median in the unit that suits it.
pub(super) fn median(measured: &Measured, unit: &str) -> String {
    let (amount, size, unit) = scaled(measured.median, unit);
    if unit == "s" && amount >= 180.0 {
        let seconds = amount.round();
        return format!("{} min {} s", (seconds / 60.0).floor(), seconds % 60.0);
    }
    format!("{} {unit}", digits(measured.median / size)).trim_end().to_owned()
}

/// The median, with the least and the greatest in brackets where they are others.
pub(super) fn spread(measured: &Measured, unit: &str) -> String {
    let median = median(measured, unit);
    if measured.min == measured.max {
        return median;
    }
    let (_, size, _) = scaled(measured.median, unit);
    format!("{median} ({}–{})", digits(measured.min / size), digits(measured.max / size))
}

/// The amount in a unit of its size, how large that is in the figure's own, and its name.
fn scaled(amount: f64, unit: &str) -> (f64, f64, &'static str) {
    let (scales, own) = if unit == "B" {
        (BYTES.as_slice(), 1.0)
    } else {
        let Some(own) = TIMES.iter().find(|scale| scale.unit == unit) else { return (amount, 1.0, "") };
        (TIMES.as_slice(), own.size)
    };
    let fits = |scale: &&Scale| amount * own >= scale.size;
    let Some(scale) = scales.iter().rev().find(fits).or(scales.first()) else { return (amount, 1.0, "") };
    (amount * own / scale.size, scale.size / own, scale.unit)
}

/// Three digits of it, and a whole number whole.
fn digits(amount: f64) -> String {
    let decimals = if amount.fract() == 0.0 || amount >= 100.0 {
        0
    } else if amount >= 10.0 {
        1
    } else {
        2
    };
    format!("{amount:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(min: f64, median: f64, max: f64) -> Measured {
        serde_json::from_value(
            serde_json::json!({ "name": "", "version": null, "min": min, "median": median, "max": max }),
        )
        .unwrap()
    }

    #[test]
    fn an_amount_is_in_the_unit_that_suits_it() {
        let text = |amount, unit| median(&measured(amount, amount, amount), unit);
        assert_eq!(text(0.387, "µs"), "387 ns");
        assert_eq!(text(15.34, "µs"), "15.3 µs");
        assert_eq!(text(2294.0, "ms"), "2.29 s");
        assert_eq!(text(97.4, "s"), "97.4 s");
        assert_eq!(text(249.2, "s"), "4 min 9 s");
        assert_eq!(text(1.59e9, "B"), "1.59 GB");
        assert_eq!(text(100.0, ""), "100");
        assert_eq!(text(0.0, ""), "0");
    }

    #[test]
    fn the_spread_is_in_the_unit_of_the_median() {
        assert_eq!(spread(&measured(990.0, 1100.0, 12_000.0), "ms"), "1.10 s (0.99–12)");
        assert_eq!(spread(&measured(3.0, 3.0, 3.0), "s"), "3 s");
    }
}
