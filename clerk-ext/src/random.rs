//! Where random bytes come from.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use clerk_core::Error;

/// A source of random bytes.
pub trait Random: Send + Sync + 'static {
    /// Fills all of it.
    ///
    /// # Errors
    ///
    /// The source gives nothing. It must never answer with bytes that can be guessed instead, because secrets are made
    /// of them.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error>;
}

/// The random numbers of the operating system, fit for secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(bytes).map_err(|error| {
            let message = "the operating system gives no random bytes; give another source of them";
            Error::config(message).with_source(error)
        })
    }
}

/// The same bytes for the same seed, for tests only: anybody can compute them.
///
/// ```
/// use clerk_ext::random::{Random, SeededRandom};
///
/// let (mut once, mut again) = ([0; 16], [0; 16]);
/// SeededRandom::new(7).fill(&mut once)?;
/// SeededRandom::new(7).fill(&mut again)?;
/// assert_eq!(once, again);
/// # Ok::<(), clerk_ext::Error>(())
/// ```
pub struct SeededRandom(AtomicU64);

impl SeededRandom {
    /// Starts from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// SplitMix64, which needs no more state than a counter.
    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error> {
        for chunk in bytes.chunks_mut(8) {
            chunk.iter_mut().zip(self.next().to_le_bytes()).for_each(|(byte, random)| *byte = random);
        }
        Ok(())
    }
}

impl fmt::Debug for SeededRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeededRandom")
    }
}

/// A number that is at least 0 and less than 1.
///
/// It spreads waits and keeps no secrets, so that a source which fails need not fail the request: the middle will do.
pub(crate) fn fraction(random: &dyn Random) -> f64 {
    const MANTISSA: u32 = f64::MANTISSA_DIGITS;
    let mut bytes = [0; 8];
    match random.fill(&mut bytes) {
        #[allow(clippy::cast_precision_loss, reason = "as many bits as fit are left")]
        Ok(()) => (u64::from_le_bytes(bytes) >> (64 - MANTISSA)) as f64 / (1u64 << MANTISSA) as f64,
        Err(_) => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Same(u8);

    impl Random for Same {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), Error> {
            bytes.fill(self.0);
            Ok(())
        }
    }

    struct Broken;

    impl Random for Broken {
        fn fill(&self, _: &mut [u8]) -> Result<(), Error> {
            Err(Error::config("broken"))
        }
    }

    #[test]
    fn a_fraction_is_never_one() {
        assert_eq!(fraction(&Same(0)), 0.0);
        assert!(fraction(&Same(0xff)) < 1.0);
        assert_eq!(fraction(&Broken), 0.5);
    }

    #[test]
    fn fractions_are_spread_evenly() {
        let random = SeededRandom::new(5);
        let mut tenths = [0; 10];
        for _ in 0..10_000 {
            tenths[(fraction(&random) * 10.0) as usize] += 1;
        }
        assert!(tenths.iter().all(|&count| (900..1100).contains(&count)), "{tenths:?}");
    }

    #[test]
    fn seeded_bytes_are_those_of_splitmix() {
        // The published first outputs for the seed 1234567.
        let random = SeededRandom::new(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn every_byte_is_filled_whatever_the_length() {
        for length in [0, 1, 8, 13, 32] {
            let mut bytes = vec![0; length];
            let mut seen = vec![0; length];
            for seed in 0..20 {
                SeededRandom::new(seed).fill(&mut bytes).unwrap();
                seen.iter_mut().zip(&bytes).for_each(|(seen, byte)| *seen |= byte);
            }
            assert!(seen.iter().all(|&byte| byte != 0), "{length}");
        }
    }

    #[test]
    fn the_system_gives_other_bytes_each_time() {
        let (mut first, mut second) = ([0; 32], [0; 32]);
        SystemRandom.fill(&mut first).unwrap();
        SystemRandom.fill(&mut second).unwrap();
        assert_ne!(first, second);
    }
}
