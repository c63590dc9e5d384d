//! The stage: a running mail host with the firm's mailbox on it, before the program has seen it.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;

use crate::cli::demo::firm::{CLIENTS, Client, ME, MY_NAME};
use crate::cli::demo::letter::Letter;
use crate::cli::demo::mailbox::Mailbox;

/// The password of every mailbox on the host.
const PASSWORD: &str = "secret";
/// How long ago the invoices were issued, and fell due.
const ISSUED_DAYS_AGO: i64 = 45;
const DUE_DAYS_AGO: i64 = 15;
/// How long ago the first customers said yes to their quotes.
const AGREED_DAYS_AGO: i64 = 60;
/// How many of them did so by mail.
const CONVERSATIONS: usize = 3;

/// The host and where the demo keeps its files.
#[derive(Debug)]
pub struct Stage {
    root: PathBuf,
    imap: u16,
    imaps: u16,
    sink_tls: u16,
    /// Where mail from outside is handed in.
    pub lmtp: u16,
    /// The moment of the demo.
    pub now: DateTime<FixedOffset>,
}

/// A mail that left the firm.
#[derive(Debug, Clone)]
pub struct Departed {
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The whole mail.
    pub raw: Vec<u8>,
}

#[derive(Deserialize)]
struct Envelope {
    to: Vec<String>,
}

impl Stage {
    /// Opens the host whose directory that is.
    ///
    /// # Errors
    /// No mail host runs there.
    pub fn open(root: &Path) -> anyhow::Result<Stage> {
        let env = root.join("env");
        let text = fs::read_to_string(&env)
            .with_context(|| format!("reading {}; tests/mailhost/start.sh starts a mail host", env.display()))?;
        let port = |name: &str| -> anyhow::Result<u16> {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            value
                .with_context(|| format!("{} has no {name}", env.display()))?
                .parse()
                .context("reading a port")
        };
        Ok(Stage {
            root: root.to_owned(),
            imap: port("IMAP")?,
            imaps: port("IMAPS")?,
            sink_tls: port("SINK_TLS")?,
            lmtp: port("LMTP")?,
            now: Utc::now().fixed_offset(),
        })
    }

    /// Today.
    pub fn today(&self) -> NaiveDate {
        self.now.date_naive()
    }

    /// Where the program keeps its journal.
    pub fn state_dir(&self) -> PathBuf {
        self.root.join("demo/state")
    }

    /// The user's own view of her mailbox.
    ///
    /// # Errors
    /// The host does not answer.
    pub fn mailbox(&self) -> anyhow::Result<Mailbox> {
        Mailbox::login(self.imap, ME, PASSWORD)
    }

