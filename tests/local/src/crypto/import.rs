//! The digests of other systems that the Backend API takes as `password_digest`.

use std::num::NonZeroU32;

use aws_lc_rs::{
    digest::{self, Digest},
    pbkdf2,
};

use super::encoding;

/// 2^14 rounds of bcrypt take about a second.
const HIGHEST_BCRYPT_COST: u32 = 14;
const MOST_ITERATIONS: u32 = 2_000_000;

/// Long enough for every digest that exists; what is longer only costs time.
const LONGEST_DIGEST: usize = 2048;
const LONGEST_HASH: usize = 64;

/// Why there is no scheme for a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    UnknownHasher,
    Malformed,
    TooCostly,
    Unsupported,
}

/// A digest taken apart, ready to check passwords against.
pub(super) enum Scheme<'a> {
    Bcrypt { digest: &'a str, pepper: &'a str },
    BcryptOfSha256 { digest: &'a str },
    Pbkdf2 { algorithm: pbkdf2::Algorithm, iterations: NonZeroU32, salt: Vec<u8>, hash: Vec<u8> },
    Salted { algorithm: &'static digest::Algorithm, salt: Vec<u8>, salt_first: bool, hash: Vec<u8> },
    Symfony { iterations: NonZeroU32, salt: &'a str, hash: Vec<u8> },
}

/// Takes a digest apart according to its hasher.
pub(super) fn parse<'a>(hasher: &str, digest: &'a str) -> Result<Scheme<'a>, Fault> {
    let recognised = match hasher {
        _ if digest.len() > LONGEST_DIGEST => None,
        "bcrypt" => return bcrypt_cost(digest).map(|()| Scheme::Bcrypt { digest, pepper: "" }),
        "bcrypt_peppered" => return bcrypt_peppered(digest),
        "bcrypt_sha256_django" => return bcrypt_sha256_django(digest),
        "ldap_ssha" => ldap_ssha(digest),
        "pbkdf2_sha1" => return pbkdf2_sha1(digest),
        "pbkdf2_sha256" => return pbkdf2_base64(digest, encoding::from_base64),
        "pbkdf2_sha256_django" => return pbkdf2_base64(digest, |salt| Some(salt.as_bytes().to_vec())),
        "pbkdf2_sha512" => return pbkdf2_sha512(digest, "pbkdf2_sha512", |salt| Some(salt.as_bytes().to_vec())),
        "pbkdf2_sha512_hex" => return pbkdf2_sha512(digest, "pbkdf2_sha512_hex", encoding::from_hex),
        "sha256" => sha256("", digest),
        "sha256_salted" => digest.split_once('$').and_then(|(salt, hash)| sha256(salt, hash)),
        "sha512_symfony" => return symfony(digest),
        other => return Err(unsupported(other, digest)),
    };
    recognised.ok_or(Fault::Malformed)
}

/// The hashers whose algorithms the cryptographic library lacks, and the one whose form is not documented.
fn unsupported(hasher: &str, digest: &str) -> Fault {
    let parts = |separator: char| digest.split(separator).filter(|part| !part.is_empty()).count();
    let is_md5 = |text: &str| text.len() == 32 && encoding::from_hex(text).is_some();
    let well_formed = match hasher {
        "argon2i" => digest.starts_with("$argon2i$") && parts('$') == 5,
        "argon2id" => digest.starts_with("$argon2id$") && parts('$') == 5,
        "awscognito" => digest.starts_with("awscognito#") && parts('#') == 4,
        "hmac_sha256_utf16_b64" => !digest.is_empty(),
        "md5" => is_md5(digest),
        "md5_salted" => digest.split_once('$').is_some_and(|(_, hash)| is_md5(hash)),
        "md5_phpass" | "phpass" => (digest.starts_with("$P$") || digest.starts_with("$H$")) && digest.len() == 34,
        "scrypt_firebase" => digest.split('$').count() == 6,
        "scrypt_werkzeug" => parts('$') == 3,
        _ => return Fault::UnknownHasher,
    };
    if well_formed { Fault::Unsupported } else { Fault::Malformed }
}

