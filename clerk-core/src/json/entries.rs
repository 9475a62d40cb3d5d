use serde::de::{DeserializeSeed, MapAccess, SeqAccess};

use super::{Fault, Text, key::Key};

/// What stands between brackets.
pub(super) struct Entries<'a, 'de> {
    pub(super) text: &'a mut Text<'de>,
    close: u8,
    begun: bool,
    ended: bool,
}

impl<'a, 'de> Entries<'a, 'de> {
    /// Those behind the opening bracket, up to the one that closes them.
    #[inline]
    pub(super) fn new(text: &'a mut Text<'de>, close: u8) -> Self {
        Self { text, close, begun: false, ended: false }
    }

    /// Whether there is another before the bracket that closes them.
    #[inline]
    pub(super) fn more(&mut self) -> Result<bool, Fault> {
        if self.ended {
            return Ok(false);
        }
        match self.text.peek() {
            Some(b',') if self.begun => {
                self.text.at += 1;
                Ok(true)
            }
            Some(byte) if byte == self.close => {
                self.text.at += 1;
                self.ended = true;
                Ok(false)
            }
            Some(_) if !self.begun => {
                self.begun = true;
                Ok(true)
            }
            _ => Err(Fault::syntax()),
        }
    }

    /// Fails when some are left.
    #[inline]
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        if self.more()? { Err(Fault::left_over()) } else { Ok(()) }
    }
}

impl<'de> SeqAccess<'de> for &mut Entries<'_, 'de> {
    type Error = Fault;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        if self.more()? { seed.deserialize(&mut *self.text).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for &mut Entries<'_, 'de> {
    type Error = Fault;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        if !self.more()? {
            return Ok(None);
        }
        self.text.expect(b'"')?;
        seed.deserialize(Key(self.text)).map(Some)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        self.text.expect(b':')?;
        seed.deserialize(&mut *self.text)
    }

    /// To every collection this says as little as `None`, but nobody else says it of a map that has entries: readers of
    /// keys tell by it that they may ask for [`ONE_OF_THESE`](super::ONE_OF_THESE).
    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(0)
    }
}
