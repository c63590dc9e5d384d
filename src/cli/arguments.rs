//! The whole command line: one definition for parser, help and manual.

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};
use rust_decimal::Decimal;
use std::path::PathBuf;

use crate::model::address::Address;
use crate::model::follow_up::Step;
use crate::model::invoice::InvoiceNumber;
use crate::model::reading::Label;
use crate::wires::import_file;

/// What stands below the list of commands.
const AFTER_HELP: &str = "\
To begin:
  1. Copy config.example.toml to ~/.config/amiable/config.toml and fill it in.
  2. amiable check               logs in, looks around, and says what to mend
  3. amiable import invoices.csv
  4. amiable run                 with sending.mode = \"observe\" it only tells you what it would do

Exit codes: 0 done, 1 failed, 2 wrong usage, 75 try again later, 77 login refused, 78 faulty configuration.";

/// The arguments of the program.
#[derive(Debug, Clone, PartialEq, Parser)]
#[command(
    name = "amiable",
    version,
    about = "Follows up unpaid invoices from your own mailbox, and stops the moment a customer says no",
    after_help = AFTER_HELP,
    arg_required_else_help = true
)]
pub struct Arguments {
    /// Configuration file [default: $XDG_CONFIG_HOME/amiable/config.toml, else ~/.config/amiable/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Log more: -v what happens, -vv every step
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Subcommand)]
pub enum Command {
    /// Watch the mailbox, follow up what is due, and write the daily digest
    Run(Run),
    /// Log in, look around, and say in plain words what to mend; sends nothing
    Check,
    /// Take invoices from a CSV file
    #[command(after_help = IMPORT_HELP)]
    Import(Import),
    /// Add one invoice; the flags are the columns of the CSV file
    #[command(after_help = ADD_HELP)]
    Add(Box<Add>),
    /// Record that money came: amiable paid 2026-014 --amount 500
    Paid(Paid),
    /// Write down a call or a meeting: amiable note 2026-014 "will pay on Friday" --promise 2026-03-13
    Note(Note),
    /// Stop follow-ups to the customer of a case, for now: amiable hold 2026-014 --until 2026-04-01
    Hold(Hold),
    /// Let a case go on; over a no of the customer only with --despite
    Resume(Resume),
    /// Say that what was contested is settled, and what is owed from now on
    Settle(Settle),
    /// End the follow-up of a case for good
    Stop(OneCase),
    /// Let a step go out that waits for your word: amiable approve 2026-014 formal_notice
    Approve(Approve),
    /// Approve a further address of the customer: amiable contact 2026-014 accounts@morel.example
    Contact(Contact),
    /// Show every case and where it stands
    Status(Json),
    /// Show everything that happened to one case
    Show(OneCase),
    /// Show what would go out, and when, if nobody answered
    Plan(Plan),
    /// Show the digest as it would be written now
    Digest(Digest),
    /// Say how mails are understood, and by which words; needs no configuration
    Explain(Explain),
    /// Classify replies: JSON lines in on standard input, JSON lines out; needs no configuration
    Classify,
    /// Show the whole program at work against a private mail host
    Demo(Demo),
    /// Print the journal as JSON lines, and say where the archived mails are
    Export,
}

impl Command {
    /// The daemon says what happens without being asked; other commands only what goes wrong.
    pub fn logs_by_itself(&self) -> u8 {
        u8::from(matches!(self, Command::Run(_)))
    }
}

/// Watching.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Run {
    /// Read what is there, do what is due, and end
    #[arg(long)]
    pub once: bool,
}

const IMPORT_HELP: &str = "\
The first line names the columns, in any order:
  number,amount,currency,issued,due,customer,email,language,country,kind
and, where wanted: type (invoice, quote, credit), contact, service, order, region, valid_until, terms.
language, country and kind (business or consumer) may be empty.

  number,amount,currency,issued,due,customer,email,language,country,kind
  2026-014,1250.00,EUR,2026-01-15,2026-02-15,Atelier Morel,claire@morel.example,fr,FR,business

A number that is known already is not added again; its figures are brought up to date.";

/// Invoices from a file.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Import {
    /// The file, as spreadsheets and billing programs write it
    #[arg(value_name = "FILE.csv")]
    pub file: PathBuf,
    /// Take nothing at all if any row is faulty
    #[arg(long)]
    pub strict: bool,
}

const ADD_HELP: &str = "\
Example:
  amiable add --number 2026-014 --amount 1250.00 --currency EUR --issued 2026-01-15 --due 2026-02-15 \\
              --customer \"Atelier Morel\" --email claire@morel.example --contact \"Claire Morel\"";

