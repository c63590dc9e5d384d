//! The firm of the demo: Camille Roux, joiner, ten customers who owe her money, and what they answer.

use chrono::{Datelike, Duration, NaiveDate};

/// The user's address on the mail host.
pub const ME: &str = "me@test.example";
/// Her name.
pub const MY_NAME: &str = "Camille Roux";
/// Days from now on which customers promise to pay, or are back.
const DATE_NAMED_DAYS: i64 = 12;

/// A customer with two overdue invoices.
#[derive(Debug)]
pub struct Client {
    /// The firm.
    pub name: &'static str,
    /// The person who reads the mails.
    pub contact: &'static str,
    /// Where.
    pub address: &'static str,
    /// `fr` or `en`.
    pub language: &'static str,
    /// ISO 3166.
    pub country: &'static str,
    /// ISO 4217.
    pub currency: &'static str,
    /// What was delivered.
    pub work: &'static str,
    /// Number and amount of the invoice that is followed up from the beginning, and of the one that comes to light later.
    pub invoices: [(&'static str, &'static str); 2],
    /// What comes back to the first follow-up.
    pub answer: Option<Answer>,
}

/// What comes back, and how it has to be understood.
#[derive(Debug)]
pub struct Answer {
    /// Who writes it.
    pub author: Author,
    /// The text; `{date}` stands for a day to come.
    pub words: &'static str,
    /// The `hold.reason` that has to follow.
    pub expected: &'static str,
}

/// Who writes an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The customer.
    Person,
    /// His mail program, in his absence.
    Absence,
    /// A mail system that cannot deliver.
    MailSystem,
}

impl Client {
    /// `Name <address>`.
    pub fn mailbox(&self) -> String {
        format!("{} <{}>", self.contact, self.address)
    }

    /// A day as this customer writes it.
    pub fn day(&self, day: NaiveDate) -> String {
        const FRENCH: [&str; 12] = [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ];
        match (self.language, FRENCH.get(day.month0() as usize)) {
            ("fr", Some(month)) => format!("{} {month}", day.day()),
            _ => day.format("%-d %B").to_string(),
        }
    }
}

impl Answer {
    /// The text as it is sent today.
    pub fn text(&self, client: &Client, today: NaiveDate) -> String {
        self.words
            .replace("{date}", &client.day(today + Duration::days(DATE_NAMED_DAYS)))
    }
}

