//! Text from outside made fit to stand in a header, a line or a page: no control characters, no hidden direction changes.

/// Whether a character may not be shown: controls, and format characters that reorder or hide text.
///
/// The list is that of Unicode's bidirectional controls (UAX #9), line separators, and invisible joints.
fn is_unfit(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}')
}

/// One line of at most so many characters: line ends and tabs become a blank, no blanks around.
pub fn line(text: &str, chars_max: usize) -> String {
    let spaced = text
        .replace("\r\n", " ")
        .replace(['\n', '\r', '\t', '\u{2028}', '\u{2029}'], " ");
    let fit: String = spaced.chars().filter(|c| !is_unfit(*c)).collect();
    bounded(fit.trim(), chars_max)
}

/// Lines ending in LF, each without trailing blanks; at most so many characters.
pub fn block(text: &str, chars_max: usize) -> String {
    let unix = text
        .replace("\r\n", "\n")
        .replace(['\r', '\u{2028}', '\u{2029}'], "\n")
        .replace('\t', "    ");
    let kept: String = unix.chars().filter(|c| *c == '\n' || !is_unfit(*c)).collect();
    let lines: Vec<&str> = kept.lines().map(str::trim_end).collect();
    bounded(lines.join("\n").trim_matches('\n'), chars_max)
}

/// The text, or its beginning and an ellipsis.
fn bounded(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        None => text.to_string(),
        Some((cut, _)) => format!("{}…", text[..cut].trim_end()), // `cut` is a boundary that char_indices gave
    }
}

#[cfg(test)]
mod tests {
    use crate::writing::clean::*;

    #[test]
    fn a_line_is_one_line() {
        let check = |input: &str, expected: &str| assert_eq!(line(input, 20), expected, "{input:?}");
        check("Claire Morel", "Claire Morel");
        check("Claire\r\nBcc: x@y.example", "Claire Bcc: x@y.exam…"); // header injection becomes a long name
        check("fdp.\u{202E}exe\u{0}", "fdp.exe"); // right-to-left override, NUL
        check(" a\tb ", "a b");
        check("a\u{2028}b", "a b"); // line separator
        check("Café\u{A0}!", "Café\u{A0}!"); // no-break spaces are wanted
        check("", "");
        check("ééééééééééééééééééééé", "éééééééééééééééééééé…"); // counted in characters
    }

    #[test]
    fn a_block_keeps_its_lines() {
        let check = |input: &str, expected: &str| assert_eq!(block(input, 1000), expected, "{input:?}");
        check("a\r\nb\rc\n\n", "a\nb\nc");
        check("a  \n\tb", "a\n    b");
        check("x\u{0}\u{1b}[31m\u{2066}y", "x[31my"); // escape sequences and isolates
    }
}
