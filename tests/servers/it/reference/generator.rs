//! Cases by the thousand.

use super::{
    case::Case,
    changes::{CHANGES, change},
    dice::Dice,
    mint::Mint,
    scenes::{SCENES, begin},
};

/// The case of this number; the same seed and number give the same, up to the keys of the run.
pub(super) fn case(seed: u64, number: usize, mint: &mut Mint) -> Case {
    let mut dice = Dice::new(seed.wrapping_add((number as u64).wrapping_mul(0xD134_2543_DE82_EF95)));
    let dice = &mut dice;
    let mut draft = begin(dice, mint);
    let all: usize = SCENES.iter().map(|(weight, _)| weight).sum();
    let mut at = dice.below(all);
    for (weight, scene) in SCENES {
        if at < weight {
            scene(&mut draft, dice, mint);
            break;
        }
        at -= weight;
    }
    let changes = match dice.below(100) {
        0..25 => 0,
        25..50 => 1,
        50..70 => 2,
        70..82 => 3,
        82..90 => 5,
        90..97 => 8,
        _ => CHANGES.len(),
    };
    for _ in 0..changes {
        change(&mut draft, dice, mint);
    }
    draft.case(number)
}
