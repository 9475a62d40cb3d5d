use super::TokenType;

/// A program that was recognised by its token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Machine {
    token_type: TokenType,
}

impl Machine {
    /// The kind of token it came with.
    #[must_use]
    pub fn token_type(&self) -> TokenType {
        self.token_type
    }
}
