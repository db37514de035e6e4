//! Just enough of Rust's grammar to tell strings, comments and code apart.

/// A piece of a Rust file and the line it begins on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub(crate) line: usize,
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) enum Kind {
    Code,
    Comment,
    String,
}

/// Cuts a file into comments, string literals (with their quotes) and the code between them.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut line, mut at, mut code_from) = (1, 0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let Some((kind, length)) = literal(text, at) else {
            at +=
                char_literal(rest).unwrap_or_else(|| rest.chars().next().map_or(1, char::len_utf8));
            continue;
        };
        for (kind, text) in [(Kind::Code, &text[code_from..at]), (kind, &rest[..length])] {
            if !text.is_empty() {
                found.push(Piece { line, kind, text });
                line += text.matches('\n').count();
            }
        }
        at += length;
        code_from = at;
    }
    if code_from < text.len() {
        found.push(Piece {
            line,
            kind: Kind::Code,
            text: &text[code_from..],
        });
    }
    found
}

/// The comment or string that begins at `at`, and its length.
fn literal(text: &str, at: usize) -> Option<(Kind, usize)> {
    let rest = &text[at..];
    if rest.starts_with("//") {
        return Some((Kind::Comment, rest.find('\n').unwrap_or(rest.len())));
    }
    if rest.starts_with("/*") {
        return Some((
            Kind::Comment,
            rest.find("*/").map_or(rest.len(), |end| end + 2),
        ));
    }
    if rest.starts_with('"') {
        return Some((Kind::String, quoted(rest)));
    }
    let within_a_word = text[..at]
        .chars()
        .next_back()
        .is_some_and(|c| c.is_alphanumeric() || c == '_');
    if rest.starts_with('r') && !within_a_word || rest.starts_with('r') && text[..at].ends_with('b')
    {
        return raw(rest).map(|length| (Kind::String, length));
    }
    None
}

fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (index, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return index + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw(rest: &str) -> Option<usize> {
    let hashes = rest[1..].chars().take_while(|&c| c == '#').count();
    let body = rest[1 + hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = body
        .find(&close)
        .map_or(body.len(), |end| end + close.len());
    Some(1 + hashes + 1 + end)
}

/// The length of a character literal, so that `'"'` opens no string; `None` for a lifetime.
fn char_literal(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    if let Some(escape) = inner.strip_prefix('\\') {
        let after = escape.chars().next()?.len_utf8(); // the quote of '\'' closes nothing
        return Some(2 + after + escape[after..].find('\'')? + 1);
    }
    let first = inner.chars().next()?;
    inner[first.len_utf8()..]
        .starts_with('\'')
        .then(|| 2 + first.len_utf8())
}

#[test]
fn strings_comments_and_code_are_told_apart() {
    let text = r##"
let a = "one \" two"; // "no"
let b = r#"raw " str"#;
let q = '"'; let e = '\''; let s = '\\'; let u = '\u{22}'; fn f<'a>(x: &'a str) {}
/* "no" */ let var = b"three";
"##;
    let strings: Vec<(usize, &str)> = pieces(text)
        .into_iter()
        .filter(|p| p.kind == Kind::String)
        .map(|p| (p.line, p.text))
        .collect();
    assert_eq!(
        strings,
        [
            (2, r#""one \" two""#),
            (3, "r#\"raw \" str\"#"),
            (5, "\"three\"")
        ]
    );
    let comments: Vec<&str> = pieces(text)
        .into_iter()
        .filter(|p| p.kind == Kind::Comment)
        .map(|p| p.text)
        .collect();
    assert_eq!(comments, ["// \"no\"", "/* \"no\" */"]);
    let joined: String = pieces(text).iter().map(|p| p.text).collect();
    assert_eq!(joined, text, "nothing is lost");
}