/// Whether a bcrypt digest has its form and a cost that is affordable.
fn bcrypt_cost(digest: &str) -> Result<(), Fault> {
    let form = || {
        let (version, rest) = digest.strip_prefix('$')?.split_once('$')?;
        let (cost, rest) = rest.split_once('$')?;
        let known = ["2a", "2b", "2x", "2y"].contains(&version) && cost.len() == 2 && rest.len() == 53;
        // The crate reads the salt and the hash; this asks whether it will.
        digest.parse::<bcrypt::HashParts>().ok().filter(|_| known).map(|parts| parts.get_cost())
    };
    match form() {
        None => Err(Fault::Malformed),
        Some(cost) if cost > HIGHEST_BCRYPT_COST => Err(Fault::TooCostly),
        Some(_) => Ok(()),
    }
}

fn bcrypt_peppered(digest: &str) -> Result<Scheme<'_>, Fault> {
    let (digest, pepper) = digest.split_at_checked(60).ok_or(Fault::Malformed)?;
    let pepper = pepper.strip_prefix('$').filter(|pepper| !pepper.is_empty()).ok_or(Fault::Malformed)?;
    bcrypt_cost(digest).map(|()| Scheme::Bcrypt { digest, pepper })
}

fn bcrypt_sha256_django(digest: &str) -> Result<Scheme<'_>, Fault> {
    let digest = digest.strip_prefix("bcrypt_sha256$").ok_or(Fault::Malformed)?;
    bcrypt_cost(digest).map(|()| Scheme::BcryptOfSha256 { digest })
}

fn ldap_ssha(digest: &str) -> Option<Scheme<'_>> {
    let bytes = encoding::from_base64(digest.strip_prefix("{SSHA}")?)?;
    let (hash, salt) = bytes.split_at_checked(20)?;
    let algorithm = &digest::SHA1_FOR_LEGACY_USE_ONLY;
    Some(Scheme::Salted { algorithm, salt: salt.to_vec(), salt_first: false, hash: hash.to_vec() })
}

fn sha256<'a>(salt: &str, hash: &str) -> Option<Scheme<'a>> {
    let hash = encoding::from_hex(hash).filter(|hash| hash.len() == 32)?;
    Some(Scheme::Salted { algorithm: &digest::SHA256, salt: salt.as_bytes().to_vec(), salt_first: true, hash })
}

fn iterations(text: &str) -> Result<NonZeroU32, Fault> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::Malformed);
    }
    // Only digits: what does not fit is too much.
    let number = text.parse().map_err(|_| Fault::TooCostly)?;
    if number > MOST_ITERATIONS { Err(Fault::TooCostly) } else { NonZeroU32::new(number).ok_or(Fault::Malformed) }
}

fn pbkdf2<'a>(
    algorithm: pbkdf2::Algorithm,
    rounds: &str,
    salt: Option<Vec<u8>>,
    hash: Option<Vec<u8>>,
) -> Result<Scheme<'a>, Fault> {
    let hash = hash.filter(|hash| (8..=LONGEST_HASH).contains(&hash.len())).ok_or(Fault::Malformed)?;
    let salt = salt.filter(|salt| !salt.is_empty()).ok_or(Fault::Malformed)?;
    Ok(Scheme::Pbkdf2 { algorithm, iterations: iterations(rounds)?, salt, hash })
}

