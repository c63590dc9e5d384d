//! The envelope of a mail of ours, as the archive keeps it beside the bytes.

use serde::{Deserialize, Serialize};

use crate::model::address::Address;

/// From whom and to whom a mail of ours goes, kept beside its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The user's own address.
    pub from: Address,
    /// Every recipient, Cc included.
    pub to: Vec<Address>,
    /// People of the conversation who are not the customer's: left out.
    #[serde(default)]
    pub dropped: Vec<Address>,
}
