//! The invoice as a file in a message that the user sent: attached again to each follow-up.

use mail_parser::{MessageParser, MimeHeaders};
use std::panic::catch_unwind;

use crate::model::invoice::InvoiceNumber;

/// A file taken from a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedInvoice {
    /// Its name, without folders.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// What it holds, decoded.
    pub octets: Vec<u8>,
}

/// The PDF whose name holds the invoice's number, else the only PDF of the message.
pub fn attached_invoice(raw: &[u8], number: &InvoiceNumber, octets_max: usize) -> Option<AttachedInvoice> {
    // mail-parser has had panics; the invoice is then simply not attached.
    catch_unwind(|| pdfs(raw, octets_max)).ok().and_then(|mut found| {
        let named = found
            .iter()
            .position(|file| number.stands_in(file.name.trim_end_matches(".pdf")));
        match (named, found.len()) {
            (Some(at), _) => Some(found.swap_remove(at)),
            (None, 1) => found.pop(),
            _ => None,
        }
    })
}

fn pdfs(raw: &[u8], octets_max: usize) -> Vec<AttachedInvoice> {
    let Some(message) = MessageParser::default().parse(raw) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for part in message.attachments() {
        let name = part.attachment_name().unwrap_or_default();
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default().to_string();
        let media_type = part
            .content_type()
            .map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("")));
        let is_pdf = media_type.as_deref() == Some("application/pdf") || name.to_lowercase().ends_with(".pdf");
        if is_pdf && !name.is_empty() && part.contents().len() <= octets_max {
            let media_type = "application/pdf".to_string();
            found.push(AttachedInvoice {
                name,
                media_type,
                octets: part.contents().to_vec(),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::reading::attached::*;

    #[test]
    fn the_invoice_is_found_by_its_number_or_because_it_is_alone() {
        let mail = |files: &[&str]| {
            let parts: String = files
                .iter()
                .map(|name| {
                    format!("--b\r\nContent-Type: application/pdf; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n%PDF {name}\r\n")
                })
                .collect();
            format!(
                "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nBonjour\r\n{parts}--b--\r\n"
            )
        };
        let check = |files: &[&str], expected: Option<&str>| {
            let number = InvoiceNumber::parse("2026-014").unwrap();
            let found = attached_invoice(mail(files).as_bytes(), &number, 1000);
            assert_eq!(found.map(|file| file.name).as_deref(), expected, "{files:?}");
        };
        check(&["Facture 2026-014.pdf"], Some("Facture 2026-014.pdf"));
        check(&["CGV.pdf", "Facture 2026-014.pdf"], Some("Facture 2026-014.pdf"));
        check(&["facture.pdf"], Some("facture.pdf"));
        check(&["CGV.pdf", "plan.pdf"], None); // neither says that it is the invoice
        check(&["../../2026-014.pdf"], Some("2026-014.pdf"));
        check(&[], None);
    }
}
