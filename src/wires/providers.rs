//! What is known of mail providers, from `rules/providers.toml`: freemail domains, and how submission servers behave.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// How a provider's submission server behaves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// As people call the provider.
    pub name: String,
    /// It surely lays the copy in Sent itself; where this is false, Sent is looked at before a copy is laid down.
    pub saves_sent: bool,
    /// Mails arrive under another Message-ID than ours.
    pub rewrites_message_id: bool,
    /// The provider's own limit, in mails a day, where it tells one.
    pub max_per_day: Option<u32>,
    /// Where that is known from.
    pub source: String,
    hosts: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Providers {
    freemail: Freemail,
    profile: Vec<Profile>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Freemail {
    families: BTreeSet<String>,
    domains: BTreeSet<String>,
}

const TEXT: &str = include_str!("../../rules/providers.toml");

/// The file is part of the program and a test reads it, so it cannot be faulty here.
static PROVIDERS: LazyLock<Providers> = LazyLock::new(|| toml::from_str(TEXT).unwrap_or_default());

/// Whether anybody can have an address at that domain, so that sharing it says nothing.
pub fn is_freemail(domain: &str) -> bool {
    let domain = domain.trim_end_matches('.').to_lowercase();
    let freemail = &PROVIDERS.freemail;
    freemail.domains.contains(&domain) || is_of_family(&domain, &freemail.families)
}

/// `yahoo.fr`, `yahoo.co.uk`, `yahoo.com.br`: the family's name, then what countries register under.
fn is_of_family(domain: &str, families: &BTreeSet<String>) -> bool {
    let mut labels = domain.split('.');
    let is_family = labels.next().is_some_and(|name| families.contains(name));
    let rest: Vec<&str> = labels.collect();
    is_family
        && match rest.as_slice() {
            [top] => (2..=3).contains(&top.len()),
            [second, top] => ["co", "com", "ne", "or"].contains(second) && top.len() == 2,
            _ => false,
        }
}

/// The profile of that submission server, where one is known.
pub fn profile_of(smtp_host: &str) -> Option<&'static Profile> {
    let host = smtp_host.trim_end_matches('.').to_lowercase();
    let is_named = |pattern: &String| match pattern.starts_with('.') {
        true => host.ends_with(pattern.as_str()),
        false => host == *pattern,
    };
    PROVIDERS
        .profile
        .iter()
        .find(|profile| profile.hosts.iter().any(is_named))
}

#[cfg(test)]
mod tests {
    use crate::wires::providers::*;

    #[test]
    fn the_file_is_sound() {
        let read: Result<Providers, _> = toml::from_str(TEXT);
        let providers = read.unwrap();
        assert!(providers.freemail.domains.len() > 300 && providers.profile.len() >= 8);
        for domain in &providers.freemail.domains {
            let is_domain = domain.contains('.')
                && domain
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c));
            assert!(is_domain, "{domain} is not a domain in lower case");
        }
        for profile in &providers.profile {
            assert!(
                !profile.hosts.is_empty() && !profile.source.is_empty(),
                "{}",
                profile.name
            );
            assert!(
                profile.hosts.iter().all(|host| *host == host.to_lowercase()),
                "{}",
                profile.name
            );
        }
        let mut hosts: Vec<&String> = providers.profile.iter().flat_map(|profile| &profile.hosts).collect();
        let all = hosts.len();
        hosts.sort();
        hosts.dedup();
        assert_eq!(hosts.len(), all, "a host has two profiles");
    }

    #[test]
    fn no_domain_stands_twice_in_the_file() {
        let quoted = TEXT
            .split('"')
            .skip(1)
            .step_by(2)
            .filter(|word| word.contains('.') && !word.contains(' '));
        let mut words: Vec<&str> = quoted.filter(|word| !word.starts_with("smtp")).collect();
        let all = words.len();
        words.sort();
        words.dedup();
        assert_eq!(words.len(), all);
    }

    #[test]
    fn freemail_is_known() {
        let check = |domain: &str, expected: bool| assert_eq!(is_freemail(domain), expected, "{domain}");
        check("gmail.com", true);
        check("GMail.com.", true);
        check("orange.fr", true);
        check("wanadoo.fr", true);
        check("yahoo.fr", true);
        check("yahoo.co.uk", true); // by family
        check("hotmail.com.br", true);
        check("gmx.ch", true);
        check("btinternet.com", true);
        check("yahoo-conseil.fr", false); // begins alike
        check("compta.yahoo.fr", false); // the provider's own people
        check("live.example", false); // no country's domain
        check("atelier-morel.example", false);
        check("gmail.com.evil.example", false);
        check("", false);
    }

    #[test]
    fn servers_have_profiles() {
        let check = |host: &str, expected: Option<(&str, bool, bool)>| {
            let found = profile_of(host);
            let told = found.map(|profile| (profile.name.as_str(), profile.saves_sent, profile.rewrites_message_id));
            assert_eq!(told, expected, "{host}");
        };
        check("smtp.gmail.com", Some(("Gmail", true, false)));
        check("SMTP.office365.com", Some(("Microsoft 365", true, true)));
        check("email-smtp.eu-west-3.amazonaws.com", Some(("Amazon SES", false, true)));
        check("smtp.gmail.com.evil.example", None);
        check("smtp.test.example", None);
        check("127.0.0.1", None);
    }
}
