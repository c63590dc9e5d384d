//! What this person newly wrote: quotations, signatures and boilerplate cut, answers between quoted lines kept.

use std::ops::Range;

use crate::reading::passages::Passages;
use crate::reading::quote::{self, MARKS, Mark};
use crate::reading::wordings::even;

/// Announcements and boilerplate are looked for in so many lines; no honest reply is longer.
const LINES_MAX: usize = 4_000;
/// A signature after `-- ` is no longer than this; what is longer is kept, on doubt.
const SIGNATURE_LINES_MAX: usize = 20;
const SIGNATURE_CHARS_MAX: usize = 600;

/// A text divided into what is new and what is not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trimmed {
    /// What the author newly wrote.
    pub reply: String,
    /// Something was recognised as quoted.
    pub has_quote: bool,
    /// New text stands between or below quoted lines.
    pub inline: bool,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Own,
    Quoted,
    Boilerplate,
    Advertisement,
}

/// Divides a text. `ours` are texts that we sent earlier: they are recognised even where every quotation mark is lost.
pub fn trim(text: &str, ours: &[&str]) -> Trimmed {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let kinds = kinds_of(&lines, ours);
    Trimmed {
        reply: joined(&lines, &kinds),
        has_quote: kinds.contains(&Kind::Quoted),
        inline: is_inline(&lines, &kinds),
    }
}

/// The lines of a text that are neither the author's words nor quoted: what programs and firms put under every mail.
pub fn boilerplate_of(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let kinds = kinds_of(&lines, &[]);
    let cut = lines.iter().zip(&kinds).filter(|(_, kind)| **kind == Kind::Boilerplate);
    cut.map(|(line, _)| format!("{line}\n")).collect()
}

fn kinds_of(lines: &[&str], ours: &[&str]) -> Vec<Kind> {
    let evened: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            if at < LINES_MAX {
                quote::evened(line)
            } else {
                String::new()
            }
        })
        .collect();
    let ours = Passages::of(ours);
    let mut kinds = vec![Kind::Own; lines.len()];
    mark_quotes(lines, &mut kinds);
    let tail = cut_tail(lines, &evened, &mut kinds, &ours);
    mark_ours(lines, &mut kinds, 0..tail, &ours);
    mark_boilerplate(lines, &evened, &mut kinds);
    kinds
}

/// Lines that carry a quotation mark.
fn mark_quotes(lines: &[&str], kinds: &mut [Kind]) {
    for (line, kind) in lines.iter().zip(kinds.iter_mut()) {
        if quote::is_marked(line) {
            *kind = Kind::Quoted;
        }
    }
}

/// Cuts from the first sure announcement on; an announcement above marked lines is cut alone. Gives where the rest ends.
fn cut_tail(lines: &[&str], evened: &[String], kinds: &mut [Kind], ours: &Passages) -> usize {
    let mut at = 0;
    while at < evened.len() {
        let Some(start) = quote::start_at(evened, at) else {
            at += 1;
            continue;
        };
        let below = at + start.lines;
        let next = (below..evened.len()).find(|next| evened.get(*next).is_some_and(|line| !line.is_empty()));
        let is_above_marks = next.is_some_and(|next| kinds.get(next) == Some(&Kind::Quoted));
        if is_above_marks {
            fill(kinds, at..below, Kind::Quoted);
        } else if has_bar(evened, at) {
            let end = (at..evened.len())
                .find(|next| !has_bar(evened, *next))
                .unwrap_or(evened.len());
            fill(kinds, at..end, Kind::Quoted);
            at = end;
            continue;
        } else if MARKS.says(Mark::ReplyAbove, evened.get(at).map_or("", String::as_str)) && is_blank(lines, kinds, at)
        {
            // A ticket system's own notice stands below such a line, not a quotation.
            fill(kinds, at..below, Kind::Boilerplate);
        } else if start.is_sure {
            fill(kinds, at..below, Kind::Quoted);
            return cut_rest(lines, kinds, below, at, ours);
        }
        at = below;
    }
    evened.len()
}

/// Some mark quotations by bars; so do tables, hence only below an attribution that has one.
fn has_bar(evened: &[String], at: usize) -> bool {
    evened.get(at).is_some_and(|line| line.starts_with('|'))
}

