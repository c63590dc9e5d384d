//! Plain text as format=flowed (RFC 3676): soft breaks at 72 columns, space-stuffing, quote marks.

/// Columns a line takes at most, its quote marks included; RFC 3676, 4.2 asks for 78 or fewer.
const COLUMNS_MAX: usize = 72;

/// Deeper quotations are shown at this depth, so that hostile nesting leaves room for words.
const DEPTH_MAX: usize = 10;

/// Our own words, CRLF ended.
pub fn flow(text: &str) -> String {
    text.lines().map(|line| wrapped(line, 0)).collect()
}

/// The words of another, one quote mark deeper than they stood, CRLF ended.
pub fn quote(text: &str) -> String {
    text.lines()
        .map(|line| {
            let (depth, words) = split_depth(line);
            wrapped(words, (depth + 1).min(DEPTH_MAX))
        })
        .collect()
}

/// How many quote marks a line begins with (`> > x` counts like `>> x`), and what follows them.
fn split_depth(line: &str) -> (usize, &str) {
    let (mut depth, mut rest) = (0, line);
    while let Some(deeper) = rest.strip_prefix('>') {
        depth += 1;
        rest = match deeper.strip_prefix(' ') {
            Some(inner) if inner.starts_with('>') => inner,
            _ => deeper,
        };
    }
    (
        depth,
        if depth > 0 {
            rest.strip_prefix(' ').unwrap_or(rest)
        } else {
            rest
        },
    )
}

/// One paragraph in as many lines as it takes; all but the last end in a blank, which says that the next one continues.
fn wrapped(line: &str, depth: usize) -> String {
    let marks = ">".repeat(depth);
    let mut out = String::new();
    let mut rest = line.trim_end();
    loop {
        let (now, later) = split_line(rest, COLUMNS_MAX - depth - 1);
        out.push_str(&marks);
        if depth > 0 && !now.is_empty() || must_be_stuffed(now) {
            out.push(' ');
        }
        out.push_str(now);
        out.push_str("\r\n");
        match later {
            Some(words) => rest = words,
            None => return out,
        }
    }
}

/// Lines that would otherwise be taken for stuffing, for a quotation, or for a mailbox separator (RFC 3676, 4.4).
fn must_be_stuffed(line: &str) -> bool {
    line.starts_with([' ', '>']) || line.starts_with("From ")
}

/// Cuts after the last blank that fits, else after the first blank there is: words are never broken.
fn split_line(line: &str, columns: usize) -> (&str, Option<&str>) {
    let fits = line.char_indices().nth(columns).is_none();
    let cuts = || {
        line.match_indices(' ')
            .map(|(at, _)| at + 1)
            .filter(|at| !line[..*at].trim().is_empty())
    };
    let cut = cuts()
        .take_while(|at| line[..*at].chars().count() <= columns)
        .last()
        .or_else(|| cuts().next());
    match cut {
        Some(cut) if !fits && cut < line.len() => (&line[..cut], Some(&line[cut..])), // `cut` stands after an ASCII blank
        _ => (line, None),
    }
}

#[cfg(test)]
mod tests {
    use crate::writing::flowed::*;
    use proptest::prelude::*;

    /// What a reader of format=flowed makes of it: quote depth and text of each paragraph (RFC 3676, 4).
    fn unflow(text: &str) -> Vec<(usize, String)> {
        let mut out: Vec<(usize, String)> = Vec::new();
        let mut open = false;
        for line in text.split_terminator("\r\n") {
            let depth = line.chars().take_while(|c| *c == '>').count();
            let rest = &line[depth..];
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            match out.last_mut() {
                Some((above, words)) if open && *above == depth => words.push_str(rest),
                _ => out.push((depth, rest.to_string())),
            }
            open = rest.ends_with(' ');
        }
        out
    }

    #[test]
    fn lines_flow() {
        let check = |input: &str, expected: &str| assert_eq!(flow(input), expected, "{input:?}");
        check("Bonjour,\n\nmerci", "Bonjour,\r\n\r\nmerci\r\n");
        check("From here", " From here\r\n"); // stuffed: mbox readers
        check("> not a quote", " > not a quote\r\n");
        check("  indented", "   indented\r\n");
        let long = "mot ".repeat(30);
        let flowed = flow(&long);
        assert!(
            flowed.lines().all(|line| line.chars().count() <= 72) && flowed.lines().count() == 2,
            "{flowed}"
        );
        let link = format!("Ici : https://pay.example/{} merci", "x".repeat(100));
        assert!(flow(&link).contains(&"x".repeat(100)), "a link is never broken");
    }

    #[test]
    fn quotations_deepen() {
        let check = |input: &str, expected: &str| assert_eq!(quote(input), expected, "{input:?}");
        check("Bonjour\n\nmerci", "> Bonjour\r\n>\r\n> merci\r\n");
        check("> a\n> > b\n>>c", ">> a\r\n>>> b\r\n>>> c\r\n"); // both ways of nesting
        check(&">".repeat(300), &format!("{}\r\n", ">".repeat(10))); // hostile depth
    }

    proptest! {
        #[test]
        fn what_flows_comes_back(text in "[a-zé >.F\n\u{A0}]{0,400}") {
            let meant: Vec<(usize, String)> = text.lines().map(|line| (0, line.trim_end().to_string())).collect();
            prop_assert_eq!(unflow(&flow(&text)), meant);
        }
    }
}
