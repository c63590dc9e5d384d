//! HTML as text: what a mail program would show, quotes marked with `> ` so that they can be told from the reply.

use html2text::render::TextDecorator;

/// Deeper elements are shown at this depth: the renderer's time grows with the square of it, and no person nests so deep.
const DEPTH_MAX: usize = 64;
/// Wide enough that no sentence of a mail is wrapped: wrapping would only have to be undone.
const COLUMNS: usize = 2_000;
/// As much HTML as is rendered, in octets; the reply stands at its beginning or not at all.
pub const HTML_OCTETS_MAX: usize = 256 * 1024;

/// A ruled line, which the renderer would leave out: Outlook draws one above what is quoted.
const RULE: &str = "<p>________________________________</p>";

/// Elements that a browser closes by itself or that hold nothing, so that they never nest.
const FLAT: &[&str] = &[
    "area", "base", "body", "br", "col", "dd", "dt", "head", "html", "img", "input", "li", "link", "meta", "option",
    "p", "param", "source", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "wbr",
];

/// Renders it; `None` if it cannot be rendered.
pub fn text_of(html: &str) -> Option<String> {
    let html = flattened(head(html, HTML_OCTETS_MAX));
    let renderer = html2text::config::with_decorator(Plain)
        .raw_mode(true)
        .allow_width_overflow();
    let text = renderer.string_from_read(html.as_bytes(), COLUMNS).ok()?;
    Some(text.lines().map(|line| format!("{}\n", line.trim_end())).collect())
}

/// The first `octets_max` octets of a text, cut between characters.
pub fn head(text: &str, octets_max: usize) -> &str {
    let mut end = octets_max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// The same page with bounded nesting, and with blocks that are only indented (Gmail draws them as borderless quotes) as plain blocks.
fn flattened(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let (mut rest, mut depth) = (html, 0_usize);
    while let Some(at) = rest.find('<') {
        let (before, tag_on) = rest.split_at(at);
        out.push_str(before);
        if let Some(comment) = tag_on.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let end = tag_on.find('>').map_or(tag_on.len(), |end| end + 1);
        let (tag, after) = tag_on.split_at(end);
        depth = push_tag(&mut out, tag, depth);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Copies the tag unless it stands too deep; the depth after it.
fn push_tag(out: &mut String, tag: &str, depth: usize) -> usize {
    let closes = tag.starts_with("</");
    let name = tag.trim_start_matches(['<', '/']);
    let name: String = name
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if name == "hr" {
        out.push_str(RULE);
        return depth;
    }
    if name.is_empty() || FLAT.contains(&name.as_str()) || tag.ends_with("/>") {
        out.push_str(tag);
        return depth;
    }
    let deeper = if closes { depth.saturating_sub(1) } else { depth + 1 };
    if depth.max(deeper) <= DEPTH_MAX {
        let indented = name == "blockquote" && !closes && is_borderless(tag);
        out.push_str(if indented { "<div>" } else { tag });
    }
    deeper
}

fn is_borderless(tag: &str) -> bool {
    let tag: String = tag
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    tag.contains("border:none") && !tag.contains("border-left") && !tag.contains("cite")
}

/// Shows words only: no stars for bold, no brackets for links.
struct Plain;

impl TextDecorator for Plain {
    type Annotation = ();

    fn decorate_link_start(&mut self, _url: &str) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_link_end(&mut self) -> String {
        String::new()
    }
    fn decorate_em_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_em_end(&self) -> String {
        String::new()
    }
    fn decorate_strong_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_strong_end(&self) -> String {
        String::new()
    }
    fn decorate_strikeout_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }
    fn decorate_code_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_code_end(&self) -> String {
        String::new()
    }
    fn decorate_preformat_first(&self) {}
    fn decorate_preformat_cont(&self) {}
    fn decorate_image(&mut self, _src: &str, _title: &str) -> (String, ()) {
        (String::new(), ())
    }
    fn header_prefix(&self, _level: usize) -> String {
        String::new()
    }
    fn quote_prefix(&self) -> String {
        "> ".to_string()
    }
    fn unordered_item_prefix(&self) -> String {
        "- ".to_string()
    }
    fn ordered_item_prefix(&self, number: i64) -> String {
        format!("{number}. ")
    }
    fn make_subblock_decorator(&self) -> Plain {
        Plain
    }
}

#[cfg(test)]
mod tests {
    use crate::reading::markup::*;

    fn check(html: &str, expected: &str) {
        let text = text_of(html).unwrap_or_default();
        assert_eq!(text.trim(), expected, "{html:?}");
    }

    #[test]
    fn pages_read_as_a_person_sees_them() {
        check(
            "<p>Bonjour,</p><p>Payé <b>hier</b>&nbsp;!</p>",
            "Bonjour,\n\nPayé hier\u{a0}!",
        );
        check("a<br>b<style>p{color:red}</style><script>x()</script>", "a\nb");
        check("<a href='https://x.example/very/long'>le lien</a>", "le lien"); // addresses are noise
        check("<ul><li>un</li><li>deux</li></ul>", "- un\n- deux");
        check("<table><tr><td>1 250,00</td><td>EUR</td></tr></table>", "1 250,00\nEUR");
        check("oui<hr>De : X", "oui\n\n________________________________\n\nDe : X");
        check("<!-- <b>not shown</b> -->oui", "oui");
    }

    #[test]
    fn quotes_stay_recognisable() {
        check(
            "<div>Non.</div><div class=gmail_quote>Le 4 mars, X a écrit :<blockquote>Payez.</blockquote></div>",
            "Non.\nLe 4 mars, X a écrit :\n\n> Payez.",
        );
        check(
            "<blockquote type=cite>a<blockquote type=cite>b</blockquote></blockquote>c",
            "> a\n>\n> > b\n\nc",
        );
        // Gmail's "indent more" is the author's own text.
        check(
            "<blockquote style='margin: 0 0 0 40px; border: none; padding: 0px'>Je conteste.</blockquote>",
            "Je conteste.",
        );
    }

    #[test]
    fn hostile_pages_stay_cheap() {
        for tag in [
            "<div>",
            "<blockquote>",
            "<table><tr><td>",
            "<b>",
            "<a>x",
            "<font>x<p>",
            "<ul><li>",
            "<span>",
            "<",
        ] {
            let text = text_of(&tag.repeat(HTML_OCTETS_MAX / tag.len()));
            assert!(text.is_none_or(|text| text.len() < 600 * HTML_OCTETS_MAX), "{tag}");
        }
    }
}
