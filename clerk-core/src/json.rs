//! Reading JSON text into types.
//!
//! serde_json reads well, but keys and short strings, which answers consist of, go through many small steps there.
//! This reads the same language in fewer; all that is rare (escapes, fractions, what is skipped, what is wrong with
//! broken JSON) is left to serde_json. It is the only deserializer that the types of answers are compiled for.

mod entries;
mod fault;
mod key;
mod variant;

use std::{iter, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Expected, IgnoredAny, Unexpected, Visitor, value::MapDeserializer},
    forward_to_deserialize_any,
};
use serde_json::Number;

use entries::Entries;
use fault::Fault;
pub(crate) use key::ONE_OF_THESE;
use variant::Variant;

/// How deep lists and objects may be nested, which is what serde_json allows.
const DEEPEST: u8 = 127;

/// What serde_json calls a value whose text is wanted.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// Reads a whole text.
pub(crate) fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, serde_json::Error> {
    from_str_seed(PhantomData, text)
}

/// Reads a whole text as the seed does.
pub(crate) fn from_str_seed<'de, S: DeserializeSeed<'de>>(
    seed: S,
    text: &'de str,
) -> Result<S::Value, serde_json::Error> {
    let mut reader = Text { text, at: 0, depth: 0 };
    match seed.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value)) {
        Ok(value) => Ok(value),
        Err(fault) => Err(fault.told(text, reader.at)),
    }
}

struct Text<'de> {
    text: &'de str,
    at: usize,
    depth: u8,
}

/// A string of the text, which is its own unless it has escapes.
enum Str<'de> {
    Plain(&'de str),
    Escaped(String),
}

impl Str<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Escaped(text) => text,
        }
    }
}

