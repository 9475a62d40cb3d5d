/// Gives a type that is a user what everybody asks of one: the whole name, the primary identifiers.
#[doc(hidden)]
#[macro_export]
macro_rules! __person {
    ($name:ident { $email:ty, $phone:ty, $wallet:ty }) => {
        impl $name {
            /// The first and the last name, as far as they are known.
            #[must_use]
            pub fn full_name(&self) -> Option<String> {
                $crate::__private::full_name([self.first_name.as_deref(), self.last_name.as_deref()])
            }

            /// The email address that is the primary one.
            #[must_use]
            pub fn primary_email(&self) -> Option<&$email> {
                let primary = self.primary_email_address_id.as_ref()?;
                self.email_addresses.iter().find(|address| Option::from(&address.id) == Some(primary))
            }

            /// The phone number that is the primary one.
            #[must_use]
            pub fn primary_phone(&self) -> Option<&$phone> {
                let primary = self.primary_phone_number_id.as_ref()?;
                self.phone_numbers.iter().find(|number| Option::from(&number.id) == Some(primary))
            }

            /// The web3 wallet that is the primary one.
            #[must_use]
            pub fn primary_web3_wallet(&self) -> Option<&$wallet> {
                let primary = self.primary_web3_wallet_id.as_ref()?;
                self.web3_wallets.iter().find(|wallet| Option::from(&wallet.id) == Some(primary))
            }
        }
    };
}

/// The parts of a name that are there, with a space in between.
pub fn full_name(parts: [Option<&str>; 2]) -> Option<String> {
    let parts: Vec<&str> = parts.into_iter().flatten().map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { None } else { Some(parts.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::full_name;

    #[test]
    fn a_full_name_is_what_is_known_of_it() {
        for (first, last, full) in [
            (Some("Ann"), Some("Lee"), Some("Ann Lee")),
            (Some(" Ann "), None, Some("Ann")),
            (Some(""), Some("Lee"), Some("Lee")),
            (Some(" "), None, None),
            (None, None, None),
        ] {
            assert_eq!(full_name([first, last]).as_deref(), full);
        }
    }
}
