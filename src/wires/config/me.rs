//! The sections about the user and about his money: [me] and [payment].

use crate::model::address::Address;
use crate::model::customer::Language;
use crate::wires::config::section::Section;
use crate::wires::config::settings::{Me, Payment};
use crate::wires::config::spot::{Faults, Spot, shown};
use crate::wires::config::values;
use crate::wires::names::country;

/// What [me] may have.
pub const ME: &[&str] = &[
    "name",
    "address",
    "aliases",
    "language",
    "country",
    "timezone",
    "company",
    "phone",
    "postal_address",
];
/// What [payment] may have.
pub const PAYMENT: &[&str] = &["iban", "bic", "link", "other"];

/// Reads [me].
pub fn me<'d>(document: &Section<'d>, faults: &mut Faults<'d>) -> Option<Me> {
    let section = document.required_section(
        "me",
        ME,
        "Give name, address, language, country and timezone in it.",
        faults,
    );
    let name = section.required_text(
        "name",
        "Write your name as customers know it: name = \"Camille Roux\".",
        faults,
    );
    let name = name.and_then(|spot| faults.keep(&spot, values::line(&spot.value)));
    let address_remedy = "Write the address that your invoices come from: address = \"me@company.example\".";
    let address = section
        .required_text("address", address_remedy, faults)
        .and_then(|spot| address_at(&spot, faults));
    let aliases = section.texts("aliases", faults).unwrap_or_default();
    let aliases = aliases.iter().filter_map(|spot| address_at(spot, faults)).collect();
    let language = language(&section, faults);
    let country = section
        .required_text("country", "Write its two letters: country = \"FR\".", faults)
        .and_then(|spot| {
            let made = country(&spot.value)
                .map_err(|remedy| (format!("{} is not the code of a country", shown(&spot.value)), remedy));
            faults.keep(&spot, made)
        });
    let timezone = section.required_text("timezone", "Write a zone: timezone = \"Europe/Paris\".", faults);
    let timezone = timezone.and_then(|spot| faults.keep(&spot, values::timezone(&spot.value)));
    let [company, phone] = ["company", "phone"].map(|key| {
        section
            .text(key, faults)
            .and_then(|spot| faults.keep(&spot, values::line(&spot.value)))
    });
    let postal_address = several_lines(&section, "postal_address", faults);
    Some(Me {
        name: name?,
        address: address?,
        aliases,
        language: language?,
        country: country?,
        timezone: timezone?,
        company,
        phone,
        postal_address,
    })
}

/// Reads [payment]; nothing in it has to be there.
pub fn payment<'d>(document: &Section<'d>, faults: &mut Faults<'d>) -> Payment {
    let section = document.section("payment", PAYMENT, faults);
    let mut value = |key, check: fn(&str) -> Result<String, values::Refusal>| {
        section
            .text(key, faults)
            .and_then(|spot| faults.keep(&spot, check(&spot.value)))
    };
    Payment {
        iban: value("iban", values::iban),
        bic: value("bic", values::bic),
        link: value("link", values::link),
        other: value("other", values::lines),
    }
}

fn several_lines<'d>(section: &Section<'d>, key: &str, faults: &mut Faults<'d>) -> Option<String> {
    section
        .text(key, faults)
        .and_then(|spot| faults.keep(&spot, values::lines(&spot.value)))
}

fn language<'d>(section: &Section<'d>, faults: &mut Faults<'d>) -> Option<Language> {
    let remedy =
        "Write language = \"fr\" or language = \"en\": that of the digest, and of customers whose own is not known.";
    let choices = [("fr", Language::Fr), ("en", Language::En)];
    section.required_choice("language", &choices, remedy, faults)
}

fn address_at(spot: &Spot<String>, faults: &mut Faults<'_>) -> Option<Address> {
    let made = Address::parse(&spot.value).map_err(|_| {
        let problem = format!("{} is not an e-mail address", shown(&spot.value));
        (
            problem,
            "Write the bare address, like \"me@company.example\".".to_string(),
        )
    });
    faults.keep(spot, made)
}