impl<'de> Text<'de> {
    #[inline]
    fn rest(&self) -> &'de [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The next byte that is no blank.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        match self.text.as_bytes().get(self.at) {
            Some(byte) if *byte > b' ' => Some(*byte),
            _ => self.behind_blanks(),
        }
    }

    fn behind_blanks(&mut self) -> Option<u8> {
        let rest = self.rest();
        let blanks = rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
        self.at += blanks.unwrap_or(rest.len());
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.peek() != Some(byte) {
            return Err(Fault::syntax());
        }
        self.at += 1;
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        if self.peek().is_some() { Err(Fault::syntax()) } else { Ok(()) }
    }

    #[inline]
    fn word(&mut self, word: &str) -> Result<(), Fault> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(Fault::syntax());
        }
        self.at += word.len();
        Ok(())
    }

    /// Steps over this string and the quote behind it, if that is what is here.
    #[inline]
    fn take(&mut self, expected: &str) -> bool {
        let Some((text, rest)) = self.rest().split_at_checked(expected.len()) else {
            return false;
        };
        let taken = rest.first() == Some(&b'"') && same(text, expected.as_bytes());
        if taken {
            self.at += expected.len() + 1;
        }
        taken
    }

    /// Reads a string from behind its first quote.
    #[inline]
    fn string(&mut self) -> Result<Str<'de>, Fault> {
        let (start, end) = (self.at, plain_to(self.text, self.at));
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return self.text.get(start..end).map(Str::Plain).ok_or_else(Fault::syntax);
        }
        self.escaped(start, end)
    }

    /// Reads one that is known up to where it is plain.
    #[cold]
    fn escaped(&mut self, start: usize, mut end: usize) -> Result<Str<'de>, Fault> {
        while self.text.as_bytes().get(end) == Some(&b'\\') {
            end = plain_to(self.text, end + 2);
        }
        let quoted = start.checked_sub(1).and_then(|start| self.text.get(start..=end)).ok_or_else(Fault::syntax)?;
        self.at = end + 1;
        serde_json::from_str(quoted).map(Str::Escaped).map_err(|_| Fault::syntax())
    }

    /// Reads a number whose first byte is here.
    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Fault> {
        let read = match self.whole()? {
            Some(number) => visitor.visit_u64(number),
            None => self.odd_number()?.deserialize_any(visitor).map_err(Fault::of),
        };
        read.map_err(|fault: Fault| fault.at(self.at))
    }

    /// Reads a number of mere digits; one that is negative, large or a fraction is left.
    fn whole(&mut self) -> Result<Option<u64>, Fault> {
        let bytes = self.rest();
        let mut number: u64 = 0;
        let mut rest = bytes;
        if let Some((chunk, more)) = rest.split_first_chunk::<8>()
            && let Some(eight) = eight_digits(*chunk)
        {
            (number, rest) = (eight, more);
        }
        while let Some((digit @ b'0'..=b'9', more)) = rest.split_first() {
            (number, rest) = (number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')), more);
        }
        let length = bytes.len() - rest.len();
        if !(1..=18).contains(&length) || matches!(rest.first(), Some(b'.' | b'e' | b'E')) {
            return Ok(None);
        }
        if length > 1 && bytes.first() == Some(&b'0') {
            return Err(Fault::syntax());
        }
        self.at += length;
        Ok(Some(number))
    }

    fn odd_number(&mut self) -> Result<Number, Fault> {
        serde_json::from_str(self.digits()).map_err(|_| Fault::syntax())
    }

    /// Takes all that may belong to a number.
    fn digits(&mut self) -> &'de str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.find(|digit| !matches!(digit, '0'..='9' | '.' | 'e' | 'E' | '+' | '-')).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Reads a number that may have more digits than others.
    fn wide<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Fault> {
        if let Some(number) = self.whole()? {
            return visitor.visit_u64(number).map_err(|fault: Fault| fault.at(self.at));
        }
        let digits = self.digits();
        let read = if serde_json::from_str::<IgnoredAny>(digits).is_err() {
            return Err(Fault::syntax());
        } else if let Ok(number) = digits.parse() {
            visitor.visit_i128(number)
        } else if let Ok(number) = digits.parse() {
            visitor.visit_u128(number)
        } else {
            Err(Fault::misfit(Unexpected::Other("number"), &visitor))
        };
        read.map_err(|fault: Fault| fault.at(self.at))
    }

    /// Reads a string.
    #[inline]
    fn quoted<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Fault> {
        self.at += 1;
        let read = match self.string()? {
            Str::Plain(text) => visitor.visit_borrowed_str(text),
            Str::Escaped(text) => visitor.visit_string(text),
        };
        read.map_err(|fault: Fault| fault.at(self.at))
    }

    #[inline]
    fn flag<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Fault> {
        let flag = self.rest().first() == Some(&b't');
        self.word(if flag { "true" } else { "false" })?;
        visitor.visit_bool(flag).map_err(|fault: Fault| fault.at(self.at))
    }

    fn nothing<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Fault> {
        self.word("null")?;
        visitor.visit_unit().map_err(|fault: Fault| fault.at(self.at))
    }

    #[inline]
    fn object<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Fault> {
        self.nested(b'}', |entries| visitor.visit_map(entries))
    }

    #[inline]
    fn list<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Fault> {
        self.nested(b']', |entries| visitor.visit_seq(entries))
    }

    /// What is wrong within is at the opening bracket, unless a place further in is known.
    #[inline]
    fn nested<T>(
        &mut self,
        close: u8,
        read: impl FnOnce(&mut Entries<'_, 'de>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if self.depth == DEEPEST {
            return Err(Fault::syntax());
        }
        self.at += 1;
        let start = self.at;
        self.depth += 1;
        let mut entries = Entries::new(self, close);
        // What is read may be large, and is not to be moved.
        let mut read = read(&mut entries);
        if read.is_ok()
            && let Err(fault) = entries.end()
        {
            read = Err(fault);
        }
        self.depth -= 1;
        if let Err(fault) = &mut read {
            fault.set(start);
        }
        read
    }

    /// What is wrong about a value of another type than is expected.
    #[cold]
    fn mismatch(&mut self, expected: &dyn Expected) -> Fault {
        let found = match self.peek() {
            Some(b'{') => self.bracket(Unexpected::Map, expected),
            Some(b'[') => self.bracket(Unexpected::Seq, expected),
            Some(b'"') => self.quoted(Misfit(expected)),
            Some(b't' | b'f') => self.flag(Misfit(expected)),
            Some(b'n') => self.nothing(Misfit(expected)),
            Some(b'0'..=b'9' | b'-') => self.number(Misfit(expected)),
            _ => Err(Fault::syntax()),
        };
        found.err().unwrap_or_else(Fault::syntax)
    }

    fn bracket(&mut self, found: Unexpected<'_>, expected: &dyn Expected) -> Result<(), Fault> {
        self.at += 1;
        Err(Fault::misfit(found, expected).at(self.at))
    }

    /// Steps over a value. What nobody reads need not make sense: a number may be too large, a string half of a
    /// character.
    fn skip(&mut self) -> Result<(), Fault> {
        match self.peek() {
            Some(b'n') => self.word("null"),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'"') => {
                let mut end = plain_to(self.text, self.at + 1);
                if self.text.as_bytes().get(end) == Some(&b'"') {
                    end += 1;
                    self.at = end;
                    return Ok(());
                }
                self.skip_odd()
            }
            Some(b'{' | b'[') => self.skip_odd(),
            Some(b'0'..=b'9' | b'-') => {
                serde_json::from_str::<IgnoredAny>(self.digits()).map(drop).map_err(|_| Fault::syntax())
            }
            _ => Err(Fault::syntax()),
        }
    }

    /// Steps over what ends with a quote or a bracket.
    fn skip_odd(&mut self) -> Result<(), Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        let Some(Ok(_)) = values.next() else {
            return Err(Fault::syntax());
        };
        self.at += values.byte_offset();
        Ok(())
    }
}

