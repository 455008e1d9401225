//! Cuts a source into tokens. Both languages share the lexer; they differ in the symbols, the
//! quotes and the letters of names.

use crate::decimal::Decimal;
use crate::error::ParseError;
use crate::program::Language;

use super::feel::RESERVED;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    Number(Decimal),
    Text(String),
    /// A name or keyword; its text is the source from `start` to `end`.
    Word,
    /// A name in backticks.
    QuotedName(String),
    Symbol(&'static str),
    End,
}

#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// In bytes of the source.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Longer symbols stand before their own beginnings.
const FEEL_SYMBOLS: &[&str] = &[
    "..", "**", "->", "<=", ">=", "!=", "==", "&&", "||", "+", "-", "*", "/", "=", "<", ">", "(",
    ")", "[", "]", "{", "}", ",", ":", ".", "@", "'",
];
const UEL_SYMBOLS: &[&str] = &[
    "+=", "==", "!=", "<=", ">=", "&&", "||", "+", "-", "*", "/", "%", "!", "<", ">", "(", ")",
    "[", "]", "{", "}", ",", "?", ":", ".", "=",
];

/// What a name may have beside letters and digits, where something says that there is such a name.
pub(super) const SIGNS_OF_NAMES: &[&str] = &[".", "/", "-", "+", "*", "**", "'"];

/// Characters of Chinese keyboards that look like ours.
const LOOKALIKES: &[(char, &str)] = &[
    ('（', "("),
    ('）', ")"),
    ('，', ","),
    ('。', "."),
    ('：', ":"),
    ('；', ";"),
    ('“', "\""),
    ('”', "\""),
    ('‘', "'"),
    ('’', "'"),
    ('＝', "="),
    ('＞', ">"),
    ('＜', "<"),
    ('！', "!"),
    ('＋', "+"),
    ('－', "-"),
    ('×', "*"),
    ('÷', "/"),
    ('【', "["),
    ('】', "]"),
    ('≥', ">="),
    ('≤', "<="),
    ('≠', "!="),
];

/// The tokens of a whole FEEL source.
pub(super) fn feel(source: &str) -> Result<Vec<Token>, ParseError> {
    let mut lexer = Lexer { source, position: 0, language: Language::Feel };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next()?;
        let done = token.kind == TokenKind::End;
        tokens.push(token);
        if done {
            return Ok(tokens);
        }
    }
}

/// The tokens of a UEL part that starts at `start`, behind its `${`, and where the source goes on
/// behind the closing brace. The brace itself is the end token.
pub(super) fn uel_part(source: &str, start: usize) -> Result<(Vec<Token>, usize), ParseError> {
    let mut lexer = Lexer { source, position: start, language: Language::Uel };
    let mut tokens = Vec::new();
    loop {
        let mut token = lexer.next()?;
        match token.kind {
            TokenKind::End => {
                let opening = start.saturating_sub(2);
                return Err(ParseError::new(source, opening, "`${` without its `}`"));
            }
            TokenKind::Symbol("}") => {
                let end = token.end;
                token.kind = TokenKind::End;
                tokens.push(token);
                return Ok((tokens, end));
            }
            _ => tokens.push(token),
        }
    }
}

/// The texts of the tokens of a name that is more than words, such as `a-b`, or has keywords among
/// them; nothing for plain words and for what only backticks can write.
pub(super) fn name_parts(name: &str) -> Vec<String> {
    let plain = name.chars().all(|c| continues_name(c, Language::Feel) || c == ' ');
    if plain && !name.split(' ').any(|word| RESERVED.contains(&word)) {
        return Vec::new();
    }
    let Ok(tokens) = feel(name) else { return Vec::new() };
    let texts = tokens.iter().map(|token| name[token.start..token.end].to_string());
    let parts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    let plain = tokens.iter().all(|token| match &token.kind {
        TokenKind::Word | TokenKind::Number(_) | TokenKind::End => true,
        TokenKind::Symbol(symbol) => SIGNS_OF_NAMES.contains(symbol),
        TokenKind::Text(_) | TokenKind::QuotedName(_) => false,
    });
    let starts_well = matches!(tokens[0].kind, TokenKind::Word);
    if plain && starts_well { parts } else { Vec::new() }
}

