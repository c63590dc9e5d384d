//! In which language a reply is written, as far as that decides which rules apply.

use crate::model::customer::Language;
use crate::reading::fold::fold;
use crate::reading::rules::rules;

/// The language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    /// One of ours.
    Ours(Language),
    /// Too little text to tell: "ok", "👍".
    Unsure,
    /// One that has no rules.
    Foreign,
}

/// Fewer letters than these, and a statistical guess means nothing.
const GUESS_LETTERS_MIN: usize = 40;

/// Below this whatlang is wrong too often on mails with names, amounts and signatures.
const GUESS_CONFIDENCE_MIN: f64 = 0.8;

/// How many of the words must be known small words before these alone decide.
const HINT_SHARE_MIN: f64 = 0.18;

/// Counts the small words that each language alone has, and asks whatlang where they are few.
pub fn language(text: &str) -> Tongue {
    let folded = fold(text);
    let words: Vec<&str> = folded
        .split(|c: char| !c.is_ascii_alphabetic() && c != '\'')
        .filter(|word| !word.is_empty())
        .collect();
    let (french, english) = (hints(Language::Fr, &words), hints(Language::En, &words));
    let most = french.max(english);
    let ours = if french >= english { Language::Fr } else { Language::En };
    let share = most as f64 / words.len().max(1) as f64;
    if most > 0 && french != english && (share >= HINT_SHARE_MIN || letters(text) < GUESS_LETTERS_MIN) {
        return Tongue::Ours(ours);
    }
    match whatlang::detect(text) {
        _ if letters(text) < GUESS_LETTERS_MIN => Tongue::Unsure,
        Some(info) if info.lang() == whatlang::Lang::Fra => Tongue::Ours(Language::Fr),
        Some(info) if info.lang() == whatlang::Lang::Eng => Tongue::Ours(Language::En),
        Some(info) if info.confidence() >= GUESS_CONFIDENCE_MIN || most == 0 => Tongue::Foreign,
        _ if most > 0 => Tongue::Ours(ours),
        _ => Tongue::Foreign,
    }
}

/// How many words are small words of the language.
fn hints(language: Language, words: &[&str]) -> usize {
    let Ok(rules) = rules(language) else { return 0 };
    let known = |word: &str| {
        let elided = word.split_once('\'').map_or(word, |(head, _)| head);
        rules.words.folded_hints.contains(word)
            || (language == Language::Fr && rules.words.folded_hints.contains(elided))
    };
    words.iter().filter(|word| known(word)).count()
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphabetic()).count()
}

#[cfg(test)]
mod tests {
    use crate::reading::language::*;

    #[test]
    fn languages_are_told_apart() {
        let check = |text: &str, expected: Tongue| assert_eq!(language(text), expected, "{text}");
        check("ok virement demain", Tongue::Ours(Language::Fr));
        check("ok pr vendredi", Tongue::Ours(Language::Fr));
        check("paying tmrw", Tongue::Ours(Language::En));
        check("Will do.", Tongue::Ours(Language::En));
        check("👍", Tongue::Unsure);
        check("Jean", Tongue::Unsure);
        check(
            "Sehr geehrte Frau Meier, die Rechnung wird am Freitag bezahlt. Mit freundlichen Grüßen",
            Tongue::Foreign,
        );
        check(
            "Buongiorno, il pagamento verrà effettuato entro la fine del mese. Cordiali saluti",
            Tongue::Foreign,
        );
        check(
            "お世話になっております。請求書の件、来週お支払いいたします。どうぞよろしくお願いいたします。ご確認のほどお願い申し上げます。",
            Tongue::Foreign,
        );
        check(
            "Bonjour, le paiement partira le 20 novembre, merci de votre patience. Best regards",
            Tongue::Ours(Language::Fr),
        );
    }
}