/// Where a string, read from here, has a quote, a backslash or what must not be in it; else the end.
#[inline]
fn plain_to(text: &str, mut at: usize) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES << 7;
    let mut rest = text.as_bytes().get(at..).unwrap_or_default();
    while let Some((chunk, more)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * b'"' as u64);
        let slash = word ^ (ONES * b'\\' as u64);
        // In each, the lowest byte with the high bit set is the first that is less than it must be.
        let found =
            (word.wrapping_sub(ONES * 0x20) | quote.wrapping_sub(ONES) | slash.wrapping_sub(ONES)) & !word & HIGHS;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        rest = more;
        at += 8;
    }
    at + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len())
}

/// Whether two texts of one length are the same. Those are so short that calling what compares any takes longer.
#[inline]
fn same(left: &[u8], right: &[u8]) -> bool {
    let (mut rest, mut others) = (left, right);
    while let (Some((one, more)), Some((other, more_others))) =
        (rest.split_first_chunk::<8>(), others.split_first_chunk::<8>())
    {
        if one != other {
            return false;
        }
        (rest, others) = (more, more_others);
    }
    match (left.last_chunk::<8>(), right.last_chunk::<8>()) {
        (Some(one), Some(other)) => one == other,
        _ => rest.iter().eq(others),
    }
}

/// The number that eight digits are, if they are: pairs, then fours, then all are put together at once.
#[inline]
fn eight_digits(chunk: [u8; 8]) -> Option<u64> {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    const HIGHS: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    let word = u64::from_le_bytes(chunk);
    let beyond_nine = word.wrapping_add(0x0606_0606_0606_0606);
    if word & HIGHS != ZEROS || beyond_nine & HIGHS != ZEROS {
        return None;
    }
    let ones = word - ZEROS;
    let pairs = (ones.wrapping_mul(10) + (ones >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours.wrapping_mul(10_000) + (fours >> 32)) & 0xffff_ffff)
}

/// Refuses whatever it is given, as the visitor would that expects something else.
struct Misfit<'a>(&'a dyn Expected);

impl Visitor<'_> for Misfit<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! beginning_with {
    ($($byte:pat => $read:ident $($method:ident)*;)*) => {$($(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match self.peek() {
                Some($byte) => self.$read(visitor),
                _ => Err(self.mismatch(&visitor)),
            }
        }
    )*)*};
}

impl<'de> Deserializer<'de> for &mut Text<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.peek() {
            Some(b'"') => self.quoted(visitor),
            Some(b'{') => self.object(visitor),
            Some(b'[') => self.list(visitor),
            Some(b't' | b'f') => self.flag(visitor),
            Some(b'n') => self.nothing(visitor),
            Some(b'0'..=b'9' | b'-') => self.number(visitor),
            _ => Err(Fault::syntax()),
        }
    }

    // What a type does not expect is told by code that is the same for all: it would be most of what is compiled.
    beginning_with! {
        b'"' => quoted
            deserialize_str deserialize_string deserialize_char deserialize_identifier;
        b'{' => object deserialize_map;
        b'[' => list deserialize_seq;
        b't' | b'f' => flag deserialize_bool;
        b'n' => nothing deserialize_unit;
        b'0'..=b'9' | b'-' => number
            deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
            deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64;
        b'0'..=b'9' | b'-' => wide deserialize_i128;
        b'0'..=b'9' => wide deserialize_u128;
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.peek() == Some(b'n') {
            self.word("null")?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Fault> {
        if name == RAW_VALUE {
            self.peek();
            let start = self.at;
            self.skip()?;
            let raw = self.text.get(start..self.at).unwrap_or_default();
            return visitor.visit_map(MapDeserializer::new(iter::once((name, raw))));
        }
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.skip()?;
        visitor.visit_unit()
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let read = match self.peek() {
            Some(b'"') => visitor.visit_enum(Variant::alone(self)),
            Some(b'{') => self.nested(b'}', |entries| match entries.more()? {
                true => visitor.visit_enum(Variant::with_value(entries.text)),
                false => Err(Fault::syntax()),
            }),
            _ => return Err(self.mismatch(&visitor)),
        };
        read.map_err(|fault| fault.at(self.at))
    }

    forward_to_deserialize_any! { bytes byte_buf unit_struct tuple tuple_struct struct }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
