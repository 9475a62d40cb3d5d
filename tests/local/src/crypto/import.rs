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

/// Every beginning of a derived key is a derived key; one that is too short would accept by chance.
const SHORTEST_HASH: usize = 16;

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
        Some(..4) => Err(Fault::Malformed),
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
    let hash = hash.filter(|hash| (SHORTEST_HASH..=LONGEST_HASH).contains(&hash.len())).ok_or(Fault::Malformed)?;
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

fn pbkdf2_sha512<'a>(digest: &'a str, name: &str, salt_of: fn(&str) -> Option<Vec<u8>>) -> Result<Scheme<'a>, Fault> {
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

#[cfg(test)]
mod tests {

    use super::*;

    const PASSWORD: &str = "correct horse";
    const OF_SHA256: &str = "4104d36f8da2c254349f85836793ebe029e0c957063a34c91c2e9203187b5631";
    const PBKDF2_SHA256: &str = "boRToEKoQr22LeDTyHDsEkHpDsDOTyWJq16HknEiweU=";

    fn bcrypt_of(password: &str) -> String {
        bcrypt::hash_with_salt(password, 4, [7; 16]).unwrap().to_string()
    }

    /// A digest of the password for each hasher that can be checked, most of them made by another implementation.
    fn digests() -> Vec<(&'static str, String)> {
        let sha512 = "4a162ef9331b197aa36734b7e46acebd753bd780f52399fad9cc0dd83aa7e451\
                      77682dcd57e051736716777d8c1e706f75f498e9d12d707229967b707357032c";
        let sha512_hex = "38b54862cf5def6e5f58038925e7d345c7aabcb331948c89ed1759f359bbf674\
                          3f5ac2c454db86067a643fe17b65c0533683a45cedd240087528c4068b21236f";
        let sha1 = "ba6e4f2c7f22bc472b44955ab1365787cfafc57d06831bd3b221aa802f19130f";
        let symfony = "yybUEaYaJujpwxCyvQCSsVD3ZC5xu2Wx6w1h0s9EqqoPKuF/a0FaoDXj9zjLRq04dAZ+MiytRy3RHhFSLS2EuQ==";
        vec![
            ("bcrypt", bcrypt_of(PASSWORD)),
            ("bcrypt_peppered", format!("{}$pep$per", bcrypt_of("correct horsepep$per"))),
            ("bcrypt_sha256_django", format!("bcrypt_sha256${}", bcrypt_of(OF_SHA256))),
            ("ldap_ssha", "{SSHA}LhKrkM9Fy+zlstjdD7Kv2s6QvhBzYWx0".to_owned()),
            ("pbkdf2_sha1", format!("pbkdf2_sha1$1000$73616c74${sha1}")),
            ("pbkdf2_sha1", "pbkdf2_sha1$1000$salty$4392010ba0d85b84238eb9bd274439cb17c556c7$20".to_owned()),
            ("pbkdf2_sha256", format!("pbkdf2_sha256$1000$c2FsdA==${PBKDF2_SHA256}")),
            ("pbkdf2_sha256_django", format!("pbkdf2_sha256$1000$salt${PBKDF2_SHA256}")),
            ("pbkdf2_sha512", format!("pbkdf2_sha512$1000$73616c74${sha512}")),
            ("pbkdf2_sha512_hex", format!("pbkdf2_sha512_hex$1000$73616c74${sha512_hex}")),
            ("sha256", OF_SHA256.to_uppercase()),
            ("sha256_salted", "salt$8cb258c07eb871943b4ad0e754a502b5fc3a389d75fefc91b4e010778ecca018".to_owned()),
            ("sha512_symfony", format!("sha512_symfony$1000$salt${symfony}")),
        ]
    }

    fn fault(hasher: &str, digest: &str) -> Option<Fault> {
        parse(hasher, digest).err()
    }

    #[test]
    fn a_digest_of_each_hasher_accepts_its_password_alone() {
        for (hasher, digest) in digests() {
            let scheme = parse(hasher, &digest).unwrap_or_else(|fault| panic!("{hasher}: {fault:?}"));
            assert!(scheme.accepts(PASSWORD), "{hasher}");
            for wrong in ["", "correct hors", "correct horse ", "Correct horse"] {
                assert!(!scheme.accepts(wrong), "{hasher} {wrong:?}");
            }
        }
    }

    #[test]
    fn a_bcrypt_digest_of_another_implementation_is_accepted() {
        let digest = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        assert!(parse("bcrypt", digest).unwrap().accepts("U*U"));
        assert!(!parse("bcrypt", digest).unwrap().accepts("U*V"));
    }