/// Everybody, in the order in which they answer.
pub const CLIENTS: [Client; 10] = [
    Client {
        name: "Martin Architectes",
        contact: "Léa Martin",
        address: "lea@martin-architectes.example",
        language: "fr",
        country: "FR",
        currency: "EUR",
        work: "Escalier en chêne",
        invoices: [("2026-031", "2480.00"), ("2026-041", "960.00")],
        answer: Some(Answer {
            author: Author::Person,
            words: "Bonjour Camille,\n\nDésolée, cette facture m'avait échappé. Je fais le virement le {date}.\n\nBien à vous,\nLéa",
            expected: "promise",
        }),
    },
    Client {
        name: "Restaurant Le Garnier",
        contact: "Paul Garnier",
        address: "paul@legarnier.example",
        language: "fr",
        country: "FR",
        currency: "EUR",
        work: "Porte d'entrée sur mesure",
        invoices: [("2026-032", "1890.00"), ("2026-042", "420.00")],
        answer: Some(Answer {
            author: Author::Person,
            words: "Bonjour,\n\nJe conteste cette facture : la porte livrée est rayée et ferme mal. Je ne paierai pas tant que ce n'est pas repris.\n\nPaul Garnier",
            expected: "dispute",
        }),
    },
    Client {
        name: "Librairie Lambert",
        contact: "Sophie Lambert",
        address: "sophie@librairie-lambert.example",
        language: "fr",
        country: "FR",
        currency: "EUR",
        work: "Rayonnages",
        invoices: [("2026-033", "3150.00"), ("2026-043", "275.00")],
        answer: Some(Answer {
            author: Author::Person,
            words: "Bonjour Camille,\n\nNotre trésorerie est très tendue en ce moment et je ne peux pas régler la totalité. Serait-il possible de payer en trois fois ?\n\nMerci de votre compréhension,\nSophie Lambert",
            expected: "hardship",
        }),
    },
    Client {
        name: "Whitfield & Sons",
        contact: "James Whitfield",
        address: "james@whitfield-sons.example",
        language: "en",
        country: "GB",
        currency: "GBP",
        work: "Shop counter",
        invoices: [("2026-034", "1720.00"), ("2026-044", "310.00")],
        answer: Some(Answer {
            author: Author::Person,
            words: "Hi Camille,\n\nThe invoice was already paid last week, reference WS-4471.\n\nBest,\nJames",
            expected: "paid",
        }),
    },
    Client {
        name: "Cabinet Dubois",
        contact: "Hélène Dubois",
        address: "helene@cabinet-dubois.example",
        language: "fr",
        country: "FR",
        currency: "EUR",
        work: "Bureau et caissons",
        invoices: [("2026-035", "1340.00"), ("2026-045", "180.00")],
        answer: Some(Answer {
            author: Author::Absence,
            words: "Bonjour,\n\nJe suis absente du bureau jusqu'au {date} inclus et répondrai à votre message à mon retour.\n\nHélène Dubois",
            expected: "auto_reply",
        }),
    },
    Client {
        name: "Petit Transports",
        contact: "Marc Petit",
        address: "marc@petit-transports.example",
        language: "fr",
        country: "FR",
        currency: "EUR",
        work: "Aménagement de fourgon",
        invoices: [("2026-036", "2260.00"), ("2026-046", "540.00")],
        answer: Some(Answer {
            author: Author::MailSystem,
            words: "550 5.1.1 User unknown",
            expected: "bounce",
        }),
    },
    Client {
        name: "Benali Conseil",
        contact: "Nadia Benali",
        address: "nadia@benali-conseil.example",
        language: "fr",
        country: "FR",
        currency: "EUR",
        work: "Table de réunion",
        invoices: [("2026-037", "1980.00"), ("2026-047", "150.00")],
        answer: Some(Answer {
            author: Author::Person,
            words: "Ah oui, comme la dernière fois alors… Jeannot est au courant, lui ?",
            expected: "needs_review",
        }),
    },
    Client {
        name: "Faure Immobilier",
        contact: "Julien Faure",
        address: "julien@faure-immobilier.example",
        language: "fr",
        country: "FR",
        currency: "EUR",
        work: "Placards de quatre logements",
        invoices: [("2026-038", "4600.00"), ("2026-048", "390.00")],
        answer: Some(Answer {
            author: Author::Person,
            words: "Bonjour,\n\nJe transmets votre message à notre comptabilité. Merci d'écrire désormais à comptabilite@faure-immobilier.example.\n\nCordialement,\nJulien Faure",
            expected: "redirect",
        }),
    },
    Client {
        name: "Clarke Studio",
        contact: "Emma Clarke",
        address: "emma@clarke-studio.example",
        language: "en",
        country: "GB",
        currency: "EUR",
        work: "Exhibition plinths",
        invoices: [("2026-039", "1125.00"), ("2026-049", "240.00")],
        answer: Some(Answer {
            author: Author::Person,
            words: "Hello Camille,\n\nSo sorry for the delay. I will pay the full amount on {date}.\n\nEmma",
            expected: "promise",
        }),
    },
    Client {
        name: "Roche et Fils",
        contact: "Thomas Roche",
        address: "thomas@roche-et-fils.example",
        language: "fr",
        country: "FR",
        currency: "EUR",
        work: "Terrasse en mélèze",
        invoices: [("2026-040", "3740.00"), ("2026-050", "205.00")],
        answer: None,
    },
];
