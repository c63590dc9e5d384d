//! The HTML twin of a plain letter: the same words, nothing added that a mail program would have to fetch.

use crate::writing::quotation::Quotation;

/// A quotation as mail programs mark and fold it.
const QUOTE_STYLE: &str = "margin:0 0 0 .8ex;border-left:2px solid #ccc;padding-left:1ex";

/// A letter and what it answers.
pub fn letter(text: &str, quotation: Option<&Quotation>) -> String {
    let mut out = String::from("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>\n");
    for paragraph in text
        .split("\n\n")
        .map(|p| p.trim_matches('\n'))
        .filter(|p| !p.is_empty())
    {
        let lines: Vec<String> = paragraph.lines().map(with_links).collect();
        out.push_str(&format!("<p>{}</p>\n", lines.join("<br>\n")));
    }
    if let Some(quotation) = quotation {
        let lines: Vec<String> = quotation.text.lines().map(escaped).collect();
        out.push_str(&format!(
            "<div>{}</div>\n<blockquote type=\"cite\" style=\"{QUOTE_STYLE}\">{}</blockquote>\n",
            escaped(&quotation.attribution),
            lines.join("<br>\n")
        ));
    }
    out.push_str("</body></html>\n");
    out
}

/// Text that cannot become markup.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// One line of our own words; web addresses in it can be clicked.
fn with_links(line: &str) -> String {
    line.split_inclusive(' ').map(linked).collect()
}

/// A word, as a link where it is a web address; the sign that ends its sentence stays outside.
fn linked(word: &str) -> String {
    let address = word.trim_end_matches([' ', '.', ',', ';', ')']);
    if !address.starts_with("https://") && !address.starts_with("http://") {
        return escaped(word);
    }
    let shown = escaped(address);
    format!("<a href=\"{shown}\">{shown}</a>{}", escaped(&word[address.len()..])) // a prefix of `word`
}

#[cfg(test)]
mod tests {
    use crate::writing::html::*;

    #[test]
    fn words_become_paragraphs() {
        let html = letter(
            "Bonjour,\n\nVoir https://pay.example/?a=1&b=2, merci\nCamille <C>",
            None,
        );
        assert!(html.contains("<p>Bonjour,</p>"), "{html}");
        assert!(html.contains("&lt;C&gt;") && !html.contains("<C>"), "{html}");
        let link = "<a href=\"https://pay.example/?a=1&amp;b=2\">";
        assert!(html.contains(link), "{html}");
        assert!(html.contains("</a>, merci<br>\nCamille"), "{html}");
    }

    #[test]
    fn a_quotation_is_never_markup() {
        let hostile = Quotation {
            attribution: "<b>Eve</b> a écrit :".to_string(),
            text: "</blockquote><img src=x onerror=alert(1)>\nhttps://evil.example".to_string(),
        };
        let html = letter("Bonjour", Some(&hostile));
        assert!(
            !html.contains("<img") && !html.contains("<b>") && !html.contains("href"),
            "{html}"
        );
        assert_eq!(html.matches("</blockquote>").count(), 1);
    }
}