fn pbkdf2_sha1(digest: &str) -> Result<Scheme<'_>, Fault> {
    let parts: Vec<&str> = digest.split('$').collect();
    let (rounds, salt, hash, length) = match parts.as_slice() {
        ["pbkdf2_sha1", rounds, salt, hash] => (rounds, salt, hash, None),
        ["pbkdf2_sha1", rounds, salt, hash, length] => (rounds, salt, hash, Some(length)),
        _ => return Err(Fault::Malformed),
    };
    let hash = encoding::from_hex(hash);
    let fits = |length: &&str| length.parse().ok() == hash.as_ref().map(Vec::len);
    if !length.is_none_or(fits) {
        return Err(Fault::Malformed);
    }
    // A salt that is no hexadecimal text stands for itself.
    let salt = encoding::from_hex(salt).unwrap_or_else(|| salt.as_bytes().to_vec());
    pbkdf2(pbkdf2::PBKDF2_HMAC_SHA1, rounds, Some(salt), hash)
}

fn pbkdf2_base64(digest: &str, salt_of: fn(&str) -> Option<Vec<u8>>) -> Result<Scheme<'_>, Fault> {
    let parts: Vec<&str> = digest.split('$').collect();
    let &["pbkdf2_sha256", rounds, salt, hash] = parts.as_slice() else { return Err(Fault::Malformed) };
    pbkdf2(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt_of(salt), encoding::from_base64(hash))
}

fn pbkdf2_sha512<'a>(
    digest: &'a str,
    name: &str,
    salt_of: fn(&str) -> Option<Vec<u8>>,
) -> Result<Scheme<'a>, Fault> {
    let parts: Vec<&str> = digest.split('$').collect();
    let &[found, rounds, salt, hash] = parts.as_slice() else { return Err(Fault::Malformed) };
    if found != name {
        return Err(Fault::Malformed);
    }
    pbkdf2(pbkdf2::PBKDF2_HMAC_SHA512, rounds, salt_of(salt), encoding::from_hex(hash))
}

fn symfony(digest: &str) -> Result<Scheme<'_>, Fault> {
    let parts: Vec<&str> = digest.split('$').collect();
    let &["sha512_symfony", rounds, salt, hash] = parts.as_slice() else { return Err(Fault::Malformed) };
    let hash = encoding::from_base64(hash).filter(|hash| hash.len() == 64).ok_or(Fault::Malformed)?;
    // Braces mark where the salt begins and ends, so the hasher itself refuses them.
    if salt.contains(['{', '}']) || salt.len() > 256 {
        return Err(Fault::Malformed);
    }
    Ok(Scheme::Symfony { iterations: iterations(rounds)?, salt, hash })
}

impl Scheme<'_> {
    /// Whether the password is the one that the digest was made of.
    pub(super) fn accepts(&self, password: &str) -> bool {
        match self {
            Self::Bcrypt { digest, pepper } => bcrypt::verify(format!("{password}{pepper}"), digest).unwrap_or(false),
            Self::BcryptOfSha256 { digest } => {
                let password = encoding::hex(&encoding::sha256(&[password.as_bytes()]));
                bcrypt::verify(password, digest).unwrap_or(false)
            }
            Self::Pbkdf2 { algorithm, iterations, salt, hash } => {
                pbkdf2::verify(*algorithm, *iterations, salt, password.as_bytes(), hash).is_ok()
            }
            Self::Salted { algorithm, salt, salt_first, hash } => {
                let (password, salt) = (password.as_bytes(), salt.as_slice());
                let parts = if *salt_first { [salt, password] } else { [password, salt] };
                encoding::same(hash_of(algorithm, &parts).as_ref(), hash)
            }
            Self::Symfony { iterations, salt, hash } => {
                let salted = if salt.is_empty() { password.to_owned() } else { format!("{password}{{{salt}}}") };
                let mut round = hash_of(&digest::SHA512, &[salted.as_bytes()]);
                for _ in 1..iterations.get() {
                    round = hash_of(&digest::SHA512, &[round.as_ref(), salted.as_bytes()]);
                }
                encoding::same(round.as_ref(), hash)
            }
        }
    }
}

fn hash_of(algorithm: &'static digest::Algorithm, parts: &[&[u8]]) -> Digest {
    let mut context = digest::Context::new(algorithm);
    for part in parts {
        context.update(part);
    }
    context.finish()
}