/// Everything below an announcement is quoted, except where the author answers within it: he says so, or wrote nothing
/// above, and what we sent is recognised there, so that the rest can be told from it.
fn cut_rest(lines: &[&str], kinds: &mut [Kind], below: usize, at: usize, ours: &Passages) -> usize {
    let own: String = joined(lines.get(..at).unwrap_or(lines), kinds.get(..at).unwrap_or(kinds));
    let is_announced = MARKS.says(Mark::Inline, &even(&own));
    if (own.trim().is_empty() || is_announced) && mark_ours(lines, kinds, below..lines.len(), ours) {
        mark_our_lines(lines, kinds, below..lines.len(), ours);
        return at;
    }
    if is_announced {
        swap_marks(lines, kinds, below..lines.len());
        return at;
    }
    fill(kinds, below..lines.len(), Kind::Quoted);
    at
}

/// Whether the author wrote nothing above line `at`.
fn is_blank(lines: &[&str], kinds: &[Kind], at: usize) -> bool {
    lines
        .iter()
        .zip(kinds)
        .take(at)
        .all(|(line, kind)| *kind != Kind::Own || line.trim().is_empty())
}

/// Where the quotation has no marks and answers were announced, it is the answers that are marked; what follows a line
/// that announces an older mail is not.
fn swap_marks(lines: &[&str], kinds: &mut [Kind], range: Range<usize>) {
    let end = range
        .clone()
        .find(|at| lines.get(*at).is_some_and(|line| is_older(line)))
        .unwrap_or(range.end);
    for at in range.clone() {
        let is_answer = at < end && lines.get(at).is_some_and(|line| quote::is_marked(line));
        fill(kinds, at..at + 1, if is_answer { Kind::Own } else { Kind::Quoted });
    }
}

/// Whether a marked line announces a mail before the last.
fn is_older(line: &str) -> bool {
    let bare = quote::evened(line.trim_start().trim_start_matches(['>', ' ']));
    quote::start_at(&[bare], 0).is_some()
}

fn fill(kinds: &mut [Kind], range: Range<usize>, kind: Kind) {
    if let Some(part) = kinds.get_mut(range) {
        part.fill(kind);
    }
}

/// Marks the author's lines in `range` that are wholly ours, and short lines of ours beside them; whether there were any.
fn mark_ours(lines: &[&str], kinds: &mut [Kind], range: Range<usize>, ours: &Passages) -> bool {
    let open: Vec<usize> = range.clone().filter(|at| kinds.get(*at) == Some(&Kind::Own)).collect();
    let found = ours.lines_in(lines, &open);
    for at in &found {
        fill(kinds, *at..*at + 1, Kind::Quoted);
    }
    mark_neighbours(lines, kinds, range, ours);
    !found.is_empty()
}

/// Short lines of ours (a salutation, a name) beside lines that were recognised.
fn mark_neighbours(lines: &[&str], kinds: &mut [Kind], range: Range<usize>, ours: &Passages) {
    let step = |at: usize, beside: &mut bool, kinds: &mut [Kind]| {
        let line = lines.get(at).copied().unwrap_or("");
        match kinds.get(at) {
            Some(Kind::Quoted) => *beside = true,
            Some(Kind::Own) if line.trim().is_empty() => {}
            Some(Kind::Own) if *beside && ours.has_line(line) => fill(kinds, at..at + 1, Kind::Quoted),
            _ => *beside = false,
        }
    };
    let mut beside = false;
    range.clone().for_each(|at| step(at, &mut beside, kinds));
    beside = false;
    range.rev().for_each(|at| step(at, &mut beside, kinds));
}

/// Marks every line of ours, however short: where a quotation was announced a salutation is ours.
fn mark_our_lines(lines: &[&str], kinds: &mut [Kind], range: Range<usize>, ours: &Passages) {
    for at in range {
        let is_ours = lines.get(at).is_some_and(|line| ours.has_line(line));
        if kinds.get(at) == Some(&Kind::Own) && is_ours {
            fill(kinds, at..at + 1, Kind::Quoted);
        }
    }
}

