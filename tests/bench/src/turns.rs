//! Those who are measured beside each other take turns.

use anyhow::Result;

use crate::figure::Spread;

/// Takes a sample of somebody.
pub(crate) type Turn<'a> = Box<dyn FnMut() -> Result<f64> + 'a>;

/// Somebody's turn; whoever is not there has `None`, and no samples.
pub(crate) fn turn<'a>(sample: impl FnMut() -> Result<f64> + 'a) -> Option<Turn<'a>> {
    Some(Box::new(sample))
}

/// The samples of all, one of each in a round: the median of its passes, in each of which everybody has a turn.
///
/// What the machine does beside for longer than a pass is in everybody's samples. A round before the first warms up, and
/// does not count.
pub(crate) fn in_turns<const N: usize>(
    rounds: usize,
    passes: usize,
    mut turns: [Option<Turn<'_>>; N],
) -> Result<[Vec<f64>; N]> {
    let mut all = [const { Vec::new() }; N];
    for round in 0..=rounds {
        let mut passed = [const { Vec::new() }; N];
        for pass in 0..passes {
            for place in order::<N>(round * passes + pass) {
                if let (Some(Some(turn)), Some(samples)) = (turns.get_mut(place), passed.get_mut(place)) {
                    samples.push(turn()?);
                }
            }
        }
        if round > 0 {
            for (samples, passed) in all.iter_mut().zip(passed).filter(|(_, passed)| !passed.is_empty()) {
                samples.push(Spread::of(&passed).median);
            }
        }
    }
    Ok(all)
}

/// The places in the order of a pass: each time another one is first, and then the same backwards, so that nobody always comes
/// after the same one.
fn order<const N: usize>(pass: usize) -> impl Iterator<Item = usize> {
    let backwards = pass / N % 2 == 1;
    (0..N).map(move |turn| (pass + turn) % N).map(move |place| if backwards { N - 1 - place } else { place })
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    #[test]
    fn everybody_comes_after_everybody_else() {
        let orders: Vec<Vec<usize>> = (0..6).map(|pass| order::<3>(pass).collect()).collect();
        assert_eq!(orders, [[0, 1, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0], [1, 0, 2], [0, 2, 1]]);
        let orders: Vec<Vec<usize>> = (0..4).map(|pass| order::<2>(pass).collect()).collect();
        assert_eq!(orders, [[0, 1], [1, 0], [1, 0], [0, 1]]);
    }

    #[test]
    fn a_sample_is_the_median_of_its_passes_and_the_first_round_does_not_count() {
        let (count, names) = (Cell::new(0), RefCell::new(String::new()));
        let one = turn(|| {
            names.borrow_mut().push('a');
            count.set(count.get() + 1);
            Ok(f64::from(count.get()))
        });
        let other = turn(|| {
            names.borrow_mut().push('b');
            Ok(0.0)
        });
        let [one, other, nobody] = in_turns(2, 3, [one, other, None]).unwrap();
        assert_eq!((one, other, nobody), (vec![5.0, 8.0], vec![0.0; 2], Vec::new()));
        assert_eq!(names.into_inner().len(), 18);
    }
}
