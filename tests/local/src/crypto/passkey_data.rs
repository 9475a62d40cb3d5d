//! What an authenticator writes: its data, and the public key in it.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use minicbor::{Decoder, data::Type};

use super::passkey::PasskeyError;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const HAS_CREDENTIAL: u8 = 0x40;
const HAS_EXTENSIONS: u8 = 0x80;

/// Neither an attestation object nor a key has as many entries.
const MOST_ENTRIES: u64 = 32;

/// The data that an authenticator signs.
pub(super) struct AuthenticatorData<'a> {
    pub(super) rp_id_hash: &'a [u8],
    pub(super) user_present: bool,
    pub(super) user_verified: bool,
    pub(super) backed_up: bool,
    pub(super) sign_count: u32,
    pub(super) credential: Option<NewCredential<'a>>,
}

/// A credential as its registration describes it.
pub(super) struct NewCredential<'a> {
    pub(super) id: &'a [u8],
    /// The COSE key, exactly as the authenticator wrote it.
    pub(super) public_key: &'a [u8],
}

/// Takes `count` bytes off the front.
fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

/// Takes one CBOR map off the front, and gives its bytes.
fn take_map<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut decoder = Decoder::new(bytes);
    entries(&mut decoder)?;
    decoder.set_position(0);
    decoder.skip().ok()?;
    take(bytes, decoder.position())
}

/// The number of entries of the map that follows, which the standard wants to be written in front of it.
fn entries(decoder: &mut Decoder<'_>) -> Option<u64> {
    decoder.map().ok()?.filter(|count| *count <= MOST_ENTRIES)
}

impl<'a> AuthenticatorData<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, PasskeyError> {
        Self::read(bytes).ok_or(PasskeyError::Malformed("authenticator data"))
    }

    fn read(mut bytes: &'a [u8]) -> Option<Self> {
        let rp_id_hash = take(&mut bytes, 32)?;
        let &flags = take(&mut bytes, 1)?.first()?;
        let sign_count = u32::from_be_bytes(take(&mut bytes, 4)?.try_into().ok()?);
        let has = |flag: u8| flags & flag != 0;
        let credential = if has(HAS_CREDENTIAL) { Some(NewCredential::take(&mut bytes)?) } else { None };
        if has(HAS_EXTENSIONS) {
            take_map(&mut bytes)?;
        }
        // A credential that may not leave its device cannot have been copied.
        let contradictory = has(BACKED_UP) && !has(BACKUP_ELIGIBLE);
        (bytes.is_empty() && !contradictory).then(|| Self {
            rp_id_hash,
            user_present: has(USER_PRESENT),
            user_verified: has(USER_VERIFIED),
            backed_up: has(BACKED_UP),
            sign_count,
            credential,
        })
    }
}

impl<'a> NewCredential<'a> {
    fn take(bytes: &mut &'a [u8]) -> Option<Self> {
        let _model = take(bytes, 16)?;
        let length = u16::from_be_bytes(take(bytes, 2)?.try_into().ok()?);
        // The longest that the standard allows.
        let id = take(bytes, usize::from(length)).filter(|id| (1..=1023).contains(&id.len()))?;
        let public_key = take_map(bytes)?;
        Some(Self { id, public_key })
    }
}

/// The authenticator data in an attestation object.
///
/// Whatever attests to the model of the authenticator is passed over: this server asks for no attestation.
pub(super) fn attested_data(object: &[u8]) -> Result<&[u8], PasskeyError> {
    let read = || {
        let mut decoder = Decoder::new(object);
        let (mut format, mut statement, mut data) = (false, false, None);
        for _ in 0..entries(&mut decoder)? {
            match decoder.str().ok()? {
                "fmt" => format = decoder.str().is_ok(),
                "authData" => data = Some(decoder.bytes().ok()?),
                name => {
                    statement |= name == "attStmt";
                    decoder.skip().ok()?;
                }
            }
        }
        let whole = decoder.position() == object.len();
        data.filter(|_| format && statement && whole)
    };
    read().ok_or(PasskeyError::Malformed("attestation object"))
}

/// The public key of a COSE key: ECDSA on P-256, RSA with PKCS #1 v1.5, or Ed25519.
pub(super) fn public_key(cose: &[u8]) -> Result<ParsedPublicKey, PasskeyError> {
    let key = CoseKey::read(cose).ok_or(PasskeyError::Malformed("public key"))?;
    let parsed = match (key.number(1), key.number(3)) {
        (Some(2), Some(-7)) => key.p256(),
        (Some(3), Some(-257)) => key.rsa(),
        (Some(1), Some(-8)) => key.ed25519(),
        _ => return Err(PasskeyError::Algorithm),
    };
    parsed.ok_or(PasskeyError::Malformed("public key"))
}

/// The entries of a COSE key that are numbers or bytes, by their labels.
struct CoseKey<'a> {
    numbers: Vec<(i64, i64)>,
    bytes: Vec<(i64, &'a [u8])>,
}

impl<'a> CoseKey<'a> {
    fn read(cose: &'a [u8]) -> Option<Self> {
        let mut decoder = Decoder::new(cose);
        let mut key = Self { numbers: Vec::new(), bytes: Vec::new() };
        for _ in 0..entries(&mut decoder)? {
            let label = decoder.i64().ok()?;
            match decoder.datatype().ok()? {
                Type::Bytes => key.bytes.push((label, decoder.bytes().ok()?)),
                Type::U8 | Type::U16 | Type::U32 | Type::I8 | Type::I16 | Type::I32 => {
                    key.numbers.push((label, decoder.i64().ok()?));
                }
                _ => decoder.skip().ok()?,
            }
        }
        (decoder.position() == cose.len()).then_some(key)
    }

    fn number(&self, label: i64) -> Option<i64> {
        self.numbers.iter().find(|(found, _)| *found == label).map(|(_, number)| *number)
    }

    fn bytes(&self, label: i64) -> Option<&'a [u8]> {
        self.bytes.iter().find(|(found, _)| *found == label).map(|(_, bytes)| *bytes)
    }

    fn p256(&self) -> Option<ParsedPublicKey> {
        let (x, y) = (self.bytes(-2)?, self.bytes(-3)?);
        if self.number(-1) != Some(1) || x.len() != 32 || y.len() != 32 {
            return None;
        }
        ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, [&[4], x, y].concat()).ok()
    }

    fn rsa(&self) -> Option<ParsedPublicKey> {
        let (n, e) = (self.bytes(-1)?, self.bytes(-2)?);
        // The library looks at the size only when it verifies; a key that never could is no key.
        if !(256..=1024).contains(&n.len()) || !(1..=8).contains(&e.len()) {
            return None;
        }
        RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok()
    }

    fn ed25519(&self) -> Option<ParsedPublicKey> {
        let x = self.bytes(-2).filter(|x| x.len() == 32)?;
        if self.number(-1) != Some(6) {
            return None;
        }
        ParsedPublicKey::new(&ED25519, x).ok()
    }
}
