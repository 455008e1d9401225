//! Comma-separated values: records of fields, each record with the line it begins on. Fields may be
//! quoted, and then hold commas, line breaks and doubled quotes.

/// A record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Line it begins on, from 1.
    pub(super) line: u32,
    /// Its fields.
    pub(super) fields: Vec<String>,
}

/// Reads all records; blank lines are none. The error says what is wrong, and on which line.
pub(super) fn records(text: &str) -> Result<Vec<Record>, (u32, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { rest: text.chars().peekable(), line: 1 };
    let mut records = Vec::new();
    while reader.rest.peek().is_some() {
        let record = reader.record()?;
        if record.fields.iter().any(|field| !field.is_empty()) {
            records.push(record);
        }
    }
    Ok(records)
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: u32,
}

impl Reader<'_> {
    fn record(&mut self) -> Result<Record, (u32, String)> {
        let line = self.line;
        let mut fields = Vec::new();
        loop {
            fields.push(match self.rest.peek() {
                Some('"') => self.quoted()?,
                _ => self.plain(),
            });
            match self.rest.next() {
                Some(',') => {}
                Some('\n') => {
                    self.line += 1;
                    return Ok(Record { line, fields });
                }
                None => return Ok(Record { line, fields }),
                Some(other) => {
                    let message = format!("`{other}` stands behind a closing quote");
                    return Err((self.line, message));
                }
            }
        }
    }

    /// A field without quotes; blanks around it are no part of it.
    fn plain(&mut self) -> String {
        let mut field = String::new();
        while let Some(next) = self.rest.next_if(|next| !matches!(next, ',' | '\n')) {
            field.push(next);
        }
        field.trim().to_owned()
    }

    fn quoted(&mut self) -> Result<String, (u32, String)> {
        let opened = self.line;
        self.rest.next();
        let mut field = String::new();
        loop {
            match self.rest.next() {
                None => return Err((opened, "a quoted field has no closing quote".to_owned())),
                Some('"') if self.rest.next_if_eq(&'"').is_some() => field.push('"'),
                Some('"') => break,
                Some(next) => {
                    self.line += u32::from(next == '\n');
                    field.push(next);
                }
            }
        }
        // What separates lines in the file may be two characters.
        self.rest.next_if_eq(&'\r');
        Ok(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u32, Vec<String>)> {
        let records = records(text).expect("it is well formed");
        records.into_iter().map(|record| (record.line, record.fields)).collect()
    }

    #[test]
    fn fields_lines_and_quotes() {
        let text =
            "\u{feff}id,name\r\nann, Ann \r\n\r\n\"b,ob\",\"Bob \"\"B\"\"\r\nB.\"\r\n张三,\n,x";
        let expected = vec![
            (1, vec!["id".to_owned(), "name".to_owned()]),
            (2, vec!["ann".to_owned(), "Ann".to_owned()]),
            (4, vec!["b,ob".to_owned(), "Bob \"B\"\r\nB.".to_owned()]),
            (6, vec!["张三".to_owned(), String::new()]),
            (7, vec![String::new(), "x".to_owned()]),
        ];
        assert_eq!(read(text), expected);
        assert!(read("").is_empty());
    }

    #[test]
    fn broken_quotes_are_told_with_their_line() {
        assert_eq!(records("a\n\"b\n\n").unwrap_err().0, 2);
        let (line, message) = records("a\n\"b\"c,d").unwrap_err();
        assert!(line == 2 && message.contains('c'), "{line} {message}");
    }
}