struct Lexer<'s> {
    source: &'s str,
    position: usize,
    language: Language,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.source[self.position..]
    }

    fn next(&mut self) -> Result<Token, ParseError> {
        self.skip_blank()?;
        let start = self.position;
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok(Token { kind: TokenKind::End, start, end: start });
        };
        let fraction = rest.strip_prefix('.').unwrap_or("");
        let is_fraction = fraction.starts_with(|c: char| c.is_ascii_digit());
        let kind = if first.is_ascii_digit() || is_fraction {
            self.number()?
        } else if first == '"' || (first == '\'' && self.language == Language::Uel) {
            self.text(first)?
        } else if first == '`' && self.language == Language::Feel {
            self.quoted_name()?
        } else if starts_name(first, self.language) {
            let length = rest.find(|c| !continues_name(c, self.language)).unwrap_or(rest.len());
            self.position += length;
            TokenKind::Word
        } else {
            self.symbol(first)?
        };
        Ok(Token { kind, start, end: self.position })
    }

    fn symbol(&mut self, first: char) -> Result<TokenKind, ParseError> {
        let symbols = match self.language {
            Language::Feel => FEEL_SYMBOLS,
            Language::Uel => UEL_SYMBOLS,
        };
        if let Some(symbol) = symbols.iter().find(|symbol| self.rest().starts_with(**symbol)) {
            self.position += symbol.len();
            return Ok(TokenKind::Symbol(symbol));
        }
        let error = self.error(self.position, format!("`{first}` has no meaning here"));
        if let Some((_, ours)) = LOOKALIKES.iter().find(|(character, _)| *character == first) {
            return Err(error.hint(format!("write `{ours}`")));
        }
        Err(match (self.language, first) {
            (Language::Feel, '%') => error.hint("use modulo(a, b)"),
            (Language::Feel, '!') => error.hint("use not(x)"),
            (Language::Feel, '$' | '#') => {
                error.hint("this is FEEL; `${}` belongs to the other language")
            }
            _ => error,
        })
    }

    /// Skips blanks and, in FEEL, comments.
    fn skip_blank(&mut self) -> Result<(), ParseError> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.position += rest.len() - trimmed.len();
            if self.language == Language::Uel {
                return Ok(());
            }
            let rest = self.rest();
            if rest.starts_with("//") {
                self.position += rest.find('\n').unwrap_or(rest.len());
            } else if let Some(comment) = rest.strip_prefix("/*") {
                match comment.find("*/") {
                    Some(end) => self.position += end + 4,
                    None => return Err(self.error(self.position, "`/*` without its `*/`")),
                }
            } else {
                return Ok(());
            }
        }
    }

    fn number(&mut self) -> Result<TokenKind, ParseError> {
        let start = self.position;
        let bytes = self.source.as_bytes();
        let digits_from = |from: usize| {
            let digits = bytes[from..].iter().take_while(|byte| byte.is_ascii_digit());
            from + digits.count()
        };
        let mut end = digits_from(start);
        if bytes.get(end) == Some(&b'.') && digits_from(end + 1) > end + 1 {
            end = digits_from(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let from = (end + 1 + sign).min(bytes.len());
            if digits_from(from) > from {
                end = digits_from(from);
            }
        }
        self.position = end;
        if let Some(next) = self.rest().chars().next()
            && starts_name(next, self.language)
        {
            return Err(self.error(end, format!("`{next}` cannot follow a number")));
        }
        match self.source[start..end].parse() {
            Ok(number) => Ok(TokenKind::Number(number)),
            Err(error) => Err(self.error(start, error.to_string())),
        }
    }

    fn quoted_name(&mut self) -> Result<TokenKind, ParseError> {
        let start = self.position;
        let name = match self.source[start + 1..].split_once('`') {
            Some((name, _)) if !name.trim().is_empty() => name.trim(),
            Some(_) => return Err(self.error(start, "a name in backticks cannot be empty")),
            None => return Err(self.error(start, "a name in backticks has no closing backtick")),
        };
        let length = self.source[start + 1..].find('`').unwrap_or(0);
        self.position = start + length + 2;
        Ok(TokenKind::QuotedName(name.to_string()))
    }

    fn text(&mut self, quote: char) -> Result<TokenKind, ParseError> {
        let start = self.position;
        let mut text = String::new();
        self.position += 1;
        loop {
            let at = self.position;
            let Some(next) = self.rest().chars().next() else {
                return Err(self.error(start, format!("a string without its closing {quote}")));
            };
            self.position += next.len_utf8();
            match next {
                '\\' => text.push(self.escape(at)?),
                _ if next == quote => return Ok(TokenKind::Text(text)),
                _ => text.push(next),
            }
        }
    }

    /// The character of an escape; its backslash is already read and stood at `at`.
    fn escape(&mut self, at: usize) -> Result<char, ParseError> {
        let Some(letter) = self.rest().chars().next() else {
            return Err(self.error(at, "a string ends in a backslash"));
        };
        self.position += letter.len_utf8();
        let character = match letter {
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            '\\' | '"' | '\'' => Some(letter),
            'u' => self.unicode_escape(),
            'U' => self.hexadecimal(6).and_then(char::from_u32),
            // In FEEL any other backslash stands for itself, as patterns like \d have it.
            _ if self.language == Language::Feel => {
                self.position = at + 1;
                Some('\\')
            }
            _ => None,
        };
        let hint = "the escapes are \\n \\r \\t \\\\ \\\" \\' \\uXXXX and \\UXXXXXX";
        character.ok_or_else(|| self.error(at, "an unknown escape in a string").hint(hint))
    }

    /// `\uXXXX`, where two of them may make up one character as in UTF-16.
    fn unicode_escape(&mut self) -> Option<char> {
        let first = self.hexadecimal(4)?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first);
        }
        self.position += self.rest().strip_prefix("\\u").map(|_| 2)?;
        let second = self.hexadecimal(4)?.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
        char::from_u32(0x10000 + ((first - 0xD800) << 10) + second)
    }

    fn hexadecimal(&mut self, length: usize) -> Option<u32> {
        let digits = self.rest().get(..length)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let number = u32::from_str_radix(digits, 16).ok()?;
        self.position += length;
        Some(number)
    }

    fn error(&self, offset: usize, message: impl Into<String>) -> ParseError {
        ParseError::new(self.source, offset, message)
    }
}

fn starts_name(character: char, language: Language) -> bool {
    match language {
        // FEEL takes everything beyond the basic plane, so also pictures.
        Language::Feel => {
            character.is_alphabetic() || matches!(character, '_' | '?' | '\u{10000}'..='\u{EFFFF}')
        }
        Language::Uel => character.is_alphabetic() || character == '_' || character == '$',
    }
}

fn continues_name(character: char, language: Language) -> bool {
    let is_mark = language == Language::Feel
        && matches!(character, '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}' | '\u{2040}');
    starts_name(character, language) || character.is_numeric() || is_mark
}
