//! Text to words.

use thiserror::Error;

/// A definition that can not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("at character {at} of {text:?}: {problem}")]
pub struct SyntaxError {
    /// The whole text.
    pub text: String,
    /// Which character, from 1; one past the last at the end of the text.
    pub at: usize,
    /// What is wrong, and what would be right.
    pub problem: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(String),
    Number(f64),
    /// A number with a unit glued to it: `12m`, `90d`.
    Length(u16, char),
    Sign(&'static str),
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(w) => write!(f, "{w:?}"),
            Self::Number(n) => write!(f, "{n}"),
            Self::Length(n, unit) => write!(f, "{n}{unit}"),
            Self::Sign(s) => write!(f, "{s:?}"),
        }
    }
}

/// Signs, longer ones before those that begin like them.
const SIGNS: [&str; 15] = ["!=", "<=", ">=", "+", "-", "*", "/", "(", ")", ",", ".", "=", "<", ">", "%"];

/// The words of a text, each with the character it begins at, from 0.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, SyntaxError> {
    let chars: Vec<char> = text.chars().collect();
    let refuse = |at: usize, problem: String| SyntaxError { text: text.to_owned(), at: at + 1, problem };
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(&c) = chars.get(at) {
        let start = at;
        if c.is_whitespace() {
            at += 1;
        } else if c.is_ascii_digit() {
            let run = |from: usize, keep: fn(char) -> bool| chars[from..].iter().take_while(|&&c| keep(c)).count();
            at += run(at, |c| c.is_ascii_digit());
            if chars.get(at) == Some(&'.') && chars.get(at + 1).is_some_and(char::is_ascii_digit) {
                at += 1;
                at += run(at, |c| c.is_ascii_digit());
            }
            let number: String = chars[start..at].iter().collect();
            let unit = run(at, |c| c.is_alphanumeric() || c == '_');
            match (unit, chars.get(at)) {
                (0, _) => {
                    let n = number.parse().map_err(|_| refuse(start, format!("{number} is not a number")))?;
                    out.push((start, Token::Number(n)));
                }
                (1, Some(&unit @ ('m' | 'd'))) => {
                    let n =
                        number.parse().map_err(|_| refuse(start, format!("{number}{unit} is no length of time")))?;
                    out.push((start, Token::Length(n, unit)));
                    at += 1;
                }
                _ => return Err(refuse(at, "a number is followed by letters; months are 12m, days 90d".into())),
            }
        } else if c.is_alphabetic() || c == '_' {
            at += chars[at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
            out.push((start, Token::Word(chars[start..at].iter().collect())));
        } else {
            let rest: String = chars[at..].iter().take(2).collect();
            let sign = SIGNS.iter().find(|s| rest.starts_with(**s));
            let sign = sign.ok_or_else(|| refuse(at, format!("{c:?} has no meaning here")))?;
            out.push((start, Token::Sign(sign)));
            at += sign.len();
        }
    }
    Ok(out)
}
