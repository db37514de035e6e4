//! What counts as one emoji.
//!
//! Many are written with several characters: flags, families, skin tones, keycaps. How they are put together is the
//! grammar of Unicode's UTS #51; which signs are emojis changes every year, and the provider knows.

use std::iter::Peekable;
use std::str::Chars;

/// The longest that phones have: a family with skin tones has fewer characters.
const LONGEST: usize = 16;

const JOINER: char = '\u{200d}';
const KEYCAP: char = '\u{20e3}';
/// Asks for the colourful form of a sign.
const COLOURFUL: char = '\u{fe0f}';
const END_OF_TAG: char = '\u{e007f}';

/// Whether a text is one emoji and nothing else.
#[must_use]
pub fn is_one_emoji(text: &str) -> bool {
    if text.chars().count() > LONGEST {
        return false;
    }
    let mut rest = text.chars().peekable();
    loop {
        if !takes_element(&mut rest) {
            return false;
        }
        match rest.next() {
            None => return true,
            Some(JOINER) => {}
            Some(_) => return false,
        }
    }
}

/// Takes a flag, a keycap, or a sign with its skin tone and tags: what can be joined with others.
fn takes_element(rest: &mut Peekable<Chars<'_>>) -> bool {
    match rest.next() {
        Some(c) if is_flag_letter(c) => rest.next_if(|&c| is_flag_letter(c)).is_some(),
        Some('0'..='9' | '#' | '*') => {
            rest.next_if_eq(&COLOURFUL);
            rest.next_if_eq(&KEYCAP).is_some()
        }
        Some(c) if is_sign(c) => {
            rest.next_if_eq(&COLOURFUL);
            rest.next_if(|&c| is_skin_tone(c));
            takes_tags(rest)
        }
        _ => false,
    }
}

/// The flags of countries' parts name them in letters that nobody sees, up to an end.
fn takes_tags(rest: &mut Peekable<Chars<'_>>) -> bool {
    let mut tagged = false;
    while rest
        .next_if(|c| matches!(c, '\u{e0020}'..='\u{e007e}'))
        .is_some()
    {
        tagged = true;
    }
    !tagged || rest.next_if_eq(&END_OF_TAG).is_some()
}

fn is_flag_letter(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

fn is_sign(c: char) -> bool {
    matches!(c,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2194}'..='\u{21aa}'
        | '\u{231a}'..='\u{23ff}' | '\u{24c2}' | '\u{25aa}'..='\u{27bf}' | '\u{2934}'..='\u{2935}'
        | '\u{2b05}'..='\u{2b55}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
        | '\u{1f000}'..='\u{1f1e5}' | '\u{1f200}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji() {
        for (case, text, expect) in [
            ("a thumb", "👍", true),
            ("a heart in colour", "❤\u{fe0f}", true),
            ("a heart as text", "❤", true),
            ("a skin tone", "👍🏽", true),
            ("a family", "👨\u{200d}👩\u{200d}👧\u{200d}👦", true),
            ("hands of two skin tones", "🫱🏻\u{200d}🫲🏿", true),
            ("a heart on fire", "❤\u{fe0f}\u{200d}🔥", true),
            ("a rainbow flag", "🏳\u{fe0f}\u{200d}🌈", true),
            ("a flag", "🇪🇸", true),
            (
                "a part of a country",
                "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
                true,
            ),
            ("a keycap", "1\u{fe0f}\u{20e3}", true),
            ("a keycap without colour", "#\u{20e3}", true),
            ("two", "👍👍", false),
            ("two with skin tones", "👍🏽👍🏽", false),
            ("two flags", "🇪🇸🇫🇷", false),
            ("two keycaps", "1\u{fe0f}\u{20e3}2\u{fe0f}\u{20e3}", false),
            ("half a flag", "🇪", false),
            ("a flag and a half", "🇪🇸🇫", false),
            ("a tag without an end", "🏴\u{e0067}", false),
            ("joined with nothing", "👨\u{200d}", false),
            ("only what joins", "\u{200d}", false),
            ("nothing", "", false),
            ("a letter", "a", false),
            ("a digit", "1", false),
            ("words", "ok👍", false),
            ("space", " ", false),
            ("space behind", "👍 ", false),
            ("a line break", "👍\n", false),
            ("markup", "<b>", false),
        ] {
            assert_eq!(is_one_emoji(text), expect, "{case}");
        }
        let long = ["👨"; 9].join("\u{200d}");
        assert!(!is_one_emoji(&long), "no phone has it");
    }
}