/// Signatures, advertisements, legal footers, gateway banners.
fn mark_boilerplate(lines: &[&str], evened: &[String], kinds: &mut [Kind]) {
    for at in 0..lines.len() {
        if kinds.get(at) != Some(&Kind::Own) {
            continue;
        }
        let Some(line) = evened.get(at) else { continue };
        if lines.get(at).is_some_and(|raw| raw.trim() == "--") {
            cut_signature(lines, kinds, at);
        } else if MARKS.says(Mark::SentFrom, line) {
            fill(kinds, at..at + 1, Kind::Advertisement);
        }
    }
    // What stands first is what the author wants to say, whatever it begins like; only gateways put themselves in front.
    let is_footer =
        |(nth, text): (usize, &str)| MARKS.says(Mark::Banner, text) || nth > 0 && MARKS.says(Mark::Footer, text);
    for (nth, paragraph) in paragraphs(lines, kinds).into_iter().enumerate() {
        let text: Vec<&str> = paragraph.clone().filter_map(|at| lines.get(at).copied()).collect();
        if is_footer((nth, &even(&text.join("\n")))) {
            fill(kinds, paragraph, Kind::Boilerplate);
        }
    }
}

/// From `-- ` (RFC 3676, 4.3) to the end of the author's block, if it is short enough to be a signature.
fn cut_signature(lines: &[&str], kinds: &mut [Kind], at: usize) {
    let mut chars = 0;
    let mut end = at;
    while kinds.get(end) == Some(&Kind::Own) {
        chars += lines.get(end).map_or(0, |line| line.chars().count());
        end += 1;
        if end - at > SIGNATURE_LINES_MAX || chars > SIGNATURE_CHARS_MAX {
            return;
        }
    }
    fill(kinds, at..end, Kind::Boilerplate);
}

/// Runs of the author's lines between blank or foreign ones.
fn paragraphs(lines: &[&str], kinds: &[Kind]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<usize> = None;
    for at in 0..=lines.len() {
        let is_text = lines.get(at).is_some_and(|line| !line.trim().is_empty()) && kinds.get(at) == Some(&Kind::Own);
        match (is_text, open) {
            (true, None) => open = Some(at),
            (false, Some(start)) => {
                found.push(start..at);
                open = None;
            }
            _ => {}
        }
    }
    found
}

/// The author's lines, one blank line at most between two of them.
fn joined(lines: &[&str], kinds: &[Kind]) -> String {
    let mut out = String::new();
    let mut gap = false;
    for (line, kind) in lines.iter().zip(kinds) {
        if *kind != Kind::Own || line.trim().is_empty() {
            gap = true;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if gap { "\n\n" } else { "\n" });
        }
        out.push_str(
            line.trim_start_matches('>')
                .trim_start_matches(if quote::is_marked(line) { " " } else { "" }),
        );
        gap = false;
    }
    out
}

fn is_inline(lines: &[&str], kinds: &[Kind]) -> bool {
    let texts = lines.iter().zip(kinds).filter(|(line, _)| !line.trim().is_empty());
    texts
        .skip_while(|(_, kind)| **kind != Kind::Quoted)
        .any(|(_, kind)| *kind == Kind::Own)
}

#[cfg(test)]
mod tests {
    use crate::reading::trim::*;

    fn check(text: &str, ours: &[&str], expected: &str) {
        assert_eq!(trim(text, ours).reply, expected, "{text:?}");
    }

