//! What a message is made of, and any stretch of any part of it, without marking it as read.

use imap_proto::{AttributeValue, BodyContentCommon, BodyContentSinglePart, BodyStructure, ContentEncoding, Response};

use crate::wires::imap::dialogue::protocol;
use crate::wires::imap::fault::ImapError;
use crate::wires::imap::session::Imap;

/// One part that is not itself divided into parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its number, as `section` wants it: `1`, `2.1`.
    pub section: String,
    /// Lower case: `text/plain`, `message/delivery-status`, `message/rfc822`.
    pub media_type: String,
    /// Of the Content-Type, names in lower case: `charset`, `format`, `name`.
    pub parameters: Vec<(String, String)>,
    /// Lower case: `base64`, `quoted-printable`, `7bit`.
    pub encoding: String,
    /// Lower case subtype of the multipart around it: `alternative`, `mixed`, `report`, `encrypted`; `None` outside of any.
    pub within: Option<String>,
    /// Whether it is marked as an attachment.
    pub is_attachment: bool,
    /// Its size as encoded.
    pub octets: u32,
}

impl Part {
    /// Whether it holds words to read: text, or a machine's report, or an attached message.
    pub fn is_readable(&self) -> bool {
        self.media_type.starts_with("text/") || self.media_type.starts_with("message/")
    }

    /// A parameter of its Content-Type.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Imap {
    /// Every undivided part of a message in the open folder, in order; an attached message is one part. `None`: it is gone.
    ///
    /// A structure nested too deep to be read safely ends the connection with `Protocol`: connect again, and read
    /// `section(uid, "", …)` instead.
    pub async fn structure(&mut self, uid: u32) -> Result<Option<Vec<Part>>, ImapError> {
        let mut found = None;
        let mut take = |attributes: &[AttributeValue<'_>]| {
            for attribute in attributes {
                if let AttributeValue::BodyStructure(body) = attribute {
                    let mut parts = Vec::new();
                    flatten(body, "", None, &mut parts);
                    found = Some(parts);
                }
            }
            Ok(())
        };
        self.fetch_one(uid, "BODYSTRUCTURE", &mut take).await?;
        Ok(found)
    }

    /// Octets `start..start+octets` of a section (`""` is the whole message, `"1"`, `"1.MIME"`, `"HEADER"`), still encoded;
    /// fewer at its end. `None`: the message is gone.
    pub async fn section(
        &mut self,
        uid: u32,
        section: &str,
        start: u32,
        octets: u32,
    ) -> Result<Option<Vec<u8>>, ImapError> {
        let doing = format!("FETCH of {uid} in {}", self.folder);
        if !section
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || octet == b'.')
        {
            return Err(protocol(&doing, "that is not the number of a part")); // it would be another command
        }
        let mut found = None;
        let mut take = |attributes: &[AttributeValue<'_>]| {
            for attribute in attributes {
                if let AttributeValue::BodySection { data, .. } = attribute {
                    let data = data.as_deref().unwrap_or_default();
                    if data.len() > octets as usize {
                        return Err(protocol(&doing, "more octets than were asked for"));
                    }
                    found = Some(data.to_vec());
                }
            }
            Ok(())
        };
        let item = format!("BODY.PEEK[{section}]<{start}.{}>", octets.max(1));
        self.fetch_one(uid, &item, &mut take).await?;
        Ok(found)
    }

    /// FETCH of one message; `take` sees only what is said of that message.
    async fn fetch_one(
        &mut self,
        uid: u32,
        item: &str,
        take: &mut (dyn FnMut(&[AttributeValue<'_>]) -> Result<(), ImapError> + Send),
    ) -> Result<(), ImapError> {
        let doing = format!("FETCH of {uid} in {}", self.folder);
        let mut each = |response: &Response<'_>| match response {
            Response::Fetch(_, attributes) if attributes.contains(&AttributeValue::Uid(uid)) => take(attributes),
            _ => Ok(()),
        };
        match self
            .dialogue
            .command(&doing, &format!("UID FETCH {uid} (UID {item})"), &mut each)
            .await
        {
            Ok(_) => Ok(()),
            // Deleted by somebody else (RFC 5530): gone, which is an answer.
            Err(ImapError::No { code: Some(code), .. }) if code == "EXPUNGEISSUED" => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Numbers parts as RFC 3501 (6.4.5) does: a message that is one part only has part 1.
fn flatten(body: &BodyStructure<'_>, number: &str, within: Option<&str>, parts: &mut Vec<Part>) {
    match body {
        BodyStructure::Multipart { common, bodies, .. } => {
            let subtype = common.ty.subtype.to_lowercase();
            for (index, body) in bodies.iter().enumerate() {
                let below = match number {
                    "" => (index + 1).to_string(),
                    _ => format!("{number}.{}", index + 1),
                };
                flatten(body, &below, Some(&subtype), parts);
            }
        }
        BodyStructure::Basic { common, other, .. }
        | BodyStructure::Text { common, other, .. }
        | BodyStructure::Message { common, other, .. } => {
            let section = if number.is_empty() { "1" } else { number };
            parts.push(part(common, other, section, within));
        }
    }
}

fn part(
    common: &BodyContentCommon<'_>,
    single: &BodyContentSinglePart<'_>,
    section: &str,
    within: Option<&str>,
) -> Part {
    let parameters = common.ty.params.iter().flatten();
    let disposition = common.disposition.as_ref().map(|disposition| disposition.ty.as_ref());
    Part {
        section: section.to_string(),
        media_type: format!("{}/{}", common.ty.ty, common.ty.subtype).to_lowercase(),
        parameters: parameters
            .map(|(key, value)| (key.to_lowercase(), value.to_string()))
            .collect(),
        encoding: encoding_name(&single.transfer_encoding),
        within: within.map(String::from),
        is_attachment: disposition.is_some_and(|ty| ty.eq_ignore_ascii_case("attachment")),
        octets: single.octets,
    }
}

fn encoding_name(encoding: &ContentEncoding<'_>) -> String {
    match encoding {
        ContentEncoding::SevenBit => "7bit".to_string(),
        ContentEncoding::EightBit => "8bit".to_string(),
        ContentEncoding::Binary => "binary".to_string(),
        ContentEncoding::Base64 => "base64".to_string(),
        ContentEncoding::QuotedPrintable => "quoted-printable".to_string(),
        ContentEncoding::Other(name) => name.to_lowercase(),
    }
}