    /// Everything that left so far, in order.
    ///
    /// # Errors
    /// The sink's files cannot be read.
    pub fn departed(&self) -> anyhow::Result<Vec<Departed>> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(self.root.join("sink"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "eml") {
                paths.push(path);
            }
        }
        paths.sort();
        let departed = paths.into_iter().map(|path| {
            let envelope: Envelope = serde_json::from_slice(&fs::read(path.with_extension("json"))?)?;
            Ok(Departed {
                to: envelope.to,
                raw: fs::read(path)?,
            })
        });
        departed.collect()
    }

    /// Lets everything sent to a mailbox of this host arrive there, and puts the firm's past into the user's mailbox.
    ///
    /// # Errors
    /// The host does not take it.
    pub fn seed(&self) -> anyhow::Result<()> {
        fs::write(self.root.join("sink/mode"), "deliver")?;
        let mut mailbox = self.mailbox()?;
        for (place, client) in CLIENTS.iter().enumerate() {
            let agreed = (place < CONVERSATIONS).then(|| self.agreement(client));
            if let Some(agreement) = &agreed {
                mailbox.append("INBOX", &["\\Seen"], Some(agreement.date), &agreement.bytes()?)?;
            }
            for (number, amount) in client.invoices {
                let invoice = self.invoice_mail(client, number, amount, agreed.as_ref());
                mailbox.append("Sent", &["\\Seen"], Some(invoice.date), &invoice.bytes()?)?;
            }
        }
        for letter in self.private_mail() {
            mailbox.append("INBOX", &[], Some(letter.date), &letter.bytes()?)?;
        }
        Ok(())
    }

    /// Writes configuration and password; gives the configuration's path.
    ///
    /// # Errors
    /// The files cannot be written.
    pub fn configure(&self) -> anyhow::Result<PathBuf> {
        let dir = self.root.join("demo");
        fs::create_dir_all(&dir)?;
        let password = dir.join("password");
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&password)?;
        writeln!(file, "{PASSWORD}")?;
        let server = |section: &str, port: u16| {
            format!(
                "[{section}]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"implicit\"\nusername = \"{ME}\"\n\
                 password_file = {password:?}\nca_file = {:?}\n",
                self.root.join("etc/ca.pem")
            )
        };
        let text = format!(
            "[me]\nname = \"{MY_NAME}\"\naddress = \"{ME}\"\nlanguage = \"fr\"\ncountry = \"FR\"\n\
             timezone = \"Europe/Paris\"\ncompany = \"Menuiserie Roux\"\nphone = \"04 00 00 00 00\"\n\
             {imap}{smtp}save_to_sent = \"always\"\n[state]\ndir = {state:?}\n\
             [sending]\nmode = \"send\"\nhours = \"00:00-24:00\"\ndays = \"all\"\nmin_days_between = 0\n\
             seconds_between = 0\n[digest]\nat = \"{digest_at}\"\n",
            imap = server("imap", self.imaps),
            smtp = server("smtp", self.sink_tls),
            state = self.state_dir(),
            // Far from now: the demo asks for the digest when the story is over.
            digest_at = (self.now + Duration::hours(12)).format("%H:%M"),
        );
        let path = dir.join("config.toml");
        fs::write(&path, text)?;
        Ok(path)
    }

    /// Writes the CSV of every customer's first (0) or second (1) invoice; gives its path.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn invoice_list(&self, which: usize) -> anyhow::Result<PathBuf> {
        let path = self.root.join("demo").join(format!("invoices-{which}.csv"));
        let mut table = csv::Writer::from_path(&path)?;
        table.write_record([
            "number", "amount", "currency", "issued", "due", "customer", "email", "language", "country", "kind",
            "contact", "service",
        ])?;
        let (issued, due) = (self.day_ago(ISSUED_DAYS_AGO), self.day_ago(DUE_DAYS_AGO));
        for client in &CLIENTS {
            let Some((number, amount)) = client.invoices.get(which) else {
                continue;
            };
            table.write_record([
                number,
                amount,
                client.currency,
                &issued.to_string(),
                &due.to_string(),
                client.name,
                client.address,
                client.language,
                client.country,
                "business",
                client.contact,
                client.work,
            ])?;
        }
        table.flush()?;
        Ok(path)
    }

    /// The Message-ID under which that invoice was once mailed.
    pub fn invoice_id(number: &str) -> String {
        format!("<facture-{number}@test.example>")
    }

    fn day_ago(&self, days: i64) -> NaiveDate {
        self.today() - Duration::days(days)
    }

    fn moment_ago(&self, days: i64) -> DateTime<FixedOffset> {
        let day = self.day_ago(days);
        day.and_time(NaiveTime::MIN).and_utc().fixed_offset() + Duration::hours(9)
    }

    fn agreement(&self, client: &Client) -> Letter {
        Letter {
            from: client.mailbox(),
            to: format!("{MY_NAME} <{ME}>"),
            subject: format!("{} : bon pour accord", client.work),
            date: self.moment_ago(AGREED_DAYS_AGO),
            message_id: format!("<accord-{}>", client.address),
            references: Vec::new(),
            body: format!(
                "Bonjour Camille,\n\nC'est d'accord pour le devis.\n\n{}\n",
                client.contact
            ),
            attachment: None,
        }
    }

    /// In the conversation that led to it, where there is one.
    fn invoice_mail(&self, client: &Client, number: &str, amount: &str, agreed: Option<&Letter>) -> Letter {
        let due = self.day_ago(DUE_DAYS_AGO);
        let (subject, body) = match client.language {
            "fr" => (
                format!("Facture {number} : {}", client.work),
                format!(
                    "Bonjour,\n\nVoici la facture {number} de {amount} {}, à régler avant le {}.\n\nBien à vous,\n{MY_NAME}\n",
                    client.currency,
                    client.day(due)
                ),
            ),
            _ => (
                format!("Invoice {number}: {}", client.work),
                format!(
                    "Hello,\n\nPlease find enclosed invoice {number} for {amount} {}, due on {}.\n\nKind regards,\n{MY_NAME}\n",
                    client.currency,
                    client.day(due)
                ),
            ),
        };
        Letter {
            from: format!("{MY_NAME} <{ME}>"),
            to: client.mailbox(),
            subject: agreed.map_or(subject, |agreement| format!("Re: {}", agreement.subject)),
            date: self.moment_ago(ISSUED_DAYS_AGO),
            message_id: Stage::invoice_id(number),
            references: agreed
                .map(|agreement| agreement.message_id.clone())
                .into_iter()
                .collect(),
            body,
            attachment: Some((format!("facture-{number}.pdf"), b"%PDF-1.4\n%%EOF\n".to_vec())),
        }
    }

    /// What is nobody's business but hers.
    fn private_mail(&self) -> [Letter; 2] {
        let letter = |from: &str, subject: &str, id: &str, body: &str| Letter {
            from: from.to_owned(),
            to: ME.to_owned(),
            subject: subject.to_owned(),
            date: self.moment_ago(2),
            message_id: id.to_owned(),
            references: Vec::new(),
            body: body.to_owned(),
            attachment: None,
        };
        [
            letter(
                "La Gazette du bois <lettre@gazette-du-bois.example>",
                "Salon du meuble : les tendances",
                "<n1@gazette-du-bois.example>",
                "Cette semaine : payer ses fournisseurs plus tard, la facture électronique, le frêne.\n",
            ),
            letter(
                "Inès <ines@amis.example>",
                "Dimanche ?",
                "<d1@amis.example>",
                "Tu viens dimanche ? Je te paie enfin le cinéma que je te dois.\n",
            ),
        ]
    }
}