    #[test]
    fn quotations_are_cut_however_they_are_announced() {
        let quoted = [
            "Le jeu. 12 mars 2026 à 09:00, X <a@b.example> a écrit :\n> Bonjour,\n> payez.",
            "On Mon, 2 Nov 2026 at 09:00, Haddow Leather wrote:\n\nBalance stands at £760.00.", // no marks at all
            "On 18 Aug 2024, at 21:30, Keith\nBrannigan <keith@x.example>\nwrote:\n\nCouncillor, awkward one.",
            "Am 04.03.2026 um 10:12 schrieb Jean <a@b.example>:\n> Hallo",
            "El mié, 4 mar 2026 a las 10:12, Jean (<a@b.example>) escribió:\n> Hola",
            "Il giorno mer 4 mar 2026 alle ore 10:12 Jean <a@b.example> ha scritto:\n> Ciao",
            "Op wo 4 mrt 2026 om 10:12 schreef Jean <a@b.example>:\n> Dag",
            "Em qua., 4 de mar. de 2026 às 10:12, Jean <a@b.example> escreveu:\n> Olá",
            "De : X <a@b.example>\nEnvoyé : mardi 21 avril 2026 17:02\nÀ : Y\nObjet : Relance\n\nMadame, payez.",
            "________________________________\nFrom: X\nSent: Monday, August 3, 2026 9:15 AM\nSubject: INV\n\nGood day.",
            "*Von:* X\n*Gesendet:* Montag, 3. August 2026 09:15\n*An:* Y\n*Betreff:* Rechnung\n\nGuten Tag",
            "-----Message d'origine-----\nDe : X\nObjet : Relance\n\nMadame, payez.",
            "-------- Original message --------\nFrom: X <a@b.example>\nDate: 18/01/2026 20:00 (GMT+01:00)\n\nPay.",
            "---------- Forwarded message ---------\nFrom: X\n\nPay.",
            "Début du message réexpédié :\n\nDe: X <a@b.example>\nPayez.",
            "----- Mail original -----\nDe: \"X\" <a@b.example>\nÀ: \"Y\" <c@d.example>\nEnvoyé: Lundi 4 Mai 2026 10:12:33\nObjet: Relance\n\nPayez.",
            "> Message du 04/03/26 10:12\n> De : \"X\" <a@b.example>\n> A : y@d.example\n> Objet : Relance\n>\n> Payez.",
            "envoyé : 4 mars 2026 à 10:12\nde : X <a@b.example>\nà : Y\nobjet : Relance\n\nPayez.",
            ">>> X <a@b.example> 05/05/2026 07:31 >>>\nBonjour, payez.",
            "> > deux\n> un",
        ];
        for quotation in quoted {
            let trimmed = trim(&format!("Je conteste.\n\nClaire\n\n{quotation}"), &[]);
            assert_eq!(
                (trimmed.reply.as_str(), trimmed.has_quote),
                ("Je conteste.\n\nClaire", true),
                "{quotation:?}"
            );
        }
    }

    #[test]
    fn nothing_new_is_cut_by_mistake() {
        let kept = [
            "Le 12 mars, votre collègue a écrit :\nnous remplaçons la machine.\nCela n'a jamais été fait, je ne paie pas.",
            "On Monday your man wrote: we will come. He did not.",
            "De plus, le montant est faux.\nÀ mon avis il manque l'avoir.",
            "Objet : votre échéance du 1er avril\n\nMadame, la redevance est sans objet.",
            "AVIS DE VIREMENT\n\nDe : SARL A\nÀ : SARL B\nDate : 12/03/2026\nMontant : 300 €",
            "On your invoice there is neither a VAT number nor an IBAN.\n\nPlease send a new one.",
            "Ce message est destiné à votre comptable : la facture est fausse.",
            "Bonjour,\n\nSent from my account on Tuesday, 300 pounds.",
            "Bonjour\n\nEnvoyé par virement ce matin : 300 €",
            "Non.\n________________________________\nMarie Dubois\nGérante",
            "Point 1 :\n- livré\nPoint 2 :\n- manquant",
            "J'ai bien reçu votre message.\nDe : lundi à vendredi, nous travaillons.",
            "Total | 300\n| TVA | 60 |",
        ];
        kept.iter().for_each(|text| check(text, &[], text));
    }

    #[test]
    fn answers_between_quoted_lines_are_kept() {
        let trimmed = trim("> Reçue ?\noui\n> Quand ?\nle 7 juin\n> Merci\n", &[]);
        assert_eq!(
            trimmed,
            Trimmed {
                reply: "oui\n\nle 7 juin".to_string(),
                has_quote: true,
                inline: true
            }
        );
        let below = trim("Le 4 mars 2026 à 10:12, X a écrit :\n> Payez.\n\nNon.", &[]);
        assert_eq!((below.reply.as_str(), below.inline), ("Non.", true));
        assert!(!trim("Non.\n> Payez.", &[]).inline);
    }