/// One invoice. The values are texts: the rules of the CSV file judge them, so that both say the same.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Add {
    /// The number printed on the invoice
    #[arg(long)]
    pub number: String,
    /// The sum, taxes included, like 1250.00
    #[arg(long, allow_hyphen_values = true)]
    pub amount: String,
    /// ISO 4217, like EUR
    #[arg(long, default_value = "EUR")]
    pub currency: String,
    /// Day of issue, like 2026-01-15
    #[arg(long, value_name = "DATE")]
    pub issued: String,
    /// Day on which it is to be paid; a credit and a quote with --valid-until can do without
    #[arg(long, value_name = "DATE")]
    pub due: Option<String>,
    /// The firm or the person
    #[arg(long, value_name = "NAME")]
    pub customer: String,
    /// Where follow-ups go; several with a semicolon between
    #[arg(long, value_name = "ADDRESS")]
    pub email: String,
    /// fr or en [default: yours]
    #[arg(long)]
    pub language: Option<String>,
    /// Two letters [default: yours]
    #[arg(long)]
    pub country: Option<String>,
    /// business or consumer [default: business]
    #[arg(long)]
    pub kind: Option<String>,
    /// invoice, quote or credit [default: invoice]
    #[arg(long = "type", value_name = "TYPE")]
    pub document: Option<String>,
    /// The person to greet
    #[arg(long, value_name = "NAME")]
    pub contact: Option<String>,
    /// What was delivered, in a few words
    #[arg(long, value_name = "TEXT")]
    pub service: Option<String>,
    /// The customer's order number
    #[arg(long, value_name = "NUMBER")]
    pub order: Option<String>,
    /// A part of the country with holidays of its own
    #[arg(long)]
    pub region: Option<String>,
    /// Until when a quote holds
    #[arg(long, value_name = "DATE")]
    pub valid_until: Option<String>,
    /// The terms of payment as printed
    #[arg(long, value_name = "TEXT")]
    pub terms: Option<String>,
}

impl Add {
    /// The flags as columns with their values; what was not given is left out.
    pub fn columns(&self) -> Vec<(&'static str, &str)> {
        let given = [
            ("number", Some(&self.number)),
            ("amount", Some(&self.amount)),
            ("currency", Some(&self.currency)),
            ("issued", Some(&self.issued)),
            ("due", self.due.as_ref()),
            ("customer", Some(&self.customer)),
            ("email", Some(&self.email)),
            ("language", self.language.as_ref()),
            ("country", self.country.as_ref()),
            ("kind", self.kind.as_ref()),
            ("type", self.document.as_ref()),
            ("contact", self.contact.as_ref()),
            ("service", self.service.as_ref()),
            ("order", self.order.as_ref()),
            ("region", self.region.as_ref()),
            ("valid_until", self.valid_until.as_ref()),
            ("terms", self.terms.as_ref()),
        ];
        given
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?.as_str())))
            .collect()
    }
}

/// A case by the number of its invoice.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct OneCase {
    /// The number of the invoice
    #[arg(value_parser = number)]
    pub number: InvoiceNumber,
}

/// Money that came.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Paid {
    /// The number of the invoice
    #[arg(value_parser = number)]
    pub number: InvoiceNumber,
    /// How much came, like 500.00 [default: all that is owed]
    #[arg(long, value_parser = amount)]
    pub amount: Option<Decimal>,
    /// On which day, like 2026-03-05 [default: today]
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub on: Option<NaiveDate>,
}

/// A call or a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Note {
    /// The number of the invoice
    #[arg(value_parser = number)]
    pub number: InvoiceNumber,
    /// What was said
    pub text: String,
    /// The day by which payment was promised: follow-ups wait for it
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub promise: Option<NaiveDate>,
}

/// A stop by the user.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Hold {
    /// The number of the invoice
    #[arg(value_parser = number)]
    pub number: InvoiceNumber,
    /// The last day without follow-ups, like 2026-04-01 [default: until you resume]
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub until: Option<NaiveDate>,
}

/// Going on.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Resume {
    /// The number of the invoice
    #[arg(value_parser = number)]
    pub number: InvoiceNumber,
    /// Go on although the customer said so: dispute, hardship or opt_out
    #[arg(long, value_name = "LABEL", value_parser = a_no)]
    pub despite: Option<Label>,
}

/// The end of a dispute.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Settle {
    /// The number of the invoice
    #[arg(value_parser = number)]
    pub number: InvoiceNumber,
    /// What is owed from now on, like 900.00 [default: as before]
    #[arg(long, value_parser = amount)]
    pub amount: Option<Decimal>,
}

/// A step that waits for the user's word.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Approve {
    /// The number of the invoice
    #[arg(value_parser = number)]
    pub number: InvoiceNumber,
    /// The step: courtesy, friendly, professional, formal, formal_notice, or a note that waits
    #[arg(value_parser = step)]
    pub step: Step,
}

/// A further address.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Contact {
    /// The number of the invoice
    #[arg(value_parser = number)]
    pub number: InvoiceNumber,
    /// The address to which follow-ups may go from now on
    #[arg(value_parser = Address::parse)]
    pub address: Address,
}

/// The form of what is printed.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Json {
    /// Print JSON for other programs
    #[arg(long)]
    pub json: bool,
}

/// What would go out.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Plan {
    /// Only this case [default: all]
    #[arg(value_parser = number)]
    pub number: Option<InvoiceNumber>,
    /// Look ahead to that day [default: the end of every ladder]
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub until: Option<NaiveDate>,
    /// Print JSON for other programs
    #[arg(long)]
    pub json: bool,
}