    #[test]
    fn a_truncated_digest_is_malformed_or_accepts_nothing() {
        for (hasher, digest) in digests() {
            for at in 0..digest.len() {
                match parse(hasher, &digest[..at]) {
                    Ok(Scheme::Pbkdf2 { hash, .. }) => assert!(hash.len() >= SHORTEST_HASH, "{hasher} {at}"),
                    Ok(scheme) => assert!(!scheme.accepts(PASSWORD), "{hasher} {at}"),
                    Err(fault) => assert_eq!(fault, Fault::Malformed),
                }
            }
            assert_eq!(fault(hasher, ""), Some(Fault::Malformed), "{hasher}");
            assert_eq!(fault(hasher, &digest.repeat(100)), Some(Fault::Malformed), "{hasher}");
        }
    }

    #[test]
    fn a_digest_under_the_name_of_another_hasher_does_not_accept() {
        for (hasher, digest) in digests() {
            for (other, _) in digests().iter().filter(|(other, _)| *other != hasher) {
                let accepted = parse(other, &digest).is_ok_and(|scheme| scheme.accepts(PASSWORD));
                assert!(!accepted, "{hasher} as {other}");
            }
        }
    }

    #[test]
    fn odd_digests_are_malformed() {
        let cases = [
            ("bcrypt", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeWx"),
            ("bcrypt", "$2z$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
            ("bcrypt", "$2a$01$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
            ("bcrypt_peppered", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW$"),
            ("bcrypt_peppered", "ééééééééééééééééééééééééééééééé"),
            ("ldap_ssha", "{SSHA}YWJj"),
            ("pbkdf2_sha1", "pbkdf2_sha1$1000$salt$4392010ba0d85b84238eb9bd274439cb17c556c7$32"),
            ("pbkdf2_sha256", "pbkdf2_sha256$0$c2FsdA==$boRToEKoQr22LeDTyHDsEkHpDsDOTyWJq16HknEiweU="),
            ("pbkdf2_sha256", "pbkdf2_sha256$+9$c2FsdA==$boRToEKoQr22LeDTyHDsEkHpDsDOTyWJq16HknEiweU="),
            ("pbkdf2_sha256", "pbkdf2_sha256$9$$boRToEKoQr22LeDTyHDsEkHpDsDOTyWJq16HknEiweU="),
            ("pbkdf2_sha256", "pbkdf2_sha256$9$c2FsdA==$"),
            ("sha256", "4104"),
        ];
        for (hasher, digest) in cases {
            assert_eq!(fault(hasher, digest), Some(Fault::Malformed), "{hasher} {digest}");
        }
    }

    #[test]
    fn a_digest_that_would_keep_the_server_busy_is_refused() {
        let bcrypt = "$2a$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        assert_eq!(fault("bcrypt", bcrypt), Some(Fault::TooCostly));
        assert_eq!(fault("bcrypt_sha256_django", &format!("bcrypt_sha256${bcrypt}")), Some(Fault::TooCostly));
        assert_eq!(fault("bcrypt_peppered", &format!("{bcrypt}$pepper")), Some(Fault::TooCostly));
        for (rounds, expected) in
            [("2000000", None), ("2000001", Some(Fault::TooCostly)), ("99999999999", Some(Fault::TooCostly))]
        {
            let digest = format!("pbkdf2_sha256${rounds}$c2FsdA==${PBKDF2_SHA256}");
            assert_eq!(fault("pbkdf2_sha256", &digest), expected);
        }
    }

    #[test]
    fn known_hashers_without_an_algorithm_here_are_told_from_unknown_ones() {
        let md5 = "5f4dcc3b5aa765d61d8327deb882cf99";
        let known = [
            ("argon2i", "$argon2i$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"),
            ("argon2id", "$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"),
            ("awscognito", "awscognito#pool#client#ann@example.com"),
            ("hmac_sha256_utf16_b64", "anything"),
            ("md5", md5),
            ("md5_salted", &format!("salt${md5}")),
            ("md5_phpass", "$P$B12345678abcdefghijklmnopqrstuv"),
            ("phpass", "$P$B12345678abcdefghijklmnopqrstuv"),
            ("scrypt_firebase", "aGFzaA==$c2FsdA==$a2V5$Bw==$8$14"),
            ("scrypt_werkzeug", "scrypt:32768:8:1$salt$hash"),
        ];
        for (hasher, digest) in known {
            assert_eq!(fault(hasher, digest), Some(Fault::Unsupported), "{hasher}");
            assert_eq!(fault(hasher, ""), Some(Fault::Malformed), "{hasher}");
        }
        for hasher in ["", "sha1", "BCRYPT", "plain"] {
            assert_eq!(fault(hasher, md5), Some(Fault::UnknownHasher), "{hasher}");
        }
    }
}