    const OURS: &str = "Bonjour Madame,\n\nSauf erreur de notre part, la facture 2026-0142 de 1 250,00 € reste impayée à ce jour.\nPouvez-vous nous dire quand elle sera réglée ?\n\nCordialement,\nCamille Roux";

    #[test]
    fn what_we_sent_is_recognised_without_any_mark() {
        check(&format!("Payé hier.\n\n{OURS}"), &[OURS], "Payé hier.");
        // Wrapped anew by their program.
        let wrapped = "Payé hier.\n\nBonjour Madame,\n\nSauf erreur de notre part, la facture\n2026-0142 de 1 250,00 € reste impayée à ce\njour. Pouvez-vous nous dire quand elle\nsera réglée ?\n\nCordialement,\nCamille Roux";
        check(wrapped, &[OURS], "Payé hier.");
        // Answers within an unmarked quotation, announced or with nothing above.
        let within = OURS.replace("réglée ?", "réglée ?\nVendredi, sans faute.");
        check(
            &format!(
                "Voir mes réponses ci-dessous.\n\nDe : Camille <me@x.example>\nEnvoyé : lundi 4 mai 2026 10:12\nObjet : Relance\n\n{within}"
            ),
            &[OURS],
            "Voir mes réponses ci-dessous.\n\nVendredi, sans faute.",
        );
        check(
            &format!("Le 4 mai 2026 à 10:12, Camille <me@x.example> a écrit :\n\n{within}"),
            &[OURS],
            "Vendredi, sans faute.",
        );
        // Answers that carry the marks instead of the quotation.
        check(
            "Je te réponds en bleu.\n\nDe : A\nEnvoyé : lundi 3 novembre 2025 10:18\nÀ : B\nObjet : C\n\nTe convient-elle ?\n\n>>> En partie.\n\nQuand ?\n\n>>> Mercredi.\n\nA",
            &[],
            "Je te réponds en bleu.\n\nEn partie.\n\nMercredi.",
        );
        // A sentence of theirs that takes up our words stays whole.
        let theirs = "Vous écrivez que la facture 2026-0142 de 1 250,00 € reste impayée à ce jour : c'est faux.";
        check(theirs, &[OURS], theirs);
        check(
            "Bonjour Madame,\n\nC'est payé.\n\nCordialement,",
            &[OURS],
            "Bonjour Madame,\n\nC'est payé.\n\nCordialement,",
        );
    }

    #[test]
    fn boilerplate_is_cut() {
        let check = |text: &str, expected: &str| check(text, &[], expected);
        check("Payé.\n\n-- \nClaire Morel\n01 99 00 00 00", "Payé.");
        check("Payé.\n\nEnvoyé de mon iPhone", "Payé.");
        check("Paid.\nGet Outlook for Android<https://aka.ms/x>", "Paid.");
        check(
            "Paid.\n\nThis e-mail and any attachments are confidential and intended solely for the addressee.\nIf not, delete it.",
            "Paid.",
        );
        check(
            "CAUTION: This email originated from outside of the organization.\n\nPaid.",
            "Paid.",
        );
        check(
            "Payé.\n\nPensez à l'environnement avant d'imprimer ce message.",
            "Payé.",
        );
        // Too long for a signature: kept, on doubt.
        let long = format!("Bonjour\n--\n{}", "Je conteste cette ligne de la facture.\n".repeat(20));
        assert!(trim(&long, &[]).reply.contains("Je conteste"));
    }

    #[test]
    fn hostile_texts_stay_cheap() {
        let texts = [
            (0..10_000)
                .map(|depth| format!("{} x\n", ">".repeat(depth % 500)))
                .collect::<String>(),
            ">".repeat(1_000_000),
            "a ".repeat(200_000),
            "On On ".repeat(150_000),
            "Le 4 mars 2026\n".repeat(20_000),
            "De : a\n".repeat(20_000),
            "--\n".repeat(50_000),
            "_____\n\n".repeat(20_000),
            format!("{}\nJe conteste.", "> ".repeat(10_000)),
            "\n".repeat(200_000),
        ];
        for text in &texts {
            trim(text, &[text, OURS]);
        }
        assert_eq!(trim(&texts[8], &[]).reply, "Je conteste.");
    }
}