/// The daily mail.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Digest {
    /// Print it (also what happens without a flag)
    #[arg(long, conflicts_with = "send")]
    pub print: bool,
    /// Send it to you now; tomorrow's then tells only what is new
    #[arg(long)]
    pub send: bool,
}

/// Whole mails, as files.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Explain {
    /// Print JSON for other programs, a line a file
    #[arg(long)]
    pub json: bool,
    /// Mails as your mail program saves them
    #[arg(value_name = "FILE.eml", required = true)]
    pub files: Vec<PathBuf>,
}

/// The show.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Demo {
    /// The directory of a running private mail host (scripts/demo starts one)
    #[arg(long, value_name = "DIR")]
    pub mailhost: PathBuf,
}

fn number(text: &str) -> Result<InvoiceNumber, String> {
    InvoiceNumber::parse(text).ok_or_else(|| "an invoice number has 1 to 64 characters, in one line".to_string())
}

fn date(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| "write a day like 2026-03-05: year, month, day".to_string())
}

/// As in a CSV file: `1250.00` and `1 250,00`, but not `1.250`, which could mean two things.
fn amount(text: &str) -> Result<Decimal, String> {
    let amount =
        import_file::amount::amount(text, None).map_err(|(problem, remedy)| format!("it {problem}. {remedy}"))?;
    match amount.is_sign_negative() {
        true => Err("it is negative. Write what came, or what is owed".to_string()),
        false => Ok(amount),
    }
}

fn step(text: &str) -> Result<Step, String> {
    Step::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = Step::ALL.into_iter().map(Step::name).collect();
        format!("the steps are {}", names.join(", "))
    })
}

/// Only a no needs to be overridden in so many words.
fn a_no(text: &str) -> Result<Label, String> {
    let found = Label::from_name(text).filter(|label| label.is_a_no());
    found.ok_or_else(|| "write dispute, hardship or opt_out: what \"amiable show NUMBER\" tells".to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use crate::cli::arguments::*;

    fn read(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(std::iter::once("amiable").chain(line.split_whitespace()))
    }

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    /// The lines that tools rely on (design, "Interfaces"), each as it is documented.
    #[test]
    fn documented_lines_are_taken() {
        for line in [
            "run",
            "run --once",
            "--config a.toml check",
            "check --config a.toml",
            "-v check",
            "import invoices.csv --strict",
            "add --number 1 --amount 12,50 --issued 2026-01-01 --due 2026-02-01 --customer A --email a@b.example",
            "paid 2026-014",
            "paid 2026-014 --amount 500,50",
            "paid 2026-014 --amount 500 --on 2026-03-05",
            "note 2026-014 called --promise 2026-03-13",
            "hold 2026-014 --until 2026-04-01",
            "resume 2026-014",
            "resume 2026-014 --despite dispute",
            "settle 2026-014 --amount 900.00",
            "stop 2026-014",
            "approve 2026-014 formal_notice",
            "contact 2026-014 accounts@morel.example",
            "status",
            "status --json",
            "show 2026-014",
            "plan",
            "plan 2026-014 --until 2026-12-31 --json",
            "digest",
            "digest --print",
            "digest --send",
            "explain a.eml b.eml",
            "explain --json a.eml",
            "classify",
            "demo --mailhost /tmp/host",
            "export",
        ] {
            assert!(read(line).is_ok(), "{line}: {}", read(line).unwrap_err());
        }
    }

    #[test]
    fn wrong_lines_are_refused_with_a_word() {
        let check = |line: &str, expected: &str| {
            let error = read(line).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{line}");
            assert!(error.to_string().contains(expected), "{line}: {error}");
        };
        check("", "Usage"); // nothing to do: the help
        check("imprt a.csv", "import"); // did you mean
        check("paid", "<NUMBER>");
        check("paid 1 --amount 1.250", "could mean 1250 or 1,250");
        check("paid 1 --amount -5", "unexpected argument");
        check("paid 1 --on 05/03/2026", "write a day like 2026-03-05");
        check("resume 1 --despite paid", "dispute, hardship or opt_out"); // nothing to override
        check("approve 1 gentle", "friendly");
        check("contact 1 claire", "name@company.example");
        check("digest --print --send", "cannot be used with");
        check("explain", "<FILE.eml>");
        check("demo", "--mailhost");
        check("status --jsn", "--json");
    }

    #[test]
    fn the_flags_of_add_are_columns_that_import_knows() {
        let line = "add --number 1 --amount -12 --issued i --due d --customer c --email e --language l --country k --kind q \
                    --type t --contact x --service s --order o --region r --valid-until v --terms m";
        let Command::Add(add) = read(line).unwrap().command else {
            panic!("not add")
        };
        let names: Vec<&str> = add.columns().into_iter().map(|(name, _)| name).collect();
        use crate::wires::import_file::cells::{OPTIONAL, REQUIRED};
        let mut known: Vec<&str> = REQUIRED.into_iter().chain(OPTIONAL).collect();
        let mut given = names.clone();
        known.sort();
        given.sort();
        assert_eq!(given, known);
    }
}
