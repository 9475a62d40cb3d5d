//! The outer language: text, `:name`, `(expression)`, `{groups}` and what repeats them.

/// What may end a segment of a path.
pub(super) const DELIMITERS: [char; 3] = ['/', '#', '?'];

/// Text that joins the parameter after it, so that both are optional together.
const PREFIXES: &str = "./";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    Once,
    Optional,
    Any,
    Many,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    /// A group without a parameter.
    Group {
        text: String,
        repeat: Repeat,
    },
    Parameter {
        name: String,
        prefix: String,
        suffix: String,
        matcher: Matcher,
        repeat: Repeat,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Matcher {
    /// What stands up to the next delimiter, and where a text is given, up to that text.
    Segment {
        until: Option<String>,
    },
    Expression(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Char(char),
    Escaped(char),
    Name(String),
    Expression(String),
    Repeat(Repeat),
    Open,
    Close,
}

pub(super) fn read(pattern: &str) -> Result<Vec<Part>, String> {
    Reader { tokens: tokens(pattern)?.into_iter().peekable(), parts: Vec::new(), unnamed: 0 }.read()
}

fn tokens(pattern: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(char) = chars.next() {
        tokens.push(match char {
            '*' => Token::Repeat(Repeat::Any),
            '+' => Token::Repeat(Repeat::Many),
            '?' => Token::Repeat(Repeat::Optional),
            '\\' => Token::Escaped(chars.next().ok_or("ends in a backslash; write what it escapes after it")?),
            '{' => Token::Open,
            '}' => Token::Close,
            ':' => {
                let mut name = String::new();
                while let Some(char) = chars.next_if(|char| char.is_ascii_alphanumeric() || *char == '_') {
                    name.push(char);
                }
                if name.is_empty() {
                    return Err("has a colon without a name after it; write \\: for the colon itself".into());
                }
                Token::Name(name)
            }
            '(' => Token::Expression(expression(&mut chars)?),
            char => Token::Char(char),
        });
    }
    Ok(tokens)
}

/// What stands between parentheses, up to the one that closes.
fn expression(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, String> {
    let mut text = String::new();
    let mut depth = 1;
    if chars.peek() == Some(&'?') {
        return Err("has an expression that begins with ?".into());
    }
    while let Some(char) = chars.next() {
        match char {
            '\\' => {
                text.push('\\');
                text.extend(chars.next());
                continue;
            }
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return if text.is_empty() { Err("has empty parentheses".into()) } else { Ok(text) };
                }
            }
            '(' => {
                depth += 1;
                if chars.peek() != Some(&'?') {
                    return Err("has a capturing group in an expression; begin it with ?:".into());
                }
            }
            _ => {}
        }
        text.push(char);
    }
    Err("has a parenthesis that does not close".into())
}

struct Reader {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    parts: Vec<Part>,
    unnamed: usize,
}

impl Reader {
    fn read(mut self) -> Result<Vec<Part>, String> {
        let mut text = String::new();
        loop {
            let char = self.take(|token| if let Token::Char(char) = token { Some(*char) } else { None });
            let (name, expression) = (self.name(), self.expression());
            if name.is_some() || expression.is_some() {
                let prefix = match char {
                    Some(char) if !PREFIXES.contains(char) => {
                        text.push(char);
                        String::new()
                    }
                    char => char.map(String::from).unwrap_or_default(),
                };
                self.push_text(&mut text);
                self.push_parameter(name, expression, prefix, String::new())?;
            } else if let Some(char) = char.or_else(|| self.escaped()) {
                text.push(char);
            } else {
                self.push_text(&mut text);
                match self.tokens.next() {
                    Some(Token::Open) => self.group()?,
                    Some(Token::Repeat(_)) => {
                        return Err("has a ?, * or + that follows neither a parameter nor a group".into());
                    }
                    Some(_) => return Err("has a brace that closes nothing".into()),
                    None => return Ok(self.parts),
                }
            }
        }
    }

    fn group(&mut self) -> Result<(), String> {
        let prefix = self.text();
        let (name, expression) = (self.name(), self.expression());
        let suffix = self.text();
        if self.tokens.next() != Some(Token::Close) {
            return Err("has a brace that does not close, or more than one parameter between braces".into());
        }
        if name.is_some() || expression.is_some() {
            return self.push_parameter(name, expression, prefix, suffix);
        }
        let repeat = self.repeat();
        self.parts.push(Part::Group { text: prefix + &suffix, repeat });
        Ok(())
    }

    fn push_parameter(
        &mut self,
        name: Option<String>,
        expression: Option<String>,
        prefix: String,
        suffix: String,
    ) -> Result<(), String> {
        let matcher = match expression {
            Some(expression) => Matcher::Expression(expression),
            None => Matcher::Segment { until: self.until(&prefix)? },
        };
        let name = name.unwrap_or_else(|| {
            self.unnamed += 1;
            (self.unnamed - 1).to_string()
        });
        let repeat = self.repeat();
        if matches!(repeat, Repeat::Any | Repeat::Many) && prefix.is_empty() && suffix.is_empty() {
            return Err(format!("repeats the parameter {name} with nothing between; put it in braces with a slash"));
        }
        self.parts.push(Part::Parameter { name, prefix, suffix, matcher, repeat });
        Ok(())
    }

    /// Where a parameter without an expression ends: at what stands before it, when that is not a delimiter anyway.
    fn until(&self, prefix: &str) -> Result<Option<String>, String> {
        let before = match self.parts.last() {
            _ if !prefix.is_empty() => prefix,
            None => "",
            Some(Part::Text(text)) => text,
            Some(Part::Parameter { name, .. }) => {
                return Err(format!("has nothing between the parameter {name} and the one after it"));
            }
            Some(Part::Group { .. }) => return Err("has a parameter right after a group".into()),
        };
        Ok((!before.is_empty() && !before.contains(DELIMITERS)).then(|| before.to_owned()))
    }

    fn push_text(&mut self, text: &mut String) {
        if !text.is_empty() {
            self.parts.push(Part::Text(std::mem::take(text)));
        }
    }

    fn text(&mut self) -> String {
        let take = |token: &Token| match token {
            Token::Char(char) | Token::Escaped(char) => Some(*char),
            _ => None,
        };
        std::iter::from_fn(|| self.take(take)).collect()
    }

    fn name(&mut self) -> Option<String> {
        self.take(|token| if let Token::Name(name) = token { Some(name.clone()) } else { None })
    }

    fn expression(&mut self) -> Option<String> {
        self.take(|token| if let Token::Expression(text) = token { Some(text.clone()) } else { None })
    }

    fn escaped(&mut self) -> Option<char> {
        self.take(|token| if let Token::Escaped(char) = token { Some(*char) } else { None })
    }

    fn repeat(&mut self) -> Repeat {
        self.take(|token| if let Token::Repeat(repeat) = token { Some(*repeat) } else { None }).unwrap_or(Repeat::Once)
    }

    fn take<T>(&mut self, read: impl Fn(&Token) -> Option<T>) -> Option<T> {
        let taken = self.tokens.peek().and_then(read)?;
        self.tokens.next();
        Some(taken)
    }
}
