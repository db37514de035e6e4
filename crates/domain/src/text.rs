//! Text as it may be stored, sent and found.

/// The longest text body WhatsApp accepts, in characters.
pub const MAX_TEXT: usize = 4096;

/// Why a text may not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// Nothing that anybody would see.
    #[error("the text is empty")]
    Empty,
    /// Over [`MAX_TEXT`].
    #[error("the text has {length} characters, at most {MAX_TEXT} are accepted")]
    TooLong {
        /// How many characters it has.
        length: usize,
    },
    /// A character that no keyboard makes and no phone shows.
    #[error("the text has a control character")]
    ControlCharacter,
}

/// A text that may be sent: not empty, not too long, no control characters but line breaks and tabs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendableText(String);

impl SendableText {
    /// Reads what somebody typed. Line ends become `\n`; outer white space goes.
    pub fn parse(typed: &str) -> Result<Self, BadText> {
        let text = typed.replace("\r\n", "\n");
        let text = text.trim();
        if is_blank(text) {
            return Err(BadText::Empty);
        }
        if text
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t')
        {
            return Err(BadText::ControlCharacter);
        }
        let length = text.chars().count();
        if length > MAX_TEXT {
            return Err(BadText::TooLong { length });
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text itself.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Whether nobody would see anything of a text.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(is_invisible)
}

/// Whether a character shows nothing by itself. Source: Unicode's `White_Space` and
/// `Default_Ignorable_Code_Point`, and the Braille pattern without dots; Unicode 16.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Text from outside as a database can hold it: PostgreSQL refuses U+0000 (DECISIONS 10).
#[must_use]
pub fn storable(text: &str) -> String {
    if text.contains('\0') {
        text.replace('\0', "")
    } else {
        text.to_owned()
    }
}

/// Text folded for finding: lower case, without accents. SQLite's own `lower()` knows ASCII only.
#[must_use]
pub fn folded(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .filter_map(base_letter)
        .collect()
}

/// The letter under an accent, for the Latin letters of the languages we serve.
fn base_letter(c: char) -> Option<char> {
    Some(match c {
        '\0' | '\u{300}'..='\u{36f}' => return None,
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        'ý' | 'ÿ' => 'y',
        other => other,
    })
}

/// At most `max` characters of it on one line, for a list row.
#[must_use]
pub fn preview(text: &str, max: usize) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(max)
        .collect()
}

/// Those that are there and not empty, a line each.
pub(crate) fn lines(parts: impl IntoIterator<Item = Option<String>>) -> String {
    let there = parts.into_iter().flatten().filter(|part| !part.is_empty());
    there.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_sent() {
        let long = "ñ".repeat(MAX_TEXT);
        for (case, typed, expect) in [
            ("plain", "Hola", Ok("Hola")),
            ("outer space goes", "  Hola\n", Ok("Hola")),
            ("line ends", "a\r\nb\tc", Ok("a\nb\tc")),
            ("empty", "", Err(BadText::Empty)),
            ("only space", " \n\t ", Err(BadText::Empty)),
            ("a zero-width space", "\u{200b}", Err(BadText::Empty)),
            (
                "marks and blanks",
                "\u{feff} \u{2800}\u{202e}\u{fe0f}",
                Err(BadText::Empty),
            ),
            (
                "an invisible one among others",
                "a\u{200b}",
                Ok("a\u{200b}"),
            ),
            (
                "a family is joined by them",
                "👩\u{200d}👧",
                Ok("👩\u{200d}👧"),
            ),
            (
                "characters are counted, not bytes",
                long.as_str(),
                Ok(long.as_str()),
            ),
            ("a bell", "a\u{7}", Err(BadText::ControlCharacter)),
            ("a zero", "a\0b", Err(BadText::ControlCharacter)),
        ] {
            assert_eq!(
                SendableText::parse(typed)
                    .as_ref()
                    .map(SendableText::as_str),
                expect.as_ref().copied(),
                "{case}"
            );
        }
        assert_eq!(
            SendableText::parse(&"x".repeat(MAX_TEXT + 1)),
            Err(BadText::TooLong {
                length: MAX_TEXT + 1
            })
        );
    }

    #[test]
    fn names_are_found_without_their_accents() {
        assert_eq!(folded("Lucía Ibáñez"), "lucia ibanez");
        assert_eq!(folded("lucı\u{301}a"), "lucıa");
        assert_eq!(folded("ÇA VA"), "ca va");
    }

    #[test]
    fn a_preview_is_one_line() {
        assert_eq!(preview("a\n b   c", 10), "a b c");
        assert_eq!(preview("ññññ", 2), "ññ");
    }
}
